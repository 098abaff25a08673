"""The main loop: fetch → read → store → compare → flag.

A cycle may be killed at any moment. Each fetch is stored whole or not at all, with the entries it
gave; each batch of item versions is compared and stored in one transaction with its stories and
flags. What was stored and not yet compared is found by the next cycle, so nothing is lost. Unique
keys (source and key, item and number, version and report, story, report and subject) ensure that
nothing is stored twice.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Engine

from db import sources as db_sources
from db.engine import writing
from db.enums import FetchOutcome, FetchReason, Urgency
from db.fetches import StoredFetch
from db.items import NewVersion
from db.source_health import HealthChange
from monitor.baseline import Baseline
from monitor.compare.decide.model import Model
from monitor.compare.pipeline import BatchResult, ComparePipeline
from monitor.compare.reading.vocabulary import Vocabulary
from monitor.compare.signals.encoder import Encoder
from monitor.compare.statements.urgency import urgency
from monitor.fetch.fetch_source import FetchedSource
from monitor.fetch.http_client import Client
from monitor.fetch.watcher import AfterStore, Watcher
from monitor.parse.parser_pool import Parsers
from monitor.sources import Source
from monitor.stored_reports import register_baselines

Progress = Callable[[str, int, int], None]  # (step, done, total; total 0: unknown)


@dataclass
class CycleResult:
    """Counts of one cycle."""

    fetched: int = 0
    outcomes: dict[FetchOutcome, int] = field(default_factory=dict)
    new: int = 0
    edited: int = 0
    compared: int = 0
    articles: int = 0  # items whose own page was read
    flagged: set[int] = field(default_factory=set)  # ids of flags raised, grown or opened again
    # (source id, change of its health)
    states: list[tuple[str, HealthChange]] = field(default_factory=list)

    def count(self, source_fetch: FetchedSource, stored: StoredFetch) -> None:
        """Add one stored fetch."""
        self.fetched += 1
        self.outcomes[stored.outcome] = self.outcomes.get(stored.outcome, 0) + 1
        self.new, self.edited = self.new + stored.new, self.edited + stored.edited
        if stored.state is not None:
            self.states.append((source_fetch.source.id, stored.state))

    def count_compared(self, batch: BatchResult) -> None:
        """Add one compared and stored batch."""
        self.compared += batch.compared
        self.flagged |= batch.flag_ids


@dataclass
class Monitor:
    """The main loop and its parts, prepared once."""

    engine: Engine
    sources: Sequence[Source]
    baselines: Sequence[Baseline]  # of files; the database may hold more, and what the desk changed
    client: Client
    encoder: Encoder
    claims_encoder: Encoder  # keeps the claims' vectors
    words: Vocabulary
    model: Model
    workers: int = 8
    parsers: Parsers = field(default_factory=Parsers)
    after_store: AfterStore | None = None  # called in the transaction that stores a fetch

    def __post_init__(self) -> None:
        self.watcher = Watcher(
            self.engine, self.sources, self.client, self.parsers, self.workers, self._is_relevant, self._urgency_of, self.after_store
        )
        self.pipeline = ComparePipeline(self.engine, self.baselines, self.encoder, self.claims_encoder, self.words, self.model)

    def cycle(self, progress: Progress = lambda *_: None) -> CycleResult:
        """Fetch all due sources once and compare all waiting items."""
        return self.compare(self.watch(progress), progress)

    def watch(self, progress: Progress = lambda *_: None) -> CycleResult:
        """Fetch all due sources once, and read the pages of items whose source gave a title
        only.
        """
        done, due = CycleResult(), self.watcher.due()
        for source_fetch, stored in self.watcher.round():  # fetch → read → store
            done.count(source_fetch, stored)
            progress("watching", done.fetched, due)
        done.articles = sum(reason is FetchReason.OK for reason in self.watcher.read_articles())
        return done

    def compare(self, done: CycleResult, progress: Progress = lambda *_: None) -> CycleResult:
        """Compare all waiting items; adds to `done`."""
        for batch in self.pipeline.compare_waiting():  # compare → flag
            done.count_compared(batch)
            progress("comparing", done.compared, 0)
        return done

    def compare_again(self, most: int) -> int:
        """Compare up to `most` stored versions again where a report, the model or a pack changed;
        returns their number.
        """
        done = 0
        while done < most and (batch := self.pipeline.compare_again()).compared:
            done += batch.compared
        return done

    def register(self) -> None:
        """Store sources.yml and the baselines in the database, for the other packages."""
        now = datetime.now(UTC)
        with writing(self.engine) as session:
            db_sources.register_sources(session, [s.model_dump(mode="json", exclude_none=True) for s in self.sources], now)
            register_baselines(session, self.baselines, now)

    def close(self) -> None:
        """Stop the parser processes and close the connections."""
        self.watcher.parsers.close()
        self.client.close()

    def _urgency_of(self, version: NewVersion) -> Urgency:
        return urgency(version.title, version.text, self.pipeline.packs)

    def _is_relevant(self, version: NewVersion) -> bool:
        """Whether an item's title is about one of the subjects, so that its page is read."""
        return self.pipeline.speaks_of_subjects(version.title)
