"""Recognises lines of a page that change at each fetch.

A line that changed in two consecutive fetches, around the same constant words ("Thought of the day:
…"), is noise: it is no longer reported. Its constant words are stored: a change of them is
reported. So is a change of an important word (a period, an amount, a word of conscription law),
until it has changed in four consecutive fetches. Pure: the caller keeps `state` between fetches.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from monitor.kinds.wording import opcodes, tokens

NOISE_AFTER = 2  # changes in consecutive fetches
IMPORTANT_AFTER = 4
_IMPORTANT = re.compile(
    r"\d+\s*(?:лет|год|месяц|недел|дн|день|сут|час|рубл|тыс|млн|процент|%|мрот|years?|months?|weeks?|days?|hours?|euro|percent)"
    r"|призы|мобилиз|служб|повест|отсроч|военн|закон|стать|указ|приказ|постановлен|срок|штраф|запре|наказан|розыск"
    r"|conscri|mobili[sz]|draft|summons|military|law|decree|article|prohibit|fine",
    re.I,
)


@dataclass(frozen=True)
class NoiseLine:
    """A line that changed. `line`: its text in the stored version, as tokens."""

    line: str
    last: str  # its text in the last fetch
    count: int  # consecutive fetches in which it changed
    head: str  # tokens that stayed the same before the change
    tail: str  # and after it


@dataclass(frozen=True)
class NoiseResult:
    """`removed`, `added`: lines of a real change. `lines`: to be stored for the next fetch."""

    removed: tuple[str, ...]
    added: tuple[str, ...]
    lines: tuple[NoiseLine, ...]

    @property
    def only_noise(self) -> bool:
        return not self.removed and not self.added

    def state(self) -> list[dict[str, Any]]:
        return [asdict(line) for line in self.lines]


def noise_lines(state: Sequence[Mapping[str, Any]], consecutive: bool) -> dict[str, NoiseLine]:
    """The stored lines by their text. `consecutive`: the state is of the last fetch; otherwise only
    lines count that are noise already.
    """
    lines = (NoiseLine(**dict(row)) for row in state)
    return {x.line: x for x in lines if consecutive or x.count >= NOISE_AFTER}


def without_noise(old: Sequence[str], new: Sequence[str], known: Mapping[str, NoiseLine]) -> NoiseResult:
    """The lines that really changed from `old` (the stored version) to `new`."""
    old_tokens, new_tokens = [tokens(x) for x in old], [tokens(x) for x in new]
    removed, added, noise, changed = list[str](), list[str](), list[NoiseLine](), list[NoiseLine]()
    for a, b, c, d in opcodes(old_tokens, new_tokens):
        pairs = list(zip(range(a, b), range(c, d), strict=False)) if b - a == d - c else []
        if not pairs:
            removed += old[a:b]
            added += new[c:d]
        for i, j in pairs:
            line = _updated(known.get(old_tokens[i]), old_tokens[i], new_tokens[j])
            if line.count >= (IMPORTANT_AFTER if _IMPORTANT.search(_middle(line, new[j])) else NOISE_AFTER):
                noise.append(line)
            else:
                removed.append(old[i])
                added.append(new[j])
                changed.append(line)
    kept = [
        x for x in known.values() if x.count >= NOISE_AFTER and x.line in old_tokens and x.line not in {n.line for n in [*noise, *changed]}
    ]
    if removed or added:  # the new version is stored: lines are known by their text in it
        return NoiseResult(tuple(removed), tuple(added), tuple(_stored(x) for x in [*noise, *changed, *kept]))
    return NoiseResult((), (), (*noise, *kept))


def _updated(known: NoiseLine | None, old: str, new: str) -> NoiseLine:
    """The line with this change. Its count restarts where the change is not around the constant
    words.
    """
    head, tail = _common_ends(old.split(), new.split())
    if known is None or not _fits(known, new):
        return NoiseLine(old, new, 1, head, tail)
    return NoiseLine(old, new, known.count + (new != known.last), _shorter(known.head, head), _shorter(known.tail, tail))


def _fits(known: NoiseLine, new: str) -> bool:
    return f"{new} ".startswith(f"{known.head} ".lstrip()) and f" {new}".endswith(f" {known.tail}".rstrip())


def _common_ends(old: list[str], new: list[str]) -> tuple[str, str]:
    """The tokens that two lines share at their beginning and at their end."""
    most = min(len(old), len(new))
    head = next((n for n in range(most) if old[n] != new[n]), most)
    tail = next((n for n in range(most - head) if old[-1 - n] != new[-1 - n]), most - head)
    return " ".join(new[:head]), " ".join(new[len(new) - tail :])


def _shorter(one: str, other: str) -> str:
    return one if len(one.split()) <= len(other.split()) else other


def _middle(line: NoiseLine, text: str) -> str:
    """The part of `text` that changes, with one word on each side of it: "12 | months"."""
    words = text.split()
    return " ".join(words[max(0, len(line.head.split()) - 1) : len(words) - max(0, len(line.tail.split()) - 1)])


def _stored(line: NoiseLine) -> NoiseLine:
    return NoiseLine(line.last, line.last, line.count, line.head, line.tail)
