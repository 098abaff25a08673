"""`ajour report`: a page that says what is in the database, and nothing that can do harm."""

import random
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.tools.report import plots, render
from db.engine import reading, writing
from db.models import AssessmentRow, FetchRow, FlagRow, ItemRow, ItemVersionRow, ReportRow, SourceRow, SourceStateRow, StoryRow
from tests import databases

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.fixture
def month(tmp_path: Path) -> Engine:
    """A month of a small desk."""
    return fill_month(tmp_path / "month.db")


def fill_month(path: Path) -> Engine:
    engine = databases.sqlite(path)
    chance = random.Random(7)
    names = ["Meduza", "<script>alert(1)</script>", "Верстка", "Kremlin: documents", "OVD-Info", "Tass"]
    with writing(engine) as session:
        session.add(ReportRow(id="r", title="t", publisher="p", published="2026-01-01", research_closed="2026-01-01", language="en"))
        for n, name in enumerate(names):
            session.add(
                SourceRow(
                    id=f"s{n}",
                    name=name,
                    kind="feed",
                    url="u",
                    tier=1,
                    config={},
                    last_outcome="blocked_or_broken" if n == 5 else "new_items",
                )
            )
        session.flush()
        session.add(SourceStateRow(source_id="s5", state="blind", reason="blocked", since=NOW - timedelta(days=3)))
        for day in range(30):
            at = NOW - timedelta(days=day, hours=2)
            for n in range(len(names)):
                outcome = "blocked_or_broken" if n == 5 and day < 4 else chance.choice(["new_items", "nothing_new", "nothing_new"])
                fetch = FetchRow(source_id=f"s{n}", started_at=at, ended_at=at, outcome=outcome, reason="ok", url="u")
                session.add(fetch)
                session.flush()
                for k in range(chance.randrange(9)):
                    item = ItemRow(
                        source_id=f"s{n}",
                        key=f"{day}-{k}",
                        url="u",
                        published_at=at - timedelta(minutes=chance.randrange(300)),
                        first_seen_at=at,
                    )
                    session.add(item)
                    session.flush()
                    if k == 1:
                        _flag(session, item, fetch, at, chance.choice(["high", "medium", "low"]))
    return engine


def _flag(session: object, item: ItemRow, fetch: FetchRow, at: datetime, severity: str) -> None:
    add = session.add_all  # type: ignore[attr-defined]
    story = StoryRow(key=f"k{item.id}", title="t", first_at=at, last_at=at)
    version = ItemVersionRow(item_id=item.id, number=1, title="t", text="t", notes=[], content_hash="h", fetch_id=fetch.id, seen_at=at)
    add([story, version])
    session.flush()  # type: ignore[attr-defined]
    row = AssessmentRow(
        item_version_id=version.id, report_id="r", comparer="c", score=0.9, flagged=True, severity=severity, relation="updates", claims=[], changes=[],
        reasons=[], made_at=at,
    )  # fmt: skip
    add([row])
    session.flush()  # type: ignore[attr-defined]
    add([FlagRow(
        story_id=story.id, report_id="r", assessment_id=row.id, score=0.9, severity=severity, relation="updates", state="open", raised_at=at, changed_at=at
    )])  # fmt: skip


def page_of(engine: Engine, days: int = 30) -> str:
    with reading(engine) as session:
        return render(session, days, NOW)


@pytest.mark.slow
def test_the_page_shows_what_is_stored(month: Engine) -> None:
    page = page_of(month)
    with writing(month) as session:
        items, flags = session.query(ItemRow).count(), session.query(FlagRow).count()
    assert f"<b>{items:,}</b><span>items</span>".replace(",", " ") in page
    assert f"<b>{flags}</b><span>flags</span>" in page
    assert "<b>1</b><span>of them blind now</span>" in page
    assert page.count("blocked or broken</title>") == 4
    assert sum(int(n) for n in re.findall(r": (\d+) (?:high|medium|low)</title>", page)) == flags


@pytest.mark.slow
def test_the_page_needs_nothing_and_runs_nothing(month: Engine) -> None:
    page = page_of(month)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert not re.search(r"(src|href)=|url\(|@import|https?://", page)


@pytest.mark.parametrize("days", [1, 2, 400])
def test_an_empty_desk_and_odd_periods_have_a_page_too(tmp_path: Path, days: int) -> None:
    engine = databases.sqlite(tmp_path / "empty.db")
    page = page_of(engine, days)
    assert page.count('role="img"') == 4
    assert "nan" not in page


@pytest.mark.slow
def test_the_plots_stand_in_another_page_whose_policy_forbids_inline_style(month: Engine) -> None:
    with reading(month) as session:
        body = plots(session, 30, NOW)
        assert body in render(session, 30, NOW)
    assert not re.search(r"style|<html|<head|<script| on\w+=", body)
