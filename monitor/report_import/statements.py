"""Which sentences of a report make a statement about a subject of its packs."""

import math
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from monitor.compare.reading.tokenize import plain
from monitor.compare.statements.cue_index import CueIndex
from monitor.compare.statements.numbers import read_numbers
from monitor.compare.statements.packs import pack_paths
from monitor.compare.statements.subjects import NUMBERS, Pack, Pattern
from monitor.report_import.content import ReportContent, ReportSentence
from monitor.report_import.sentences import cue
from monitor.strict_yaml import load

LEAST_WORDS = 3
# Words below which a sentence must name an aspect or a subject, and have a verb or a figure
SHORT = 6
ENOUGH = 1.75  # points from which a sentence is worth a draft
_LEADERS = re.compile(r"\.{4,}|…{2,}|(?:\. ){4,}")  # of a table of contents
# To another section, at the end of a sentence
_REFERENCE = re.compile(r",?\s*\(?\b(?:jf|cf|see|zie|siehe|vgl|voir)\b[^,;]{0,40}$")
_FIGURE = re.compile(r"(?<![\w.])\d[\d.,]*(?![\w.]*\d)")


class _ReportWords(BaseModel):
    """baseline/subjects/reports/<pack>.yml."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    cues: dict[str, Annotated[list[Pattern], Field(min_length=1)]]  # by subject or aspect
    # By aspect without a number: an English sentence
    says: dict[str, Annotated[str, Field(min_length=1)]] = {}


@dataclass(frozen=True)
class Statement:
    """A sentence that speaks of a subject of the packs."""

    place: int  # among the sentences of the report
    sentence: ReportSentence
    subject: str
    aspect: str | None  # None where no cue of an aspect is in the sentence
    points: float  # how likely the sentence is worth a claim
    inherited: bool  # whether the subject is that of the sentences before it


@cache
def _report_words(name: str) -> _ReportWords:
    """How reports write about the pack `name`. Raises WrongFile."""
    path = pack_paths()[name].parent / "reports" / f"{name}.yml"
    return load(path, _ReportWords)[0] if path.is_file() else _ReportWords(cues={})


@cache
def _report_cues(names: str) -> CueIndex:
    """Cues that are sure in a report, though not in the news. Raises WrongFile."""
    return CueIndex((owner, p) for name in names.split("+") for owner, patterns in _report_words(name).cues.items() for p in patterns)


def sentence_of(aspect: str, pack: Pack) -> str:
    """The English sentence that a report makes when it states `aspect`; "" where the pack has
    none.
    """
    return next((said for name in pack.name.split("+") if (said := _report_words(name).says.get(aspect))), "")


@dataclass(frozen=True)
class _Found:
    """What cues show in a sentence, each with the letters that show it."""

    aspects: Mapping[str, int]
    subjects: Mapping[str, int]


class _Weights:
    """How much each subject and aspect says in this report: what every second sentence shows tells
    less than what one shows (inverse document frequency, Sparck Jones 1972).
    """

    def __init__(self, found: Sequence[_Found], pack: Pack) -> None:
        self._pack = pack
        shown = Counter(name for f in found for name in (*f.aspects, *f.subjects))
        self._rarity = {name: math.log((len(found) + 1) / count) for name, count in shown.items()}

    def subjects(self, found: Mapping[str, int], section: Collection[str] = ()) -> list[str]:
        """Subjects, the surest first; those of the section's heading count double."""
        weight = {s: n * self._rarity.get(s, 1.0) ** 2 * (2 if s in section else 1) for s, n in found.items()}
        return sorted(weight, key=lambda s: (-weight[s], s))

    def aspects(self, found: Mapping[str, int], section: Collection[str], kinds: Collection[str]) -> list[str]:
        """Aspects, the surest first: those measured by a number of one of `kinds`, those that have
        no number, those whose number is missing.
        """

        def order(name: str) -> tuple[int, float, str]:
            kind = self._pack.aspects[name].kind
            place = 0 if kind in kinds and kind != "date" else 2 if kind in NUMBERS else 1
            weight = found[name] * self._rarity.get(name, 1.0) * (2 if self._pack.subject_of(name) in section else 1)
            return place, -weight, name

        return sorted(found, key=order)


