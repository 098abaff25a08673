"""The headline of a card: the gist, the original title, and the change that the item resembles."""

from datetime import UTC, datetime

import pytest

from db.gist import Gist, GistCode, GistValue
from db.models import AssessmentRow, ClaimRow, FlagRow, ItemRow, ItemVersionRow, ReportRow, SourceRow, StoryRow
from db.reason_codes import Reason, ReasonCode
from db.review_queue import QueueCard
from review.view.headline import headline_of

PERIOD = Gist(
    GistCode.VALUE, "summons.delivery", "C-1", "Meduza", {"en": "time to appear"}, "summons.delivery.time", GistValue(7, 7, "days"),
    GistValue(3, 3, "days"), stage="adopted",
)  # fmt: skip


def card(gist: Gist | None, *reasons: Reason, claim: str | None = "C-1", version: int = 1, title: str = "  A \n title ") -> QueueCard:
    assessment = AssessmentRow(
        score=0.9, stage="adopted", claims=[{"id": "C-1", "score": 0.9}], changes=[], reasons=[r.stored() for r in reasons],
        gist=gist.stored() if gist else None, made_at=datetime(2026, 3, 1, tzinfo=UTC),
    )  # fmt: skip
    named = ClaimRow(id=claim, subject="exit_ban", phrase={"en": "exit bans"}) if claim else None
    return QueueCard(
        FlagRow(claim_id=claim, version=version), StoryRow(title="A title"), assessment, ReportRow(), SourceRow(name="Meduza"),
        ItemVersionRow(title=title, text="The text.", lang="en"), ItemRow(), named,
    )  # fmt: skip


def test_a_certain_value_is_shown_in_parts() -> None:
    shown = headline_of(card(PERIOD))
    assert shown.line == "Time to appear: 7 days → 3 days (adopted by parliament)"
    assert (shown.what, shown.old, shown.new) == ("Time to appear", "7 days", "3 days (adopted by parliament)")
    assert (shown.title, shown.claim_id) == ("A title", "C-1")


def test_without_both_values_the_sentence_stays_whole() -> None:
    shown = headline_of(card(Gist(GistCode.STAGE, "exit_ban", "C-1", "Meduza", {"en": "exit bans"}, stage="adopted")))
    assert (shown.line, shown.old) == ("Exit bans: adopted by parliament", "")


def test_a_moved_flag_reports_about_its_own_claim() -> None:
    assert headline_of(card(PERIOD, claim="C-9", version=2)).line == "Reported by Meduza: exit bans – adopted by parliament"


@pytest.mark.parametrize(("title", "line"), [("  A \n title ", "A title"), ("", "The text.")])
def test_a_flag_of_a_new_topic_without_gist_has_the_title(title: str, line: str) -> None:
    shown = headline_of(card(None, claim=None, title=title))
    assert (shown.line, shown.gist) == (line, "")


def test_the_change_that_the_item_resembles_is_that_of_the_flags_own_claim() -> None:
    reasons = [
        Reason(ReasonCode.LIKE_CHANGE, {"claim": c, "change": text})
        for c, text in (("C-2", "The ages change."), ("C-1", "The fine rises."))
    ]
    assert headline_of(card(PERIOD, *reasons)).like == "The fine rises."
    assert headline_of(card(PERIOD, *reasons, claim="C-3", version=2)).like == ""
