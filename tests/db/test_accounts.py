"""Names in normal form, networks, limits of sign-in attempts, and what ends with the access of a
user.
"""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, func, select

from db import accounts
from db.engine import reading, writing
from db.enums import Role
from db.models import LoginAttemptRow

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Åse Holm", "åSE  HOLM"),
        ("Straße", "STRASSE"),
        ("Anna", " anna\t"),
        ("Ａｎｎａ", "anna"),
        ("Å", "A\u030a"),
        ("ﬁona", "FIONA"),
        ("İ", "i\u0307"),
    ],
)
def test_two_ways_to_write_one_name_have_one_key(one: str, other: str) -> None:
    assert accounts.account_key(one) == accounts.account_key(other)


def test_different_names_have_different_keys() -> None:
    assert len({accounts.account_key(n) for n in ("Anna", "Anne", "Аnna", "Anna Maria", "AnnaMaria")}) == 5


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("x" * 500, "x" * 64),
    ],
)
def test_limits_count_an_ipv6_line_as_one_client(address: str, network: str) -> None:
    assert accounts.client_network(address) == network


def fail(engine: Engine, name: str, address: str, times: int = 1) -> None:
    with writing(engine) as session:
        for _ in range(times):
            accounts.record_attempt(session, name, address, NOW)


@pytest.mark.parametrize(
    ("tries", "name", "address", "waits"),
    [
        ([("Straße", f"192.0.2.{n}") for n in range(10)], "STRASSE", "203.0.113.1", True),
        ([("Straße", f"192.0.2.{n}") for n in range(9)], "STRASSE", "203.0.113.1", False),
        ([(f"user{n}", f"2001:db8:1:2::{n}") for n in range(10)], "Anna", "2001:db8:1:2:ffff::1", True),
        ([(f"user{n}", f"2001:db8:1:{n}::1") for n in range(10)], "Anna", "2001:db8:1:a::1", False),
        ([(f"user{n}", "192.0.2.1") for n in range(10)], "Anna", "::ffff:192.0.2.1", True),
    ],
)
def test_an_account_or_a_network_with_ten_failed_attempts_must_wait(
    engine: Engine, tries: list[tuple[str, str]], name: str, address: str, waits: bool
) -> None:
    for account, client in tries:
        fail(engine, account, client)
    with reading(engine) as session:
        assert (accounts.must_wait(session, name, address, NOW) > 0) is waits
        assert accounts.must_wait(session, name, address, NOW + timedelta(minutes=16)) == 0


def test_attempts_are_stored_without_the_name_and_deleted_when_they_no_longer_count(engine: Engine) -> None:
    fail(engine, "my password by mistake", "192.0.2.1")
    with reading(engine) as session:
        row = session.scalars(select(LoginAttemptRow)).one()
    assert "password" not in row.account_hash
    with writing(engine) as session:
        newest = accounts.record_attempt(session, "Anna", "192.0.2.1", NOW + timedelta(minutes=16))
    with writing(engine) as session:
        assert list(session.scalars(select(LoginAttemptRow.id))) == [newest]
        accounts.forget_attempt(session, newest)
        assert session.scalar(select(func.count()).select_from(LoginAttemptRow)) == 0


def test_sessions_tokens_and_links_end_with_the_access(engine: Engine) -> None:
    with writing(engine) as session:
        user = accounts.add_user(session, "Anna", Role.REVIEWER, None, NOW)
        kept, ended = (accounts.open_session(session, user.id, "browser", NOW) for _ in range(2))
        token = accounts.make_token(session, user.id, "api", "feed", NOW)
        link = accounts.make_token(session, user.id, "password", "Anna", NOW)
        found = accounts.find_session(session, kept, NOW)
        assert found is not None
        accounts.end_access(session, user.id, NOW, keep=found[0].id)
    with reading(engine) as session:
        assert accounts.find_session(session, kept, NOW) is not None
        assert accounts.find_session(session, ended, NOW) is None
        assert accounts.user_of_token(session, token) is None
        assert accounts.find_link(session, link, NOW) is None
