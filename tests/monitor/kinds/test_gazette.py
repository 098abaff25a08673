"""The official publication portal: pages by Index, days that stay days, and its own counts as a
check of completeness.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, select

from app.tools.local_server import answer
from db.engine import reading
from db.enums import FetchOutcome, FetchReason
from db.models import ItemRow, ItemVersionRow
from monitor.fetch.http_types import HttpAnswer
from monitor.fetch.watcher import Watcher
from monitor.kinds.gazette import read_documents
from tests.monitor.conftest import source
from tests.monitor.serving import Site

TODAY = datetime.now(ZoneInfo("Europe/Moscow")).date()


class Portal:
    """Plays /api/Documents over a list of eoNumbers, newest first."""

    def __init__(self) -> None:
        self.numbers: list[str] = []
        self.page_size = 10
        self.hidden: set[str] = set()  # counted, never shown

    def publish(self, count: int, days_ago: int = 0) -> None:
        day = TODAY - timedelta(days=days_ago)
        start = len(self.numbers)
        self.numbers = [f"0001{day:%Y%m%d}{start + n:04d}" for n in range(count)][::-1] + self.numbers

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        query = {k: v[0] for k, v in parse_qs(urlsplit(handler.path).query).items()}
        found = self.numbers
        if day := query.get("PublishDateFrom"):
            found = [n for n in found if n[4:12] == datetime.strptime(day, "%d.%m.%Y").strftime("%Y%m%d")]  # noqa: DTZ007
        size = int(query.get("PageSize", self.page_size)) if day else self.page_size
        index = int(query["Index"])
        shown = [n for n in found[(index - 1) * size : index * size] if n not in self.hidden]
        body = {
            "items": [self.item(n) for n in shown],
            "itemsTotalCount": len(found),
            "itemsPerPage": size,
            "pagesTotalCount": -(-len(found) // size),
            "currentPage": index,
        }
        answer(handler, json.dumps(body).encode(), 200, "application/json")

    @staticmethod
    def item(number: str) -> dict[str, str]:
        return {
            "id": "x",
            "eoNumber": number,
            "complexName": f"Указ Президента Российской Федерации № {number[-4:]}",
            "name": "О призыве",
            "publishDateShort": f"{number[4:8]}-{number[8:10]}-{number[10:12]}T00:00:00",
        }


@pytest.fixture
def portal(site: Site) -> Portal:
    result = Portal()
    site.pages["/api/Documents"] = result
    return result


@pytest.fixture
def look(site: Site, watcher: Callable[..., Watcher]) -> Callable[..., Any]:
    watching = watcher(source(site.url("/api/Documents?Name=призыв&PageSize=10"), "gazette", tier=1))
    return lambda: watching.fetch_one("example")


def test_pages_are_read_until_a_known_document_and_each_is_stored_once(portal: Portal, engine: Engine, look: Callable[..., Any]) -> None:
    portal.publish(5, days_ago=5)
    look()
    portal.publish(25, days_ago=4)
    _, stored = look()
    assert (stored.outcome, stored.new) == (FetchOutcome.NEW_ITEMS, 25)
    assert look()[1].outcome is FetchOutcome.NOTHING_NEW
    with reading(engine) as session:
        assert sorted(session.scalars(select(ItemRow.key))) == sorted(portal.numbers)


def test_the_portals_own_count_of_the_day_is_set_against_what_is_stored(portal: Portal, look: Callable[..., Any]) -> None:
    portal.publish(12)
    found, stored = look()
    assert stored.outcome is FetchOutcome.NEW_ITEMS
    assert f"{TODAY:%d.%m.%Y}: published 12, stored 12" in (found.record.detail or "")


def test_a_day_that_falls_short_of_the_portals_count_is_not_a_success(portal: Portal, look: Callable[..., Any]) -> None:
    portal.publish(12)
    portal.hidden = {portal.numbers[3]}
    found, stored = look()
    assert (stored.outcome, found.record.reason, stored.new) == (FetchOutcome.SUSPICIOUS, FetchReason.INCOMPLETE, 11)
    assert f"{TODAY:%d.%m.%Y}: published 12, stored 11" in (found.record.detail or "")


def test_days_of_moscow_stay_the_days_they_are(portal: Portal, engine: Engine, look: Callable[..., Any]) -> None:
    portal.publish(1, days_ago=3)
    look()
    with reading(engine) as session:
        item = session.scalars(select(ItemRow)).one()
        assert item.published_at == datetime.combine(TODAY - timedelta(days=3), datetime.min.time(), UTC)
        assert item.url.endswith(f"/document/{item.key}")
        assert session.scalars(select(ItemVersionRow)).one().title.startswith("Указ Президента")


@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        ('{"items": []}', FetchOutcome.SUSPICIOUS, FetchReason.EMPTY),
        ('{"error": 1}', FetchOutcome.BROKEN, FetchReason.BAD_ANSWER),
        ("[]", FetchOutcome.BROKEN, FetchReason.BAD_ANSWER),
        ("<html>Доступ ограничен</html>", FetchOutcome.BROKEN, FetchReason.BLOCK_PAGE),
        ("<html>ddos-guard</html>", FetchOutcome.BROKEN, FetchReason.CHALLENGE),
        ('{"a":' * 100_000, FetchOutcome.BROKEN, FetchReason.BAD_ANSWER),
        ('{"items": [{"eoNumber": "drop table"}, 7, null]}', FetchOutcome.SUSPICIOUS, FetchReason.EMPTY),
    ],
)
def test_what_is_not_the_portals_list_is_never_nothing_new(body: str, outcome: FetchOutcome, reason: FetchReason) -> None:
    found = read_documents(HttpAnswer("http://publication.example/api/Documents", 200, {}, body.encode(), None))
    assert (found.outcome, found.reason) == (outcome, reason)
