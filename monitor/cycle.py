"""The way of an item, top to bottom: watch → read → store → compare → flag.

A cycle may be killed at any moment. Each fetch is stored whole or not at all, with the entries it gave; each item version is compared in one
transaction with its story and its flags; what was stored and not yet compared is found again by the next cycle. So nothing is lost, and unique
keys (source and key, item and number, version and report, story and report) see to it that nothing is there twice.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from db import comparing, known
from db import sources as db_sources
from db.engine import reading, writing
from db.fetches import Stored
from db.items import NewVersion
from db.source_states import Judgement
from db.words import Outcome, Reason
from monitor.baseline import Baseline
from monitor.compare.assess import CannotCompare, compare_documents, prepare
from monitor.compare.confirmed import as_confirmed
from monitor.compare.encoder import Encoder
from monitor.compare.reading import Document
from monitor.compare.story import WINDOW, StoryBook, Trace, pack, unpack
from monitor.compare.text import plain
from monitor.compare.types import Assessment, Prepared
from monitor.compare.verdict import Model
from monitor.compare.vocabulary import Vocabulary
from monitor.sources import Source
from monitor.watch.client import Client
from monitor.watch.parsers import Parsers
from monitor.watch.rounds import Watcher
from monitor.watch.watch import Look

log = logging.getLogger(__name__)
Progress = Callable[[str, int, int], None]
COMPARE_BATCH = 256


@dataclass
class Round:
    """What one cycle did, for people and for tests."""

    looked: int = 0
    outcomes: dict[Outcome, int] = field(default_factory=dict)
    new: int = 0
    edited: int = 0
    compared: int = 0
    articles: int = 0  # items whose own page was read
    flagged: set[int] = field(default_factory=set)  # ids of flags raised or grown
    states: list[tuple[str, Judgement]] = field(default_factory=list)  # sources that went blind, degraded, or recovered

    def count(self, look: Look, stored: Stored) -> None:
        """Add one stored look."""
        self.looked += 1
        self.outcomes[stored.outcome] = self.outcomes.get(stored.outcome, 0) + 1
        self.new, self.edited = self.new + stored.new, self.edited + stored.edited
        if stored.state is not None:
            self.states.append((look.source.id, stored.state))


@dataclass
class Monitor:
    """All that a cycle needs, prepared once."""

    engine: Engine
    sources: Sequence[Source]
    baselines: Sequence[Baseline]
    client: Client
    encoder: Encoder
    claims_encoder: Encoder  # keeps the claims' vectors
    words: Vocabulary
    model: Model
    workers: int = 8
    parsers: Parsers = field(default_factory=Parsers)

    def __post_init__(self) -> None:
        self.watcher = Watcher(self.engine, self.sources, self.client, self.parsers, self.workers, self._worth_reading)
        self.prepared = [prepare(b, self.claims_encoder, self.words, self.model) for b in self.baselines]
        self._confirmed_upto = 0
        self._compared_upto = (
            0  # nothing waits up to this version: known after the first cycle, so that a cycle costs the same in a large store
        )
        self.in_vain: set[int] = set()  # versions that could not be compared; they wait for the next start, and operators are told

    def register(self) -> None:
        """Bring sources.yml and the baselines into the database, so that the other rooms see them."""
        now = datetime.now(UTC)
        with writing(self.engine) as session:
            db_sources.register_sources(session, [s.model_dump(mode="json", exclude_none=True) for s in self.sources], now)
            for b in self.baselines:
                claims = [c.model_dump(mode="json", by_alias=True, exclude_none=True) for c in b.claims]
                known.register_report(session, b.report.model_dump(mode="json", exclude_none=True), claims, now)

    def keep_up(self) -> None:
        """Compare from now on with what people have confirmed meanwhile. Costs one small query where they have not."""
        with reading(self.engine) as session:
            if (upto := known.last_confirmation(session)) == self._confirmed_upto:
                return
            standing = [as_confirmed(b, known.confirmed_claims(session, b.report.id)) for b in self.baselines]
        self.prepared = [
            old if old.baseline == b else prepare(b, self.claims_encoder, self.words, self.model)
            for old, b in zip(self.prepared, standing, strict=True)
        ]
        self._confirmed_upto = upto

    def cycle(self, progress: Progress = lambda *_: None) -> Round:
        """One round over all sources that are due."""
        done = Round()
        due = self.watcher.due()
        for look, stored in self.watcher.round():
            done.count(look, stored)
            progress("watching", done.looked, due)
        done.articles = sum(reason is Reason.OK for reason in self.watcher.read_articles())
        self._compare_waiting(done, progress)
        return done

    def close(self) -> None:
        """End the parsers' processes and the connections."""
        self.watcher.parsers.close()
        self.client.close()

    def _worth_reading(self, version: NewVersion) -> bool:
        """Whether an item that came as a title only is worth a request for its page: its title speaks of one of our subjects."""
        return bool(self.words.find("subjects", plain(version.title)))

    def _compare_waiting(self, done: Round, progress: Progress) -> None:
        """Compare all that waits, also what an interrupted cycle left behind."""
        self.keep_up()
        reports = [p.baseline.report.id for p in self.prepared]
        book: StoryBook | None = None
        while True:
            with reading(self.engine) as session:
                batch = comparing.waiting(session, reports, COMPARE_BATCH, self._compared_upto, self.in_vain)
                newest = comparing.newest_version(session)
                documents = [document_of(w) for w in batch]
            if not batch:
                self._compared_upto = newest
                return
            book = book or self._story_book(documents[0].day)  # the oldest comes first
            compared = compare_documents(documents, self.prepared, self.words, self.encoder)
            for waiting, found in zip(batch, compared, strict=True):
                if isinstance(found, CannotCompare):
                    log.error("item %s, version %s cannot be compared", waiting.item.id, waiting.version.id, exc_info=found.error)
                    self.in_vain.add(waiting.version.id)
                    continue
                read, assessments = found
                trace = read.trace(c for a in assessments for c in a.nearest)
                story = book.place(trace)
                packed = trace_row(trace, self.encoder)
                with writing(self.engine) as session:
                    flags = comparing.store_comparison(
                        session, waiting, story, packed, [row_of(a) for a in assessments], datetime.now(UTC), trace.bills
                    )
                    done.flagged |= {f.id for f in flags}
                done.compared += 1
                progress("comparing", done.compared, 0)

    def _story_book(self, oldest: str) -> StoryBook:
        """The stories that an item of the day `oldest` or later can belong to."""
        book = StoryBook(self.model)
        since = (date.fromisoformat(oldest) - timedelta(days=WINDOW)).isoformat()
        with reading(self.engine) as session:
            for key, item_id, packed in comparing.recent_traces(session, since, self.encoder.name):
                book.remember(key, unpack(str(item_id), packed))
        return book


