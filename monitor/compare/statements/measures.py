"""How surely the words around a number say what it measures, and whether persons and place are
those of the claim.
"""

import re
from functools import lru_cache

from monitor.baseline import About
from monitor.compare.reading.tokenize import lemmas
from monitor.compare.reading.values import near_lemmas
from monitor.compare.statements.claim_values import KnownValue
from monitor.compare.statements.number import Number
from monitor.compare.statements.read import IN_LEAD, IN_TITLE, ItemStatements, Line
from monitor.compare.statements.subjects import Pack
from monitor.compare.statements.words import CHANGE, EVERYWHERE

# Whom a sentence can speak of instead of those a claim speaks of; other words for people say
# nothing against it.
DISTINCT = frozenset(
    {
        "conscripts",
        "reservists",
        "mobilised",
        "contract soldiers",
        "prisoners",
        "suspects",
        "naturalised citizens",
        "migrants",
        "foreigners",
        "stateless",
        "students",
        "women",
    }
)
_AVERAGE = re.compile(r"(?<!\w)(?:средн\w+|averag\w*|mean|durchschnitt\w*|gennemsnit\w*|gemiddeld\w*|середн\w+)(?!\w)")
_AGE = re.compile(r"(?<!\w)(?:возраст\w*|вік\w*|age[ds]?|alter\w*|altersgr\w*|alder\w*|\w*leeftijd\w*|wiek\w*|edad)(?!\w)")
# Of these a rule of their own holds: "call-up age of new citizens" is not that of conscripts.
_OF_THEIR_OWN = frozenset({"naturalised citizens", "migrants", "foreigners", "stateless", "students", "women", "prisoners"})
# Where a claim speaks of one place, the item must too; what is said of one place says nothing of
# the whole country.
_OF_ONE_PLACE = frozenset({"moscow", "st_petersburg", "occupied"})
_NARROW = _OF_ONE_PLACE | {"abroad"}


