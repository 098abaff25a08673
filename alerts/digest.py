"""The digest: what changed for these reports in a period, as one structure that HTML and plain text are both rendered from.

Order: what people confirmed, then what waits for review (clearly second class, capped, "and N more"), each by report and section; before all of it
one line of coverage, so that silence is never ambiguous. Rendering is a pure function of the structure; the structure is one of (database, period).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy.orm import Session

from db import comparing, known, watching
from db.models import Claim, ClaimVersion, Report
from db.words import FlagState

CAP = 25  # entries waiting for review that one digest shows; more than that people do not read
TIER_WORDS = {1: "primary text or official body", 2: "named authorship", 3: "secondary source", 4: "weak or anonymous source"}
STAGE_WORDS = {
    "rumour": "rumour or forecast", "proposed": "proposed", "introduced": "before the Duma", "reading_1": "first reading passed", "reading_2": "second reading passed",
    "adopted": "adopted by parliament", "signed": "signed or issued", "published": "officially published", "in_force": "in force or in practice",
    "repealed": "repealed, suspended or postponed", "court": "court decision", "denied": "denied by an authority",
}  # fmt: skip
RELATION_WORDS = {
    "updates": "likely update", "contradicts": "contradicts the claim", "answers_open_question": "bears on what the report leaves open", "adds_detail": "adds to the claim",
    "restates": "restates the claim", "new_topic": "new topic", "unrelated": "unrelated",
}  # fmt: skip


@dataclass(frozen=True)
class Voice:
    """Who says so: one item of the story."""

    outlet: str
    tier: str
    title: str
    url: str
    published: datetime | None
    lang: str | None


@dataclass(frozen=True)
class Entry:
    """One flagged story as the reader gets it."""

    what: str  # what changed, in one line
    report: str
    claim_id: str
    section: str
    statement: str
    severity: str
    score: float
    relation: str
    stage: str | None
    quote: str
    quote_lang: str | None
    voices: tuple[Voice, ...]
    origins: int
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Coverage:
    """What was read in the period, and what was not."""

    watched: int
    read: int
    blind: tuple[str, ...]  # name (reason)
    items: int


@dataclass(frozen=True)
class Digest:
    """A digest before it takes a form."""

    start: datetime
    end: datetime
    reports: tuple[str, ...]
    coverage: Coverage
    confirmed: tuple[Entry, ...]
    waiting: tuple[Entry, ...]
    more: int  # waiting entries beyond the cap

    @property
    def subject(self) -> str:
        """Carries the news, with true counts."""
        counts = f"{len(self.confirmed)} confirmed, {len(self.waiting) + self.more} to review"
        first = next(iter([*self.confirmed, *self.waiting]), None)
        return (
            f"[Ajour] {counts} – {first.what}"[:180]
            if first
            else f"[Ajour] nothing new – {self.coverage.read} of {self.coverage.watched} sources read"
        )


def build(session: Session, start: datetime, end: datetime, report_ids: Sequence[str] | None = None, cap: int = CAP) -> Digest:
    """The digest of [start, end) for `report_ids` (all where None)."""
    found = comparing.flags(session, since=start, until=end, report_ids=report_ids)
    ids = {c["id"] for f in found for c in f.assessment.claims[:1]}
    claims = known.current_claims(session, sorted(ids))
    sections = {i: session.get_one(Claim, i).section for i in ids}
    entries = [(f.flag.state, _entry(f, claims, sections)) for f in found]
    confirmed = [e for state, e in entries if state == FlagState.CONFIRMED]
    waiting = [e for state, e in entries if state == FlagState.OPEN]
    titles = [r.title for r in session.query(Report).order_by(Report.id) if report_ids is None or r.id in report_ids]
    return Digest(
        start, end, tuple(titles), _coverage(session, start, end), tuple(confirmed), tuple(waiting[:cap]), max(0, len(waiting) - cap)
    )


def _coverage(session: Session, start: datetime, end: datetime) -> Coverage:
    rows = [(s, good, bad) for s, good, bad in watching.coverage(session, start, end) if good + bad]
    blind = tuple(f"{s.name} ({(s.last_reason or 'unknown').replace('_', ' ')})" for s, good, _ in rows if not good)
    return Coverage(len(rows), sum(1 for _, good, _ in rows if good), blind, watching.count_items(session, start, end))


def _entry(f: comparing.Flagged, claims: dict[str, ClaimVersion], sections: dict[str, str]) -> Entry:
    claim_id = f.assessment.claims[0]["id"]
    strongest = next((w for w in f.witnesses if w.assessment and w.assessment.id == f.assessment.id), f.witnesses[0])
    return Entry(
        what=what_changed(f.assessment.changes, strongest.version.title or f.story.title),
        report=f.report.publisher,
        claim_id=claim_id,
        section=sections[claim_id],
        statement=claims[claim_id].statement,
        severity=f.flag.severity,
        score=f.flag.score,
        relation=RELATION_WORDS[f.flag.relation],
        stage=STAGE_WORDS.get(f.assessment.stage or ""),
        quote=_quote(strongest.version.title, strongest.version.text),
        quote_lang=strongest.version.lang,
        voices=tuple(
            Voice(
                w.source.name,
                TIER_WORDS[w.source.tier],
                w.version.title or w.version.text[:90],
                w.item.url,
                w.item.published_at,
                w.version.lang,
            )
            for w in f.witnesses
        ),
        origins=f.story.origins,
        reasons=tuple(f.assessment.reasons),
    )


def what_changed(changes: Sequence[dict[str, Any]], title: str) -> str:
    """old → new where a value differs, the headline where nothing can be set against anything."""
    if changes:
        first = changes[0]
        return f"{first['what']}: {first['old']} → {first['new']}"
    return title


def _quote(title: str, text: str, most: int = 420) -> str:
    """The original's own words: whole sentences from the beginning, as many as fit."""
    text = " ".join(text.split()) or title
    if len(text) <= most:
        return text
    cut = text[:most]
    end = max(cut.rfind(". "), cut.rfind("! "), cut.rfind("? "))
    return cut[: end + 1] if end > most // 3 else cut.rsplit(" ", 1)[0] + " …"


def _environment(autoescape: bool) -> Environment:
    loader = PackageLoader("alerts", "templates")
    env = Environment(loader=loader, autoescape=autoescape, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)  # noqa: S701
    env.filters["day"] = lambda d: f"{d:%d %B %Y}".lstrip("0") if d else "no date"
    env.filters["moment"] = lambda d: f"{d:%d %b %Y %H:%M} UTC".lstrip("0")
    env.filters["wrap72"] = _wrap
    return env


def _wrap(text: str, indent: str = "") -> str:
    import textwrap

    return textwrap.fill(text, 72, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def render_html(digest: Digest) -> str:
    return _environment(autoescape=True).get_template("digest.html").render(d=digest)


def render_text(digest: Digest) -> str:
    return _environment(autoescape=False).get_template("digest.txt").render(d=digest)


__all__ = ["Coverage", "Digest", "Entry", "build", "render_html", "render_text"]