def trace_row(trace: Trace, encoder: Encoder) -> tuple[str | None, str, bytes] | None:
    """What the database keeps of a trace; nothing where the item speaks of none of our subjects and so is a story of its own."""
    if not trace.subjects:
        return None
    return trace.day.isoformat() if trace.day else None, encoder.name, pack(trace)


def document_of(waiting: comparing.Waiting) -> Document:
    """A stored item version as comparison takes it."""
    at = waiting.item.published_at or waiting.item.first_seen_at
    return Document(
        id=str(waiting.item.id),
        outlet=waiting.source.name,
        url=waiting.item.url,
        published=at.isoformat(),
        lang=waiting.version.lang,
        title=waiting.version.title,
        text=waiting.version.text,
        tier=waiting.source.tier,
    )


def row_of(a: Assessment) -> comparing.NewAssessment:
    return comparing.NewAssessment(
        report_id=a.report,
        comparer=a.comparer,
        score=a.score,
        flag=a.flag,
        severity=a.severity.value,
        relation=a.relation.value,
        stage=a.stage,
        claims=[{"id": c, "score": s} for c, s in a.claims],
        changes=[
            {"claim": c.claim_id, "what": c.measures, "old": c.old, "new": c.new, "likeness": round(c.likeness, 3)} for c in a.changes
        ],
        reasons=[r.stored() for r in a.reasons],
    )


__all__ = ["Monitor", "Prepared", "Round", "document_of", "row_of", "trace_row"]
