"""Urgent messages, requests to confirm and operator alerts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from alerts.coverage import Coverage
from alerts.digest import Correction, Digest, entries_at
from alerts.digest_entry import DigestEntry
from alerts.mail.other_mails import confirm_message, operator_message, urgent_message
from db.engine import reading, writing
from tests.alerts_factory import HEADLINE, MAIL_CONFIG, NOW, YESTERDAY, Tale, add_flag, decide, lay_out

LINKS = MAIL_CONFIG.links
FRAME = Digest(NOW - timedelta(days=1), NOW, (), Coverage(0, 0, (), 0), zone="Europe/Brussels")


@pytest.fixture
def entries(engine: Engine) -> tuple[DigestEntry, ...]:
    """One that waits, one that is confirmed."""
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(claim="C-2", sources=("gazette",)))
        decide(session, add_flag(session), "value_or_date_changed", "confirmed", NOW - timedelta(hours=3))
    with reading(engine) as session:
        return entries_at(session, [1, 2], NOW)


def test_the_confirmed_entry_leads_and_the_subject_says_so(entries: tuple[DigestEntry, ...]) -> None:
    mail = urgent_message(FRAME, entries, LINKS, last_today=False)
    assert mail.subject == f"[Ajour] Urgent, confirmed: {HEADLINE} (and 1 more)"
    assert mail.text.startswith(f"2 urgent changes\n\nConfirmed changes:\n* {HEADLINE} (Paper, 23\n  November 2026)\n")
    assert "Not yet reviewed: a primary text says so, but nobody has judged it yet." in " ".join(mail.text.replace("\n! ", " ").split())
    assert "last urgent message of the day" not in mail.text
    # The preview of the mailbox
    assert "What the report says in C-1." in mail.html.partition("<h1")[0]


def test_an_entry_without_a_decision_is_marked_in_the_subject(entries: tuple[DigestEntry, ...]) -> None:
    mail = urgent_message(replace(FRAME, language="nl"), entries[:1], LINKS, last_today=True)
    assert mail.subject == "[Ajour] Dringend, nog niet beoordeeld: Volgens Gazette: mobilisatie – aangenomen door het parlement"
    assert "Dit was het laatste dringende bericht van de dag" in " ".join(mail.text.split())


def test_a_correction_alone_says_what_was_sent(entries: tuple[DigestEntry, ...]) -> None:
    frame = replace(FRAME, corrections=(Correction("withdrawn", entries[0], YESTERDAY, "As it was sent", None),))
    mail = urgent_message(frame, (), LINKS, last_today=True)
    assert mail.subject == "[Ajour] Correction: As it was sent"
    assert "Sent at once, because we sent you an urgent message about it." in mail.text
    assert "last urgent message" not in mail.text


def test_a_request_to_confirm_says_that_doing_nothing_is_an_answer() -> None:
    mail = confirm_message("en", "reader@example.org", "https://ajour.example.org/s/c/x", NOW, "Europe/Copenhagen")
    assert mail.subject == "[Ajour] Please confirm your subscription"
    for form in (" ".join(mail.text.split()), mail.html):
        assert "The link works until 24 Nov 2026, 06:00. If it was not you, do nothing" in form
        assert "https://ajour.example.org/s/c/x" in form


def test_an_operator_alert_says_what_began_and_what_is_over() -> None:
    mail = operator_message("[Ajour] 1 condition", ["It began <b>"], ["It is over"], ["It holds"], NOW)
    assert mail.text.index("BEGAN\n* It began <b>") < mail.text.index("OVER\n* It is over") < mail.text.index("STILL SO\n* It holds")
    assert "It began &lt;b&gt;" in mail.html
    assert "24 Nov 2026, 05:00 UTC" in mail.text
