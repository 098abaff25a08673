"""How commands find a subscriber and one of their subscriptions."""

import pytest
from sqlalchemy import Engine

from app.cli.subscriber_args import find_reader, find_subscription, send_again
from app.runtime.settings import WrongSettings
from db.engine import reading, writing
from db.models import OutboxRow
from tests.alerts_factory import subscribe


@pytest.fixture
def two(mailing: Engine) -> Engine:
    """One subscriber with two subscriptions, one with a single one."""
    with writing(mailing) as session:
        subscribe(session, "several@example.org", severity="low")
        subscribe(session, "several@example.org", severity="high")
        subscribe(session, "one@example.org")
    return mailing


@pytest.mark.parametrize(("who", "number"), [("2", 2), ("one@example.org", 2), ("Several@Example.org", 1)])
def test_a_subscriber_is_found_by_number_or_address(two: Engine, who: str, number: int) -> None:
    with reading(two) as session:
        assert find_reader(session, who).id == number


@pytest.mark.parametrize("who", ["99", "nobody@example.org", ""])
def test_an_unknown_subscriber_is_refused(two: Engine, who: str) -> None:
    with reading(two) as session, pytest.raises(WrongSettings, match="there is no subscriber"):
        find_reader(session, who)


def test_the_only_subscription_needs_no_number(two: Engine) -> None:
    with reading(two) as session:
        assert find_subscription(session, find_reader(session, "2"), None).subscriber_id == 2
        assert find_subscription(session, find_reader(session, "1"), 2).preferences["severity"] == "high"


@pytest.mark.parametrize("number", [None, 3])
def test_one_of_several_must_be_named(two: Engine, number: int | None) -> None:
    with reading(two) as session, pytest.raises(WrongSettings, match="reader 1 has the subscriptions 1, 2; name one with --subscription"):
        find_subscription(session, find_reader(session, "1"), number)


def test_a_message_that_is_gone_cannot_be_sent_again() -> None:
    with pytest.raises(WrongSettings, match="there is no message 7"):
        send_again(None, "there is no message 7")
    with pytest.raises(WrongSettings):
        send_again(OutboxRow(id=7, message=None, state="sent"), "")
