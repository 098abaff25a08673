"""One fetch session: what is remembered, what the record of it says, and which hosts are the
source's own.
"""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.enums import FetchOutcome, FetchReason
from monitor.fetch.fetch_session import NO_MEMORY, FetchSession, SourceMemory, fetch_record, grade, own_hosts, with_clean_entries
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import CannotFetch, HttpAnswer
from monitor.kinds.results import ListedEntry, ReadResult, failed_result, ok_result
from monitor.parse.clean_entry import read_entry
from monitor.parse.parser_pool import Parsers, ParserStopped
from tests.monitor.conftest import source

URL = "https://example.org/feed"
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


@pytest.fixture
def ask(client: Client, parsers: Parsers) -> FetchSession:
    return FetchSession(source(URL), URL, client, parsers, started=NOW)


def received(body: bytes = b"<rss/>", status: int = 200, **more: Any) -> HttpAnswer:
    return replace(
        HttpAnswer(URL, status, {"etag": '"1"', "last-modified": "Tue", "content-type": "text/xml"}, body, "203.0.113.5"), **more
    )


def listed(count: int) -> ReadResult:
    found = ok_result([ListedEntry(key=str(n), url=f"{URL}/{n}", title=f"Новость {n}") for n in range(count)])
    return Parsers(processes=0).run(lambda: found)


def test_the_record_holds_the_first_answer_and_all_answers_as_evidence(ask: FetchSession) -> None:
    ask.pages += [received(b"first", redirects=("https://example.org/old",), transport="old ciphers allowed"), received(b"second")]
    record = fetch_record(
        ask, ok_result([], "two pages", watch_state={"newest": 7}, doubts=("undated",)), route="https://mirror.example/", wait=5.0
    )
    assert (record.source_id, record.started_at, record.url, record.detail) == ("example", NOW, URL, "two pages")
    assert (record.address, record.status, record.body, record.media_type) == ("203.0.113.5", 200, b"first", "text/xml")
    assert (record.etag, record.last_modified) == ('"1"', "Tue")
    assert record.body_sha256 == hashlib.sha256(b"first").hexdigest()
    assert record.doubts == ("undated", "redirected from https://example.org/old", "old ciphers allowed")
    assert [p.body for p in record.pages] == [b"first", b"second"]
    assert (record.route, record.wait, record.probed, record.watch_state) == ("https://mirror.example/", 5.0, True, {"newest": 7})
    assert record.ended_at >= NOW


def test_bytes_of_a_bad_answer_do_not_count_as_read(ask: FetchSession) -> None:
    ask.pages.append(received())
    assert fetch_record(ask, failed_result(FetchOutcome.BROKEN, FetchReason.NOT_A_FEED, "a page")).body_sha256 is None


def test_a_fetch_without_any_answer_has_a_record_too(ask: FetchSession) -> None:
    record = fetch_record(ask, failed_result(FetchOutcome.BROKEN, FetchReason.DNS, "no address"))
    assert (record.url, record.status, record.body, record.pages, record.quality) == (URL, None, None, (), 0.0)


@pytest.mark.parametrize(
    ("outcome", "doubts", "quality"),
    [
        (FetchOutcome.NEW_ITEMS, 0, 1.0), (FetchOutcome.NOTHING_NEW, 3, 0.7), (FetchOutcome.NEW_ITEMS, 9, 0.5), (FetchOutcome.SUSPICIOUS, 0, 0.3),
        (FetchOutcome.SUSPICIOUS, 2, 0.24), (FetchOutcome.BROKEN, 0, 0.0),
    ],
)  # fmt: skip
def test_quality_falls_with_the_outcome_and_with_each_doubt(outcome: FetchOutcome, doubts: int, quality: float) -> None:
    assert grade(ReadResult((), outcome, FetchReason.OK, doubts=("doubt",) * doubts)) == quality


@pytest.mark.parametrize(
    ("count", "before", "reason"), [(2, 9, FetchReason.SHRUNK), (3, 9, FetchReason.OK), (1, 8, FetchReason.OK), (10, 0, FetchReason.OK)]
)
def test_a_list_shorter_than_a_third_of_last_time_is_suspicious(ask: FetchSession, count: int, before: int, reason: FetchReason) -> None:
    ask.memory = SourceMemory(watch_state={"count": before})
    found = ask.not_shrunk(ask.read(lambda _: listed(count), received()))
    assert (found.reason, found.watch_state["count"], len(found.versions)) == (reason, count, count)


