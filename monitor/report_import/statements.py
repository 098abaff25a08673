"""Which sentences of a report make a statement about a subject of its packs."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Annotated

from pydantic import Field, RootModel

from monitor.compare.reading.tokenize import plain
from monitor.compare.statements.cue_index import CueIndex
from monitor.compare.statements.numbers import read_numbers
from monitor.compare.statements.packs import pack_paths
from monitor.compare.statements.subjects import Pack, Pattern
from monitor.report_import.content import ReportContent, ReportSentence
from monitor.report_import.sentences import cue
from monitor.strict_yaml import load

LEAST_WORDS = 6
ENOUGH = 1.75  # points from which a sentence is worth a draft
_LEADERS = re.compile(r"\.{4,}|…{2,}|(?:\. ){4,}")  # of a table of contents
_FIGURE = re.compile(r"(?<![\w.])\d[\d.,]*(?![\w.]*\d)")


class _ReportCues(RootModel[dict[str, Annotated[list[Pattern], Field(min_length=1)]]]):
    """baseline/subjects/reports/<pack>.yml: subject or aspect → patterns."""


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
def _report_cues(names: tuple[str, ...]) -> CueIndex:
    """Cues that are sure in a report, though not in the news. Raises WrongFile."""
    cues = list[tuple[str, str]]()
    for name in names:
        path = pack_paths()[name].parent / "reports" / f"{name}.yml"
        if path.is_file():
            read, _ = load(path, _ReportCues)
            cues += [(owner, p) for owner, patterns in read.root.items() for p in patterns]
    return CueIndex(cues)


def statements(content: ReportContent, pack: Pack) -> list[Statement]:
    """The sentences worth a draft, in their order."""
    titles = dict(content.sections)
    skipped = {number or title for number, title in content.sections if cue("skipped_sections").fullmatch(plain(title).strip(" :."))}
    of_section = {number: _subjects(titles.get(number, ""), pack) for number in {s.section for s in content.sentences}}
    found, before, paragraph = list[Statement](), "", -1
    for place, sentence in enumerate(content.sentences):
        if sentence.paragraph != paragraph:
            before, paragraph = "", sentence.paragraph
        if sentence.section in skipped:
            continue
        statement = _statement(place, sentence, pack, before, of_section[sentence.section])
        if statement:
            before = statement.subject
            if statement.points >= ENOUGH:
                found.append(statement)
    return found


def _statement(place: int, sentence: ReportSentence, pack: Pack, before: str, section: Sequence[str]) -> Statement | None:
    text = plain(sentence.text)
    if (
        len(text.split()) < LEAST_WORDS
        or _LEADERS.search(text)
        or cue("about_the_report").search(text)
        or text.rstrip().endswith(("?", ":"))
    ):
        return None
    aspects, subjects = _hits(text, pack)
    kinds = {n.kind for n in read_numbers(text, None)}
    own = next(iter(_by_weight(aspects, section, pack, kinds)), None)
    subject = pack.subject_of(own) if own else next(iter(_by_weight(subjects, section, pack)), "")
    inherited = not subject
    subject = subject or before or (section[0] if section else "")
    if not subject:
        return None
    points = (1.5 if own else 1.0 if not inherited else 0.5 if before else 0.25) + _evidence(text, sentence)
    return Statement(place, sentence, subject, own, points, inherited)


def _evidence(text: str, sentence: ReportSentence) -> float:
    """Points for what a checkable statement has: a footnote, a figure, a rule, a source, a date."""
    points = 0.75 * bool(sentence.notes) + 0.75 * bool(_FIGURE.search(text))
    points += 0.5 * bool(cue("rule").search(text)) + 0.5 * bool(cue("reported").search(text))
    points += 0.5 * bool(cue("uncertain").search(text) or cue("proposed").search(text) or cue("announced").search(text))
    return points + 0.25 * (len(text.split()) >= 14)


def _subjects(title: str, pack: Pack) -> list[str]:
    """The subjects that a heading names, most cues first."""
    aspects, subjects = _hits(plain(title), pack)
    return _by_weight({**subjects} | {pack.subject_of(a): n for a, n in aspects.items()}, (), pack)


def _hits(text: str, pack: Pack) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """(aspects, subjects) that cues show, each with the number of letters that show it."""
    hits = pack.cues.find(text)
    barred = {(h.owner[2:], s) for h in hits if h.owner[0] == "n" for s in range(h.start, h.end)}
    aspects, subjects = dict[str, int](), dict[str, int]()
    own = ((h.owner[2:], h.owner[0] == "a", h) for h in hits if h.owner[0] in "sa" and (h.owner[2:].split(".")[0], h.start) not in barred)
    of_reports = ((h.owner, h.owner in pack.aspects, h) for h in _report_cues(tuple(pack.name.split("+"))).find(text))
    for owner, is_aspect, hit in chain(own, of_reports):
        group = aspects if is_aspect else subjects
        group[owner] = group.get(owner, 0) + hit.end - hit.start
    return aspects, subjects


def _by_weight(found: Mapping[str, int], section: Sequence[str], pack: Pack, kinds: Collection[str] = ()) -> list[str]:
    """Names by their letters: first aspects that are measured by a number of one of `kinds`; those
    of the section's subjects count double.
    """

    def weight(name: str) -> tuple[bool, float, str]:
        subject = name if name in pack.subjects else pack.subject_of(name)
        measured = name in pack.aspects and pack.aspects[name].kind in kinds
        return (not measured, -found[name] * (2 if subject in section else 1), name)

    return sorted(found, key=weight)


REPORTS = Path("reports")
