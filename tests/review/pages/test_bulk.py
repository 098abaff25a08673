"""One decision, or an assignment, for several flags."""

import pytest
from starlette.testclient import TestClient

from tests.review.factory import Filled, message, undoable


def picks(flags: list[int]) -> list[str]:
    return [f"{flag}.1" for flag in flags]


@pytest.mark.parametrize(
    ("form", "state"),
    [
        ({"choice": "later:7"}, "later"),
        ({"choice": "later:officially_published"}, "later"),
        ({"choice": "later"}, "open"),
        ({"choice": "not_about_this_claim:wrong_topic"}, "dismissed"),
        ({"choice": "new_practice"}, "open"),
        ({"choice": "undo"}, "open"),
    ],
)
def test_what_can_be_decided_for_several(filled: Filled, anna: TestClient, form: dict[str, str], state: str) -> None:
    flags = [filled.flag(story=f"s{n}") for n in range(3)]
    anna.post("/queue/bulk", data={"pick": picks(flags), **form})
    assert {filled.get_flag(f).state for f in flags} == {state}


def test_duplicates_are_merged_into_one_of_them_and_come_apart_together(filled: Filled, anna: TestClient) -> None:
    flags = [filled.flag(story=f"s{n}") for n in range(3)]
    answer = anna.post("/queue/bulk", data={"pick": picks(flags), "choice": "duplicate", "into": str(flags[1])})
    assert [filled.get_flag(f).merged_into for f in flags] == [flags[1], None, flags[1]]
    assert filled.get_flag(flags[1]).state == "open"
    anna.post(f"/decisions/{undoable(answer)}/undo")
    assert [filled.get_flag(f).merged_into for f in flags] == [None, None, None]


@pytest.mark.parametrize("into", ["", "x", "99"])
def test_duplicates_need_a_flag_that_stays(filled: Filled, anna: TestClient, into: str) -> None:
    flags = [filled.flag(story=f"s{n}") for n in range(2)]
    answer = anna.post("/queue/bulk", data={"pick": picks(flags), "choice": "duplicate", "into": into})
    assert "None of the 2 was decided" in message(answer)


def test_several_are_assigned_at_once(filled: Filled, anna: TestClient) -> None:
    flags = [filled.flag(story=f"s{n}") for n in range(2)]
    assert "2 assigned to Anna Maria" in message(anna.post("/queue/bulk", data={"pick": picks(flags), "choice": "assign", "to": "1"}))
    assert {filled.get_flag(f).assigned_to for f in flags} == {1}
    anna.post("/queue/bulk", data={"pick": picks(flags), "choice": "assign", "to": ""})
    assert {filled.get_flag(f).assigned_to for f in flags} == {None}


def test_one_box_stands_for_all_flags_of_its_story(filled: Filled, anna: TestClient) -> None:
    filled.claims("other-2026")
    flags = [filled.flag(story="s1"), filled.flag(story="s1", source="tass", report="other-2026", claim="OTH-001")]
    value = f"{flags[0]}.1+{flags[1]}.1"
    assert f'value="{value}"' in anna.get("/queue").text
    anna.post("/queue/bulk", data={"pick": value, "choice": "still_valid"})
    assert {filled.get_flag(f).state for f in flags} == {"dismissed"}


@pytest.mark.parametrize("pick", ["", "x", "1", "1.x", "1.1+x", "²·1"])
def test_a_malformed_box_decides_nothing(filled: Filled, anna: TestClient, pick: str) -> None:
    flag = filled.flag()
    answer = anna.post("/queue/bulk", data={"pick": [f"{flag}.1", pick], "choice": "still_valid"})
    assert "Nothing is selected" in message(answer)
    assert filled.get_flag(flag).state == "open"


def test_bulk_decides_exactly_what_was_picked_and_is_undone_together(filled: Filled, anna: TestClient) -> None:
    flags = [filled.flag(story=f"s{n}") for n in range(4)]
    answer = anna.post("/queue/bulk", data={"pick": [f"{f}.1" for f in flags[:3]], "choice": "still_valid"})
    assert "3 decided" in message(answer)
    assert [filled.get_flag(f).state for f in flags] == ["dismissed"] * 3 + ["open"]
    undo = undoable(answer)
    anna.post(f"/decisions/{undo}/undo")
    assert {filled.get_flag(f).state for f in flags} == {"open"}


def test_bulk_is_all_or_nothing(filled: Filled, anna: TestClient) -> None:
    flags = [filled.flag(story=f"s{n}") for n in range(3)]
    anna.post(f"/flags/{flags[1]}/decide", data={"version": "1", "choice": "not_sure"})
    answer = anna.post("/queue/bulk", data={"pick": [f"{f}.1" for f in flags], "choice": "still_valid"})
    assert "None of the 3" in message(answer)
    assert {filled.get_flag(f).state for f in flags} == {"open"}


def test_more_than_can_be_decided_at_once_is_refused_whole(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    answer = anna.post("/queue/bulk", data={"choice": "still_valid", "pick": [f"{flag}.1"] * 101})
    assert "None was decided" in message(answer)
    assert filled.get_flag(flag).state == "open"
