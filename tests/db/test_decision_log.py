"""The log of decisions: append-only, and a forged one is found out."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from db import decision_log, decisions
from db.engine import reading, writing
from db.enums import Choice
from tests.review.factory import Filled, decide


def test_decisions_cannot_be_changed_or_removed(filled: Filled, anna_id: int) -> None:
    decide(filled, filled.flag(), Choice.STILL_VALID, anna_id)
    for sql in ("UPDATE decision SET note = 'x'", "DELETE FROM decision", "UPDATE flag_event SET note = 'x'"):
        if "flag_event" in sql:
            with writing(filled.engine) as session:
                decisions.note(session, 1, anna_id, "a note", filled.now)
        with pytest.raises(DatabaseError, match="append-only"), filled.engine.begin() as connection:
            connection.execute(text(sql))


@pytest.mark.parametrize(
    ("sql", "where"),
    [
        ("UPDATE decision SET note = 'forged' WHERE id = 2", "contents"),
        ("UPDATE decision SET user_id = user_id + 0, made_at = '2020-01-01 00:00:00.000000' WHERE id = 2", "contents"),
        ("DELETE FROM decision WHERE id = 2", "removed"),
    ],
)
def test_a_forged_log_is_found_out(filled: Filled, anna_id: int, sql: str, where: str) -> None:
    for n in range(4):
        decide(filled, filled.flag(story=f"s{n}"), Choice.STILL_VALID, anna_id, note=f"note {n}")
    with filled.engine.begin() as connection:
        connection.execute(text("DROP TRIGGER decision_no_update"))
        connection.execute(text("DROP TRIGGER decision_no_delete"))
        connection.execute(text(sql))
    with reading(filled.engine) as session:
        chain = decision_log.verify(session)
    assert chain.broken is not None
    assert where in chain.broken.why
    assert chain.length == 1
