"""An entry whose key is unknown is the stored item where address, title and date say so."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from db.engine import writing
from db.enums import FetchOutcome, FetchReason
from db.fetches import FetchRecord, StoredFetch, store_fetch
from db.items import NewVersion
from db.models import SourceRow

NOW, LATER = datetime(2026, 11, 24, 12, tzinfo=UTC), datetime(2026, 11, 24, 13, tzinfo=UTC)
URL = "https://example.org/1"


def entry(key: str, url: str = URL, title: str = "Указ о призыве подписан", when: datetime | None = NOW, text: str = "слова") -> NewVersion:
    return NewVersion(key, url, title, text, "ru", when, None, None, f"{title} {text}")


@pytest.fixture
def store(engine: Engine) -> Callable[..., StoredFetch]:
    with writing(engine) as session:
        session.add(SourceRow(id="s", name="s", kind="feed", url="https://example.org/feed", tier=2, config={"every": "30m"}))

    def once(*entries: NewVersion) -> StoredFetch:
        with writing(engine) as session:
            record = FetchRecord("s", NOW, NOW, FetchOutcome.NOTHING_NEW, FetchReason.OK, "u", status=200)
            return store_fetch(session, record, entries, 1800)

    return once


@pytest.mark.parametrize(
    "again",
    [
        entry("other-guid"), entry("other-guid", "http://www.example.org/1/"), entry("other-guid", when=None),
        entry("other-guid", "https://example.org/moved/1"),
    ],
    ids=["another guid", "another form of the address", "no date any more", "moved, same title and date"],
)  # fmt: skip
def test_the_same_item_under_another_key_is_known(store: Callable[..., StoredFetch], again: NewVersion) -> None:
    store(entry("guid"))
    found = store(again)
    assert (found.new, found.edited) == (0, 0)


def test_an_edit_of_an_item_under_another_key_is_an_edit(store: Callable[..., StoredFetch]) -> None:
    store(entry("guid"))
    found = store(entry("other-guid", text="другие слова"))
    assert (found.new, found.edited) == (0, 1)


@pytest.mark.parametrize(
    "other",
    [
        entry("b", title="Совсем другое сообщение", when=LATER, text="иное"), entry("b", "https://example.org/2", when=LATER),
        entry("b", "https://example.org/2", title="Сводка"),
    ],
    ids=["same address, another message", "same title, another day", "same date, another title"],
)  # fmt: skip
def test_another_item_is_new(store: Callable[..., StoredFetch], other: NewVersion) -> None:
    store(entry("a"))
    assert store(other).new == 1


def test_an_item_that_is_listed_under_its_own_key_is_no_other(store: Callable[..., StoredFetch]) -> None:
    store(entry("a"))
    assert store(entry("a"), entry("b")).new == 1
