"""Draft claims for the sentences of a report. What was not read stays empty for a person to fill:
nothing is guessed, and nothing is compared before a person accepts it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import Any

import pymorphy3

from monitor.baseline import Baseline, ClaimReliability, Turn
from monitor.compare.reading.tokenize import plain
from monitor.compare.statements.acts import NamedAct, named_acts
from monitor.compare.statements.cue_index import Hit
from monitor.compare.statements.number import Number
from monitor.compare.statements.numbers import read_numbers
from monitor.compare.statements.subjects import Aspect, Pack, Subject, act_key
from monitor.report_import.content import NoteSource, ReportContent, ReportSentence
from monitor.report_import.english import Read, measured
from monitor.report_import.english import statement as english
from monitor.report_import.sentences import cue, dates_in
from monitor.report_import.statements import Statement, sentence_of, statements

PHRASES = 4  # watch phrases proposed in Russian; half as many in other languages
_TURNS = {
    ClaimReliability.FIGURE: [Turn.VALUE],
    ClaimReliability.IN_FORCE: [Turn.VALUE, Turn.STAGE, Turn.SCOPE],
    ClaimReliability.ANNOUNCED: [Turn.BEGINS, Turn.STAGE],
    ClaimReliability.PROPOSED: [Turn.STAGE, Turn.BEGINS],
    ClaimReliability.REPORTED: [Turn.STOPS, Turn.DENIED, Turn.SCOPE],
    ClaimReliability.UNCERTAIN: [Turn.ANSWERED],
}
_CHANGES = {
    Turn.VALUE: "Another figure is given for: {what}.",
    Turn.STAGE: "A bill, law, decree or ruling changes: {what}.",
    Turn.SCOPE: "Other persons, places or cases are covered: {what}.",
    Turn.BEGINS: "It begins to apply: {what}.",
    Turn.STOPS: "It is reported to have stopped: {what}.",
    Turn.DENIED: "An authority or source says otherwise on: {what}.",
    Turn.ANSWERED: "It becomes known: {what}.",
}


@dataclass(frozen=True)
class Draft:
    """A proposed claim: `body` as an entry of a baseline file, with "" where a person must fill."""

    sentence: int  # its place among the sentences of the report
    body: dict[str, Any]
    points: float


def drafts(content: ReportContent, pack: Pack, research_closed: str, known: Iterable[Baseline] = ()) -> list[Draft]:
    """The draft claims of a report, in its order. `known`: reports whose watch phrases may serve
    again, for claims on the same aspect.
    """
    library = _library(known)
    return [_draft(s, content, pack, research_closed, library) for s in statements(content, pack)]


@dataclass(frozen=True)
class _Library:
    """What known claims offer to new ones."""

    phrases: Mapping[str, Mapping[str, list[str]]]  # aspect or subject → language → watch phrases
    topics: Mapping[str, str]  # subject → the topic that most of its claims have


def _draft(s: Statement, content: ReportContent, pack: Pack, closed: str, library: _Library) -> Draft:
    sentence, text = s.sentence, plain(s.sentence.read_as)
    hits = pack.cues.find(text)
    status = _status(text)
    values = list(_values(text, s.aspect, pack)) if s.aspect else []
    if status is ClaimReliability.IN_FORCE and values and not cue("rule").search(text):
        status = ClaimReliability.FIGURE
    what = (pack.aspects[s.aspect] if s.aspect else pack.subjects[s.subject]).says["en"]
    sources = [src for n in sentence.notes for src in content.notes.get(n, ())]
    acts = named_acts(text, ((h.start, h.owner[2:]) for h in hits if h.owner.startswith("t:")), pack)
    places = list(dict.fromkeys(h.owner[2:] for h in hits if h.owner.startswith("l:") and not pack.places[h.owner[2:]].abroad))
    as_of, stated = _as_of(sentence, sources, acts, closed)
    body: dict[str, Any] = {
        "section": sentence.section or "–",
        "page": sentence.page,
        "topic": _topic(pack, s.subject, library.topics),
        "statement": "",
        "quote": sentence.text,
        "as_of": as_of,
        "status": status.value,
        "open": status is ClaimReliability.UNCERTAIN,
        "about": _about(s.aspect, hits, places, what, pack, status, [a.act for a in acts]) if s.aspect else None,
        "watch": _watch(s.aspect, s.subject, pack, library.phrases),
        "values": values,
        "law": [{"act": a.act, "article": next(iter(sorted(a.articles)), None)} for a in acts],
        "changes_if": [_CHANGES[t].format(what=what) for t in _TURNS[status]],
        "sources": [_source(src) for src in sources],
    }
    if s.aspect:
        outlets = [src.outlet for src in sources]
        beside = s.aspect in pack.beside and bool(pack.beside[s.aspect].search(text))
        read = Read(
            text,
            pack.aspects[s.aspect],
            sentence_of(s.aspect, pack),
            status,
            beside,
            values,
            places,
            acts,
            outlets,
            as_of if stated else None,
        )
        body["statement"] = english(read, pack)
    return Draft(s.place, {k: v for k, v in body.items() if v is not None}, s.points)


def _topic(pack: Pack, subject: str, topics: Mapping[str, str]) -> str:
    """The topic that known claims on the subject have, else the one that speaks of it, else the
    last topic of the pack.
    """
    if (known := topics.get(subject)) in pack.topics and known is not None:
        return known
    return next((name for name, t in pack.topics.items() if subject in t.speaks_of), list(pack.topics)[-1])


def _status(text: str) -> ClaimReliability:
    """The kind of statement, by its words; a rule where none of them says otherwise."""
    for name, status in (
        ("uncertain", ClaimReliability.UNCERTAIN),
        ("proposed", ClaimReliability.PROPOSED),
        ("announced", ClaimReliability.ANNOUNCED),
        ("rule", ClaimReliability.IN_FORCE),
    ):
        if cue(name).search(text):
            return status
    return ClaimReliability.REPORTED if cue("reported").search(text) else ClaimReliability.IN_FORCE


def _values(text: str, aspect: str, pack: Pack) -> Iterable[dict[str, Any]]:
    """The numbers of the sentence that are of the kind of its aspect, with what they measure."""
    of, unless = pack.aspects[aspect], pack.unless.get(aspect)
    for n in measured(read_numbers(text, None), of):
        clause = text[n.clause[0] : n.clause[1]]
        is_age = of.kind == "period" and n.unit == "years" and cue("ages").search(clause)
        if not is_age and (unless is None or not unless.search(clause)):
            yield {"measures": of.says["en"], "kind": of.kind, "aspect": aspect, **_limits(n, of), "near": []}


def _limits(n: Number, of: Aspect) -> dict[str, Any]:
    unit = of.unit if n.unit == "?" or n.kind == "count" else n.unit
    number = {"value": n.low} if n.low == n.high else {"from": n.low or None, "to": n.high}
    return {k: v for k, v in {**number, "unit": unit}.items() if v is not None}


def _as_of(sentence: ReportSentence, sources: Sequence[NoteSource], acts: Sequence[NamedAct], closed: str) -> tuple[str, bool]:
    """(day, whether text or footnotes state it), by the convention of docs/comparison.md: the date
    of the text, else of the newest source, else the end of research; never after it. Where the
    sentence speaks of a law, its dates are those of the law.
    """
    newest = max((s.date for s in sources if s.date and not _is_act(s)), default="")
    stated = [d for d in dates_in(sentence.text) if d <= closed]
    of_a_law = bool(acts) or bool(cue("enacted").search(plain(sentence.text)))
    if stated and not (of_a_law and newest):
        return (closed, False) if of_a_law else (max(stated), True)
    return (min(newest, closed), True) if newest else (closed, False)


def _is_act(source: NoteSource) -> bool:
    return bool(cue("acts").search(plain(source.outlet))) and any(c.isdigit() for c in source.outlet)


def _about(
    aspect: str, hits: Sequence[Hit], places: Sequence[str], what: str, pack: Pack, status: ClaimReliability, acts: Sequence[str]
) -> dict[str, Any]:
    persons = list(dict.fromkeys(h.owner[2:] for h in hits if h.owner.startswith("p:"))) or [next(iter(pack.persons), "people")]
    governing = [a for a in pack.subjects[pack.subject_of(aspect)].acts if act_key(a, pack.acts)] if not acts else list(acts)
    return {
        "aspect": aspect, "persons": persons[:3], "place": next(iter(places), next(iter(pack.places), "russia")), "state": what[:80],
        "acts": governing[:3], "changes": [t.value for t in _TURNS[status]],
    }  # fmt: skip


def _source(s: NoteSource) -> dict[str, str]:
    return {k: v for k, v in {"outlet": s.outlet, "date": s.date, "url": s.url, "title": s.title}.items() if v}


def _library(known: Iterable[Baseline]) -> _Library:
    phrases: dict[str, dict[str, list[str]]] = {}
    topics: dict[str, Counter[str]] = {}
    for claim in (c for b in known for c in b.claims):
        if claim.about is None:
            continue
        topics.setdefault(claim.about.subject, Counter())[claim.topic] += 1
        for key in (claim.about.aspect, claim.about.subject):
            for language in ("ru", "en", "uk"):
                phrases.setdefault(key, {}).setdefault(language, []).extend(getattr(claim.watch, language))
    return _Library(phrases, {subject: count.most_common(1)[0][0] for subject, count in topics.items()})


def _watch(aspect: str | None, subject: str, pack: Pack, phrases: Mapping[str, Mapping[str, list[str]]]) -> dict[str, list[str]]:
    """Watch phrases of known claims on the aspect, else on the subject; else made from the cues."""
    by_language: Mapping[str, list[str]] = phrases.get(aspect or "") or phrases.get(subject) or {}
    out = {
        language: list(dict.fromkeys(by_language.get(language, ())))[: PHRASES if language == "ru" else PHRASES // 2]
        for language in ("ru", "en", "uk")
    }
    of_aspect = pack.aspects.get(aspect or "")
    if not out["ru"]:
        out["ru"] = _from_cues(of_aspect, pack.subjects[subject])[:PHRASES]
    if not out["en"]:
        out["en"] = [(of_aspect or pack.subjects[subject]).says["en"][:120]]
    return {language: own for language, own in out.items() if own}


def _from_cues(aspect: Aspect | None, subject: Subject) -> list[str]:
    """Russian phrases made from cues: the first choice of each alternative, stems as known
    words.
    """
    phrases = (_plain_phrase(cue) for cue in chain(aspect.cues.get("ru", ()) if aspect else (), subject.cues.get("ru", ())))
    return list(dict.fromkeys(phrase for phrase in phrases if 4 <= len(phrase) <= 120 and " " in phrase))


def _plain_phrase(pattern: str) -> str:
    words, depth, choice = list[str](), 0, ""
    for char in pattern + " ":
        depth += (char == "(") - (char == ")")
        if char == " " and depth == 0:
            word = choice.strip("()?").split("|")[0].split(" ")[0] if choice.startswith("(") else choice
            if word not in ("", "..") and "\\" not in word:
                words.append(_whole_word(word))
            choice = ""
        else:
            choice += char
    return " ".join(w for w in words if w)


@cache
def _whole_word(stem: str) -> str:
    """The shortest known word that begins with a stem ("повестк*" → "повестка")."""
    if not stem.endswith("*"):
        return stem
    known = sorted(_morphology().iter_known_word_parses(stem.rstrip("*")), key=lambda p: (len(p.word), p.word))
    return str(known[0].normal_form) if known else stem.rstrip("*")


@cache
def _morphology() -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer(lang="ru")
