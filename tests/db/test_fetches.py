"""Storing a fetch: all of it or nothing, and nothing twice."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select

from db import fetches, sources
from db.engine import connect, reading, writing
from db.enums import FetchOutcome, FetchReason
from db.fetches import FetchRecord, StoredFetch
from db.items import NewVersion
from db.migrate import upgrade
from db.models import FetchRow, ItemRow, ItemVersionRow, SourceRow

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONFIG = {"id": "s", "name": "Пример", "kind": "feed", "url": "https://example.org/feed", "tier": 2, "every": "30m"}


def version(key: str, text: str = "текст") -> NewVersion:
    return NewVersion(
        key, f"https://example.org/{key}", f"Заголовок {key}", text, "ru", NOW - timedelta(minutes=20), None, None, f"hash of {text}"
    )


def record(
    outcome: FetchOutcome = FetchOutcome.NOTHING_NEW, reason: FetchReason = FetchReason.OK, at: datetime = NOW, **more: object
) -> FetchRecord:
    return FetchRecord("s", at, at, outcome, reason, "https://example.org/feed", status=200, **more)  # type: ignore[arg-type]


@pytest.fixture
def store(engine: Engine) -> Callable[..., StoredFetch]:
    with writing(engine) as session:
        sources.register_sources(session, [CONFIG], NOW)

    def once(*entries: NewVersion, **more: object) -> StoredFetch:
        with writing(engine) as session:
            return fetches.store_fetch(session, record(**more), entries, 1800)  # type: ignore[arg-type]

    return once


def test_a_look_that_cannot_be_stored_whole_leaves_nothing(engine: Engine, store: Callable[..., StoredFetch]) -> None:
    def fail() -> None:
        with writing(engine) as session:
            fetches.store_fetch(session, record(), [version("a")], 1800)
            raise RuntimeError("the power goes")

    with pytest.raises(RuntimeError):
        fail()
    with reading(engine) as session:
        assert [session.scalar(select(func.count()).select_from(t)) for t in (FetchRow, ItemRow, ItemVersionRow)] == [0, 0, 0]
        assert session.get_one(SourceRow, "s").last_fetch_at is None


def test_a_thousand_entries_in_one_look_are_stored_once(engine: Engine, store: Callable[..., StoredFetch]) -> None:
    entries = [version(str(n)) for n in range(1000)]
    assert (store(*entries).new, store(*entries).new) == (1000, 0)


def test_an_edit_names_its_version_and_item(engine: Engine, store: Callable[..., StoredFetch]) -> None:
    first = store(version("a"), version("b"))
    second = store(version("a", "исправлено"), version("b"))
    assert (second.new, second.edited, len(second.version_ids)) == (0, 1, 1)
    assert second.item_ids == {"a": first.item_ids["a"]}
    assert second.fresh == []


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(looks=st.lists(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["x", "y"])), max_size=6), max_size=6))
def test_the_same_look_twice_never_says_anything_new(tmp_path_factory: pytest.TempPathFactory, looks: list[list[tuple[str, str]]]) -> None:
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('twice') / 'x.db'}")
    upgrade(engine)
    with writing(engine) as session:
        sources.register_sources(session, [CONFIG], NOW)
    for look in looks:
        entries = [version(k, t) for k, t in look]
        with writing(engine) as session:
            fetches.store_fetch(session, record(), entries, 1800)
        with writing(engine) as session:
            again = fetches.store_fetch(session, record(), entries, 1800)
        assert (again.outcome, again.new, again.edited) == (FetchOutcome.NOTHING_NEW, 0, 0)
    engine.dispose()


def test_entries_of_a_suspicious_look_are_kept_and_the_look_stays_suspicious(store: Callable[..., StoredFetch]) -> None:
    stored = store(version("a"), outcome=FetchOutcome.SUSPICIOUS, reason=FetchReason.INCOMPLETE)
    assert (stored.outcome, stored.new) == (FetchOutcome.SUSPICIOUS, 1)


def test_looks_of_one_rhythm_do_not_march_in_step(engine: Engine) -> None:
    configs: list[dict[str, Any]] = [{**CONFIG, "id": f"s{n}"} for n in range(20)]
    with writing(engine) as session:
        sources.register_sources(session, configs, NOW)
        for c in configs:
            fetches.store_fetch(session, FetchRecord(c["id"], NOW, NOW, FetchOutcome.NOTHING_NEW, FetchReason.OK, "u"), [], 1800)
    with reading(engine) as session:
        due = set(session.scalars(select(SourceRow.next_due_at)))
    assert len(due) > 10
    assert all(NOW + timedelta(seconds=1800) <= d <= NOW + timedelta(seconds=1980) for d in due if d)
