"""Looking after subscribers in the desk: add, change, pause, end; the rules are those of
`alerts.subscriptions`.
"""

import re
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from alerts.mail.mail_config import MailConfig as PostOffice
from alerts.mail.mime import MailHead
from alerts.signed_links import LinkSigner
from app.runtime.subscriber_admin import DeskSubscriberAdmin
from db import subscribers
from db.engine import reading, writing
from db.enums import Role
from db.models import OutboxRow, SubscriberRow, SubscriptionRow
from review.context import DeskContext
from tests.review.factory import Filled, message, signed_in

FORM: dict[str, Any] = {
    "address": "reader@coi.example", "vouched": "yes", "rhythm": "weekly", "hour": "17", "weekday": "4", "zone": "Europe/Copenhagen", "language": "da",
    "severity": "medium", "links": "archive", "urgent": "yes", "reports": ["rep-2024"], "topics": ["exit_ban"],
}  # fmt: skip


@pytest.fixture
def filled(engine: Engine) -> Filled:
    result = Filled(engine)
    result.claims()
    return result


@pytest.fixture
def office(filled: Filled) -> DeskContext:
    return DeskContext(
        filled.engine,
        now=lambda: filled.now,
        readers=DeskSubscriberAdmin(PostOffice(LinkSigner("https://desk.example", "s" * 32), MailHead("desk@coi.example"))),
    )


@pytest.fixture
def olga(office: DeskContext, filled: Filled) -> TestClient:
    """An operator."""
    filled.user("Olga", Role.OPERATOR)
    return signed_in(office, "Olga")


def people(filled: Filled) -> list[tuple[SubscriberRow, list[SubscriptionRow]]]:
    with reading(filled.engine) as session:
        found = subscribers.subscribers(session)
        theirs = subscribers.all_subscriptions(session, [p.id for p in found])
        return [(p, theirs[p.id]) for p in found]


def test_an_operator_adds_a_subscriber_and_changes_the_settings(filled: Filled, olga: TestClient) -> None:
    answer = olga.post("/subscribers", data=FORM)
    ((person, (row,)),) = people(filled)
    assert answer.headers["location"] == f"/subscribers/{person.id}"
    assert message(answer) == "Subscribed."
    assert (person.address, person.confirmed_at, row.language, row.zone) == ("reader@coi.example", filled.now, "da", "Europe/Copenhagen")
    assert row.preferences == {
        "reports": ["rep-2024"], "topics": ["exit_ban"], "severity": "medium", "rhythm": "weekly", "hour": 17, "weekday": 4, "days": [0, 1, 2, 3, 4, 5, 6], "unreviewed": False, "urgent": True,
        "urgent_a_day": 3, "links": "archive", "translations": False,
    }  # fmt: skip
    page = olga.get(f"/subscribers/{person.id}").text
    assert "Friday at 17:00 Europe/Copenhagen, da · DRC, 2024 · exit ban · medium and above" in page
    assert re.search(r'name="topics" value="exit_ban" checked', page)
    changed = {**FORM, "hour": "8", "rhythm": "daily", "reports": [], "unreviewed": "yes", "do": "change"}
    olga.post(f"/subscribers/{person.id}/subscriptions/{row.id}", data=changed)
    ((_, (row,)),) = people(filled)
    assert (row.preferences["hour"], row.preferences["rhythm"], row.preferences["reports"], row.preferences["unreviewed"]) == (
        8,
        "daily",
        [],
        True,
    )
    assert "daily at 08:00 Europe/Copenhagen" in olga.get("/subscribers").text


