"""Watcher: fetches all due sources in parallel, stores each fetch, and reads relevant article
pages.

Due sources are taken under a lease, a few at a time, so several processes can share the work. The
next start frees the leases of processes that have ended. Sources are fetched in threads; the
caller's thread stores the results, in one short transaction each.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db import fetches, items, models, page_parts
from db import sources as db_sources
from db.engine import reading, writing
from db.enums import FetchOutcome, FetchReason, Urgency
from db.fetches import FetchRecord, StoredFetch
from db.items import NewVersion, UrgencyOf
from monitor.fetch import schedule
from monitor.fetch.fetch_session import NO_MEMORY, FetchSession, SourceMemory, fetch_record
from monitor.fetch.fetch_source import FetchedSource, fetch_source
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import CannotFetch
from monitor.kinds.article_page import TITLE_ONLY, read_article
from monitor.kinds.page_diff import Changes, KnownPart, PageContext, compare
from monitor.kinds.registry import KINDS, watched_kinds
from monitor.kinds.results import failed_result
from monitor.parse.parser_pool import Parsers, ParserStopped
from monitor.sources import Source

log = logging.getLogger(__name__)

RECALLED_KEYS = 400  # item keys recalled for channels and the gazette: 20 preview pages
RECALLED_URLS = 50
REMOVAL_AFTER = timedelta(hours=1)  # a post absent from two fetches this far apart was taken down
RATE_KNOWN_AFTER = timedelta(days=3)  # time watched from which the publication rate is used
OLDEST_ARTICLE = timedelta(days=14)  # older items of a first fetch are not read page by page
ARTICLES_PER_ROUND = 60
# Delays of retries of an article page
RETRY_AFTER = (timedelta(minutes=30), timedelta(hours=4), timedelta(hours=24))
NO_RETRY = (
    FetchReason.ROBOTS,
    FetchReason.HTTP_404,
    FetchReason.HTTP_410,
    FetchReason.OFFSITE_REDIRECT,
    FetchReason.FORBIDDEN_ADDRESS,
    FetchReason.NOT_A_FEED,
    FetchReason.TOO_DEEP,
)


@contextmanager
def _cancel_queued(fetched: dict[Future[FetchedSource], Source]) -> Iterator[None]:
    """On exit, cancel fetches that have not started; the executor waits for those that have."""
    try:
        yield
    finally:
        for source_fetch in fetched:
            source_fetch.cancel()


AfterStore = Callable[[Session, StoredFetch], None]


@dataclass
class Watcher:
    """Fetches and stores sources.

    `wants_article(version)`: whether the item's own page is read when its source gives a title
    only.
    `urgency_of(version)`: how urgent it looks, by its title and lead.
    """

    engine: Engine
    sources: Sequence[Source]
    client: Client
    parsers: Parsers = field(default_factory=Parsers)
    workers: int = 8
    wants_article: Callable[[NewVersion], bool] = lambda _: False
    urgency_of: UrgencyOf = lambda _: Urgency.NONE
    after_store: AfterStore | None = None  # called in the transaction that stores a fetch

    def __post_init__(self) -> None:
        self._by_id = {s.id: s for s in self.sources}
        self._process = db_sources.this_process()

    def due(self) -> int:
        """Number of sources that are due now."""
        with reading(self.engine) as session:
            return len(db_sources.due_sources(session, datetime.now(UTC), watched_kinds()))

    def round(self) -> Iterator[tuple[FetchedSource, StoredFetch]]:
        """Fetch every source that is due when the round begins; yield each fetch once it is
        stored.
        """
        begin = datetime.now(UTC)
        with writing(self.engine) as session:
            db_sources.free_leases(session, self._process)
        running: dict[Future[FetchedSource], Source] = {}
        try:
            with ThreadPoolExecutor(self.workers, thread_name_prefix="watch") as pool, _cancel_queued(running):
                while True:
                    if len(running) <= self.workers:
                        running |= {
                            pool.submit(fetch_source, s, self.client, self.parsers, m): s for s, m in self._claim(begin, 3 * self.workers)
                        }
                    if not running:
                        return
                    done = wait(running, return_when=FIRST_COMPLETED).done
                    fetched = [d.result() for d in done]
                    for d in done:
                        running.pop(d)
                    yield from zip(fetched, self.store_all(fetched), strict=True)
        finally:
            with writing(self.engine) as session:
                db_sources.free_leases(session, self._process)

    def fetch_one(self, source_id: str) -> tuple[FetchedSource, StoredFetch]:
        """Fetch and store one source now. Raises KeyError for a source that is not in
        sources.yml.
        """
        source = self._by_id[source_id]
        with reading(self.engine) as session:
            memory = recall(session, session.get_one(models.SourceRow, source_id))
        source_fetch = fetch_source(source, self.client, self.parsers, memory)
        return source_fetch, self.store(source_fetch)

    def _claim(self, begin: datetime, limit: int) -> list[tuple[Source, SourceMemory]]:
        with writing(self.engine) as session:
            rows = db_sources.claim_due(session, begin, watched_kinds(), self._process, limit)
            for row in rows:
                # In the database, but not in this process's sources.yml
                if row.id not in self._by_id:
                    row.leased_until, row.next_due_at = None, begin + timedelta(hours=1)
            return [(self._by_id[r.id], recall(session, r)) for r in rows if r.id in self._by_id]

    def store(self, source_fetch: FetchedSource) -> StoredFetch:
        """Store one fetch with its entries, in one transaction."""
        return self.store_all([source_fetch])[0]

    def store_all(self, fetched: Sequence[FetchedSource]) -> list[StoredFetch]:
        """Store fetches that ended at the same time in one transaction: one commit, one search
        index write.

        If that fails, each is stored alone, so that only the failing one is lost; then its error is
        raised.
        """
        try:
            return self._store_together(fetched)
        except Exception:
            if len(fetched) == 1:
                raise
            log.exception("storing %d fetches together failed", len(fetched))
        done, failure = list[StoredFetch](), None
        for source_fetch in fetched:
            try:
                done.append(self.store(source_fetch))
            except Exception as error:  # noqa: BLE001  # raised below, after the others are stored
                failure = error
        if failure is not None:
            raise failure
        return done

    def _store_together(self, fetched: Sequence[FetchedSource]) -> list[StoredFetch]:
        ready = [(source_fetch, self._with_changes(source_fetch)) for source_fetch in fetched]
        with writing(self.engine, f"source:{fetched[0].source.id}" if len(fetched) == 1 else None) as session:
            rows = db_sources.sources_by_id(session, [source_fetch.source.id for source_fetch in fetched])
            done = [self._store(session, rows[source_fetch.source.id], source_fetch, *more) for source_fetch, more in ready]
        for source_fetch, stored in zip(fetched, done, strict=True):
            if stored.state is not None:
                change = stored.state
                log.info("source_state %s %s %s %s", source_fetch.source.id, change.state.value, change.reason.value, change.detail or "")
        return done

    def _store(
        self,
        session: Session,
        row: models.SourceRow,
        source_fetch: FetchedSource,
        record: FetchRecord,
        versions: list[NewVersion],
        changes: Changes | None,
    ) -> StoredFetch:
        now = record.ended_at
        stored = fetches.store_fetch(session, record, versions, self._period(source_fetch, row), self.urgency_of)
        if changes is not None:
            page_parts.store_parts(session, row.id, stored.fetch_id, changes.parts, now)
            page_parts.store_changes(session, row.id, stored, changes.rows, now)
        page_parts.store_gaps(session, row.id, source_fetch.result.gaps, now)
        items.mark_missing(session, row.id, source_fetch.result.absent, now, REMOVAL_AFTER)
        items.add_pending_pages(session, [stored.item_ids[v.key] for v in stored.fresh if self._needs_article(source_fetch, v, now)], now)
        if self.after_store is not None:
            self.after_store(session, stored)
        return stored

    def _period(self, source_fetch: FetchedSource, row: models.SourceRow) -> int:
        watch_state = row.watch_state or {}
        since = watch_state.get("watched_since")
        known = since and source_fetch.record.ended_at - datetime.fromisoformat(since) >= RATE_KNOWN_AFTER
        return schedule.interval(
            source_fetch.source.period,
            float(watch_state.get("rate") or 0.0) if known else None,
            source_fetch.source.tier,
            source_fetch.max_age,
        )

    def _with_changes(self, source_fetch: FetchedSource) -> tuple[FetchRecord, list[NewVersion], Changes | None]:
        """(record, versions, changes) of a fetch; for a page, compared with its stored parts."""
        if not source_fetch.result.parts or not source_fetch.result.good:
            return source_fetch.record, list(source_fetch.entries), None
        with reading(self.engine) as session:
            earlier = page_parts.earlier_hashes(session, source_fetch.source.id)
            known = {
                k: KnownPart(p.title, p.text, p.content_hash, tuple(p.marks or ()), p.seen_at, tuple(earlier.get(k, ())))
                for k, p in page_parts.newest_parts(session, source_fetch.source.id).items()
            }
            page = _page_context(source_fetch, session.get_one(models.SourceRow, source_fetch.source.id))
        # Another address may word the same page differently: each address has its own parts
        prefix = f"{urlsplit(source_fetch.record.route).hostname}|" if source_fetch.record.route else ""
        known = {k: p for k, p in known.items() if (p.text or p.title) and (k.startswith(prefix) if prefix else "|" not in k)}
        try:  # in a parser process: comparing hostile texts may take unbounded time
            changes: Changes = self.parsers.run(compare, known, [replace(p, key=prefix + p.key) for p in source_fetch.result.parts], page)
        except ParserStopped as error:
            record = replace(
                source_fetch.record,
                outcome=FetchOutcome.BROKEN,
                reason=FetchReason.STUCK,
                detail=f"comparing: {error}",
                quality=0.0,
                body_sha256=None,
            )
            return record, list(source_fetch.entries), None
        if changes.lost:
            record = replace(
                source_fetch.record, outcome=FetchOutcome.SUSPICIOUS, reason=changes.reason, detail=changes.lost, quality=0.3, body_sha256=None,
                watch_state={**source_fetch.record.watch_state, "page": dict(changes.state)},
            )  # fmt: skip
            return record, list(source_fetch.entries), None
        fresh = [p for p in changes.parts if p.key not in known or known[p.key].content_hash != p.content_hash]
        learnt = f"{len(fresh)} parts learnt" if fresh and not changes.versions else None
        record = replace(
            source_fetch.record,
            watch_state={
                **source_fetch.record.watch_state,
                "absent_parts": list(changes.absent),
                "parts_changed": bool(fresh),
                "page": dict(changes.state),
            },
            detail="; ".join(filter(None, (source_fetch.record.detail, learnt))) or None,
        )
        return record, [*source_fetch.entries, *changes.versions], changes

    def _needs_article(self, source_fetch: FetchedSource, version: NewVersion, now: datetime) -> bool:
        old = version.published_at is not None and now - version.published_at > OLDEST_ARTICLE
        enabled = KINDS[source_fetch.source.kind].articles and source_fetch.source.articles and source_fetch.result.good
        return enabled and not old and len(version.text) < TITLE_ONLY and self.wants_article(version)

    def read_articles(self, limit: int = ARTICLES_PER_ROUND) -> Iterator[FetchReason]:
        """Read the pages of items whose source gave a title only; yield the reason of each."""
        with reading(self.engine) as session:
            pending = items.pending_pages(session, datetime.now(UTC), limit)
        with ThreadPoolExecutor(self.workers, thread_name_prefix="articles") as pool:
            jobs = {
                pool.submit(self.read_article_page, self._by_id[s.id], _listed(item, version)): (u, version)
                for u, item, version, s in pending
                if s.id in self._by_id
            }
            for done in list(jobs):
                row, version = jobs[done]
                record, read = done.result()
                final = record.reason in NO_RETRY or row.attempts >= len(RETRY_AFTER)
                retry = None if final else RETRY_AFTER[row.attempts]
                with writing(self.engine) as session:
                    listed = version.entry_hash or version.content_hash
                    fetches.store_page(session, row.item_id, record, read, listed, retry, self.urgency_of)
                yield record.reason

    def read_article_page(self, source: Source, listed: NewVersion) -> tuple[FetchRecord, NewVersion | None]:
        """Fetch the own page of an item; `listed` is the item as its source lists it. Never raises
        for what the page contains.
        """
        session = FetchSession(source, listed.url, self.client, self.parsers, robots=source.robots == "obey")
        try:
            result = session.read(read_article, session.get(listed.url), listed)
        except CannotFetch as error:
            result = failed_result(FetchOutcome.BROKEN, error.reason, error.detail)
        return fetch_record(session, result), next(iter(result.versions), None)


def _listed(item: models.ItemRow, version: models.ItemVersionRow) -> NewVersion:
    return NewVersion(
        key=item.key, url=item.url, title=version.title, text=version.text, lang=version.lang, published_at=item.published_at,
        edited_at=version.edited_at, origin=version.origin, content_hash=version.content_hash, notes=tuple(version.notes),
    )  # fmt: skip


def _page_context(source_fetch: FetchedSource, row: models.SourceRow) -> PageContext:
    """The context of comparing a page, from the source's profile and its last fetch."""
    watch_state = dict(row.watch_state or {})
    state = dict(watch_state.get("page") or {})
    if row.last_outcome != FetchOutcome.SUSPICIOUS.value:
        state.pop("held", None)  # a change is held for the next fetch only
    return PageContext(
        name=source_fetch.source.name, url=source_fetch.record.url, languages=list(source_fetch.source.languages),
        act=source_fetch.source.law.act if source_fetch.source.law else None, law=source_fetch.source.law is not None, primary=source_fetch.source.tier == 1,
        whole=source_fetch.result.whole, absent_before=list(watch_state.get("absent_parts") or ()), state=state,
        at=source_fetch.record.ended_at, last_fetch_at=row.last_fetch_at,
    )  # fmt: skip


def recall(session: Session, row: models.SourceRow) -> SourceMemory:
    """What is stored about a source, for its next fetch."""
    if row.last_fetch_at is None:
        return NO_MEMORY
    recalls = KINDS[row.kind].recalls if row.kind in KINDS else None
    return SourceMemory(
        etag=row.etag, last_modified=row.last_modified, body_sha256=row.body_sha256, full_read_at=row.full_read_at, failures=row.failures,
        route=row.route, probed_at=row.probed_at, watch_state=dict(row.watch_state or {}),
        keys=tuple(items.newest_keys(session, row.id, RECALLED_KEYS)) if recalls == "keys" else (),
        urls=tuple(items.newest_urls(session, row.id, RECALLED_URLS)) if recalls == "urls" else (),
    )  # fmt: skip
