"""Playing captured answers as consecutive fetches of one source, without network and without the
desk's database.

It uses `Watcher` with a client that answers from the files, and a scratch database that exists as
long as the command runs. So the same code as in a cycle decides what is new, edited or changed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

from bs4 import BeautifulSoup
from sqlalchemy import Engine, select

from db import models
from db.engine import connect, reading, writing
from db.enums import FetchOutcome
from db.fetches import FetchRecord, StoredFetch
from db.items import NewVersion
from db.sources import register_sources
from monitor.fetch.discover import feeds_on
from monitor.fetch.http_types import CannotFetch
from monitor.fetch.played import PlayedClient, answer_of
from monitor.fetch.watcher import Watcher
from monitor.parse.clean_entry import content_hash
from monitor.parse.dates import read_date
from monitor.parse.decode import decode
from monitor.parse.parser_pool import Parsers
from monitor.sources import ADDED, Source

DEFAULT_URL = "https://example.org/"
# Kinds that are fetched; a law is a page with `law:`
WATCHED = ("feed", "telegram", "listing", "page", "law", "gazette")
KINDS_READ = (*WATCHED, "article", "discover", "text-date")
_AGENT = "Ajour (played from files)"


def play(kind: str, url: str, files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """What each file gives, in order: one dict per fetch (per line for text-date), with the keys of
    `ajour read --json`.
    """
    if kind == "text-date":
        return _dates(files)
    if kind == "discover":
        return _discovered(url, files)
    return _articles(url, files) if kind == "article" else _fetches(kind, url, files)


def _source(kind: str, url: str) -> Source:
    host = urlsplit(url).hostname or "example.org"
    named = {"kind": "page", "law": {"act": host}} if kind == "law" else {"kind": kind}
    return Source.model_validate(
        {
            "id": "played", "name": host, **named, "url": url, "host": host, "languages": ["ru", "uk", "en"], "type": "official", "tier": 2,
            "cited_in": [ADDED], "confidence": "low", "robots": "ignore", "notes": "Played from files: there is no robots.txt.",
        }
    )  # fmt: skip


@contextmanager
def _watcher(source: Source) -> Iterator[Watcher]:
    """A watcher of this one source on an empty scratch database."""
    with TemporaryDirectory(prefix="ajour-read-") as folder:
        engine = connect(f"sqlite:///{folder}/scratch.db")
        try:
            models.Base.metadata.create_all(engine)
            yield Watcher(engine, [source], PlayedClient(_AGENT), Parsers(processes=0))
        finally:
            engine.dispose()


def _fetches(kind: str, url: str, files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    source = _source(kind, url)
    with _watcher(source) as watcher:
        with writing(watcher.engine) as session:
            register_sources(session, [source.model_dump(mode="json")], datetime.now(UTC))
        for number, file in enumerate(files, 1):
            watcher.client = PlayedClient(_AGENT, file=file)
            _, stored = watcher.fetch_one(source.id)
            yield {"look": number, **_stored(watcher.engine, stored)}


def _stored(engine: Engine, stored: StoredFetch) -> dict[str, Any]:
    """What one stored fetch added. Items that report a difference of a page are listed as `changes`
    only.
    """
    with reading(engine) as session:
        fetch = session.get_one(models.FetchRow, stored.fetch_id)
        rows = session.execute(
            select(models.ItemVersionRow, models.ItemRow)
            .join(models.ItemRow, models.ItemRow.id == models.ItemVersionRow.item_id)
            .where(models.ItemVersionRow.id.in_(stored.version_ids))
            .order_by(models.ItemVersionRow.id)
        ).all()
        changes = {c.item_id: c for c in session.scalars(select(models.PageChangeRow))}
        items = [(version, item) for version, item in rows if item.id not in changes]
        return {
            **_outcome_fields(fetch.outcome, fetch.reason, fetch.detail, fetch.doubts or ()),
            "new": [_item(v, i) for v, i in items if v.number == 1],
            "edited": [_item(v, i) for v, i in items if v.number > 1],
            "changes": [_change(changes[i.id]) for _, i in rows if i.id in changes],
        }


def _outcome_fields(outcome: str, reason: str, detail: str | None, doubts: Sequence[str]) -> dict[str, Any]:
    return {"outcome": str(outcome), "reason": str(reason), "detail": detail, "doubts": list(doubts)}


def _item(version: models.ItemVersionRow, item: models.ItemRow) -> dict[str, Any]:
    published = item.published_at.isoformat() if item.published_at else None
    return {"key": item.key, "url": item.url, "title": version.title, "text": version.text, "published": published}


def _change(change: models.PageChangeRow) -> dict[str, Any]:
    where = f"article {change.article}" if change.article else change.key
    return {"where": where, "what": change.what, "old": change.old, "new": change.new}


def _articles(url: str, files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    """Consecutive reads of one item's own page. The item's title is the page's: there is no list
    that names it.
    """
    source = _source("feed", url)
    hashes = list[str]()
    with _watcher(source) as watcher:
        for number, file in enumerate(files, 1):
            watcher.client = PlayedClient(_AGENT, file=file)
            record, read = watcher.read_article_page(source, _listed(url, file))
            new = [read] if read is not None and read.content_hash not in hashes else []
            yield {"look": number, **_read_article(record, new, known=bool(hashes))}
            hashes += [version.content_hash for version in new]


def _read_article(record: FetchRecord, new: Sequence[NewVersion], known: bool) -> dict[str, Any]:
    outcome = FetchOutcome.NOTHING_NEW if record.outcome is FetchOutcome.NEW_ITEMS and not new else record.outcome
    items = [{"key": v.key, "url": v.url, "title": v.title, "text": v.text, "published": v.published_at} for v in new]
    graded = _outcome_fields(outcome, record.reason, record.detail, record.doubts)
    return {**graded, "new": [] if known else items, "edited": items if known else [], "changes": []}


def _listed(url: str, file: Path) -> NewVersion:
    """The item as a list would give it: its address and the page's own title."""
    title = _title(file, url)
    return NewVersion(
        key=url,
        url=url,
        title=title,
        text="",
        lang=None,
        published_at=None,
        edited_at=None,
        origin=None,
        content_hash=content_hash(title, ""),
    )


def _title(file: Path, url: str) -> str:
    """The page's title: og:title, the first heading, or <title>; empty where the file is no
    page.
    """
    try:
        answer = answer_of(file, url)
    except CannotFetch:
        return ""  # the fetch itself says why
    soup = BeautifulSoup(decode(answer.body, answer.headers.get("content-type", "")).text, "lxml")
    named = soup.select_one("meta[property='og:title'][content]")
    heading = soup.h1 or soup.title
    title = str(named["content"]) if named else heading.get_text(" ") if heading else ""
    return " ".join(title.split())[:300]


def _discovered(url: str, files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    for number, file in enumerate(files, 1):
        yield {"look": number, "feeds": feeds_on(PlayedClient(_AGENT, file=file).get(url))}


def _dates(files: Sequence[Path]) -> Iterator[dict[str, Any]]:
    for file in files:
        for line in decode(file.read_bytes()).text.splitlines():
            when = read_date(line)
            yield {"text": line, "published": when.isoformat() if when else None}