def test_an_address_without_a_voucher_must_confirm_first(filled: Filled, olga: TestClient) -> None:
    olga.post("/subscribers", data={**FORM, "vouched": ""})
    ((person, (row,)),) = people(filled)
    assert (person.confirmed_at, row.confirmed_at) == (None, None)
    with reading(filled.engine) as session:
        assert session.query(OutboxRow).one().kind == "confirm"
    assert "not confirmed yet" in olga.get("/subscribers").text


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"address": "nobody"}, "nobody"),
        ({"zone": "Europe/Atlantis"}, "there is no time zone"),
        ({"language": "xx"}, "language"),
        ({"hour": "25"}, "hour"),
        ({"rhythm": "hourly"}, "rhythm"),
        ({"reports": ["rep-1999"]}, "no report or topic rep-1999"),
        ({"topics": ["weather"]}, "no report or topic weather"),
    ],
)
def test_what_cannot_be_is_refused_in_words_and_the_form_keeps_what_was_typed(
    filled: Filled, olga: TestClient, wrong: dict[str, Any], says: str
) -> None:
    answer = olga.post("/subscribers", data={**FORM, **wrong})
    assert answer.status_code == 422
    assert says in answer.text.partition("Not subscribed:")[2][:300]
    assert 'value="weekly" selected' in answer.text or "rhythm" in wrong
    assert people(filled) == []


def test_a_person_may_have_several_and_each_ends_alone(filled: Filled, olga: TestClient) -> None:
    olga.post("/subscribers", data=FORM)
    olga.post("/subscribers/1/subscriptions", data={**FORM, "rhythm": "immediate"})
    again = olga.post("/subscribers/1/subscriptions", data={**FORM, "rhythm": "immediate"})
    assert (again.status_code, "subscribed to just this already" in again.text) == (422, True)
    ((person, (one, two)),) = people(filled)
    olga.post(f"/subscribers/{person.id}/subscriptions/{one.id}", data={"do": "end"})
    ((person, (one, two)),) = people(filled)
    assert (one.ended_reason, two.ended_at, person.ended_at) == ("ended_by_operator", None, None)
    assert olga.post(f"/subscribers/{person.id}/subscriptions/{one.id}", data={"do": "change", **FORM}).status_code == 404
    assert olga.post(f"/subscribers/9/subscriptions/{two.id}", data={"do": "end"}).status_code == 404


def test_pausing_writing_again_and_ending_all(filled: Filled, olga: TestClient) -> None:
    olga.post("/subscribers", data=FORM)
    olga.post("/subscribers/1", data={"do": "pause", "weeks": "4"})
    assert "paused until 30 March 2026" in olga.get("/subscribers/1").text
    olga.post("/subscribers/1", data={"do": "resume"})
    assert people(filled)[0][0].paused_until is None
    with writing(filled.engine) as session:
        session.get_one(SubscriberRow, 1).suspended_at = filled.now
    assert "mail bounces" in olga.get("/subscribers").text
    olga.post("/subscribers/1", data={"do": "resume"})
    assert people(filled)[0][0].suspended_at is None
    olga.post("/subscribers/1", data={"do": "end", "forget": "yes"})
    ((person, (row,)),) = people(filled)
    assert (person.address, person.ended_reason, row.ended_at) == (None, "ended_by_operator", filled.now)
    page = olga.get("/subscribers/1").text
    assert "ended 2 March 2026" in page
    assert 'value="pause"' not in page


def test_reviewers_see_no_addresses(office: DeskContext, filled: Filled, olga: TestClient) -> None:
    olga.post("/subscribers", data=FORM)
    filled.user("Rita", Role.REVIEWER)
    rita = signed_in(office, "Rita")
    for path in ("/subscribers", "/subscribers/1"):
        assert rita.get(path).status_code == 403
    assert rita.post("/subscribers/1", data={"do": "end"}).status_code == 403
    assert people(filled)[0][0].ended_at is None


def test_a_desk_without_subscriber_admin_only_lists(office: DeskContext, filled: Filled, olga: TestClient) -> None:
    silent = signed_in(replace(office, readers=None), "Olga")
    assert "Add a subscriber" not in silent.get("/subscribers").text
    assert silent.post("/subscribers", data=FORM).status_code == 404
