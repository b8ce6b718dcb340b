"""Answers the questions of a story from its words alone, as a reader would; knows nothing of how stories are made."""

from collections import deque

TAKEN = {"got", "took", "grabbed", "picked"}
LET_GO = {"dropped", "discarded", "left", "put"}
GIVEN = {"gave", "handed", "passed"}
NUMBERS = ("none", "one", "two", "three")
ONE = {"mice": "mouse", "wolves": "wolf", "cats": "cat", "sheep": "sheep"}
COMPASS = {"north": "south", "south": "north", "east": "west", "west": "east"}
SIDES = {"above": (0, 1), "below": (0, -1), "left": (-1, 0), "right": (1, 0)}
GO = {"hungry": "kitchen", "thirsty": "kitchen", "tired": "bedroom", "bored": "garden"}


def answers(task, lines):
    """The answers, as tuples of words, to the questions among `lines` (tuples of words, '.' or '?' at the end)."""
    reader = READERS[task]()
    found = []
    for words in lines:
        if words[-1] == "?":
            found.append(tuple(reader.answer(words[:-1])))
        else:
            reader.hear(words[:-1])
    return found


class House:
    """Tasks 1 to 13 but 4: who is where, who has what, who gave what to whom."""

    def __init__(self):
        self.where = {}  # person -> ("at" | "not" | "either", rooms)
        self.has = {}  # thing -> person
        self.lies = {}  # thing -> room
        self.been = {}  # thing -> rooms, the last one at the end
        self.had = {}  # person -> things in the order of first having them
        self.gifts = []
        self.last = ()  # whom the last sentence was about

    def hear(self, words):
        if {"he", "she", "they"} & set(words):
            self.go(self.last, words[-1])
        elif GIVEN & set(words):
            giver, thing, taker = words[0], words[3], words[5]
            assert self.has[thing] == giver
            self.gifts.append((giver, thing, taker))
            self.take(taker, thing)
        elif TAKEN & set(words):
            assert self.thing(words) not in self.has
            self.take(words[0], self.thing(words))
        elif LET_GO & set(words):
            thing = self.thing(words)
            assert self.has.pop(thing) == words[0]
            self.lies[thing] = self.room(words[0])
        elif words[1] == "is":
            rooms = tuple(words[i + 1] for i, word in enumerate(words) if word == "the")
            sort = "either" if "either" in words else "not" if {"not", "longer"} & set(words) else "at"
            self.where[words[0]] = (sort, rooms)
        else:
            self.last = (words[0], words[2]) if words[1] == "and" else (words[0],)
            self.go(self.last, words[-1])

    @staticmethod
    def thing(words):
        return words[-2] if words[-1] == "there" else words[-1]

    def room(self, person):
        return self.where[person][1][0] if person in self.where else None

    def go(self, people, room):
        for person in people:
            self.where[person] = ("at", (room,))
            for thing, holder in self.has.items():
                if holder == person:
                    self.been[thing].append(room)

    def take(self, person, thing):
        self.has[thing] = person
        self.lies.pop(thing, None)
        if thing not in self.had.setdefault(person, []):
            self.had[person].append(thing)
        been, room = self.been.setdefault(thing, []), self.room(person)
        if room is not None and been[-1:] != [room]:
            been.append(room)

    def answer(self, words):
        if words[0] == "where" and words[1] == "was":
            been = self.been[words[3]]
            at = max(i for i, room in enumerate(been) if room == words[-1])
            return [been[at - 1]]
        if words[0] == "where" and words[2] == "the":
            thing = words[-1]
            return [self.room(self.has[thing]) if thing in self.has else self.lies[thing]]
        if words[0] == "where":
            return self.where[words[-1]][1]
        if words[0] == "is":
            sort, rooms = self.where[words[1]]
            if words[-1] not in rooms:
                return ["no"]
            return [{"at": "yes", "not": "no", "either": "maybe"}[sort]]
        if words[-1] == "carrying":
            person = words[-2]
            things = [thing for thing in self.had.get(person, ()) if self.has.get(thing) == person]
            return [NUMBERS[len(things)]] if words[0] == "how" else things or ["nothing"]
        return self.gift(words)

    def gift(self, words):
        for giver, thing, taker in reversed(self.gifts):
            if words[0] == "what":  # what did GIVER give to TAKER
                if words[2] == giver and words[5] == taker:
                    return [thing]
            elif words[1] == "gave":  # who gave the THING (to TAKER)
                if words[3] == thing and (len(words) == 4 or words[5] == taker):
                    return [giver]
            elif words[1] == "received":
                if words[3] == thing:
                    return [taker]
            elif words[2] == giver and words[5] == thing:  # who did GIVER give the THING to
                return [taker]
        raise AssertionError(f"nothing was said that answers {' '.join(words)}")


class Relations:
    """Task 4: the X is DIRECTION of the Y."""

    def __init__(self):
        self.pairs = []

    def hear(self, words):
        self.pairs.append((words[1], words[3], words[-1]))

    def answer(self, words):
        both = self.pairs + [(b, COMPASS[way], a) for a, way, b in self.pairs]
        if words[2] == "the":  # what is the X DIRECTION of
            (found,) = [b for a, way, b in both if (a, way) == (words[3], words[4])]
        else:  # what is DIRECTION of the X
            (found,) = [a for a, way, b in both if (b, way) == (words[-1], words[2])]
        return [found]


