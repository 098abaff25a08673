"""Counts a day, the median lag, and how a source's day went."""

from datetime import timedelta

import pytest

from db import statistics
from db.engine import reading, writing
from db.enums import Choice
from db.models import FetchRow, ItemRow, SourceRow, SourceStateRow
from tests.review.factory import START, Filled, decide

DAY = timedelta(days=1)


def history(filled: Filled) -> statistics.History:
    with reading(filled.engine) as session:
        return statistics.history(session, START, START + 2 * DAY)


def test_flags_and_decisions_are_counted_on_their_day(filled: Filled) -> None:
    anna = filled.user("Anna")
    flags = [filled.flag(story=f"s{n}", severity="high" if n else "low") for n in range(4)]
    filled.tick(days=1)
    for flag, choice in zip(flags, (Choice.NEW_PRACTICE, Choice.STILL_VALID, Choice.NOT_SURE), strict=False):
        decide(filled, flag, choice, anna)
    found = history(filled)
    first, second = START.date(), (START + DAY).date()
    assert found.items == {first: 4}
    assert found.flags == {(first, "low"): 1, (first, "high"): 3}
    assert (found.confirmed, found.dismissed, found.others) == ({second: 1}, {second: 1}, {second: 1})
    assert found.open_flags == 2


def test_what_is_outside_the_span_does_not_count(filled: Filled) -> None:
    filled.tick(days=-1)
    filled.item("meduza", "Раньше")
    filled.tick(days=5)
    filled.item("meduza", "Позже")
    assert history(filled).items == {}


def test_the_lag_is_the_median_without_archives_and_impossible_dates(filled: Filled) -> None:
    with writing(filled.engine) as session:
        for number, hours in enumerate((1, 2, 9, 24 * 30, -5)):
            published = START - timedelta(hours=hours)
            session.add(
                ItemRow(source_id="meduza", key=str(number), url=f"https://x.example/{number}", published_at=published, first_seen_at=START)
            )
        session.add(ItemRow(source_id="meduza", key="undated", url="https://x.example/u", published_at=None, first_seen_at=START))
    found = history(filled)
    assert found.lag == {START.date(): 7200.0}
    assert found.items == {START.date(): 6}


@pytest.mark.parametrize(
    ("outcomes", "day"),
    [
        (["blocked_or_broken", "new_items", "new_items"], "new_items"),
        (["blocked_or_broken", "suspiciously_empty", "new_items"], "suspiciously_empty"),
        (["blocked_or_broken", "blocked_or_broken", "new_items"], "blocked_or_broken"),
        (["nothing_new", "nothing_new", "new_items"], "nothing_new"),
    ],
)
def test_a_day_is_as_bad_as_more_than_half_of_its_fetches(filled: Filled, outcomes: list[str], day: str) -> None:
    with writing(filled.engine) as session:
        for outcome in outcomes:
            session.add(
                FetchRow(source_id="meduza", started_at=START, ended_at=START, outcome=outcome, reason="ok", url="https://x.example/")
            )
        session.get_one(SourceRow, "verstka").last_outcome = "blocked_or_broken"  # failed once
        session.add(SourceStateRow(source_id="tass", state="blind", reason="blocked", since=START))
    sources = {s.name: s for s in history(filled).sources}
    assert sources["Meduza"].days == {START.date(): day}
    assert {name for name, s in sources.items() if s.blind} == {"Tass"}, "blind means the same as in the list of sources"
    assert sources["Tass"].days == {}
