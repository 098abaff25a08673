"""The desk on PostgreSQL: every page opens, people decide, the chain holds with several deciding at
once, search finds words.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from db import decision_log, decisions, review_queue
from db.claim_status import claim_states
from db.engine import reading, writing
from db.enums import Choice, Role
from review.context import DeskContext
from tests.review.desk_routes import concrete, walk
from tests.review.factory import Filled, laid_out, signed_in


@pytest.fixture
def engine(postgres_engine: Engine) -> Engine:
    return postgres_engine


@pytest.fixture
def filled(engine: Engine) -> Filled:
    return laid_out(engine)


def test_people_decide_undo_and_find(filled: Filled) -> None:
    office = DeskContext(filled.engine, now=lambda: filled.now)
    filled.user("Chief", Role.ADMIN)
    chief = signed_in(office, "Chief")
    flag = filled.flag(title="Россиянам разослали повестки", text="Через реестр повесток, 30 тысяч рублей.")
    chief.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "new_or_amended_law", "statement": "New."})
    for method, path, _ in walk(office):
        if method == "GET":
            assert chief.get(concrete(path)).status_code in (200, 303, 404), path
    assert "1 text, newest first" in chief.get("/search?q=повестка+реестр").text
    assert chief.get("/search", params={"q": "()&|!:* ' №"}).status_code == 200
    assert "superseded" in chief.get("/claims/REP-001").text
    chief.post("/decisions/1/undo")
    assert filled.get_flag(flag).state == "open"
    with reading(filled.engine) as session:
        chain = decision_log.verify(session)
    assert (chain.length, chain.broken) == (2, None)


def test_claims_stand_as_on_sqlite(filled: Filled) -> None:
    user = filled.user("Anna")
    touching = filled.flag(story="a", named=[("REP-001", 0.9), ("REP-002", 0.7), ("REP-004", 0.5)])
    against = filled.flag(story="b", named=[("REP-003", 0.9)])
    with writing(filled.engine) as session:
        decisions.decide(session, decisions.DecisionRequest(against, user, Choice.CONTRADICTS, 1, also=("REP-004",)), filled.tick())
    preferences = {
        "REP-001": ("watch", (touching,), ()),
        "REP-002": ("watch", (), (touching,)),
        "REP-003": ("contradicted", (against,), ()),
        "REP-004": ("contradicted", (against,), ()),
    }
    with reading(filled.engine) as session:
        for at in (None, filled.tick(days=1)):
            found = claim_states(session, "rep-2024", at)
            assert {s.claim.id: (s.status.value, s.evidence, s.touched) for s in found} == preferences
        for claim, stands in preferences.items():
            (one,) = claim_states(session, "rep-2024", claim_id=claim)
            assert (one.status.value, one.evidence, one.touched) == stands
        assert [f.id for f, _ in review_queue.flags_naming(session, "REP-004")] == [against, touching]


def test_many_deciding_at_once_make_one_chain(filled: Filled) -> None:
    flags = [filled.flag(story=f"s{n}") for n in range(24)]
    users = [filled.user(f"u{n}") for n in range(6)]

    def decide(n: int) -> None:
        with writing(filled.engine) as session:
            decisions.decide(session, decisions.DecisionRequest(flags[n], users[n % 6], Choice.STILL_VALID, 1), filled.now)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(decide, range(24)))
    with reading(filled.engine) as session:
        chain = decision_log.verify(session)
    assert (chain.length, chain.broken) == (24, None)


def test_two_deciding_on_one_flag_leave_one_decision(filled: Filled) -> None:
    flag, users = filled.flag(), [filled.user(f"u{n}") for n in range(6)]

    def decide(user: int) -> bool:
        try:
            with writing(filled.engine) as session:
                decisions.decide(session, decisions.DecisionRequest(flag, user, Choice.STILL_VALID, 1), filled.now)
        except decisions.Conflict:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(decide, users)) == [False] * 5 + [True]
