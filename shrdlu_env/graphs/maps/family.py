"""A family of four generations, made up: people are nodes, kinship is edges, relations are compositions.

Source: Methods, 'Inference', the held-out graph; this family is our own.
"""

from __future__ import annotations

from typing import NamedTuple

from shrdlu_env.graphs.labelled import LabelledGraph

EDGE_LABELS = (
    "mother",
    "father",
    "husband",
    "wife",
    "eldest child",
    "youngest child",
    "elder brother",
    "younger brother",
    "elder sister",
    "younger sister",
)


class Couple(NamedTuple):
    """A marriage: wife, husband, and their children from the eldest on, each with "f" or "m"."""

    wife: str
    husband: str
    children: tuple[tuple[str, str], ...]


COUPLES = (
    Couple("Agnes", "Bertram", (("Clara", "f"), ("Dietrich", "m"), ("Edda", "f"))),
    Couple("Friederike", "Gustav", (("Henrik", "m"), ("Ida", "f"), ("Jonas", "m"))),
    Couple("Clara", "Henrik", (("Karl", "m"), ("Lotte", "f"), ("Moritz", "m"))),
    Couple("Nora", "Dietrich", (("Oskar", "m"), ("Paula", "f"))),
    Couple("Edda", "Quentin", (("Rosa", "f"),)),
    Couple("Ida", "Stefan", (("Theo", "m"), ("Ursula", "f"))),
    Couple("Vera", "Jonas", ()),
    Couple("Wilma", "Karl", (("Xaver", "m"), ("Yvonne", "f"))),
    Couple("Lotte", "Zacharias", (("Alma", "f"), ("Benno", "m"))),
    Couple("Paula", "Conrad", (("Dora", "f"),)),
    Couple("Rosa", "Emil", (("Fritz", "m"), ("Greta", "f"))),
    Couple("Ursula", "Hugo", (("Ilse", "f"),)),
)

# What people call a composition of edges, followed in this order from the person asked about. A name may stand
# for several compositions, as an uncle is an elder or a younger brother.
RELATIONS: dict[str, tuple[tuple[str, ...], ...]] = {
    "maternal grandmother": (("mother", "mother"),),
    "maternal grandfather": (("mother", "father"),),
    "paternal grandmother": (("father", "mother"),),
    "paternal grandfather": (("father", "father"),),
    "mother-in-law": (("husband", "mother"), ("wife", "mother")),
    "father-in-law": (("husband", "father"), ("wife", "father")),
    "maternal uncle": (("mother", "elder brother"), ("mother", "younger brother")),
    "paternal aunt": (("father", "elder sister"), ("father", "younger sister")),
    "sister-in-law": (("elder brother", "wife"), ("younger brother", "wife"), ("husband", "younger sister")),
    "eldest grandchild": (("eldest child", "eldest child"),),
    "great-grandmother in the female line": (("mother", "mother", "mother"),),
    "great-grandfather in the male line": (("father", "father", "father"),),
    "maternal great uncle": (("mother", "mother", "elder brother"), ("mother", "mother", "younger brother")),
    "paternal great aunt": (("father", "father", "younger sister"), ("father", "mother", "younger sister")),
    "uncle's wife": (("mother", "elder brother", "wife"), ("mother", "younger brother", "wife")),
    "eldest maternal cousin": (
        ("mother", "elder brother", "eldest child"),
        ("mother", "younger sister", "eldest child"),
    ),
    "maternal great uncle's wife": (("mother", "mother", "younger brother", "wife"),),
    "maternal great uncle's youngest child": (("mother", "mother", "younger brother", "youngest child"),),
    "wife's maternal uncle": (("wife", "mother", "elder brother"),),
    "wife's maternal uncle's wife": (("wife", "mother", "elder brother", "wife"),),
}


def _edges() -> list[tuple[str, str, str]]:
    edges: list[tuple[str, str, str]] = []
    for wife, husband, children in COUPLES:
        edges += [(wife, "husband", husband), (husband, "wife", wife)]
        for parent in (wife, husband):
            if children:
                edges += [
                    (parent, "eldest child", children[0][0]),
                    (parent, "youngest child", children[-1][0]),
                ]
        for place, (child, _) in enumerate(children):
            edges += [(child, "mother", wife), (child, "father", husband)]
            # Of several the nearest in age, so that the label names one person.
            for kind, sex in (("brother", "m"), ("sister", "f")):
                elder = [name for name, s in children[:place] if s == sex]
                younger = [name for name, s in children[place + 1 :] if s == sex]
                edges += [(child, f"elder {kind}", elder[-1])] if elder else []
                edges += [(child, f"younger {kind}", younger[0])] if younger else []
    return edges


def family_tree() -> LabelledGraph:
    """The family as a graph: 35 people, ten edge labels; (person, label) names one person."""
    return LabelledGraph(_edges())
