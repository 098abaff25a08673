"""`ajour subscribers …`: who gets what, and when nothing is sent."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from db.engine import reading, writing
from db.models import OutboxRow, SubscriberRow
from tests.alerts_factory import NOW
from tests.cli_runner import Ran

Run = Callable[..., Ran]
pytestmark = pytest.mark.usefixtures("mailing")


def test_pause_resume_link_remove(ajour: Run) -> None:
    ajour("subscribers", "add", "reader@example.org")
    assert "paused until" in ajour("subscribers", "pause", "reader@example.org").out
    assert "paused until" in ajour("subscribers", "list").out
    ajour("subscribers", "resume", "1")
    assert "active" in ajour("subscribers", "list").out
    assert re.match(r"https://ajour\.example\.org/s/p/1\.0\.[a-z2-7]{24}\n", ajour("subscribers", "link", "1").out)
    ajour("subscribers", "remove", "1", "--forget")
    assert ajour("subscribers", "list", "--json").json[0]["address"] is None
    assert "(forgotten)" in ajour("subscribers", "list").out


def test_the_preferences_are_stored_as_given(ajour: Run) -> None:
    ajour(
        "subscribers", "add", "reader@example.org", "--topic", "exit_ban", "--severity", "high", "--rhythm", "weekly", "--weekday", "4", "--hour", "17",
        "--links", "archive", "--confirmed-only", "--no-urgent", "--zone", "Europe/Copenhagen", "--language", "da",
    )  # fmt: skip
    ((row,),) = (person["subscriptions"] for person in ajour("subscribers", "list", "--json").json)
    assert (row["language"], row["zone"]) == ("da", "Europe/Copenhagen")
    wanted = {
        "topics": ["exit_ban"],
        "severity": "high",
        "rhythm": "weekly",
        "weekday": 4,
        "hour": 17,
        "links": "archive",
        "unreviewed": False,
        "urgent": False,
    }
    assert {name: row["preferences"][name] for name in wanted} == wanted


def test_with_ask_nothing_is_sent_before_they_confirm(mailing: Engine, ajour: Run) -> None:
    assert "asked to confirm" in ajour("subscribers", "add", "reader@example.org", "--ask").out
    with reading(mailing) as session:
        assert session.query(OutboxRow).one().kind == "confirm"
    assert "not confirmed yet" in ajour("subscribers", "list").out


def test_an_ended_and_a_suspended_subscription_say_so(mailing: Engine, ajour: Run) -> None:
    ajour("subscribers", "add", "reader@example.org")
    with writing(mailing) as session:
        reader = session.get_one(SubscriberRow, 1)
        reader.suspended_at, reader.suspended_reason = NOW - timedelta(days=1), "bounced"
    assert "suspended (bounced)" in ajour("subscribers", "list").out
    ajour("subscribers", "remove", "1", "--subscription", "1")
    assert re.search(r"ended \d{4}-\d\d-\d\d \(ended_by_operator\)", ajour("subscribers", "list").out)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", "no address"), "no address"),
        (("add", "a@example.org", "--zone", "Mars/Olympus"), "Mars/Olympus"),
        (("add", "a@example.org", "--language", "tlh"), "tlh"),
        (("add", "a@example.org", "--topic", "weather"), "no claim has the topic weather; there are: "),
        (("add", "a@example.org", "--severity", "grave"), "severity"),
        (("pause", "nobody@example.org"), "there is no subscriber 'nobody@example.org'"),
    ],
)
def test_wrong_input_is_refused(ajour: Run, arguments: tuple[str, ...], says: str) -> None:
    ran = ajour("subscribers", *arguments)
    assert ran.code == 2
    assert says in ran.err