class Measures:
    """What the numbers of an item measure, in the aspects of a pack."""

    def __init__(self, pack: Pack) -> None:
        self._pack = pack

    def binding(self, item: ItemStatements, line: Line, n: Number, aspect: str) -> float:
        """0..1: how surely the words around a number say that it measures `aspect`."""
        beside, unless = self._pack.beside.get(aspect), self._pack.unless.get(aspect)
        if beside is None or (unless and unless.search(line.text)) or (item.one_person and self._pack.aspects[aspect].penalty):
            return 0.0
        clause = line.text[n.clause[0] : n.start] + " · " + line.text[n.end : n.clause[1]]
        sentence = line.text[: n.start] + " · " + line.text[n.end :]
        title = item.lines[0].text
        words = (
            1.0
            if beside.search(clause)
            else 0.8
            if beside.search(sentence)
            else 0.6
            if line.weight >= IN_LEAD and beside.search(title)
            else 0.0
        )
        subject = self._pack.subject_of(aspect)
        about = 1.0 if subject in line.subjects else 0.8 if item.subjects.get(subject, 0.0) >= IN_LEAD else 0.4
        cue = 1.0 if aspect in line.aspects else 0.8 if item.aspects.get(aspect, 0.0) >= IN_LEAD else 0.0
        return (0.5 * words + 0.25 * about + 0.25 * cue) if words or cue == 1.0 else 0.0

    def near(self, item: ItemStatements, line: Line, k: KnownValue) -> float:
        """0..0.7: how many of the words that the claim gives for its number stand in the sentence
        or the title.
        """
        near = near_lemmas(tuple(k.value.near)) - EVERYWHERE
        if not near:
            return 0.0
        words = _lemmas(line.written)
        own = len(near & words)
        shared = len(near & (words | _lemmas(item.lines[0].written))) if line.carries else own
        return 0.7 if own >= 2 and shared >= 2 else 0.6 if shared >= 2 else 0.5 if own and len(near) == 1 else 0.0

    def in_title(self, item: ItemStatements, aspect: str) -> bool:
        """Whether the title speaks of the aspect's subject: numbers of what an item touches in
        passing are not its news.
        """
        title = [line for line in item.lines if line.weight == IN_TITLE]
        beside = self._pack.beside[aspect]
        return any(self._pack.subject_of(aspect) in line.subjects or beside.search(line.text) for line in title)

    def alone(self, line: Line, aspect: str) -> bool:
        """Whether no other subject of the sentence has numbers of the kind."""
        kind, own = self._pack.aspects[aspect].kind, self._pack.subject_of(aspect)
        return not any(a.kind == kind for s in line.subjects - {own} for a in self._pack.subjects[s].aspects.values())

    def rivals_for(self, item: ItemStatements, line: Line, n: Number, aspect: str, weight: float) -> bool:
        """Whether the number's words say more surely that it measures something else of the same
        kind.
        """
        kind = self._pack.aspects[aspect].kind
        others = {a for a in self._pack.beside if a != aspect and self._pack.aspects[a].kind == kind}
        near = {a for a in others if a in line.aspects or self._pack.subject_of(a) in line.subjects}
        # What only a sentence of the text shows does not rival it
        if item.subjects.get(self._pack.subject_of(aspect), 0.0) == IN_TITLE:
            near = {a for a in near if item.subjects.get(self._pack.subject_of(a), 0.0) == IN_TITLE}
        return any(self.binding(item, line, n, a) > weight for a in near)

    def of_one_sort(self, line: Line, n: Number, k: KnownValue) -> bool:
        """Whether nothing in the sentence says that the number is of another sort than the claim's:
        an average is no limit, an age no term, and what another country does is no rule of Russia.
        """
        if "russia" not in line.places and any(self._pack.places[p].abroad for p in line.places):
            return False
        clause = line.text[n.clause[0] : n.clause[1]]
        if k.value.kind == "period" and n.unit == "years" and _AGE.search(clause):
            return False
        if k.value.kind not in ("age", "period", "money") or "average" in k.value.measures:
            return True
        return not _AVERAGE.search(clause)

    def persons_agree(self, item: ItemStatements, line: Line, k: KnownValue) -> bool:
        """Whether the persons of the sentence, if it names any, can be those of the claim."""
        assert k.claim.about
        own, mentioned = DISTINCT & set(k.claim.about.persons), DISTINCT & line.persons
        if own and (mentioned & _OF_THEIR_OWN) - own:
            return False
        return not mentioned or not own or bool(mentioned & own) or any(p in item.persons for p in own)


def moved(line: Line, aspect: str) -> bool:
    """Whether the sentence says that a date changes: a year alone stands in many sentences."""
    return aspect in line.aspects and bool(CHANGE.search(line.text))


def is_narrow(about: About) -> bool:
    """Whether a claim is about one place, or about persons of whom rules of their own hold."""
    return about.place in _OF_ONE_PLACE or bool(about.persons and set(about.persons) <= _OF_THEIR_OWN)


def speaks_of(item: ItemStatements, about: About) -> bool:
    """Whether the item can be about a narrow claim: it names the claim's place, and not only other
    persons than the claim's.
    """
    if about.place in _OF_ONE_PLACE and about.place not in item.places:
        return False
    own, named = set(about.persons), DISTINCT & item.persons.keys()
    return not own or not named or not own <= _OF_THEIR_OWN or bool(named & own)


def place_agrees(item: ItemStatements, line: Line, k: KnownValue) -> bool:
    """Whether item and claim speak of the same place: what is said of one place says nothing of the
    whole country.
    """
    assert k.claim.about
    place = k.claim.about.place
    if place == "abroad" and any(a in item.aspects for a in (k.value.aspect, k.claim.about.aspect)):
        return True  # the aspect itself is one of men abroad
    if place in _NARROW:
        return place in item.places or place in line.places
    return not (
        {"moscow", "st_petersburg", "occupied"} & line.places and "russia" not in line.places and k.value.kind in ("count", "money")
    )


@lru_cache(maxsize=256)
def _lemmas(sentence: str) -> frozenset[str]:
    return frozenset(lemmas(sentence))
