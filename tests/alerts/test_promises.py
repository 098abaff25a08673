"""Whatever happens, in whatever order: nothing that stands is left untold, nothing is told twice,
what no longer holds is taken back.
"""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from alerts.digest import correction_kind
from alerts.digest_entry import differences, entry_of
from alerts.digest_runs import run_due
from alerts.urgent import run_urgent
from db.digests import flags_at
from db.engine import connect, reading, writing
from db.enums import FlagState
from db.migrate import upgrade
from db.models import FlagRow, NotificationRow, StoryRow
from tests.alerts_factory import MAIL_CONFIG, NOW, Tale, add_flag, decide, lay_out, reopen, subscribe, witness

STAGES = ("proposed", "adopted", "signed")
happening = st.tuples(
    st.sampled_from(("tell", "witness", "confirm", "dismiss", "reopen", "later")),
    st.integers(0, 3),
    st.sampled_from(STAGES),
    st.integers(1, 23),
)
days = st.lists(st.lists(happening, max_size=4), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database with one reader who has two subscriptions, to copy from."""
    path = tmp_path_factory.mktemp("promises") / "empty.db"
    engine = connect(f"sqlite:///{path}")
    upgrade(engine)
    with writing(engine) as session:
        lay_out(session)
        subscribe(session)
        subscribe(session, rhythm="weekly", weekday=3, hour=15, severity="medium")
    run_due(engine, NOW, MAIL_CONFIG)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return path


def happen(session: Session, day: int, what: tuple[str, int, str, int], order: int) -> None:
    verb, number, stage, hour = what
    at = NOW + timedelta(days=day, hours=hour, seconds=order)
    flags = list(session.scalars(select(FlagRow).order_by(FlagRow.id)))
    if verb == "tell" or not flags:
        add_flag(session, Tale(claim=("C-1", "C-2", "D-1")[number % 3], stage=stage, sources=(("gazette", "paper")[number % 2],), at=at))
        return
    flag = flags[number % len(flags)]
    if verb == "witness":
        claim = flag.claim_id or "C-1"
        witness(
            session,
            session.get_one(StoryRow, flag.story_id),
            ("channel", "gazette")[number % 2],
            Tale(claim=claim, stage=stage, score=0.9 + number / 50),
            at,
        )
    elif verb == "reopen":
        reopen(session, flag, at)
    else:
        choice, state = {
            "confirm": ("new_practice", "confirmed"),
            "dismiss": ("not_about_this_claim", "dismissed"),
            "later": ("later", "later"),
        }[verb]
        decide(session, flag, choice, state, at)


def check(engine: Engine, end: int) -> None:
    with reading(engine) as session:
        notified: dict[int, list[NotificationRow]] = {}
        for row in session.scalars(select(NotificationRow).order_by(NotificationRow.id)):
            notified.setdefault(row.flag_id, []).append(row)
        active = flags_at(session, list(session.scalars(select(FlagRow.id))), NOW + timedelta(days=end))
        for entry in (entry_of(f) for f in active):
            rows = notified.get(entry.flag_id, [])
            if entry.state in (FlagState.OPEN, FlagState.CONFIRMED):
                assert rows, f"flag {entry.flag_id} was never told"
                assert not differences(rows[-1].facts, entry), f"flag {entry.flag_id} changed and that was not told"
            elif rows:
                assert not correction_kind(entry, rows[-1].facts), f"flag {entry.flag_id} no longer holds and that was not told"
        for rows in notified.values():
            for before, after in zip(rows[:-1], rows[1:], strict=True):
                assert {k: before.facts[k] for k in before.facts if k != "what"} != {
                    k: after.facts[k] for k in after.facts if k != "what"
                }, "told twice"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(days)
def test_nothing_is_lost_and_nothing_is_told_twice(
    empty: Path, tmp_path_factory: pytest.TempPathFactory, course: list[list[tuple[str, int, str, int]]]
) -> None:
    path = tmp_path_factory.mktemp("course") / "course.db"
    shutil.copy(empty, path)
    engine = connect(f"sqlite:///{path}")
    try:
        for day, happenings in enumerate(course):
            for order, what in enumerate(sorted(happenings, key=lambda h: h[3])):
                with writing(engine) as session:
                    happen(session, day, what, order)
                run_urgent(engine, NOW + timedelta(days=day, hours=what[3], minutes=30), MAIL_CONFIG)
            run_due(engine, NOW + timedelta(days=day + 1), MAIL_CONFIG)
            run_due(engine, NOW + timedelta(days=day + 1, minutes=5), MAIL_CONFIG)
        check(engine, len(course))
    finally:
        engine.dispose()