class Days:
    """Task 14: where people were yesterday, this morning, this afternoon, this evening."""

    ORDER = ("yesterday", "morning", "afternoon", "evening")

    def __init__(self):
        self.days = {}

    def hear(self, words):
        (time,) = [self.ORDER.index(word) for word in words if word in self.ORDER]
        rest = [word for word in words if word not in (*self.ORDER, "this")]
        self.days.setdefault(rest[0], {})[time] = rest[-1]

    def answer(self, words):
        day = self.days[words[2]]
        times = sorted(day)
        at = max(i for i, time in enumerate(times) if day[time] == words[-1])
        return [day[times[at - 1]]]


class Fears:
    """Task 15: what kinds fear, and who is of which kind."""

    def __init__(self):
        self.kind, self.fear = {}, {}

    def hear(self, words):
        if "afraid" in words:
            self.fear[ONE[words[0]]] = ONE[words[-1]]
        else:
            self.kind[words[0]] = words[-1]

    def answer(self, words):
        return [self.fear[self.kind[words[2]]]]


class Colours:
    """Task 16: by the last one introduced of its kind."""

    def __init__(self):
        self.kind, self.colour = {}, {}

    def hear(self, words):
        (self.kind if words[2] == "a" else self.colour)[words[0]] = words[-1]

    def answer(self, words):
        asked = words[-1]
        alike = [name for name in self.kind if name != asked and self.kind[name] == self.kind[asked]]
        return [self.colour[alike[-1]]]


class Shapes:
    """Task 17: shapes on a grid."""

    def __init__(self):
        self.said = []

    def read(self, words):
        """First shape, relation and second shape of a sentence or question without its verb."""
        (at,) = [i for i, word in enumerate(words) if word in SIDES]
        first = words[: at - 2] if words[at] in ("left", "right") else words[:at]
        second = words[at + 2 :] if words[at] in ("left", "right") else words[at + 1 :]
        return tuple(first), SIDES[words[at]], tuple(second)

    def hear(self, words):
        verb = words.index("is")
        self.said.append(self.read(words[:verb] + words[verb + 1 :]))

    def answer(self, words):
        first, (x, y), second = self.read(words[1:])
        place = {second: (0, 0)}
        while first not in place:
            for a, (dx, dy), b in self.said:
                if b in place and a not in place:
                    place[a] = (place[b][0] + dx, place[b][1] + dy)
                elif a in place and b not in place:
                    place[b] = (place[a][0] - dx, place[a][1] - dy)
        return ["yes" if place[first][0] * x + place[first][1] * y > 0 else "no"]


class Sizes:
    """Task 18: what fits in what, step by step."""

    def __init__(self):
        self.inside = set()

    @staticmethod
    def split(words, by):
        """What stands before and behind the words `by`, without "the"."""
        at = words.index(by[0])
        return words[1:at], words[at + len(by) + 1 :]

    def hear(self, words):
        if "fits" in words:
            self.inside.add(self.split(words, ("fits", "inside")))
        else:
            self.inside.add(self.split(words, ("is", "bigger", "than"))[::-1])

    def reaches(self, start, goal):
        seen, front = {start}, deque([start])
        while front:
            here = front.popleft()
            for small, big in self.inside:
                if small == here and big not in seen:
                    seen.add(big)
                    front.append(big)
        return goal in seen

    def answer(self, words):
        if words[0] == "does":
            inner, outer = self.split(words[1:], ("fit", "in"))
        else:
            outer, inner = self.split(words[1:], ("bigger", "than"))
        fits = self.reaches(inner, outer)
        assert fits != self.reaches(outer, inner)
        return ["yes" if fits else "no"]


class Ways:
    """Task 19: the shortest way through the rooms."""

    def __init__(self):
        self.doors = []

    def hear(self, words):
        way = words[3][0]
        self.doors += [(words[-1], way, words[1]), (words[1], COMPASS[words[3]][0], words[-1])]

    def answer(self, words):
        start, goal = words[words.index("from") + 2], words[-1]
        ways, front = {start: []}, deque([start])
        while front:
            here = front.popleft()
            for a, way, b in self.doors:
                if a == here and b not in ways:
                    ways[b] = [*ways[here], way]
                    front.append(b)
        return ways[goal]


class Motives:
    """Task 20: takes knowing what people do about hunger, thirst, tiredness and boredom."""

    def __init__(self):
        self.mood = {}

    def hear(self, words):
        if words[1] == "is":
            self.mood[words[0]] = words[2]

    def answer(self, words):
        mood = self.mood[words[2]]
        return [GO[mood]] if words[0] == "where" else [mood]


READERS = dict.fromkeys(range(1, 14), House) | {
    4: Relations,
    14: Days,
    15: Fears,
    16: Colours,
    17: Shapes,
    18: Sizes,
    19: Ways,
    20: Motives,
}