def test_a_broken_list_is_not_measured(ask: FetchSession) -> None:
    ask.memory = SourceMemory(watch_state={"count": 100})
    broken = failed_result(FetchOutcome.BROKEN, FetchReason.NOT_A_FEED, "a page")
    assert ask.not_shrunk(broken) is broken


def test_the_same_bytes_are_nothing_new_only_while_a_full_read_is_not_due(ask: FetchSession) -> None:
    ask.memory = SourceMemory(body_sha256=hashlib.sha256(b"<rss/>").hexdigest())
    known = ask.unchanged(received())
    assert known is not None
    assert known.outcome is FetchOutcome.NOTHING_NEW
    assert ask.unchanged(received(b"<rss>1</rss>")) is None
    ask.conditional = False
    assert ask.unchanged(received()) is None
    not_modified = ask.unchanged(received(b"", 304))
    assert not_modified is not None
    assert not_modified.reason is FetchReason.NOT_MODIFIED


def test_a_parser_that_fails_or_is_stopped_ends_as_a_broken_fetch(ask: FetchSession, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: HttpAnswer) -> ReadResult:
        raise ValueError("half a tag")

    found = ask.read(fails, received())
    assert (found.reason, found.detail) == (FetchReason.INTERNAL, "ValueError: half a tag")

    def stopped(*_: object) -> None:
        raise ParserStopped("not read within 10 s")

    monkeypatch.setattr(ask.parsers, "run", stopped)
    assert ask.read(fails, received()).reason is FetchReason.STUCK


def test_validators_are_sent_only_where_they_are_asked_for(ask: FetchSession, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = list[object]()

    def get(_url: str, **given: object) -> HttpAnswer:
        sent.append(given["headers"])
        return received()

    monkeypatch.setattr(ask.client, "get", get)
    ask.memory = SourceMemory(etag='"1"')
    ask.get(URL)
    ask.get(URL, conditional=True)
    ask.conditional = False
    ask.get(URL, conditional=True)
    assert sent == [{}, {"If-None-Match": '"1"'}, {}]
    assert len(ask.pages) == 3


def test_an_answer_that_did_not_come_is_no_page(ask: FetchSession, monkeypatch: pytest.MonkeyPatch) -> None:
    def get(*_: object, **_more: object) -> HttpAnswer:
        raise CannotFetch(FetchReason.TIMEOUT, "late")

    monkeypatch.setattr(ask.client, "get", get)
    with pytest.raises(CannotFetch):
        ask.get(URL)
    assert ask.pages == []


def test_what_was_never_done_is_infinitely_long_ago() -> None:
    assert NO_MEMORY.since("deep_read_at", NOW) == float("inf")
    hour_ago = (NOW - timedelta(hours=1)).isoformat()
    assert SourceMemory(watch_state={"deep_read_at": hour_ago}).since("deep_read_at", NOW) == 3600


def test_a_sources_hosts_are_those_of_all_its_addresses_and_of_twins() -> None:
    fallback = {"kind": "telegram", "url": "https://t.me/s/kanal"}
    own = own_hosts(
        source(URL, mirrors=["https://mirror.example/feed"], hosts=["cdn.example", "https://www.example.net/x"], fallback=fallback)
    )
    assert own == {"example.org", "mirror.example", "cdn.example", "www.example.net", "t.me", "telegram.me"}
    assert own_hosts(source(URL)) == {"example.org"}


def test_a_failure_is_confined_to_its_entry_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def read(entry: ListedEntry, _languages: tuple[str, ...]) -> Any:
        if entry.key == "1":
            raise RuntimeError("cannot be read")
        return read_entry(entry, ("ru",))

    monkeypatch.setattr("monitor.fetch.fetch_session.read_entry", read)
    result = with_clean_entries(listed(3), ("ru",), NOW)
    assert [v.key for v in result.versions] == ["0", "2"]
    assert (result.good, result.reason) == (True, FetchReason.SOME_UNREADABLE)
    assert result.doubts == ("1 entries could not be read (RuntimeError: cannot be read)",)
