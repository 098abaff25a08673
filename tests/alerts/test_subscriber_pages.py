"""The reader's own pages: opening changes nothing, posting acts, and only with a token of ours."""

import re
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from sqlalchemy import Engine, func, select
from starlette.testclient import TestClient

from alerts.digest_runs import run_due
from alerts.mail.mail_config import MailConfig
from alerts.mail.outbox import message_of, send_due
from alerts.subscriber_pages import create_app
from db.engine import reading, writing
from db.models import Base, FeedbackRow, OutboxRow, SubscriberRow, SubscriptionRow
from tests.alerts_factory import MAIL_CONFIG, NOW, Mailbox, Tale, add_flag, lay_out, path, subscribe

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
LINKS = MAIL_CONFIG.links


@pytest.fixture
def reader(engine: Engine) -> SubscriberRow:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        row = subscribe(session)
    run_due(engine, NOW, MAIL_CONFIG)
    return row


def everything(engine: Engine) -> dict[str, list[tuple[object, ...]]]:
    with engine.connect() as connection:
        return {t.name: [tuple(r) for r in connection.execute(select(t))] for t in Base.metadata.sorted_tables}


def row(engine: Engine, number: int = 1) -> SubscriberRow:
    with reading(engine) as session:
        return session.get_one(SubscriberRow, number)


def one(engine: Engine, number: int = 1) -> SubscriptionRow:
    with reading(engine) as session:
        return session.get_one(SubscriptionRow, number)


def test_a_scanner_that_opens_every_link_of_a_mail_changes_nothing(engine: Engine, reader: SubscriberRow, client: TestClient) -> None:
    with reading(engine) as session:
        raw = (message_of(session.scalars(select(OutboxRow)).one()) or b"").decode()
    links = {x.rstrip(">") for x in re.findall(r"https://ajour\.example\.org/s/[^\s>\"]+", raw.replace("=\r\n", ""))}
    assert len(links) >= 4
    before = everything(engine)
    for link in links:
        for _ in range(2):
            assert client.get(path(link)).status_code == 200, link
            assert client.head(path(link)).status_code == 200, link
    assert everything(engine) == before


