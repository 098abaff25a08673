"""A flag with everything a reviewer needs."""

import pytest

from db import citation_notes
from db.citation_notes import CitationNote
from db.engine import reading, writing
from db.enums import Choice
from review.routing import NotFound
from review.view.flag_detail import FlagDetailView, detail
from tests.review.factory import Filled, decide


def view(filled: Filled, flag_id: int) -> FlagDetailView:
    with reading(filled.engine) as session:
        return detail(session, flag_id)


def test_the_claims_are_those_of_the_flag_those_the_item_names_and_the_others(filled: Filled) -> None:
    shown = view(filled, filled.flag(named=[("REP-002", 0.9), ("REP-001", 0.6)], claim="REP-002"))
    assert shown.claim is not None
    assert shown.claim.id == "REP-002"
    assert [o.id for o in shown.offered] == ["REP-002", "REP-001"]
    assert [o.id for o in shown.other_claims] == ["REP-003", "REP-004"]


def test_the_other_flags_of_the_story_come_with_their_claims(filled: Filled) -> None:
    filled.claims("other-2026")
    one = filled.flag(story="s1")
    two = filled.flag(story="s1", source="tass", report="other-2026", claim="OTH-003")
    [other] = view(filled, one).others_of_story
    assert (other.flag.id, other.report.id, other.statement, other.quote) == (
        two,
        "other-2026",
        "Statement 3: the fine is 30,000 RUB.",
        "Bøden er 30.000 RUB.",
    )
    assert view(filled, one).gists[two].text == "Reported by Tass: fines for not appearing – signed or issued"


@pytest.mark.parametrize(("stage", "law"), [("proposed", False), ("rumour", False), ("signed", True), (None, True)])
def test_a_bill_or_a_rumour_is_no_law_yet(filled: Filled, stage: str | None, law: bool) -> None:
    assert view(filled, filled.flag(stage=stage)).not_yet_law is not law


@pytest.mark.parametrize(
    ("source", "config", "warning"),
    [
        ("state", {"tier": 3, "type": "state_media"}, "Only state bodies and state media report this"),
        ("weak", {"tier": 4, "type": "blog"}, "Only weak or anonymous sources"),
        ("free", {"tier": 2, "type": "independent_media"}, ""),
    ],
)
def test_one_sided_evidence_is_named(filled: Filled, source: str, config: dict[str, object], warning: str) -> None:
    filled.source(source, **config)  # type: ignore[arg-type]
    tiers = view(filled, filled.flag(source=source)).tiers
    assert tiers.startswith(warning)
    assert bool(tiers) is bool(warning)


def test_the_wording_of_a_changed_claim_is_pending(filled: Filled) -> None:
    flag = filled.flag()
    assert not view(filled, flag).pending
    decide(filled, flag, Choice.VALUE_CHANGED, filled.user("Anna"))
    shown = view(filled, flag)
    assert shown.pending
    assert shown.decision is not None
    assert shown.decision.choice == Choice.VALUE_CHANGED


def test_the_citation_is_in_the_style_of_the_report_and_takes_what_was_added_for_its_language(filled: Filled) -> None:
    flag, anna = filled.flag(), filled.user("Anna")
    with writing(filled.engine) as session:
        citation_notes.keep(session, 1, "da", CitationNote("Bøden stiger"), anna, filled.now)
        citation_notes.keep(session, 1, "nl", CitationNote("De boete stijgt"), anna, filled.now)
    shown = view(filled, flag)
    assert shown.citation.label == "DRC footnote"
    assert shown.citation.text == "Meduza: Штраф подняли [Bøden stiger] (02.03.26) https://meduza.example/1"


def test_a_flag_that_is_not_there_is_not_found(filled: Filled) -> None:
    with pytest.raises(NotFound, match="there is no flag 99"):
        view(filled, 99)
