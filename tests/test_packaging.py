"""What a user gets who installs the project: built in a copy of the tree, read from the wheel."""

import email
import shutil
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("shrdlu_env", "dnc_agent", "train")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def pins() -> dict[str, Version]:
    found = {}
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            name, separator, version = line.partition("==")
            assert separator, f"constraints.txt does not pin exactly: {line}"
            assert canonicalize_name(name) not in found, f"constraints.txt pins {name} twice"
            found[canonicalize_name(name)] = Version(version)
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    tree = tmp_path_factory.mktemp("tree")
    for name in (*PACKAGES, "tests"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    script = "from setuptools import build_meta; print(build_meta.build_wheel('dist'))"
    (tree / "dist").mkdir()
    subprocess.run([sys.executable, "-c", script], cwd=tree, check=True, capture_output=True)
    (path,) = (tree / "dist").glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_wheel_holds_the_packages_and_nothing_else(wheel):
    names = set(wheel.namelist())
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == set(PACKAGES)
    for package in PACKAGES:
        files = {
            path.relative_to(ROOT).as_posix()
            for path in (ROOT / package).rglob("*")
            if path.suffix in (".py", ".csv") or path.name == "py.typed"
        }
        assert f"{package}/py.typed" in files
        assert files <= names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_wheel_installs_the_command(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith("/entry_points.txt"))
    parser = ConfigParser()
    parser.read_string(wheel.read(name).decode())
    assert dict(parser["console_scripts"]) == {"shrdlu": "train.cli:main"}


def test_the_command_exists():
    from train.cli import main

    assert callable(main)


def test_wheel_metadata_says_what_pyproject_says(wheel):
    (name,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
    metadata = email.message_from_bytes(wheel.read(name))
    assert metadata["Name"] == "shrdlu-dnc"
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == ">=3.11"
    plain = {Requirement(text).name for text in metadata.get_all("Requires-Dist") if "extra ==" not in text}
    assert plain == {Requirement(text).name for text in PROJECT["dependencies"]}


def declared() -> list[str]:
    texts = list(PROJECT["dependencies"])
    for extra in ("contrib", "video", "dev"):
        texts += PROJECT["optional-dependencies"][extra]
    return [text for text in texts if not text.startswith(PROJECT["name"])]


@pytest.mark.parametrize("text", declared())
def test_ranges_include_the_pins(text):
    requirement = Requirement(text)
    pinned = pins()
    assert canonicalize_name(requirement.name) in pinned, "run pip freeze again: see constraints.txt"
    assert requirement.specifier.contains(pinned[canonicalize_name(requirement.name)])
    # An honest range: a lower bound that is known to be needed, no ceiling out of caution.
    assert {clause.operator for clause in requirement.specifier} == {">="}


def test_pins_name_no_build_and_everything_installed_that_they_require():
    """A local tag such as +cpu would refuse every other build; a missing pin would drift."""
    pinned = pins()
    assert not [name for name, version in pinned.items() if version.local]
    assert pinned["torch"] in SpecifierSet(">=2.13")
    installed = {canonicalize_name(d.metadata["Name"]): d for d in distributions()}
    missing = set()
    for name in pinned.keys() & installed.keys():
        for text in installed[name].requires or ():
            requirement = Requirement(text)
            wanted = requirement.marker is None or requirement.marker.evaluate({"extra": ""})
            if wanted and canonicalize_name(requirement.name) not in pinned:
                missing.add(f"{name} requires {requirement.name}")
    # A CUDA build of torch brings its own runtime libraries, which this file leaves to that build.
    assert not {line for line in missing if not line.startswith("torch requires")}
