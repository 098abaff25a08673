"""The page of a whole digest: all entries of a run, as they stood when it was made."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from alerts.digest import Digest
from alerts.digest_runs import run_due
from alerts.subscriptions import LinkHolder, link_holder
from alerts.whole_digest import period_end, whole_digests
from db.engine import reading, writing
from db.models import FlagRow, SubscriberRow, SubscriptionRow
from tests.alerts_factory import MAIL_CONFIG, NOW, Tale, add_flag, decide, lay_out, subscribe

END = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)  # six o'clock in Brussels


def shown(engine: Engine, number: int | None = 1, end: datetime = END) -> list[Digest]:
    """The pages behind the link of a subscription, or behind the one for all."""
    with reading(engine) as session:
        reader = session.scalars(select(SubscriberRow)).one()
        row = session.get_one(SubscriptionRow, number) if number else None
        holder = link_holder(session, MAIL_CONFIG.links.token(reader, row), MAIL_CONFIG)
        assert isinstance(holder, LinkHolder)
        return whole_digests(session, holder, end)


@pytest.fixture
def made(engine: Engine) -> None:
    """A daily and a weekly digest of seventy stories, due at the same hour."""
    with writing(engine) as session:
        lay_out(session)
        for number in range(70):
            add_flag(session, Tale(title=f"Новость {number}", claim="C-2", changes=[], severity="medium"), number)
        subscribe(session, urgent=False)
        subscribe(session, rhythm="weekly", weekday=1, severity="high", urgent=False, language="da")
    run_due(engine, NOW, MAIL_CONFIG)


@pytest.mark.slow
@pytest.mark.usefixtures("made")
def test_it_holds_what_did_not_fit_in_the_mail(engine: Engine) -> None:
    (digest,) = shown(engine)
    assert len(digest.waiting) == 70
    assert digest.left_out == ()
    assert (digest.start, digest.end) == (END - timedelta(days=1), END)
    assert digest.reports == ("COI report 1", "COI report 2")


@pytest.mark.slow
@pytest.mark.usefixtures("made")
def test_later_decisions_and_preferences_do_not_change_it(engine: Engine) -> None:
    with writing(engine) as session:
        decide(session, session.get_one(FlagRow, 1), "not_relevant", "dismissed", NOW + timedelta(hours=2))
        row = session.get_one(SubscriptionRow, 1)
        row.preferences = {**row.preferences, "topics": ["exit_ban"], "links": "none"}
    (digest,) = shown(engine)
    assert len(digest.waiting) == 70
    assert digest.links == "none"  # the reader's present choice of links holds for old pages too


@pytest.mark.slow
@pytest.mark.usefixtures("made")
def test_a_link_for_all_shows_all_of_the_readers_digests_in_their_languages(engine: Engine) -> None:
    assert [(d.language, len(d.waiting)) for d in shown(engine, None)] == [("en", 70), ("da", 0)]
    assert [d.language for d in shown(engine, 2)] == ["da"]
    assert shown(engine, 1, END - timedelta(days=1)) == []


@pytest.mark.parametrize(
    ("text", "days_later", "kept"),
    [
        ("20261124T050000Z", 0, True),
        ("20261124T050000Z", 89, True),
        ("20261124T050000Z", 91, False),
        ("20261125T050000Z", 0, False),
        ("2026-11-24T05:00:00Z", 0, False),
        ("x", 0, False),
        ("", 0, False),
    ],
)
def test_a_page_is_kept_for_ninety_days(text: str, days_later: int, kept: bool) -> None:
    assert (period_end(text, NOW + timedelta(days=days_later)) is not None) is kept
