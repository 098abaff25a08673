"""Pages that are PDF or DOCX documents: their text is compared, their metadata is not."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, select

from db.engine import reading
from db.enums import FetchOutcome, FetchReason
from db.models import PageChangeRow
from monitor.fetch.watcher import Watcher
from tests.monitor.conftest import source
from tests.monitor.document_files import pdf, scan, word
from tests.monitor.serving import Site

OLD = ("Приказ о призыве граждан", "1. Призвать граждан в возрасте до 27 лет.", "2. Повестки вносить в реестр.", "3. Жалобы рассматривать.")
NEW = (OLD[0], "1. Призвать граждан в возрасте до 30 лет.", *OLD[2:])
LAW = tuple(line for n in range(1, 5) for line in (f"Статья {n}. О призыве", f"{n}. Граждане подлежат призыву до {n + 20} лет."))


@pytest.mark.parametrize("make", [pdf, word], ids=["PDF", "DOCX"])
def test_a_change_in_a_document_is_reported_with_both_wordings(
    site: Site, watcher: Callable[..., Watcher], engine: Engine, make: Callable[..., bytes]
) -> None:
    watching = watcher(source(site.say("/order", make(*OLD), kind="application/octet-stream"), "page"))
    assert watching.fetch_one("example")[1].new == 0
    site.say("/order", make(*NEW), kind="application/octet-stream")
    assert watching.fetch_one("example")[1].new == 1
    with reading(engine) as session:
        change = session.scalars(select(PageChangeRow)).one()
        assert ("27" in change.old, "30" in change.new) == (True, True)


def test_a_document_generated_at_each_request_is_nothing_new(site: Site, watcher: Callable[..., Watcher]) -> None:
    watching = watcher(source(site.say("/order", pdf(*OLD)), "page"))
    watching.fetch_one("example")
    site.say("/order", pdf(*OLD, stamp="D:20270101000000Z"))
    assert watching.fetch_one("example")[1].outcome is FetchOutcome.NOTHING_NEW


def test_a_law_in_a_document_is_read_article_by_article(site: Site, watcher: Callable[..., Watcher]) -> None:
    fetch, _ = watcher(source(site.say("/law", word(*LAW)), "page")).fetch_one("example")
    assert [p.article for p in fetch.result.parts if p.article] == ["1", "2", "3", "4"]


@pytest.mark.slow
def test_a_scan_is_compared_by_its_pictures(site: Site, watcher: Callable[..., Watcher]) -> None:
    watching = watcher(source(site.say("/scan", scan(b"old")), "page"))
    watching.fetch_one("example")
    site.say("/scan", scan(b"old", stamp="D:20270101000000Z"))
    assert watching.fetch_one("example")[1].outcome is FetchOutcome.NOTHING_NEW
    site.say("/scan", scan(b"new"))
    assert watching.fetch_one("example")[1].new == 1


@pytest.mark.parametrize("body", [b"\xff\xd8\xff\xe0" + b"\0" * 60, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"%PDF-1.7 broken"])
@pytest.mark.parametrize("kind", ["page", "feed", "listing"])
def test_other_files_are_refused(site: Site, watcher: Callable[..., Watcher], body: bytes, kind: str) -> None:
    fetch, stored = watcher(source(site.say("/a", body), kind)).fetch_one("example")
    assert stored.outcome in (FetchOutcome.BROKEN, FetchOutcome.SUSPICIOUS)
    if kind == "page":
        assert fetch.record.reason is FetchReason.NOT_TEXT
