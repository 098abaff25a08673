"""Sources in the database: which are due, who has taken which, and what a changed watch list
does.
"""

import os
from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select

from db import sources
from db.engine import reading, writing
from db.enums import FetchOutcome, FetchReason
from db.fetches import FetchRecord, store_fetch
from db.models import SourceRow, SourceVersionRow

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONFIG = {"id": "s", "name": "Пример", "kind": "feed", "url": "https://example.org/feed", "tier": 2, "every": "30m"}


def register(engine: Engine, *configs: dict[str, object], at: datetime = NOW) -> None:
    with writing(engine) as session:
        sources.register_sources(session, list(configs), at)


def test_a_source_that_moved_is_due_at_once_and_forgets_its_validators(engine: Engine) -> None:
    register(engine, CONFIG)
    with writing(engine) as session:
        read = FetchRecord("s", NOW, NOW, FetchOutcome.NOTHING_NEW, FetchReason.OK, "https://example.org/feed", status=200, etag='"1"')
        store_fetch(session, read, [], 1800)
    later = NOW + timedelta(minutes=1)
    with reading(engine) as session:
        assert session.get_one(SourceRow, "s").etag == '"1"'
        assert sources.due_sources(session, later, ["feed"]) == []
    register(engine, {**CONFIG, "url": "https://example.org/new"}, at=later)
    with reading(engine) as session:
        row = session.get_one(SourceRow, "s")
        assert (row.etag, row.body_sha256, row.watch_state) == (None, None, None)
        assert [s.id for s in sources.due_sources(session, later, ["feed"])] == ["s"]


def test_a_changed_profile_is_a_new_version_and_a_vanished_source_is_no_longer_watched(engine: Engine) -> None:
    register(engine, CONFIG, {**CONFIG, "id": "t"})
    register(engine, {**CONFIG, "name": "Другое"})
    register(engine, {**CONFIG, "name": "Другое"})
    with reading(engine) as session:
        assert session.scalars(select(SourceVersionRow.source_id).order_by(SourceVersionRow.id)).all().count("s") == 2
        assert [s.id for s in sources.watched_sources(session)] == ["s"]
        assert not session.get_one(SourceRow, "t").listed


def test_what_one_process_has_taken_no_other_gets_until_the_lease_runs_out(engine: Engine) -> None:
    register(engine, CONFIG)
    with writing(engine) as session:
        assert [s.id for s in sources.claim_due(session, NOW, ["feed"], "other/1/a", 5)] == ["s"]
    for at, expected in ((NOW, []), (NOW + sources.LEASE, ["s"])):
        with writing(engine) as session:
            assert [s.id for s in sources.claim_due(session, at, ["feed"], "other/2/b", 5)] == expected


def test_leases_of_this_process_and_of_dead_ones_of_this_machine_are_given_back(engine: Engine) -> None:
    me = sources.this_process()
    host, pid, _ = me.rsplit("/", 2)
    owners = {"mine": me, "former": f"{host}/{pid}/another", "alive": f"{host}/{os.getppid()}/x", "elsewhere": "otherhost/1/x"}
    register(engine, *({**CONFIG, "id": i} for i in owners))
    with writing(engine) as session:
        for i, owner in owners.items():
            source = session.get_one(SourceRow, i)
            source.lease_owner, source.leased_until = owner, NOW + sources.LEASE
    with writing(engine) as session:
        assert sources.free_leases(session, me) == 2
    with reading(engine) as session:
        assert {s.id for s in session.scalars(select(SourceRow)) if s.lease_owner} == {"alive", "elsewhere"}
