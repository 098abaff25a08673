"""Subjects: what happened first, then the counts, and what must be known of the coverage."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from alerts.coverage import UnreadSource
from alerts.digest import Correction, Digest, brief_entries, build
from alerts.subject import MOST, subject_of, subject_tag, with_state
from db.engine import reading, writing
from db.gist import GistCode
from tests.alerts_factory import GIST, HEADLINE, NOW, YESTERDAY, Tale, add_flag, decide, lay_out


@pytest.fixture
def digest(engine: Engine) -> Digest:
    """One confirmed entry of low severity, two that wait."""
    with writing(engine) as session:
        lay_out(session)
        decide(session, add_flag(session, Tale(severity="low")), "value_or_date_changed", "confirmed", NOW - timedelta(hours=3))
        add_flag(session, Tale(claim="C-2"))
        add_flag(session, Tale(claim="D-1", severity="medium"))
    with reading(engine) as session:
        return build(session, NOW - timedelta(days=1), NOW)


def test_a_confirmed_change_leads_and_says_that_it_is_confirmed(digest: Digest) -> None:
    assert subject_of((digest,)) == f"[Ajour] Confirmed: {HEADLINE} – 1 confirmed change, 2 to review"
    danish = replace(digest, language="da")
    assert subject_of((danish,)) == (
        "[Ajour] Bekræftet: Mødefrist: 14 dage → 30 dage (vedtaget af parlamentet) – 1 bekræftet ændring, 2 til vurdering"
    )


def test_one_entry_needs_no_counts(digest: Digest) -> None:
    alone = replace(digest, confirmed=(), waiting=digest.waiting[:1])
    assert subject_of((alone,)) == "[Ajour] Unreviewed: Reported by Paper: mobilisation – adopted by parliament"


def test_a_correction_says_what_was_sent(digest: Digest) -> None:
    correction = Correction("withdrawn", digest.confirmed[0], YESTERDAY, "As it was sent", None)
    only = replace(digest, confirmed=(), waiting=(), corrections=(correction,))
    assert subject_of((only,)) == "[Ajour] Correction: As it was sent"
    assert subject_of((replace(only, corrections=(correction,) * 2),)) == "[Ajour] Correction: As it was sent – 2 corrections"


def test_a_long_headline_is_cut_and_the_counts_stay(digest: Digest) -> None:
    entry = digest.confirmed[0]
    assert entry.gist is not None
    long = replace(entry, gist=replace(entry.gist, phrase={"en": "a very long subject of the claim " * 9}))
    subject = subject_of((replace(digest, confirmed=(long,)),))
    assert len(subject) <= MOST + len("[Ajour] ")
    assert subject.endswith("… – 1 confirmed change, 2 to review")


def test_counts_are_of_all_parts_and_warnings_come_once(digest: Digest) -> None:
    unread = replace(digest.coverage, read=1, unread=(UnreadSource("Gazette", "timeout", 1, None),) * 2)
    part = replace(digest, coverage=unread)
    subject = subject_of((part, part))
    assert subject.startswith("[Ajour] only 33 % of sources read; Gazette not read for long; Confirmed: Days to appear: 14 days → 30 days")
    assert subject.endswith(" – 2 confirmed changes, 4 to review")


def test_silence_says_what_was_read(digest: Digest) -> None:
    silent = replace(digest, confirmed=(), waiting=())
    assert subject_of((silent,)) == "[Ajour] nothing new – 3 of 3 sources read"
    assert subject_of((replace(silent, urgent_only=True),)) == "[Ajour] nothing urgent – 3 of 3 sources read"
    assert subject_of((replace(silent, elsewhere=2),)) == "[Ajour] nothing further – 3 of 3 sources read"
    assert subject_of((replace(silent, coverage=replace(silent.coverage, uncompared=1)),)) == (
        "[Ajour] nothing new, but this may be a fault – 3 of 3 sources read"
    )


def test_the_first_entries_are_confirmed_ones_with_two_places_for_those_that_wait(digest: Digest) -> None:
    five = replace(digest, confirmed=digest.confirmed * 9)
    states = [e.state.value for e in brief_entries(five, 5)]
    assert states == ["confirmed"] * 3 + ["open"] * 2
    assert brief_entries(five, 1) == [digest.confirmed[0]]
    assert brief_entries(digest, 5) == [*digest.confirmed, *digest.waiting]
    assert with_state(digest.waiting[0], "fr").startswith("Non examiné\u00a0: ")
    assert (subject_tag(simulated=True), subject_tag(simulated=False)) == ("[Ajour demo]", "[Ajour]")


def test_every_kind_of_gist_has_its_place_in_the_list_at_the_top(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        for code in reversed(GistCode):
            add_flag(session, Tale(gist=replace(GIST, code=code), title=code.value))
    with reading(engine) as session:
        digest = build(session, NOW - timedelta(days=1), NOW)
    assert [e.gist.code for e in brief_entries(digest, 9) if e.gist] == list(GistCode)
