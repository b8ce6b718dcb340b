"""The rules of docs/architecture.md, checked on the source text, and what importing a package may load."""

import ast
import importlib
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("shrdlu_env", "dnc_agent", "train")
MAY_IMPORT = {"shrdlu_env": set(), "dnc_agent": set(), "train": {"shrdlu_env", "dnc_agent"}}
MAX_LINES = 400
#: Where our own text lives; other directories of a working copy (.venv, runs, build) are not ours to check.
OURS = (*PACKAGES, "tests", "benchmarks", "examples", "docs", ".ci")
TEXT = {".py", ".md", ".toml", ".txt", ".csv", ".json", ".yml", ".yaml", ".cfg", ".sh", ""}


@dataclass(frozen=True)
class Import:
    """`importer` names `target` in an import statement, wherever it stands."""

    importer: str
    target: str
    line: int


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in SOURCES.items()}


def statements(tree: ast.AST) -> Iterator[ast.Import | ast.ImportFrom]:
    """Every import statement, those in functions and for types alone too."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))


def targets(name: str, node: ast.Import | ast.ImportFrom) -> list[str]:
    """Full names that a statement of module `name` imports; a name out of a package may be a module of it."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    base = node.module or ""
    if node.level:
        package = name.split(".") if SOURCES[name].name == "__init__.py" else name.split(".")[:-1]
        above = package[: len(package) - node.level + 1]
        base = ".".join([*above, *([base] if base else [])])
    submodules = [f"{base}.{alias.name}" for alias in node.names if f"{base}.{alias.name}" in SOURCES]
    others = len(submodules) < len(node.names)
    return submodules + ([base] if others else [])


IMPORTS = [
    Import(name, target, node.lineno)
    for name, tree in TREES.items()
    for node in statements(tree)
    for target in targets(name, node)
]


def top(module: str) -> str:
    return module.partition(".")[0]


def where(found: list[Import]) -> list[str]:
    return [f"{i.importer}:{i.line} imports {i.target}" for i in found]


def test_every_package_has_modules():
    assert {top(name) for name in SOURCES} == set(PACKAGES)
    assert all((ROOT / package / "__init__.py").exists() for package in PACKAGES)


def test_only_the_allowed_arrows():
    """The worlds and the learner know nothing of each other; nothing imports `train`, tests or examples."""
    ours = {*PACKAGES, "tests", "benchmarks", "examples"}
    bad = [
        i
        for i in IMPORTS
        if top(i.target) in ours
        and top(i.target) != top(i.importer)
        and top(i.target) not in MAY_IMPORT[top(i.importer)]
    ]
    assert not where(bad)


def test_no_cycles_between_modules():
    """Imports inside functions and those for types alone count like all others: they hide no circle."""
    graph: dict[str, set[str]] = {name: set() for name in SOURCES}
    for i in IMPORTS:
        if i.target in SOURCES and i.target != i.importer:
            graph[i.importer].add(i.target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_the_learner_names_no_task():
    """Neither the project's own name nor a section of the paper that is cited nor the field's term is a task's."""
    word = re.compile(
        r"(?<![\w-])(?<!Methods, ')(?:mini-shrdlu|shrdlu(?!-dnc)|boards?|goals?(?!-conditioned)|babi)(?!\w)",
        re.IGNORECASE,
    )
    found = {
        name: word.findall(path.read_text("utf-8"))
        for name, path in SOURCES.items()
        if top(name) == "dnc_agent" and word.search(path.read_text("utf-8"))
    }
    assert not found


def test_pygame_stays_in_the_viewer():
    bad = [i for i in IMPORTS if top(i.target) == "pygame" and not i.importer.startswith("shrdlu_env.viewer")]
    assert not where(bad)


@pytest.mark.parametrize(
    ("package", "forbidden"),
    [
        (
            "shrdlu_env",
            (
                "torch",
                "matplotlib",
                "tensorboard",
                "stable_baselines3",
                "sb3_contrib",
                "pygame",
                "rich",
                "tyro",
            ),
        ),
        ("dnc_agent", ("sb3_contrib", "matplotlib", "pygame", "dnc", "imageio")),
    ],
)
def test_importing_a_package_loads_only_what_it_needs(package, forbidden):
    """In a fresh process, so that it holds for imports of imports too."""
    script = f"import sys, {package}; print(*sorted(set({forbidden!r}) & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    # stable-baselines3 itself loads Matplotlib and Pygame where they are installed.
    brought = {"matplotlib", "pygame"} if package == "dnc_agent" else set()
    assert set(done.stdout.split()) <= brought


def public_definitions(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, ast.AST]]:
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        decorators = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
        if node.name.startswith("_") or decorators & {"overload", "override", "setter"}:
            continue
        yield f"{prefix}.{node.name}", node
        if isinstance(node, ast.ClassDef):
            yield from public_definitions(node.body, f"{prefix}.{node.name}")


def test_public_names_have_docstrings():
    bare = [name for name, tree in TREES.items() if tree.body and not ast.get_docstring(tree)]
    for name, tree in TREES.items():
        if not any(part.startswith("_") for part in name.split(".")):
            bare += [
                full for full, node in public_definitions(tree.body, name) if not ast.get_docstring(node)
            ]
    assert not bare


def own_files() -> list[Path]:
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for directory in OURS:
        found += [path for path in (ROOT / directory).rglob("*") if path.is_file()]
    return [path for path in found if path.suffix in TEXT and "__pycache__" not in path.parts]


def test_no_source_file_is_too_long():
    lines = {
        str(path.relative_to(ROOT)): path.read_text("utf-8").count("\n")
        for path in own_files()
        if path.suffix == ".py"
    }
    assert not {name: count for name, count in lines.items() if count > MAX_LINES}


def test_no_file_names_a_directory_outside_the_project():
    outside = ("../" + "shared", "/work/" + "shared")
    bad = [
        str(path.relative_to(ROOT))
        for path in own_files()
        if any(name in path.read_text("utf-8", errors="replace") for name in outside)
    ]
    assert not bad


def test_no_two_public_things_share_a_name():
    """What packages export in `__all__`: one name, one thing, whichever package hands it out.

    Functions apart that are called by way of their package, as `viewer.load`.
    """
    verbs = {"load"}
    found: dict[str, set[int]] = {}
    where: dict[str, list[str]] = {}
    for name, path in SOURCES.items():
        if path.name == "__init__.py" and "__all__" in path.read_text("utf-8"):
            package = importlib.import_module(name)
            for exported in set(package.__all__) - verbs:
                found.setdefault(exported, set()).add(id(getattr(package, exported)))
                where.setdefault(exported, []).append(name)
    assert not {name: where[name] for name, things in found.items() if len(things) > 1}
