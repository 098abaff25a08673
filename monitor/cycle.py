"""The way of an item, top to bottom: watch → read → store → compare → flag.

A cycle may be killed at any moment. Each fetch is stored whole or not at all, with the entries it gave; each item version is compared in one
transaction with its story and its flags; what was stored and not yet compared is found again by the next cycle. So nothing is lost, and unique
keys (source and key, item and number, version and report, story and report) see to it that nothing is there twice.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Engine

from db import comparing, known, watching
from db.engine import reading, writing
from db.words import Kind, Outcome
from monitor.baseline import Baseline
from monitor.compare.assess import Assessment, Prepared, assess, prepare, read_documents
from monitor.compare.encoder import Encoder
from monitor.compare.reading import Document
from monitor.compare.story import WINDOW, StoryBook, pack, unpack
from monitor.compare.verdict import Model
from monitor.compare.vocabulary import Vocabulary
from monitor.read.document import read_entry
from monitor.sources import Source
from monitor.watch.client import Client
from monitor.watch.watch import READERS, Look, watch_source

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
    flagged: set[int] = field(default_factory=set)  # ids of flags raised or grown


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

    def __post_init__(self) -> None:
        self._by_id = {s.id: s for s in self.sources}
        self.prepared = [prepare(b, self.claims_encoder, self.words, self.model) for b in self.baselines]

    def register(self) -> None:
        """Bring sources.yml and the baselines into the database, so that the other rooms see them."""
        now = datetime.now(UTC)
        with writing(self.engine) as session:
            watching.register_sources(session, [s.model_dump(mode="json", exclude_none=True) for s in self.sources], now)
            for b in self.baselines:
                claims = [c.model_dump(mode="json", by_alias=True, exclude_none=True) for c in b.claims]
                known.register_report(session, b.report.model_dump(mode="json", exclude_none=True), claims, now)

    def cycle(self, progress: Progress = lambda *_: None) -> Round:
        """One round over all sources that are due."""
        done = Round()
        due = self._due()
        for number, look in enumerate(self._watch(due), start=1):
            self._store(look, done)
            progress("watching", number, len(due))
        self._compare_waiting(done, progress)
        return done

    def _due(self) -> list[tuple[Source, str | None, str | None]]:
        kinds = [k for k in READERS if k is not Kind.NONE]
        with reading(self.engine) as session:
            rows = watching.due_sources(session, datetime.now(UTC), kinds)
            return [(self._by_id[r.id], r.etag, r.last_modified) for r in rows if r.id in self._by_id]

    def _watch(self, due: Sequence[tuple[Source, str | None, str | None]]) -> Iterator[Look]:
        """Look at all of them, several at once; yields in order of answer. Storing happens here, in one thread, one short transaction each."""
        with ThreadPoolExecutor(self.workers, thread_name_prefix="watch") as pool:
            looks = [pool.submit(watch_source, source, self.client, etag, modified) for source, etag, modified in due]
            for look in as_completed(looks):
                yield look.result()

    def _store(self, look: Look, done: Round) -> None:
        entries = [read_entry(e, tuple(look.source.languages)) for e in look.entries]
        with writing(self.engine) as session:
            stored = watching.store_fetch(session, look.record, entries, look.source.period)
        done.looked += 1
        done.outcomes[stored.outcome] = done.outcomes.get(stored.outcome, 0) + 1
        done.new, done.edited = done.new + stored.new, done.edited + stored.edited

    def _compare_waiting(self, done: Round, progress: Progress) -> None:
        """Compare all that waits, also what an interrupted cycle left behind."""
        reports = [p.baseline.report.id for p in self.prepared]
        book: StoryBook | None = None
        while True:
            with reading(self.engine) as session:
                batch = comparing.waiting(session, reports, COMPARE_BATCH)
                documents = [document_of(w) for w in batch]
            if not batch:
                return
            book = book or self._story_book(documents[0].day)  # the oldest comes first
            for waiting, read in zip(batch, read_documents(documents, self.words, self.encoder), strict=True):
                assessments = [assess(read, p) for p in self.prepared]
                trace = read.trace(c for a in assessments for c in a.nearest)
                story = book.place(trace)
                packed = (read.document.day or None, self.encoder.name, pack(trace))
                with writing(self.engine) as session:
                    flags = comparing.store_comparison(session, waiting, story, packed, [_row(a) for a in assessments], datetime.now(UTC))
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


def _row(a: Assessment) -> comparing.NewAssessment:
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
        reasons=list(a.reasons),
    )


__all__ = ["Monitor", "Prepared", "Round", "document_of"]
