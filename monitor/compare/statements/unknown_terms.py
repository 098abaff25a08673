"""Terms of titles near a subject that no cue of a pack knows, counted for the operator.

A pack ages: outlets find new words for old practices. A title is near where a cue of a subject
matches it. Its other words are compared with those of all titles: what stands beside the subject
far more often than elsewhere is likely to be a word for it, and worth a cue.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from monitor.compare.reading.tokenize import lemmas, plain
from monitor.compare.statements.cue_index import without_look_alikes
from monitor.compare.statements.subjects import Pack

LEAST = 3  # titles near a subject in which a term must stand
MANY_TIMES = 3.0  # how much more often than in other titles


@dataclass(frozen=True)
class UnknownTerm:
    """A lemma, or two that follow each other; in how many titles near a subject and elsewhere."""

    term: str
    near: int
    elsewhere: int
    subject: str  # beside which it stands most often
    example: str  # the first title

    @property
    def weight(self) -> float:
        """For the order: its titles, by how much more often it stands near a subject than
        elsewhere.
        """
        return self.near * math.log((self.near + 1) / (self.elsewhere + 1))


@dataclass
class _Seen:
    near: int = 0
    elsewhere: int = 0
    subjects: Counter[str] = field(default_factory=Counter)
    example: str = ""


def unknown_terms(titles: Iterable[tuple[str, str | None]], pack: Pack) -> list[UnknownTerm]:
    """`titles`: (title, language). The most telling terms first."""
    seen: dict[str, _Seen] = {}
    totals = [0, 0]  # titles elsewhere, titles near a subject
    for title, lang in dict.fromkeys(titles):
        text = plain(title)
        hits = without_look_alikes(pack.cues.find(text))
        subjects = {_subject(h.owner, pack) for h in hits if h.owner.startswith(("s:", "a:"))}
        totals[bool(subjects)] += 1
        for term in _terms(_uncovered(text, [(h.start, h.end) for h in hits]), lang):
            known = seen.setdefault(term, _Seen())
            if subjects:
                known.near += 1
                known.subjects.update(subjects)
                known.example = known.example or title
            else:
                known.elsewhere += 1
    scale = totals[1] / max(1, totals[0])
    terms = [
        UnknownTerm(term, s.near, s.elsewhere, s.subjects.most_common(1)[0][0], s.example)
        for term, s in seen.items()
        if s.near >= LEAST and s.near >= MANY_TIMES * s.elsewhere * scale
    ]
    return sorted(terms, key=lambda t: (-t.weight, t.term))


def _subject(owner: str, pack: Pack) -> str:
    return pack.subject_of(owner[2:]) if owner.startswith("a:") else owner[2:]


def _uncovered(text: str, spans: list[tuple[int, int]]) -> list[str]:
    """The parts of `text` outside `spans`."""
    parts, at = list[str](), 0
    for start, end in sorted(spans):
        if start > at:
            parts.append(text[at:start])
        at = max(at, end)
    return [*parts, text[at:]]


def _terms(parts: list[str], lang: str | None) -> set[str]:
    """Lemmas of letters, and pairs of neighbours within one part."""
    terms = set[str]()
    for part in parts:
        words = [w for w in lemmas(part, lang) if w.isalpha()]
        terms.update(words, (f"{a} {b}" for a, b in zip(words, words[1:], strict=False)))
    return terms
