"""A gist is data: stored and read back unchanged, and said in a language by its phrases."""

import json
from dataclasses import replace

import pytest
from babel import Locale

from db.gist import Gist, GistAct, GistCode, GistDetails, GistValue, Wording, english, gist_of_flag, stored_gist
from db.models import AssessmentRow, ClaimRow

PHRASE = {"en": "call-up decision: how long it holds", "da": "gyldighed af en indkaldelse"}
VALUE = Gist(
    GistCode.VALUE, "callup.decision", "CED-001", "Meduza", PHRASE, "callup.decision.validity",
    GistValue(1, 1, "years"), GistValue(2, 2, "years"), stage="signed",
)  # fmt: skip
DETAILS = GistDetails(({"en": "students", "da": "studerende"},), ({"en": "Tuva"},), GistAct("law", "412-FZ", "2025-11-04"), "--03-01", True)
REPORTED = Gist(GistCode.REPORTED, "exit_ban", "CED-002", "Meduza", {"en": "ban on leaving"}, stage="adopted")


def test_what_is_stored_is_read_back_unchanged() -> None:
    dated = replace(VALUE, old=GistValue(date="2026"), new=GistValue(date="2027-03"), above=True)
    full = replace(VALUE, up_to=True, change="raised", details=DETAILS)
    for gist in (VALUE, dated, REPORTED, full):
        assert stored_gist(json.loads(json.dumps(gist.stored()))) == gist
    assert stored_gist(None) is None


def test_a_gist_stored_before_details_were_is_read() -> None:
    old = {k: v for k, v in VALUE.stored().items() if k not in ("up_to", "about", "change", "details")}
    assert stored_gist(old) == VALUE


@pytest.mark.parametrize(
    ("gist", "sentence"),
    [
        (VALUE, "Call-up decision: how long it holds: 1 year → 2 years (signed or issued)"),
        (replace(VALUE, stage=None), "Call-up decision: how long it holds: 1 year → 2 years"),
        (replace(VALUE, old=None, stage=None), "Call-up decision: how long it holds: 2 years"),
        (replace(VALUE, code=GistCode.STAGE, old=None, new=None), "Call-up decision: how long it holds: signed or issued"),
        (replace(VALUE, code=GistCode.STAGE, old=None, new=None, stage=None), "Call-up decision: how long it holds: newly reported"),
        (REPORTED, "Reported by Meduza: ban on leaving – adopted by parliament"),
        (replace(REPORTED, stage=None, phrase={}), "Reported by Meduza: exit bans"),
        (replace(REPORTED, stage="a newer code", subject="own_topic", phrase={}), "Reported by Meduza: own topic"),
        (replace(VALUE, above=True, stage=None, old=None), "Call-up decision: how long it holds: at least 2 years"),
        (replace(VALUE, up_to=True, stage=None, old=None), "Call-up decision: how long it holds: up to 2 years"),
        (replace(VALUE, about=True, stage=None, old=None), "Call-up decision: how long it holds: about 2 years"),
        (
            replace(VALUE, code=GistCode.STAGE, old=None, new=None, change="lowered"),
            "Call-up decision: how long it holds: lowered (signed or issued)",
        ),
        (
            replace(VALUE, old=None, new=None, code=GistCode.STAGE, details=DETAILS),
            "Call-up decision: how long it holds: signed or issued (law 412-FZ of 4 November 2025, from 1 March, for the first time, students, Tuva)",
        ),
        (
            replace(REPORTED, stage=None, details=replace(DETAILS, act=None, start="2026", first=False)),
            "Reported by Meduza: ban on leaving (from 2026, students, Tuva)",
        ),
    ],
)
def test_the_english_sentence(gist: Gist, sentence: str) -> None:
    assert english(gist) == sentence


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (GistValue(10_000, 30_000, "RUB"), "10,000–30,000 roubles"),
        (GistValue(1, 1, "RUB"), "1 rouble"),
        (GistValue(0.5, 0.5, "months"), "0.5 months"),
        (GistValue(1_100_000, 1_100_000, "casualties"), "1,100,000 casualties"),
        (GistValue(3, 3, "tanks"), "3 tanks"),
        (GistValue(date="2027"), "2027"),
        (GistValue(date="2027-03"), "March 2027"),
        (GistValue(date="2026-01-01"), "1 January 2026"),
    ],
)
def test_values_are_written_as_people_write_them(value: GistValue, text: str) -> None:
    assert value.text(Wording("en", Locale.parse("en_GB"))) == text


def test_a_language_is_made_of_its_phrase_templates_and_units() -> None:
    danish = Wording(
        "da", Locale.parse("da"), lambda text: text if "%" in text else text.upper(), lambda _one, _several, n: f"{n}x%(number)s"
    )
    assert VALUE.text(danish) == "Gyldighed af en indkaldelse: 1x1 → 2x2 (SIGNED OR ISSUED)"
    assert GistValue(10_000, 30_000, "RUB").text(danish) == "30000x10.000–30.000"


def test_what_was_certain_of_another_claim_is_not_said_of_a_moved_flag() -> None:
    row = AssessmentRow(stage="signed", claims=[{"id": "CED-009", "score": 0.9}], gist=VALUE.stored())
    moved = ClaimRow(id="CED-002", subject="exit_ban", phrase={"en": "ban on leaving"})
    gist = gist_of_flag(row, moved, "Meduza")
    assert gist
    assert english(gist) == "Reported by Meduza: ban on leaving – signed or issued"
    for own in ("CED-001", "CED-009"):  # the claim of the change, and the nearest
        assert gist_of_flag(row, ClaimRow(id=own, subject="callup.decision", phrase={}), "Meduza") == VALUE
    assert gist_of_flag(row, None, "Meduza") == VALUE


def test_a_flag_without_a_stored_gist_is_described_by_its_claim() -> None:
    row = AssessmentRow(stage=None, claims=[{"id": "CED-002", "score": 0.9}], gist=None)
    gist = gist_of_flag(row, ClaimRow(id="CED-002", subject="exit_ban", phrase={}), "Meduza")
    assert gist
    assert english(gist) == "Reported by Meduza: exit bans"
