"""The whole way of a digest: from rows to the bytes a mail server gets, over real SMTP on
loopback.
"""

import email
import email.policy
import re
from datetime import timedelta
from email.message import EmailMessage
from urllib.parse import unquote

import pytest
from sqlalchemy import Engine, select
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from alerts.digest_runs import run_due
from alerts.mail.bounces import receive
from alerts.mail.outbox import send_due
from alerts.subscriber_pages import create_app
from alerts.urgent import run_urgent
from db.engine import reading, writing
from db.models import FlagRow, OutboxRow, SourceRow, SubscriberRow, SubscriptionRow
from tests.alerts_factory import HEADLINE, MAIL_CONFIG, NOW, Tale, add_flag, decide, lay_out, subscribe
from tests.smtp_server import Keeper, serving

HOSTILE = "Указ\r\nBcc: victim@example.net\r\n\r\n<script>alert(1)</script> \u202eяинавызирп\u202c\u0000 <img src=x onerror=alert(1)>"


def deliver(engine: Engine, **preferences: object) -> tuple[bytes, EmailMessage]:
    """Make what is due, send it, and hand back the first message raw and parsed."""
    run_due(engine, NOW, MAIL_CONFIG)
    keeper = Keeper()
    with serving(keeper) as sender:
        assert send_due(engine, {"mail": sender}, lambda: NOW, MAIL_CONFIG).sent == 1
    raw = keeper.taken[0].raw
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return raw, parsed


