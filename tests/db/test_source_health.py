"""How watching each source stands: the rule for states, health, and sources that are listed
twice.
"""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine

from db import fetches, source_health, sources
from db.engine import reading, writing
from db.enums import FetchOutcome, FetchReason, SourceHealth
from db.fetches import FetchRecord
from db.items import NewVersion
from db.models import SourceRow

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONFIG = {"id": "s", "name": "Пример", "kind": "feed", "url": "https://example.org/feed", "tier": 2, "every": "30m"}


def version(key: str) -> NewVersion:
    return NewVersion(key, f"https://example.org/{key}", f"Заголовок {key}", "текст", "ru", NOW - timedelta(minutes=20), None, None, "hash")


def failed_for(hours: float, every: str, tier: int = 2) -> source_health.HealthChange | None:
    """What two failures say of a source that was last read well `hours` ago."""
    source = SourceRow(tier=tier, config={"every": every}, failures=2, last_good_at=NOW - timedelta(hours=hours))
    return source_health.judge(source, NOW, FetchOutcome.BROKEN, FetchReason.TIMEOUT, None)


def test_a_page_that_is_read_every_six_hours_is_blind_after_eighteen_hours_and_not_after_six() -> None:
    states = {hours: found.state for hours in (7, 17.9, 18) if (found := failed_for(hours, "6h"))}
    assert states == {7: SourceHealth.DEGRADED, 17.9: SourceHealth.DEGRADED, 18: SourceHealth.BLIND}


def test_a_feed_is_blind_after_six_hours_and_a_primary_text_after_three() -> None:
    found = [failed_for(*case) for case in ((5.9, "30m", 2), (6, "30m", 2), (2.9, "30m", 1), (3, "30m", 1))]
    assert [f.state for f in found if f] == [SourceHealth.DEGRADED, SourceHealth.BLIND, SourceHealth.DEGRADED, SourceHealth.BLIND]


def test_a_source_far_quieter_than_usual_is_degraded_though_it_reads_well() -> None:
    def judge(silent_days: float, rate: float) -> SourceHealth | None:
        faded = rate * 2.718281828 ** (-silent_days / 7)
        watch_state = {
            "watched_since": "2026-09-01T00:00:00+00:00",
            "last_new_at": (NOW - timedelta(days=silent_days)).isoformat(),
            "rate": faded,
        }
        found = source_health.judge(
            SourceRow(tier=2, watch_state=watch_state, config={}, failures=0), NOW, FetchOutcome.NOTHING_NEW, FetchReason.OK, None
        )
        return found.state if found else None

    assert judge(3, 10) is SourceHealth.DEGRADED
    assert judge(1, 10) is SourceHealth.WELL  # less than two days is never a silence
    # One item in five days: three weeks are not unusual enough
    assert judge(20, 0.2) is SourceHealth.WELL
    assert judge(45, 0.2) is SourceHealth.DEGRADED


def test_health_shows_the_worst_first_with_lag_and_rate(engine: Engine) -> None:
    with writing(engine) as session:
        sources.register_sources(session, [CONFIG, {**CONFIG, "id": "ill"}], NOW)
        for at, keys in ((NOW, "a"), (NOW + timedelta(hours=1), "ab")):
            read = FetchRecord("s", at, at, FetchOutcome.NOTHING_NEW, FetchReason.OK, "u", status=200)
            fetches.store_fetch(session, read, [version(k) for k in keys], 1800)
        for hours in (0, 8):
            broken = FetchRecord(
                "ill", NOW + timedelta(hours=hours), NOW + timedelta(hours=hours), FetchOutcome.BROKEN, FetchReason.DNS, "u"
            )
            fetches.store_fetch(session, broken, [], 1800)
    with reading(engine) as session:
        rows = source_health.health(session, NOW + timedelta(hours=8))
    assert [(h.source.id, h.state.state if h.state else None) for h in rows] == [
        ("ill", SourceHealth.BLIND.value),
        ("s", SourceHealth.WELL.value),
    ]
    assert rows[0].recent == (FetchOutcome.BROKEN.value, FetchOutcome.BROKEN.value)
    assert (rows[1].items_today, rows[1].lag) == (2, timedelta(minutes=80))
    assert rows[1].items_usual > 0


def test_two_sources_that_give_the_same_articles_are_named(engine: Engine) -> None:
    with writing(engine) as session:
        sources.register_sources(session, [{**CONFIG, "id": i} for i in ("one", "twin", "other")], NOW)
        for source_id, start in (("one", 0), ("twin", 1), ("other", 100)):
            fetch = FetchRecord(source_id, NOW, NOW, FetchOutcome.NOTHING_NEW, FetchReason.OK, "u", status=200)
            fetches.store_fetch(session, fetch, [version(str(n)) for n in range(start, start + 12)], 1800)
    with reading(engine) as session:
        assert source_health.sources_with_same_items(session, NOW) == [("one", "twin", 0.92)]
