"""The decision form, read into decision requests."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from db.decisions import Refused
from db.enums import Choice, LaterCondition, NotAbout
from review.view.decision_form import PickedFlag, iso_day, later_of, picked_flags, request_of

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def order(**form: str) -> Any:
    return request_of({"version": "3", **form}, {"also": ["REP-002"]}, 7, 1, NOW)


def test_every_field_reaches_the_order() -> None:
    result = order(choice="value_or_date_changed", note=" a note ", claim="REP-001", statement=" New. ", in_force="2026-04-01")
    assert (result.flag_id, result.user_id, result.version, result.choice) == (7, 1, 3, Choice.VALUE_CHANGED)
    assert (result.note, result.claim_id, result.also, result.statement, result.in_force) == (
        "a note",
        "REP-001",
        ("REP-002",),
        "New.",
        "2026-04-01",
    )


@pytest.mark.parametrize(
    ("form", "field", "value"),
    [
        ({"choice": "not_about_this_claim:old_news"}, "reason", NotAbout.OLD),
        ({"choice": "wrong_claim:REP-003", "claim": "REP-001"}, "claim_id", "REP-003"),
        ({"choice": "wrong_claim", "other_claim": "REP-003 the fine", "claim": "REP-001"}, "claim_id", "REP-003"),
        ({"choice": "duplicate:12", "into": "99"}, "into", 12),
        ({"choice": "duplicate", "into": " #12 "}, "into", 12),
        ({"choice": "later:30"}, "until", NOW + timedelta(days=30)),
        ({"choice": "later:two_independent_origins"}, "condition", LaterCondition.TWO_ORIGINS),
    ],
)
def test_the_detail_of_a_choice_is_behind_its_colon_or_in_its_field(form: dict[str, str], field: str, value: object) -> None:
    assert getattr(order(**form), field) == value


@pytest.mark.parametrize(
    "form",
    [{"choice": "x"}, {}, {"choice": "still_valid", "version": "x"}, {"choice": "duplicate"}, {"choice": "duplicate:x"}, {"choice": "contradicts", "in_force": "soon"}],
)  # fmt: skip
def test_what_the_pages_never_send_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(Refused):
        order(**form)


def test_a_flag_is_postponed_for_a_year_at_most() -> None:
    assert later_of("2026-04-01", "", NOW) == (datetime(2026, 4, 1, tzinfo=UTC), None)
    assert later_of("", "", NOW) == (None, None)
    assert later_of("", "900", NOW) == (None, None)
    for day in ("2026-03-02", "2020-01-01", "2028-01-01"):
        with pytest.raises(Refused):
            later_of(day, "", NOW)


def test_days_are_read_as_people_here_write_them() -> None:
    assert (iso_day(" 2026-04-01 "), iso_day("1.4.2026"), iso_day(" ")) == ("2026-04-01", "2026-04-01", "")
    with pytest.raises(Refused, match=r"write 2026-11-28 or 28\.11\.2026"):
        iso_day("4/31/2026")


@pytest.mark.parametrize(
    ("values", "flags"),
    [
        (["1.1", "2.3+4.1"], [PickedFlag(1, 1), PickedFlag(2, 3), PickedFlag(4, 1)]),
        (["1.1", "x"], []),
        (["1"], []),
        ([], []),
        (["²·1"], []),
    ],
)
def test_ticked_boxes_name_flags_with_their_versions(values: list[str], flags: list[PickedFlag]) -> None:
    assert picked_flags(values) == flags