def parts(m: EmailMessage) -> tuple[str, str]:
    text, html = m.get_body(("plain",)), m.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def test_headers_are_right_in_raw_bytes(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        subscribe(session)
    raw, m = deliver(engine)
    head = raw.split(b"\r\n\r\n", 1)[0]
    found = re.search(rb"^List-Unsubscribe: <(https://ajour\.example\.org/s/u/1\.0\.1\.[a-z2-7]{24})>, <mailto:bounces@example\.org\?subject=unsubscribe%201\.0\.1\.[a-z2-7]{24}>\r\n", head, re.MULTILINE)  # fmt: skip
    assert found, head.decode()
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head
    assert b"\r\nList-Id: Ajour <1.digests.example.org>\r\n" in head
    assert b"\r\nAuto-Submitted: auto-generated\r\n" in head
    assert re.search(rb"\r\nMessage-ID: <[0-9a-f]{16}\.[a-z2-7]{24}@example\.org>\r\n", head)
    assert m["Subject"] == "[Ajour] Unreviewed: Days to appear: 14 days → 30 days (adopted by parliament)"
    for word in re.findall(rb"=\?utf-8\?[bq]\?[^?]*\?=", head):
        assert len(word) <= 75  # RFC 2047
    for line in raw.split(b"\r\n"):
        assert len(line) <= 78 or line.startswith(b"List-"), line
    assert raw.isascii()
    assert m["Date"].datetime == NOW.replace(microsecond=0)


def test_both_forms_are_complete_and_under_the_limit(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(sources=("gazette", "paper")))
        subscribe(session)
    _, m = deliver(engine)
    assert m.get_content_type() == "multipart/alternative"
    for form in parts(m):
        for needed in (
            "Days to appear: 14 days → 30 days (adopted by parliament)", "C-1", "What the report says in C-1.", "Явиться нужно в течение 30 дней", "primary text or official body",
            "2 independent origins", "adopted by parliament", "https://ajour.example.org/flags/1", "https://ajour.example.org/s/a/1.0.",
            "https://gazette.example.com/1", "3 of 3 sources read", "/s/u/1.0.", "/s/p/1.0.",
        ):  # fmt: skip
            assert needed in re.sub(r"\s*\n\s*>?\s*", " ", form) or needed in form, needed
    text, html = parts(m)
    assert len(html.encode()) < 80_000
    assert all(len(line) <= 72 or "://" in line for line in text.splitlines())


def test_hostile_titles_stay_text(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(title=HOSTILE, text=HOSTILE + " javascript:alert(1)", changes=[], url="javascript:alert(1)"))
        subscribe(session)
    raw, m = deliver(engine)
    assert b"\r\nBcc:" not in raw
    assert m["Bcc"] is None
    assert "\n" not in m["Subject"]
    for form in (m["Subject"], *parts(m)):
        assert not set(form) & set("\u202e\u202c\x00")
    _, html = parts(m)
    assert "<script" not in html
    assert "<img" not in html
    assert "javascript:" not in "".join(re.findall(r'href="([^"]*)"', html))


FORGED_HEADERS = (
    "=?utf-8?q?Draft_age_now_60=0d=0aBcc:_evil=40evil.test=0d=0aReply-To:_evil=40evil.test=0d=0a=0d=0abody?=",
    "=?utf-8?b?eA0KQmNjOiBldmlsQGV2aWwudGVzdA0KUmVwbHktVG86IGV2aWxAZXZpbC50ZXN0?=",
    "Draft =?iso-8859-1?q?=0aBcc:_evil=40evil.test?= =?iso-8859-1?q?=0dReply-To:_evil=40evil.test?= age",
    "Draft age =?utf-8?q?unfinished",
)


@pytest.mark.parametrize("title", FORGED_HEADERS)
@pytest.mark.parametrize("state", ["digest", "urgent", "correction"])
def test_an_encoded_word_of_an_outlet_forges_no_header_and_stops_no_mail(engine: Engine, title: str, state: str) -> None:
    """The outlet's name and headline are hostile; the name stands in the subject."""
    with writing(engine) as session:
        lay_out(session)
        for name in ("gazette", "paper"):
            session.get_one(SourceRow, name).name = title
        sources = ("gazette",) if state == "urgent" else ("paper",)
        flag = add_flag(session, Tale(title=title, changes=[], sources=sources, at=NOW - timedelta(hours=2)))
        subscribe(session, urgent=state == "urgent")
    if state == "urgent":
        assert run_urgent(engine, NOW, MAIL_CONFIG).urgent == 1
    else:
        run_due(engine, NOW, MAIL_CONFIG)
    now = NOW
    if state == "correction":
        with writing(engine) as session:
            decide(session, session.get_one(FlagRow, flag.id), "not_relevant", "dismissed", NOW + timedelta(hours=1))
        now = NOW + timedelta(days=1)
        run_due(engine, now, MAIL_CONFIG)
    keeper = Keeper()
    with serving(keeper) as sender:
        assert send_due(engine, {"mail": sender}, lambda: now, MAIL_CONFIG).failed == 0
    raw = keeper.taken[-1].raw
    head = raw.partition(b"\r\n\r\n")[0].decode("ascii")
    names = re.findall(r"^([A-Za-z-]+):", head, re.MULTILINE)
    assert names == [
        "From", "To", "Subject", "Date", "Message-ID", "Reply-To", "Auto-Submitted", "X-Auto-Response-Suppress", "Content-Language", "List-Id",
        "List-Unsubscribe", "List-Unsubscribe-Post", "MIME-Version", "Content-Type",
    ]  # fmt: skip
    assert "Reply-To: desk@example.org" in head.split("\r\n")
    assert keeper.taken[-1].to == ["reader@example.org"]
    assert title[:30] in email.message_from_bytes(raw, policy=email.policy.default)["Subject"]


def test_no_tracking_and_nothing_from_elsewhere(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        subscribe(session)
    _, m = deliver(engine)
    _, html = parts(m)
    assert not re.search(r"<(img|link|script|iframe|object|video|form)\b|url\(|@import|@font-face|utm_", html)
    hosts = {re.match(r"https?://([^/]+)", u)[1] for u in re.findall(r'href="([^"]*)"', html)}  # type: ignore[index]
    assert hosts == {"ajour.example.org", "paper.example.com"}


def test_link_mode_none_leads_nowhere_but_to_the_readers_own_pages(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(text="Читайте https://paper.example.com/more и t.me/channel. Срок 30 дней."))
        subscribe(session, links="none")
    _, m = deliver(engine)
    for form in parts(m):
        assert "example.com" not in form
        assert "t.me/" not in form
        assert "/s/u/" in form


def test_the_envelope_names_the_message_so_that_a_bounce_does(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session)
    run_due(engine, NOW, MAIL_CONFIG)
    keeper = Keeper()
    with serving(keeper) as sender:
        send_due(engine, {"mail": sender}, lambda: NOW, MAIL_CONFIG)
    assert re.fullmatch(r"bounces\+1\.[a-z2-7]{24}@example\.org", keeper.taken[0].sender)
    assert keeper.taken[0].to == ["reader@example.org"]


def test_an_address_that_does_not_exist_is_suspended_at_once(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        reader = subscribe(session)
        subscribe(session, "other@example.org")
    run_due(engine, NOW, MAIL_CONFIG)
    keeper = Keeper(refuse={"reader@example.org": "550 5.1.1 no such user"})
    with serving(keeper) as sender:
        done = send_due(engine, {"mail": sender}, lambda: NOW, MAIL_CONFIG)
    assert (done.sent, done.dead) == (1, 1)
    with writing(engine) as session:
        row = session.get_one(SubscriberRow, reader.id)
        assert row.suspended_reason == "no_such_address"
        add_flag(session, Tale(at=NOW + timedelta(hours=1)))
    assert run_due(engine, NOW + timedelta(days=1), MAIL_CONFIG).mails == 1  # only the other


def test_confirmed_changes_come_before_entries_without_a_decision(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(claim="C-1"))
        flag = add_flag(session, Tale(claim="C-2", title="Подписан указ о сборах резервистов", changes=[], severity="low"))
        decide(session, flag, "new_or_amended_law", "confirmed", NOW - timedelta(hours=5))
        subscribe(session)
    _, m = deliver(engine)
    assert m["Subject"] == "[Ajour] Confirmed: Reported by Paper: mobilisation – adopted by parliament – 1 confirmed change, 1 to review"
    for form in parts(m):
        low = form.lower().partition("<h1")[2] or form.lower()
        assert low.index("confirmed changes") < low.index("not yet reviewed") < low.index("days to appear")
    assert (
        '<div class="pre" style="display:none">Unreviewed: Days to appear: 14 days → 30 days (adopted by parliament)</div>' in parts(m)[1]
    )


def test_a_message_sent_again_is_the_same_message(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        subscribe(session)
    run_due(engine, NOW, MAIL_CONFIG)
    keeper = Keeper(after_data=["451 4.3.0 try later"])
    with serving(keeper) as sender:
        assert send_due(engine, {"mail": sender}, lambda: NOW, MAIL_CONFIG).failed == 1
        assert send_due(engine, {"mail": sender}, lambda: NOW + timedelta(minutes=2), MAIL_CONFIG).sent == 1
    with reading(engine) as session:
        row = session.scalars(select(OutboxRow)).one()
    assert row.message_id.encode() in keeper.taken[0].raw
    assert row.state == "sent"


def test_the_archived_copy_of_a_mail_opens_without_an_account(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        subscribe(session)
    _, m = deliver(engine)
    text, html = parts(m)
    (link,) = set(re.findall(r"https://ajour\.example\.org(/s/a/[^\s\"<]+)", text + html))
    with TestClient(Starlette(routes=[Mount("/s", create_app(engine, MAIL_CONFIG, lambda: NOW))])) as client:
        page = client.get(link)
        assert page.status_code == 200
        assert "Госдума приняла закон во втором и третьем чтениях." in page.text
        assert client.post(link).status_code == 405
    assert "At the desk (sign-in)" in text


def test_what_was_urgent_and_is_confirmed_later_says_so_in_its_subject(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(sources=("gazette",), at=NOW - timedelta(hours=2)))
        subscribe(session)
    run_urgent(engine, NOW, MAIL_CONFIG)
    with writing(engine) as session:
        decide(session, session.get_one(FlagRow, 1), "value_or_date_changed", "confirmed", NOW + timedelta(minutes=1))
    later = NOW + timedelta(minutes=10)
    run_urgent(engine, later, MAIL_CONFIG)
    keeper = Keeper()
    with serving(keeper) as sender:
        send_due(engine, {"mail": sender}, lambda: later, MAIL_CONFIG)
    subjects = [email.message_from_bytes(t.raw, policy=email.policy.default)["Subject"] for t in keeper.taken]
    assert subjects == [f"[Ajour] Urgent, not yet reviewed: {HEADLINE}", f"[Ajour] Urgent, confirmed: {HEADLINE}"]


@pytest.mark.parametrize(("one", "ended"), [(True, [True, False]), (False, [True, True])])
def test_the_mailto_of_a_mail_unsubscribes_whom_it_names(engine: Engine, one: bool, ended: list[bool]) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        subscribe(session)
        # Where both are due at once, one mail is for both
        subscribe(session, since=NOW if one else None, rhythm="weekly", weekday=1)
    _, m = deliver(engine)
    address, subject = re.search(r"<mailto:([^?]+)\?subject=([^>]+)>", m["List-Unsubscribe"]).groups()  # type: ignore[union-attr]
    request = f"From: reader@example.org\nTo: {address}\nSubject: {unquote(subject)}\n\n".encode()
    with writing(engine) as session:
        assert "unsubscribed by mail" in receive(session, request, MAIL_CONFIG, NOW)
    with reading(engine) as session:
        assert [s.ended_at is not None for s in session.scalars(select(SubscriptionRow).order_by(SubscriptionRow.id))] == ended
