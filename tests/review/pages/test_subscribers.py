"""Subscribers at the desk, with the subscriber administration of the mail room."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from alerts.mail.mail_config import MailConfig
from alerts.signed_links import LinkSigner
from app.runtime.subscriber_admin import DeskSubscriberAdmin
from db.engine import reading
from db.enums import Role
from db.models import SubscriberRow, SubscriptionRow
from review.context import DeskContext
from tests.review.factory import Filled, signed_in

FORM = {"address": "reader@coi.example", "reports": "rep-2024", "severity": "medium", "rhythm": "weekly", "hour": "7", "weekday": "4", "language": "da",
        "zone": "Europe/Copenhagen", "links": "archive", "vouched": "yes", "urgent": "yes"}  # fmt: skip


@pytest.fixture
def operator(filled: Filled, context: DeskContext) -> TestClient:
    filled.user("Olga", Role.OPERATOR)
    readers = DeskSubscriberAdmin(MailConfig(LinkSigner("https://desk.example", "s" * 32)))
    return signed_in(replace(context, readers=readers), "Olga")


def subscriptions(filled: Filled) -> list[SubscriptionRow]:
    with reading(filled.engine) as session:
        return list(session.scalars(select(SubscriptionRow).order_by(SubscriptionRow.id)))


def person(filled: Filled) -> SubscriberRow:
    with reading(filled.engine) as session:
        return session.scalars(select(SubscriberRow)).one()


def test_a_subscriber_is_added_with_what_the_form_says(filled: Filled, operator: TestClient) -> None:
    answer = operator.post("/subscribers", data=FORM)
    assert answer.headers["location"] == "/subscribers/1"
    [row] = subscriptions(filled)
    assert (row.language, row.zone, row.confirmed_at is not None) == ("da", "Europe/Copenhagen", True)
    assert {k: row.preferences[k] for k in ("reports", "severity", "rhythm", "hour", "weekday", "links")} == {
        "reports": ["rep-2024"], "severity": "medium", "rhythm": "weekly", "hour": 7, "weekday": 4, "links": "archive",
    }  # fmt: skip
    assert "reader@coi.example" in operator.get("/subscribers").text


def test_days_of_a_daily_digest_and_a_zone_by_its_city(filled: Filled, operator: TestClient) -> None:
    operator.post("/subscribers", data={**FORM, "rhythm": "daily", "days": ["4", "0"], "zone": "København"})
    [row] = subscriptions(filled)
    assert (row.preferences["days"], row.zone) == ([0, 4], "Europe/Copenhagen")
    page = operator.get("/subscribers/1").text
    assert "daily (Mon, Fri) at 07:00 Europe/Copenhagen" in page


@pytest.mark.parametrize("wrong", [{"address": "nobody"}, {"zone": "Europe/Atlantis"}, {"hour": "99"}, {"reports": "no-such-report"}])
def test_what_is_wrong_is_said_and_the_form_keeps_the_rest(filled: Filled, operator: TestClient, wrong: dict[str, str]) -> None:
    answer = operator.post("/subscribers", data={**FORM, **wrong})
    assert answer.status_code == 422
    assert "Not subscribed" in answer.text
    assert f'value="{wrong.get("address", "reader@coi.example")}"' in answer.text
    assert subscriptions(filled) == []


def test_without_a_word_for_the_address_its_owner_must_confirm_by_mail(filled: Filled, operator: TestClient) -> None:
    answer = operator.post("/subscribers", data={k: v for k, v in FORM.items() if k != "vouched"})
    assert answer.status_code == 422, "this desk has no mail server that could ask the owner"
    assert subscriptions(filled) == []


def test_a_pause_a_second_subscription_and_the_end(filled: Filled, operator: TestClient) -> None:
    operator.post("/subscribers", data=FORM)
    operator.post("/subscribers/1", data={"do": "pause", "weeks": "4"})
    assert (person(filled).paused_until or filled.now) > filled.now
    operator.post("/subscribers/1", data={"do": "resume"})
    assert person(filled).paused_until is None
    operator.post("/subscribers/1/subscriptions", data={**FORM, "rhythm": "daily"})
    assert [s.preferences["rhythm"] for s in subscriptions(filled)] == ["weekly", "daily"]
    operator.post("/subscribers/1/subscriptions/2", data={"do": "end"})
    assert [s.ended_at is None for s in subscriptions(filled)] == [True, False]
    operator.post("/subscribers/1", data={"do": "end", "forget": "yes"})
    assert (person(filled).address, person(filled).ended_at is not None) == (None, True)
    assert "address deleted" in operator.get("/subscribers").text


def test_a_desk_without_a_mail_room_only_shows(filled: Filled, context: DeskContext) -> None:
    filled.user("Olga", Role.OPERATOR)
    operator = signed_in(context, "Olga")
    assert operator.get("/subscribers").status_code == 200
    assert operator.post("/subscribers", data=FORM).status_code == 404


@pytest.mark.parametrize("path", ["/subscribers/9", "/subscribers/x"])
def test_a_subscriber_that_is_not_there_is_not_found(operator: TestClient, path: str) -> None:
    assert operator.get(path).status_code == 404