def statements(content: ReportContent, pack: Pack) -> list[Statement]:
    """The sentences worth a draft, in their order."""
    titles = dict(content.sections)
    skipped = {number or title for number, title in content.sections if cue("skipped_sections").fullmatch(plain(title).strip(" :."))}
    shown = [_hits(plain(sentence.read_as), pack) for sentence in content.sentences]
    weights = _Weights(shown, pack)
    of_section = {number: _of_title(titles.get(number, ""), pack, weights) for number in {s.section for s in content.sentences}}
    found, before, paragraph = list[Statement](), "", -1
    for place, (sentence, hits) in enumerate(zip(content.sentences, shown, strict=True)):
        if sentence.paragraph != paragraph:
            before, paragraph = "", sentence.paragraph
        if sentence.section in skipped:
            continue
        statement = _statement(place, sentence, pack, hits, weights, before, of_section[sentence.section])
        if statement:
            before = statement.subject
            if statement.points >= ENOUGH:
                found.append(statement)
    return found


def _statement(
    place: int, sentence: ReportSentence, pack: Pack, hits: _Found, weights: _Weights, before: str, section: Sequence[str]
) -> Statement | None:
    text = plain(sentence.read_as)
    if (
        not _is_whole(text, hits)
        or _LEADERS.search(text)
        or cue("about_the_report").search(_REFERENCE.sub("", text))
        or text.rstrip().endswith(("?", ":"))
    ):
        return None
    kinds = {n.kind for n in read_numbers(text, None)}
    own = next(iter(weights.aspects(hits.aspects, section, kinds)), None)
    subject = pack.subject_of(own) if own else next(iter(weights.subjects(hits.subjects, section)), "")
    inherited = not subject
    subject = subject or before or (section[0] if section else "")
    if not subject:
        return None
    points = (1.75 if own else 1.0 if not inherited else 0.5 if before else 0.25) + _evidence(text, sentence)
    return Statement(place, sentence, subject, own, points, inherited)


def _is_whole(text: str, hits: _Found) -> bool:
    """Whether `text` can be a statement: a short one needs a subject of its own, and a verb or a
    figure.
    """
    words = len(text.split())
    if " | " in text and not _FIGURE.search(text):
        return False  # the heads of a table
    if words >= SHORT:
        return True
    own = bool(hits.aspects or hits.subjects)
    return (
        words >= LEAST_WORDS
        and own
        and bool(cue("verbs").search(text) or _FIGURE.search(text))
        and text.rstrip(' "”’»)]').endswith((".", "!"))
    )


def _evidence(text: str, sentence: ReportSentence) -> float:
    """Points for what a checkable statement has: a footnote, a figure, a rule, a source, a date."""
    points = 0.75 * bool(sentence.notes) + 0.75 * bool(_FIGURE.search(text))
    points += 0.5 * bool(cue("rule").search(text)) + 0.5 * bool(cue("reported").search(text))
    points += 0.5 * bool(cue("uncertain").search(text) or cue("proposed").search(text) or cue("announced").search(text))
    words = len(text.split())
    return points + 0.25 * (words >= 14 or words < SHORT)


def _of_title(title: str, pack: Pack, weights: _Weights) -> list[str]:
    """The subjects that a heading names, the surest first."""
    hits = _hits(plain(title), pack)
    return weights.subjects({**hits.subjects} | {pack.subject_of(a): n for a, n in hits.aspects.items()})


def _hits(text: str, pack: Pack) -> _Found:
    """The aspects and subjects that cues of the pack or of reports show."""
    hits = pack.cues.find(text)
    barred = {(h.owner[2:], s) for h in hits if h.owner[0] == "n" for s in range(h.start, h.end)}
    aspects, subjects = dict[str, int](), dict[str, int]()
    own = ((h.owner[2:], h.owner[0] == "a", h) for h in hits if h.owner[0] in "sa" and (h.owner[2:].split(".")[0], h.start) not in barred)
    of_reports = ((h.owner, h.owner in pack.aspects, h) for h in _report_cues(pack.name).find(text))
    for owner, is_aspect, hit in chain(own, of_reports):
        group = aspects if is_aspect else subjects
        group[owner] = group.get(owner, 0) + _letters(text[hit.start : hit.end])
    return _Found(aspects, subjects)


def _letters(match: str) -> int:
    """The letters of a cue in its match: what stands in the gap of a cue shows nothing."""
    words = match.split()
    return sum(map(len, words)) if len(words) <= 2 else len(words[0]) + len(words[-1])
