"""The schema in which a person can have several subscriptions, made from one in which they had one."""

import json
from pathlib import Path

from sqlalchemy import text

from db import subscribers
from db.engine import connect, reading
from db.migrate import upgrade
from db.models import Digest, Subscriber


def test_who_had_one_subscription_keeps_it_with_its_digests_and_what_was_told(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / 'ajour.db'}")
    upgrade(engine, to="0007")
    at, wanted = "2026-11-01 05:00:00.000000", json.dumps({"rhythm": "weekly", "reports": ["drc-2024"]})
    with engine.begin() as connection:
        connection.execute(text("PRAGMA foreign_keys=OFF"))
        for number, ended in ((3, None), (7, at)):
            connection.execute(
                text("INSERT INTO subscriber (id, address, language, zone, wanted, generation, created_at, confirmed_at, ended_at) VALUES (:n, :a, 'da', 'UTC', :w, 2, :t, :t, :e)"),
                {"n": number, "a": f"reader{number}@example.org", "w": wanted, "t": at, "e": ended},
            )  # fmt: skip
        connection.execute(
            text("INSERT INTO digest (id, subscriber_id, rhythm, period_start, period_end, mailed, entries) VALUES (1, 3, 'weekly', :t, :t, 1, '[]')"),
            {"t": at},
        )  # fmt: skip
    upgrade(engine)
    with reading(engine) as session:
        assert [s.generation for s in subscribers.subscribers(session)] == [2, 2]
        assert [s.id for s in subscribers.subscriptions(session, [3, 7])[3]] == [3]
        (kept,) = subscribers.all_subscriptions(session, [3])[3]
        assert (kept.language, kept.zone, kept.wanted["reports"], kept.ended_at) == ("da", "UTC", ["drc-2024"], None)
        assert subscribers.all_subscriptions(session, [7])[7][0].ended_at == session.get_one(Subscriber, 7).ended_at
        assert session.get_one(Digest, 1).subscription_id == 3
    engine.dispose()
