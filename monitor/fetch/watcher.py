"""The watch as a whole: which sources are due, looking at them several at once, storing each look whole, and reading the pages of items worth it.

Due sources are taken under a lease, a few at a time, so that several processes can share the watch and one that is killed holds nothing for long: the
next start frees the leases of processes that are no more. Looking happens in threads, storing in the caller's, one short transaction each.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db import fetches, items, models, page_parts
from db import sources as db_sources
from db.engine import reading, writing
from db.enums import FetchOutcome, FetchReason
from db.fetches import FetchRecord, StoredFetch
from db.items import NewVersion
from monitor.fetch import schedule
from monitor.fetch.fetch_session import NOTHING, FetchSession, SourceMemory, fetch_record
from monitor.fetch.fetch_source import LookOutcome, watch_source
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import CannotFetch
from monitor.kinds.article_page import TITLE_ONLY, read_article
from monitor.kinds.page_diff import Changes, KnownPart, compare
from monitor.kinds.registry import KINDS, watched_kinds
from monitor.kinds.results import failed_result
from monitor.parse.parser_pool import Parsers, ParserStopped
from monitor.sources import Source

log = logging.getLogger(__name__)

KEYS = 400  # item keys recalled for channels and the gazette: 20 preview pages
URLS = 50
APART = timedelta(hours=1)  # two looks this far apart prove that a post was taken down
KNOWN_RATE = timedelta(days=3)  # of watching, from which on the usual rate tells something
OLDEST_ARTICLE = timedelta(days=14)  # what a first look digs up beyond that is not read page by page
ARTICLES_A_ROUND = 60
AGAIN = (timedelta(minutes=30), timedelta(hours=4), timedelta(hours=24))  # when a page that could not be read is tried again
NEVER_AGAIN = (
    FetchReason.ROBOTS,
    FetchReason.HTTP_404,
    FetchReason.HTTP_410,
    FetchReason.OFFSITE_REDIRECT,
    FetchReason.FORBIDDEN_ADDRESS,
    FetchReason.NOT_A_FEED,
    FetchReason.TOO_DEEP,
)


@contextmanager
def _only_begun(looks: dict[Future[LookOutcome], Source]) -> Iterator[None]:
    """Leaving early (a stop in mid-round) waits for the looks that have begun, not for those that only stand in line."""
    try:
        yield
    finally:
        for look in looks:
            look.cancel()


AndThen = Callable[[Session, StoredFetch], None]


@dataclass
class Watcher:
    """All that watching needs. `worth(version)`: whether an item's own page is to be read when its source gives a title only."""

    engine: Engine
    sources: Sequence[Source]
    client: Client
    parsers: Parsers = field(default_factory=Parsers)
    workers: int = 8
    worth: Callable[[NewVersion], bool] = lambda _: False
    and_then: AndThen | None = None  # done in the transaction that stores a look

    def __post_init__(self) -> None:
        self._by_id = {s.id: s for s in self.sources}
        self._me = db_sources.this_process()

    def due(self) -> int:
        """How many sources are due now."""
        with reading(self.engine) as session:
            return len(db_sources.due_sources(session, datetime.now(UTC), watched_kinds()))

    def round(self) -> Iterator[tuple[LookOutcome, StoredFetch]]:
        """Look at every source that is due when the round begins; yields each look when it is stored."""
        begin = datetime.now(UTC)
        with writing(self.engine) as session:
            db_sources.free_leases(session, self._me)
        running: dict[Future[LookOutcome], Source] = {}
        try:
            with ThreadPoolExecutor(self.workers, thread_name_prefix="watch") as pool, _only_begun(running):
                while True:
                    if len(running) <= self.workers:
                        running |= {
                            pool.submit(watch_source, s, self.client, self.parsers, m): s for s, m in self._claim(begin, 3 * self.workers)
                        }
                    if not running:
                        return
                    done = wait(running, return_when=FIRST_COMPLETED).done
                    looks = [d.result() for d in done]
                    for d in done:
                        running.pop(d)
                    yield from zip(looks, self.store_all(looks), strict=True)
        finally:
            with writing(self.engine) as session:
                db_sources.free_leases(session, self._me)

    def look_at(self, source_id: str) -> tuple[LookOutcome, StoredFetch]:
        """One look at one source now, stored: what a worker of a queue calls. Raises KeyError for a source that is not on the list."""
        source = self._by_id[source_id]
        with reading(self.engine) as session:
            memory = recall(session, session.get_one(models.SourceRow, source_id))
        look = watch_source(source, self.client, self.parsers, memory)
        return look, self.store(look)

    def _claim(self, begin: datetime, limit: int) -> list[tuple[Source, SourceMemory]]:
        with writing(self.engine) as session:
            rows = db_sources.claim_due(session, begin, watched_kinds(), self._me, limit)
            for row in rows:
                if row.id not in self._by_id:  # in the database, not on this process's list: not ours to look at
                    row.leased_until, row.next_due_at = None, begin + timedelta(hours=1)
            return [(self._by_id[r.id], recall(session, r)) for r in rows if r.id in self._by_id]

    def store(self, look: LookOutcome) -> StoredFetch:
        """Store one look with all it gave, in one transaction."""
        return self.store_all([look])[0]

    def store_all(self, looks: Sequence[LookOutcome]) -> list[StoredFetch]:
        """Store looks that ended at the same time in one transaction: each commit, and each write of the search's index, is paid once.

        Where one of them cannot be stored, each is stored by itself, so that only that one is lost; then its fault is raised.
        """
        try:
            return self._store_together(looks)
        except Exception:
            if len(looks) == 1:
                raise
            log.exception("storing %d looks together failed", len(looks))
        done, fault = list[StoredFetch](), None
        for look in looks:
            try:
                done.append(self.store(look))
            except Exception as error:  # noqa: BLE001  # raised below, when the others are safe
                fault = error
        if fault is not None:
            raise fault
        return done

    def _store_together(self, looks: Sequence[LookOutcome]) -> list[StoredFetch]:
        ready = [(look, self._with_changes(look)) for look in looks]
        with writing(self.engine, f"source:{looks[0].source.id}" if len(looks) == 1 else None) as session:
            rows = db_sources.sources_by_id(session, [look.source.id for look in looks])
            done = [self._store(session, rows[look.source.id], look, *more) for look, more in ready]
        for look, stored in zip(looks, done, strict=True):
            if stored.state is not None:
                said = stored.state
                log.info("source_state %s %s %s %s", look.source.id, said.state.value, said.reason.value, said.detail or "")
        return done

    def _store(
        self,
        session: Session,
        row: models.SourceRow,
        look: LookOutcome,
        record: FetchRecord,
        versions: list[NewVersion],
        changes: Changes | None,
    ) -> StoredFetch:
        now = record.ended_at
        stored = fetches.store_fetch(session, record, versions, self._period(look, row))
        if changes is not None:
            page_parts.store_parts(session, row.id, stored.fetch_id, changes.parts, now)
            page_parts.store_changes(session, row.id, stored, changes.rows, now)
        page_parts.note_gaps(session, row.id, look.found.gaps, now)
        items.mark_missing(session, row.id, look.found.absent, now, APART)
        items.want_page(session, [stored.item_ids[v.key] for v in stored.fresh if self._worth(look, v, now)], now)
        if self.and_then is not None:
            self.and_then(session, stored)
        return stored

    def _period(self, look: LookOutcome, row: models.SourceRow) -> int:
        watch_state = row.watch_state or {}
        since = watch_state.get("watched_since")
        known = since and look.record.ended_at - datetime.fromisoformat(since) >= KNOWN_RATE
        return schedule.interval(
            look.source.period, float(watch_state.get("rate") or 0.0) if known else None, look.source.tier, look.max_age
        )

    def _with_changes(self, look: LookOutcome) -> tuple[FetchRecord, list[NewVersion], Changes | None]:
        """The look's record and versions; for a page, with the differences to what was stored before."""
        if not look.found.parts or not look.found.good:
            return look.record, list(look.entries), None
        with reading(self.engine) as session:
            known = {
                k: KnownPart(p.title, p.text, p.content_hash, tuple(p.marks or ()))
                for k, p in page_parts.newest_parts(session, look.source.id).items()
            }
            watch_state = dict(session.get_one(models.SourceRow, look.source.id).watch_state or {})
        # another address words the same page in another way: each address is compared with itself
        place = f"{urlsplit(look.record.route).hostname}|" if look.record.route else ""
        known = {k: p for k, p in known.items() if (p.text or p.title) and (k.startswith(place) if place else "|" not in k)}
        try:  # in a parser's process: setting hostile texts against each other can take for ever
            changes: Changes = self.parsers.run(
                partial(
                    compare, known, [replace(p, key=place + p.key) for p in look.found.parts], name=look.source.name,
                    act=look.source.law.act if look.source.law else None, url=look.record.url, languages=list(look.source.languages),
                    whole=look.found.whole, absent_before=list(watch_state.get("absent_parts") or ()),
                )
            )  # fmt: skip
        except ParserStopped as error:
            record = replace(
                look.record,
                outcome=FetchOutcome.BROKEN,
                reason=FetchReason.STUCK,
                detail=f"comparing: {error}",
                quality=0.0,
                body_sha256=None,
            )
            return record, list(look.entries), None
        if changes.lost:
            record = replace(
                look.record, outcome=FetchOutcome.SUSPICIOUS, reason=FetchReason.SHRUNK, detail=changes.lost, quality=0.3, body_sha256=None
            )
            return record, list(look.entries), None
        fresh = [p for p in changes.parts if p.key not in known or known[p.key].content_hash != p.content_hash]
        learnt = f"{len(fresh)} parts learnt" if fresh and not changes.versions else None
        record = replace(
            look.record,
            watch_state={**look.record.watch_state, "absent_parts": list(changes.absent), "parts_changed": bool(fresh)},
            detail="; ".join(filter(None, (look.record.detail, learnt))) or None,
        )
        return record, [*look.entries, *changes.versions], changes

    def _worth(self, look: LookOutcome, version: NewVersion, now: datetime) -> bool:
        old = version.published_at is not None and now - version.published_at > OLDEST_ARTICLE
        own = KINDS[look.source.kind].articles and look.source.articles and look.found.good
        return own and not old and len(version.text) < TITLE_ONLY and self.worth(version)

    def read_articles(self, limit: int = ARTICLES_A_ROUND) -> Iterator[FetchReason]:
        """Read the pages of items whose source gave a title only; yields how each went."""
        with reading(self.engine) as session:
            wanted = items.pages_wanted(session, datetime.now(UTC), limit)
        with ThreadPoolExecutor(self.workers, thread_name_prefix="articles") as pool:
            jobs = {
                pool.submit(self._read_article, self._by_id[s.id], item, version): (u, version)
                for u, item, version, s in wanted
                if s.id in self._by_id
            }
            for done in list(jobs):
                unread, version = jobs[done]
                record, read = done.result()
                again = None if record.reason in NEVER_AGAIN or unread.attempts >= len(AGAIN) else AGAIN[unread.attempts]
                with writing(self.engine) as session:
                    fetches.store_page(session, unread.item_id, record, read, version.entry_hash or version.content_hash, again)
                yield record.reason

    def _read_article(self, source: Source, item: models.ItemRow, version: models.ItemVersionRow) -> tuple[FetchRecord, NewVersion | None]:
        """One item's page. Never raises for what the page is."""
        ask = FetchSession(source, item.url, self.client, self.parsers, robots=source.robots == "obey")
        stub = NewVersion(
            key=item.key, url=item.url, title=version.title, text=version.text, lang=version.lang, published_at=item.published_at,
            edited_at=version.edited_at, origin=version.origin, content_hash=version.content_hash, notes=tuple(version.notes),
        )  # fmt: skip
        try:
            found = ask.read(read_article, ask.get(item.url), stub)
        except CannotFetch as error:
            found = failed_result(FetchOutcome.BROKEN, error.reason, error.detail)
        return fetch_record(ask, found), next(iter(found.versions), None)


def recall(session: Session, row: models.SourceRow) -> SourceMemory:
    """What is known of a source, for its next look."""
    if row.last_fetch_at is None:
        return NOTHING
    recalls = KINDS[row.kind].recalls if row.kind in KINDS else None
    return SourceMemory(
        etag=row.etag, last_modified=row.last_modified, body_sha256=row.body_sha256, full_read_at=row.full_read_at, failures=row.failures,
        route=row.route, probed_at=row.probed_at, watch_state=dict(row.watch_state or {}),
        keys=tuple(items.newest_keys(session, row.id, KEYS)) if recalls == "keys" else (),
        urls=tuple(items.newest_urls(session, row.id, URLS)) if recalls == "urls" else (),
    )  # fmt: skip
