"""The compare pipeline: documents become assessments, stories and stored flags.

1. `Comparison.compare`: documents → assessments and fingerprints, in batches. It reads no clock, no
   database and no network, so any number of processes may run it in parallel.
2. Placing: each item, in order of time, joins a story (`StoryIndex`) or opens one. Stories depend
   on earlier ones, so one process at a time places.
3. Storing: the assessments, stories and flags of a batch, in one transaction.

A replay runs 1 and 2 (`Comparison`, `PackedStories`). `ComparePipeline` runs all three, in a single
process (`ajour run`) or in several workers on one PostgreSQL database.

An item that cannot be compared or stored stops no other. It is logged and stays uncompared.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from db import assessments as db_assessments
from db import recomparison as db_recomparison
from db import reports as db_reports
from db.engine import exclude_writers, reading, writing
from db.models import StoryRow
from monitor.baseline import Baseline
from monitor.compare.claims.effective_claims import as_confirmed
from monitor.compare.compared_upto import ComparedUpto
from monitor.compare.decide.assess import CannotCompare, compare_documents, prepare
from monitor.compare.decide.model import Model
from monitor.compare.reading.annotate import Document
from monitor.compare.reading.tokenize import plain
from monitor.compare.reading.vocabulary import Vocabulary
from monitor.compare.signals.encoder import Encoder
from monitor.compare.statements.packs import words_of
from monitor.compare.statements.subjects import Pack
from monitor.compare.stored_rows import assessment_row, document_of, fingerprint_row
from monitor.compare.stories.clustering import ClusterScores, StoryFingerprint, StoryIndex, unpack
from monitor.compare.stories.shared_stories import SharedStories
from monitor.compare.types import Assessment, EncodedDocument, PreparedReport
from monitor.stored_reports import read_baselines, refresh_phrases, warn_of_uncovered

log = logging.getLogger(__name__)
BATCH = 64  # item versions compared and stored together


@dataclass(frozen=True)
class Compared:
    """Result of comparing one document, before it has a story."""

    document: Document
    assessments: tuple[Assessment, ...]  # one per report, in their order
    fingerprint: StoryFingerprint


@dataclass(frozen=True)
class Comparison:
    """Compares documents with reports. The same input gives the same result on every machine."""

    reports: Sequence[PreparedReport]
    words: Vocabulary
    encoder: Encoder

    def compare(self, documents: Iterable[Document]) -> Iterator[Compared | CannotCompare]:
        """Compare each document with every report, in order. Memory stays that of one batch."""
        for result in compare_documents(documents, self.reports, self.words, self.encoder):
            if isinstance(result, CannotCompare):
                yield result
                continue
            yield _compared(*result)

    def compare_all(self, documents: Iterable[Document]) -> Iterator[Compared]:
        """As `compare`, with a result for every document.

        A document that cannot be compared is logged and assessed as an empty one; its reason names
        the error.
        """
        for result in self.compare(documents):
            if isinstance(result, CannotCompare):
                log.error("%s cannot be compared", result.document.id, exc_info=result.error)
                yield _compared(*result.as_empty_assessment(self.reports, self.words, self.encoder))
            else:
                yield result


def _compared(read: EncodedDocument, assessments: Sequence[Assessment]) -> Compared:
    nearest = (claim for a in assessments for claim in a.nearest)
    return Compared(read.document, tuple(assessments), read.fingerprint(nearest))


class PackedStories:
    """Stories of a replay, placed by the packed fingerprints in its work file.

    An interrupted and an uninterrupted run then use the same rounded values.
    """

    def __init__(self, model: Model, placed: Iterable[tuple[str, str, bytes]] = ()) -> None:
        """`placed`: (story key, item id, packed fingerprint) of earlier items, in their order."""
        self._book = StoryIndex(model)
        for key, item_id, packed in placed:
            self._book.remember(key, unpack(item_id, packed))

    def place(self, item_id: str, packed: bytes) -> str:
        """The key of the story that the item joins or opens."""
        return self._book.place(unpack(item_id, packed))


@dataclass(frozen=True)
class BatchResult:
    """Result of comparing and storing a batch of item versions."""

    compared: int = 0
    flag_ids: frozenset[int] = frozenset()  # flags raised, grown or opened again

    def __add__(self, other: "BatchResult") -> "BatchResult":
        return BatchResult(self.compared + other.compared, self.flag_ids | other.flag_ids)


@dataclass(frozen=True)
class _Placing:
    """One compared item version on its way to its story. `scores` belong to `book`."""

    waiting: db_assessments.UncomparedVersion
    compared: Compared
    book: StoryIndex | None = None
    scores: ClusterScores | None = None

    @property
    def joins(self) -> bool:
        """Whether the item has a story already or can join one."""
        return bool(self.compared.fingerprint.topical) or self.waiting.item.story_id is not None


class ComparePipeline:
    """Compares stored item versions with the reports and stores the results.

    Several processes may run one each on the same PostgreSQL database. Comparing and scoring run in
    parallel. Only items that may share a story take the lock "stories", once per batch, while they
    are placed and stored.
    """

    def __init__(
        self, engine: Engine, baselines: Sequence[Baseline], encoder: Encoder, claims_encoder: Encoder, words: Vocabulary, model: Model
    ) -> None:
        """`claims_encoder` caches the claims' vectors, so that preparing a report again is
        cheap.
        """
        self._engine, self._claims_encoder, self._model = engine, claims_encoder, model
        reports = [prepare(b, claims_encoder, words, model) for b in baselines]
        self._comparison = Comparison(reports, words, encoder)
        self._stories = SharedStories(model, encoder.name)
        self._claims_state: tuple[int, int, int] | None = None
        self._compared_upto = ComparedUpto()
        # Not tried again by `compare_waiting` of this process
        self.failed_version_ids: set[int] = set()
        self.batch = BATCH

    @property
    def report_ids(self) -> list[str]:
        return [p.baseline.report.id for p in self._comparison.reports]

    def speaks_of_subjects(self, title: str) -> bool:
        """Whether a title names a subject of any report's packs."""
        text, words = plain(title), self._comparison.words
        return any(words_of(pack, words).find("subjects", text) for pack in self.packs)

    @property
    def packs(self) -> Collection[Pack]:
        return {p.pack.name: p.pack for p in self._comparison.reports}.values()

    def refresh_claims(self) -> None:
        """Use the reports as the database has them now: what the desk edited and reviewers
        confirmed since. One small query where nothing changed.
        """
        with reading(self._engine) as session:
            if (state := db_reports.claims_state(session)) == self._claims_state:
                return
        with writing(self._engine) as session:
            refresh_phrases(session)
            baselines = [b for b in read_baselines(session) if b.claims]
            effective = [as_confirmed(b, db_reports.confirmed_claims(session, b.report.id)) for b in baselines]
        warn_of_uncovered(baselines)
        words, encoder = self._comparison.words, self._comparison.encoder
        known = {p.baseline.report.id: p for p in self._comparison.reports}
        if set(known) != {b.report.id for b in baselines}:
            # A new report has not been compared with any item yet
            self._compared_upto = ComparedUpto()
        reports = [
            old if (old := known.get(b.report.id)) and old.baseline == b else prepare(b, self._claims_encoder, words, self._model)
            for b in effective
        ]
        self._comparison = Comparison(reports, words, encoder)
        self._claims_state = state

    def compare_waiting(self) -> Iterator[BatchResult]:
        """Compare all stored versions that wait: urgent ones first, then oldest publication first.
        Yields each batch once it is stored. Raises the errors of a database that cannot be used.

        What waits is asked for before each batch, so an urgent item that is stored meanwhile does
        not wait for the backlog. Versions left by an interrupted run are included.
        """
        self.refresh_claims()
        while True:
            with reading(self._engine) as session:
                newest = db_assessments.newest_version(session)
                waiting = db_assessments.waiting(session, self.report_ids, self.batch, self._compared_upto.at(), self.failed_version_ids)
            if not waiting:
                self._compared_upto.none_waits(newest)
                return
            yield from self._in_batches(waiting)

    def compare_again(self, limit: int = BATCH) -> BatchResult:
        """Compare the next stored versions of the last 90 days again, for reports whose claims,
        model or pack changed. Nothing where no report has.
        """
        self.refresh_claims()
        now = datetime.now(UTC)
        with writing(self._engine) as session:
            db_recomparison.plan(session, {p.baseline.report.id: p.digest for p in self._comparison.reports})
            reports, versions = db_recomparison.next_versions(session, now, limit)
        if not versions:
            return BatchResult()
        chosen = Comparison(
            [p for p in self._comparison.reports if p.baseline.report.id in reports], self._comparison.words, self._comparison.encoder
        )
        again = list[db_recomparison.ComparedAgain]()
        for waiting, result in zip(versions, chosen.compare(map(document_of, versions)), strict=True):
            if isinstance(result, CannotCompare):
                log.error("item %s cannot be compared again", waiting.item.id, exc_info=result.error)
            else:
                again.append(_again(waiting, result))
        with writing(self._engine) as session:
            exclude_writers(session, "stories")
            flags = db_recomparison.store_again(session, again, now)
            return BatchResult(len(again), frozenset(f.id for f in flags))

    def compare_versions(self, version_ids: Sequence[int]) -> Iterator[BatchResult]:
        """Compare those of `version_ids` that are not compared yet. Yields each batch once it is
        stored.
        """
        self.refresh_claims()
        with reading(self._engine) as session:
            waiting = db_assessments.uncompared(session, version_ids, self.report_ids)
        yield from self._in_batches(waiting)

    def _in_batches(self, waiting: Sequence[db_assessments.UncomparedVersion]) -> Iterator[BatchResult]:
        # One urgency a batch: stories are placed in order of time
        for _, same in groupby(waiting, key=lambda w: w.version.urgency):
            items = list(same)
            for at in range(0, len(items), self.batch):
                yield self._batch(items[at : at + self.batch])

    def _batch(self, waiting: Sequence[db_assessments.UncomparedVersion]) -> BatchResult:
        """Compare → place → store."""
        placing = []
        for w, result in zip(waiting, self._comparison.compare(map(document_of, waiting)), strict=True):
            if isinstance(result, CannotCompare):
                self._note_failure(w, "compared", result.error)
            else:
                placing.append(_Placing(w, result))
        independent, joining = [p for p in placing if not p.joins], [p for p in placing if p.joins]
        return self._store(independent) + self._store(self._scored(joining))

    def _note_failure(self, waiting: db_assessments.UncomparedVersion, what: str, error: Exception) -> None:
        log.error("item %s, version %s cannot be %s", waiting.item.id, waiting.version.id, what, exc_info=error)
        self.failed_version_ids.add(waiting.version.id)

    def _scored(self, joining: Sequence[_Placing]) -> list[_Placing]:
        """Score the items against the known stories before the lock is taken: the slow part of
        placing.
        """
        if not joining:
            return []
        with reading(self._engine) as session:
            book = self._stories.caught_up(session, _days(joining))
        return [_Placing(p.waiting, p.compared, book, book.score(p.compared.fingerprint)) for p in joining]

    def _store(self, placing: Sequence[_Placing]) -> BatchResult:
        """Store together; if that fails, store each alone, so that only the faulty one is left
        out.
        """
        if not placing:
            return BatchResult()
        try:
            return self._store_together(placing)
        # The database cannot be used: not an item's fault
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001 - each is stored alone below
            if len(placing) == 1:
                self._note_failure(placing[0].waiting, "stored", error)
                return BatchResult()
            log.warning("storing %d items together failed: %s", len(placing), error)
        result = BatchResult()
        for one in placing:
            result += self._store([one])
        return result

    def _store_together(self, placing: Sequence[_Placing]) -> BatchResult:
        by_version = {p.waiting.version.id: p for p in placing}
        try:
            with writing(self._engine, [f"item:{p.waiting.item.id}" for p in placing]) as session:
                # Another worker may have compared some of them meanwhile.
                waiting = db_assessments.uncompared(session, list(by_version), self.report_ids)
                if any(p.joins for p in placing) or any(w.item.story_id is not None for w in waiting):
                    exclude_writers(session, "stories")
                now, before = datetime.now(UTC), db_recomparison.compared_before(session, list(by_version))
                placed = self._place(session, [(w, by_version[w.version.id]) for w in waiting if w.version.id not in before])
                flags = db_assessments.store_comparisons(session, placed, now) if placed else []
                # What other reports were compared with already: a report was added since
                again = [_again(w, by_version[w.version.id].compared) for w in waiting if w.version.id in before]
                flags += db_recomparison.store_again(session, again, now)
                return BatchResult(len(waiting), frozenset(f.id for f in flags))
        except BaseException:
            self._stories.reset()  # they may hold an item that was not stored
            raise

    def _place(
        self, session: Session, items: Sequence[tuple[db_assessments.UncomparedVersion, _Placing]]
    ) -> list[db_assessments.NewComparison]:
        """Find the story of each item, in order of time."""
        topical = [p for _, p in items if p.compared.fingerprint.topical]
        book = self._stories.caught_up(session, _days(topical)) if topical else StoryIndex(self._model)
        story_of: dict[int, str] = {}  # by item: an edit stays in its item's story
        placed = []
        for waiting, p in items:
            item, fingerprint = waiting.item, p.compared.fingerprint
            if item.story_id is not None:
                story_of[item.id] = session.get_one(StoryRow, item.story_id).key
            if (story := story_of.get(item.id)) is None:
                story = story_of[item.id] = book.place(fingerprint, p.scores if p.book is book else None)
            elif fingerprint.topical:
                book.remember(story, fingerprint)
            if fingerprint.topical:
                self._stories.note_placed(item.id)
            rows = [assessment_row(a) for a in p.compared.assessments]
            placed.append(
                db_assessments.NewComparison(
                    waiting, story, fingerprint_row(fingerprint, self._comparison.encoder.name), rows, fingerprint.bills
                )
            )
        return placed


def _days(placing: Sequence[_Placing]) -> tuple[str, str]:
    """The first and the last day of the items."""
    days = [p.compared.document.day for p in placing]
    return min(days), max(days)


def _again(waiting: db_assessments.UncomparedVersion, compared: Compared) -> db_recomparison.ComparedAgain:
    return db_recomparison.ComparedAgain(waiting.version, waiting.item, [assessment_row(a) for a in compared.assessments])
