"""Whatever happens, in whatever order: nothing that is in force is left unsent, nothing is sent
twice, what no longer holds is taken back.
"""

import shutil
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from alerts.digest_runs import run_due
from alerts.urgent import run_urgent
from db.engine import connect, reading, writing
from db.models import AssessmentRow, FlagRow, ItemRow, ItemVersionRow, NotificationRow, StoryRow
from tests import databases
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
    engine = databases.sqlite(path)
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
            # No two are equal
            Tale(claim=claim, stage=stage, score=0.9 + number / 50 + (day * 24 + hour + order / 10) / 10_000),
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


# (what the reader was sent last, what holds now) → the reader believes something false
BELIEVES_WRONGLY = {("confirmed", "dismissed"), ("confirmed", "later"), ("open", "dismissed")}


def strongest(session: Session, flag: FlagRow) -> AssessmentRow:
    """The assessment with the highest score among the items of the flag's story."""
    query = select(AssessmentRow).join(ItemVersionRow, ItemVersionRow.id == AssessmentRow.item_version_id)
    query = query.join(ItemRow, ItemRow.id == ItemVersionRow.item_id).where(ItemRow.story_id == flag.story_id)
    return max(session.scalars(query), key=lambda a: a.score)


def check(engine: Engine) -> None:
    """Compare the rows of what was sent with the rows of what holds."""
    with reading(engine) as session:
        notified: dict[int, list[dict[str, Any]]] = {}
        for row in session.scalars(select(NotificationRow).order_by(NotificationRow.id)):
            notified.setdefault(row.flag_id, []).append(row.facts)
        for flag in session.scalars(select(FlagRow)):
            facts = notified.get(flag.id, [])
            if flag.state in ("open", "confirmed"):
                assert facts, f"flag {flag.id} was never told"
                assert facts[-1]["state"] == flag.state, f"the state of flag {flag.id} was not told"
                assert facts[-1]["stage"] == strongest(session, flag).stage, f"the stage of flag {flag.id} was not told"
            elif facts:
                assert (facts[-1]["state"], flag.state) not in BELIEVES_WRONGLY, f"flag {flag.id} no longer holds and that was not told"
            if flag.state == "confirmed":
                assert facts[-1]["claim"] == flag.claim_id
        for told in notified.values():
            for before, after in pairwise(told):
                assert {**before, "headline": ""} != {**after, "headline": ""}, "told twice"


@pytest.mark.slow
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(days)
def test_nothing_is_lost_and_nothing_is_sent_twice(
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
        check(engine)
    finally:
        engine.dispose()