def test_one_click_unsubscribe_needs_no_cookie_no_redirect_and_counts_at_once(
    engine: Engine, reader: SubscriberRow, client: TestClient
) -> None:
    url = path(LINKS.unsubscribe(LINKS.token(reader)))
    answer = client.post(url, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    assert row(engine).ended_reason == "unsubscribed"
    # Some programs do it twice
    assert client.post(url, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    box = Mailbox()
    # Also what was on its way
    assert send_due(engine, {"mail": box}, lambda: NOW, MAIL_CONFIG).cancelled == 1
    assert client.get(path(LINKS.preferences(LINKS.token(reader)))).status_code == 404


def test_one_click_works_as_multipart_too(engine: Engine, reader: SubscriberRow, client: TestClient) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n'
    answer = client.post(
        path(LINKS.unsubscribe(LINKS.token(reader))), content=body, headers={"content-type": "multipart/form-data; boundary=b"}
    )
    assert answer.status_code == 200
    assert row(engine).ended_at == NOW


@pytest.mark.parametrize("token", ["1.0.aaaaaaaaaaaaaaaaaaaaaaaa", "2.0.x", "1", "1.1.", "%00", "' OR 1=1", "ы"])
def test_a_token_that_is_not_ours_opens_nothing(engine: Engine, reader: SubscriberRow, client: TestClient, token: str) -> None:
    for page in ("p", "u", "e"):
        url = f"/s/{page}/{token}" + ("/1" if page == "e" else "")
        assert client.get(url).status_code == 404
        assert client.post(url, data={"do": "pause", "verdict": "useful"}).status_code == 404
    assert row(engine).ended_at is None


def test_links_of_older_mails_can_be_made_void(engine: Engine, reader: SubscriberRow, client: TestClient) -> None:
    old = path(LINKS.preferences(LINKS.token(reader)))
    assert client.post(old, data={"do": "renew_links"}).status_code == 200
    assert client.get(old).status_code == 404
    assert client.get(path(LINKS.preferences(LINKS.token(row(engine))))).status_code == 200


def test_preferences_are_shown_changed_and_refused_when_wrong(engine: Engine, reader: SubscriberRow, client: TestClient) -> None:
    url = path(LINKS.preferences(LINKS.token(reader, one(engine))))
    form = {"rhythm": "weekly", "hour": "9", "weekday": "4", "severity": "medium", "reports": ["drc"], "topics": ["exit_ban"], "links": "archive", "language": "da", "zone": "Europe/Copenhagen", "urgent": "yes"}  # fmt: skip
    answer = client.post(url, data=form)
    assert "Gemt." in answer.text
    preferences = one(engine).preferences
    assert (preferences["rhythm"], preferences["hour"], preferences["reports"], preferences["unreviewed"], preferences["urgent"]) == (
        "weekly",
        9,
        ["drc"],
        False,
        True,
    )
    for wrong in ({"hour": "25"}, {"zone": "Mars/Olympus"}, {"language": "tlh"}, {"rhythm": "hourly"}):
        assert client.post(url, data={**form, **wrong}).status_code == 422
    assert one(engine).preferences == preferences
    assert one(engine).zone == "Europe/Copenhagen"


def test_a_pause_begins_and_ends(engine: Engine, reader: SubscriberRow, client: TestClient) -> None:
    url = path(LINKS.preferences(LINKS.token(reader)))
    assert "Paused until" in client.post(url, data={"do": "pause", "weeks": "4"}).text
    assert row(engine).paused_until == NOW + timedelta(weeks=4)
    client.post(url, data={"do": "resume"})
    assert row(engine).paused_until is None


def test_a_word_on_an_entry_is_noted_by_a_button_only(engine: Engine, reader: SubscriberRow, client: TestClient) -> None:
    url = path(LINKS.feedback(1, LINKS.token(reader)))
    assert "Days to appear" in client.get(url).text
    assert client.post(url, data={"verdict": "useful"}).status_code == 200
    assert client.post(url, data={"verdict": "<b>"}).status_code == 422
    assert client.post(path(LINKS.feedback(77, LINKS.token(reader))), data={"verdict": "useful"}).status_code == 422
    with reading(engine) as session:
        assert [f.verdict for f in session.scalars(select(FeedbackRow))] == ["useful"]


def test_the_form_answers_the_same_for_known_unknown_and_foreign_addresses(
    engine: Engine, reader: SubscriberRow, client: TestClient
) -> None:
    def sign_up(address: str) -> str:
        answer = client.post("/s/subscribe", data={"address": address, "rhythm": "daily", "language": "en", "zone": "UTC"})
        assert answer.status_code == 200
        return str(answer.text)

    assert sign_up("reader@example.org") == sign_up("new@example.org") == sign_up("stranger@elsewhere.example")
    assert sign_up("new@example.org")  # asked again within the hour: no second mail
    with reading(engine) as session:
        asked = list(session.scalars(select(OutboxRow).where(OutboxRow.kind == "confirm")))
        assert session.scalar(select(func.count()).select_from(SubscriberRow)) == 2
    # Who is known is asked whether they want this too
    assert {a.subscriber_id for a in asked} == {1, 2}
    assert len(asked) == 2
    assert row(engine, 2).confirmed_at is None
    assert [one(engine, n).confirmed_at for n in (2, 3)] == [None, None]


def test_a_confirmation_takes_a_click_on_a_button_and_ends_after_a_week(engine: Engine, reader: SubscriberRow, client: TestClient) -> None:
    client.post("/s/subscribe", data={"address": "new@example.org", "language": "nl", "zone": "Europe/Amsterdam"})
    link = path(LINKS.confirm(LINKS.confirmation(row(engine, 2), one(engine, 2), NOW + timedelta(days=7))))
    assert "Bevestig uw abonnement" in client.get(link).text
    assert row(engine, 2).confirmed_at is None
    assert client.post(link).status_code == 200
    assert row(engine, 2).confirmed_at == NOW
    old = path(LINKS.confirm(LINKS.confirmation(row(engine, 2), one(engine, 2), NOW - timedelta(seconds=1))))
    assert client.get(old).status_code == 404


def test_the_form_is_closed_unless_opened(engine: Engine) -> None:
    with TestClient(create_app(engine, MailConfig(LINKS, MAIL_CONFIG.mail_head), lambda: NOW)) as client:
        assert client.get("/subscribe").status_code == 404
        assert client.post("/subscribe", data={"address": "new@example.org"}).status_code == 404


def test_a_reader_can_take_their_data_and_be_forgotten(engine: Engine, reader: SubscriberRow, client: TestClient) -> None:
    token = LINKS.token(reader)
    assert client.get(f"/s/p/{token}/data.json").json()["address"] == "reader@example.org"
    client.post(path(LINKS.unsubscribe(token)), data={"forget": "yes"})
    assert row(engine).address is None


def test_the_feed_is_atom_with_the_readers_choice(engine: Engine, reader: SubscriberRow, client: TestClient) -> None:
    with writing(engine) as session:
        add_flag(session, Tale(title="Новость & <b>разметка</b>", changes=[], claim="D-1"))
    answer = client.get(path(LINKS.feed(LINKS.token(reader))))
    assert answer.headers["content-type"].startswith("application/atom+xml")
    atom = "{http://www.w3.org/2005/Atom}"
    root = ET.fromstring(answer.content)
    titles = {e.findtext(f"{atom}title") for e in root.findall(f"{atom}entry")}
    assert titles == {
        "Unreviewed: Days to appear: 14 days → 30 days (adopted by parliament)",
        "Unreviewed: Reported by Paper: exit bans – adopted by parliament",
    }


def test_pages_allow_no_script(reader: SubscriberRow, client: TestClient) -> None:
    answer = client.get(path(LINKS.preferences(LINKS.token(reader))))
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "script-src" not in policy
    assert "<script" not in answer.text
    assert client.get("/s/style.css").headers["content-type"].startswith("text/css")
