"""The facts of the small worlds: who and what there is, and in which words things are said."""

from __future__ import annotations

Words = tuple[str, ...]


def _phrases(text: str) -> tuple[Words, ...]:
    """Phrases separated by '|', each as a tuple of words."""
    return tuple(tuple(phrase.split()) for phrase in text.split("|"))


# People in a house, and another group in a town. Where several gifts are possible, the order decides.
HOUSE_PEOPLE = ("john", "mary", "sandra", "daniel")
GIVING_PEOPLE = ("mary", "fred", "bill", "jeff")
TOWN_PEOPLE = ("bill", "fred", "julie", "mary")
HOUSE_ROOMS = ("bathroom", "bedroom", "garden", "hallway", "kitchen", "office")
TOWN_ROOMS = ("bedroom", "cinema", "kitchen", "office", "park", "school")
THINGS = ("apple", "football", "milk")
PRONOUNS = {"daniel": "he", "john": "he", "mary": "she", "sandra": "she"}

MOVES = _phrases("went to the|went back to the|moved to the|journeyed to the|travelled to the")
GETS = _phrases("got the|took the|grabbed the|picked up the")
DROPS = _phrases("dropped the|discarded the|left the|put down the")
GIVES = _phrases("gave the|handed the|passed the")
THEREAFTER = _phrases("then|afterwards|after that|following that")
COUNTS = ("none", "one", "two", "three")
TIMES = _phrases("yesterday|this morning|this afternoon|this evening")

# Kinds of animals, one and many of them, and those who bear a name.
SPECIES = {"cat": "cats", "mouse": "mice", "sheep": "sheep", "wolf": "wolves"}
NAMED = ("emily", "gertrude", "jessica", "winona")
COLOURED_SPECIES = ("frog", "lion", "rhino", "swan")
COLOURED = ("bernhard", "brian", "greg", "julius", "lily")
COLOURS = ("gray", "green", "white", "yellow")

# Directions with what is added to (east, north) and who is on the other side; shapes and the words between them.
DIRECTIONS = {"north": (0, 1), "south": (0, -1), "east": (1, 0), "west": (-1, 0)}
OPPOSITE = {"north": "south", "south": "north", "east": "west", "west": "east"}
SHAPES = _phrases(
    "the triangle|the blue square|the red square|the yellow square|the pink rectangle|the red sphere"
)
SIDES = {"above": (0, 1), "below": (0, -1), "left": (-1, 0), "right": (1, 0)}
OPPOSITE_SIDE = {"above": "below", "below": "above", "left": "right", "right": "left"}
SIDE_WORDS: dict[str, Words] = {
    "above": ("above",),
    "below": ("below",),
    "left": ("to", "the", "left", "of"),
    "right": ("to", "the", "right", "of"),
}

# Sizes from the smallest up; things of one rank are put in a drawn order, story by story.
SIZES = (_phrases("chocolate"), _phrases("box of chocolates"), _phrases("box|chest|container|suitcase"))

# Who feels what goes where and takes what.
MOTIVES = {
    "bored": ("garden", "football"),
    "hungry": ("kitchen", "apple"),
    "thirsty": ("kitchen", "milk"),
    "tired": ("bedroom", "pajamas"),
}
MOTIVATED = ("antoine", "jason", "sumit", "yann")
