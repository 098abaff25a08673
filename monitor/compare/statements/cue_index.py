"""The index of cues: of thousands of patterns, a text is searched for the few that it can hold."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from monitor.compare.reading.vocabulary import alternatives, expression_text, pattern_starts


class Hit(NamedTuple):
    """A cue found in plain text: its owner, [start, end)."""

    owner: str
    start: int
    end: int


class _Cue:
    """One cue of several words. Its expression is compiled when first tried: most of the thousands
    never are.
    """

    def __init__(self, owner: str, pattern: str) -> None:
        self.owner, self._pattern = owner, pattern

    @cached_property
    def expression(self) -> re.Pattern[str]:
        return re.compile(rf"(?<![\w-])(?:{expression_text(self._pattern)})(?!\w)")

    @cached_property
    def needs(self) -> tuple[frozenset[str], ...]:
        """For each word of the cue, what it can begin with."""
        return _needs(self._pattern)


MOST_WORDS = 50_000  # kept with the cues that they are
_STEM = 7  # letters of a word that decide whether a cue can begin there
_WORDS = re.compile(r"(?<![\w-])\w+")
_WHOLE_WORD = re.compile(r"\w+")
_ONE_WORD = re.compile(r"\w{2,}\*?")


class CueIndex:
    """Thousands of cues, of which only those are tried whose words all begin like words of the
    text.

    A cue of one word is looked up. One of several is kept under its rarest word, by how many cues
    share what that word begins with.
    """

    def __init__(self, cues: Iterable[tuple[str, str]]) -> None:
        """`cues`: (owner, pattern). A pattern of two parts joined by one `..` holds in either
        order.
        """
        single, several = list[tuple[str, str]](), list[_Cue]()
        for owner, pattern in dict.fromkeys(chain.from_iterable(orders(o, p) for o, p in cues)):
            choices = alternatives(pattern[1:-1]) if pattern.startswith("(") and pattern.find(")") == len(pattern) - 1 else [pattern]
            if all(_ONE_WORD.fullmatch(c) for c in choices):
                single += [(owner, c) for c in choices]
            else:
                several.append(_Cue(owner, pattern))
        self._cues = several
        # By word: (what it meets as bits, numbers of the rarest needs that it meets, owners)
        self._known: dict[str, tuple[int, tuple[int, ...], tuple[str, ...]]] = {}
        # By beginning: (owner, letters, any ending)
        self._words: dict[str, list[tuple[str, str, bool]]] = defaultdict(list)
        for owner, word in dict.fromkeys(single):
            letters = word.rstrip("*")
            self._words[letters[:_STEM]].append((owner, letters, word != letters))
        # The same need of different cues has one number.
        numbers = {need: n for n, need in enumerate(dict.fromkeys(chain.from_iterable(cue.needs for cue in several)))}
        self._needs: dict[str, list[int]] = defaultdict(list)  # by beginning
        for need, number in numbers.items():
            for start in need:
                self._needs[start].append(number)
        common = Counter(chain.from_iterable(chain.from_iterable(cue.needs) for cue in several))
        # By the number of the rarest need: (all needs as bits, cue)
        self._by_need: dict[int, list[tuple[int, _Cue]]] = defaultdict(list)
        self._always: list[_Cue] = []
        for cue in several:
            if cue.needs:
                rarest = min(cue.needs, key=lambda need: sum(common[s] for s in need))
                self._by_need[numbers[rarest]].append((_bits(numbers[need] for need in cue.needs), cue))
            else:
                self._always.append(cue)

    def __iter__(self) -> Iterator[_Cue]:
        return iter(self._cues)

    def _learn(self, word: str) -> tuple[int, tuple[int, ...], tuple[str, ...]]:
        """See `_known`; kept, for the same words come again and again."""
        starts = [word[:n] for n in range(1, min(len(word), _STEM) + 1)]
        owners = {
            owner
            for start in starts
            for owner, letters, ending in self._words.get(start, ())
            if (word.startswith(letters) if ending else word == letters)
        }
        met = frozenset(number for start in (*starts, f"{word} ") for number in self._needs.get(start, ()))
        if len(self._known) >= MOST_WORDS:
            self._known.clear()
        known = self._known[word] = (_bits(met), tuple(sorted(met & self._by_need.keys())), tuple(sorted(owners)))
        return known

    def find(self, plain: str) -> list[Hit]:
        """All places of all cues in `plain` (see tokenize.plain), in order."""
        met, rarest, found = 0, set[int](), set[Hit]()
        for m in _WORDS.finditer(plain):
            bits, numbers, owners = self._known.get(m.group()) or self._learn(m.group())
            met |= bits
            rarest.update(numbers)
            for owner in owners:
                found.add(Hit(owner, m.start(), m.end()))
        likely = [cue for number in rarest for needs, cue in self._by_need[number] if needs & met == needs]
        for cue in chain(self._always, likely):
            for m in cue.expression.finditer(plain):
                found.add(Hit(cue.owner, m.start(), m.end()))
        return sorted(found, key=lambda h: (h.start, h.end, h.owner))


def _bits(numbers: Iterable[int]) -> int:
    """A set of small numbers as one integer: tested faster than a set."""
    bits = 0
    for number in numbers:
        bits |= 1 << number
    return bits


def without_look_alikes(hits: list[Hit]) -> list[Hit]:
    """`hits` without those that a look-alike covers: of a subject and its aspects ("n:subject"), or
    of a group ("n:p:persons").
    """
    alike = [h for h in hits if h.owner.startswith("n:")]
    if not alike:
        return hits

    def covered(hit: Hit) -> bool:
        name = hit.owner[2:] if hit.owner.startswith(("s:", "a:")) else hit.owner
        return any(hit.start < n.end and n.start < hit.end and (name == n.owner[2:] or name.startswith(f"{n.owner[2:]}.")) for n in alike)

    return [h for h in hits if not covered(h)]


def orders(owner: str, pattern: str) -> Iterable[tuple[str, str]]:
    """(owner, pattern), and for a pattern of two parts joined by one `..` the other order too."""
    parts = pattern.split(" .. ")
    turned = len(parts) == 2 and all(p.count("(") == p.count(")") for p in parts)
    return ((owner, pattern), (owner, f"{parts[1]} .. {parts[0]}")) if turned else ((owner, pattern),)


def _needs(pattern: str) -> tuple[frozenset[str], ...]:
    """What each word of `pattern` must begin with; words that may be missing or begin with anything
    are left out.
    """
    words, depth, word = list[str](), 0, ""
    for char in pattern + " ":
        depth += (char == "(") - (char == ")")
        if char == " " and depth == 0:
            words.append(word)
            word = ""
        else:
            word += char
    starts = [_starts(w) for w in words if w and w != ".." and not w.endswith("?") and w[0] != "\\"]
    return tuple(s for s in starts if s)


def _starts(word: str) -> frozenset[str] | None:
    """What `word` of a pattern can begin with. A short word without an ending is given whole, with
    a space behind it: else "в" would hold wherever a word begins with that letter.
    """
    if word.startswith("(") and word.find(")") == len(word) - 1:
        choices = [_starts(choice.split(" ")[0]) for choice in alternatives(word[1:-1])]
        return None if None in choices else frozenset().union(*(c for c in choices if c))
    if _WHOLE_WORD.fullmatch(word) and len(word) <= _STEM:
        return frozenset({f"{word} "})
    return pattern_starts(word, _STEM)
