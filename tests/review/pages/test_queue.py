"""The queue: filters, sittings, bulk decisions, undo."""

import re

from starlette.testclient import TestClient

from tests.review.factory import Filled, message, undoable


def test_undo_is_still_there_after_a_reload(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "still_valid"})
    assert "/undo" in anna.get("/queue").text


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


def test_a_filter_that_means_nothing_is_left_out(filled: Filled, anna: TestClient) -> None:
    filled.flag()
    for query in (
        "state=x",
        "severity=y",
        "page=99999",
        "page=-1",
        "flag=abc",
        "flag=99999999999999999999",
        "mine=1&second=1",
    ):
        assert anna.get(f"/queue?{query}").status_code in (200, 404), query


def test_what_is_over_its_share_of_a_sitting_stands_collapsed_and_can_be_decided_there(filled: Filled, anna: TestClient) -> None:
    flags = [filled.flag(source="tass", score=0.9 - n / 1000) for n in range(40)]
    others = [filled.flag(source=("meduza", "verstka", "gazette")[n % 3], claim="REP-003", score=0.2) for n in range(20)]
    page = anna.get("/queue").text
    held = re.search(r"<summary>and (\d+) more on claim REP-001</summary>(.*?)</details>", page, re.DOTALL)
    assert held is not None
    shown = re.findall(r'name="pick" value="(\d+)\.1"', page.partition('<li class="more">')[0])
    assert len(shown) == 25
    assert int(held[1]) == len(set(flags) - set(map(int, shown)))
    assert "more of Tass" not in page, "each flag is counted once"
    picks = re.findall(r'name="pick" value="([\d.]+)"', held[2])
    assert len(picks) == 8
    assert 'href="/queue?claim=REP-001"' in held[2]
    anna.post("/queue/bulk", data={"choice": "still_valid", "pick": [*picks, *(f"{i}.1" for i in shown)]})
    assert sum(filled.get_flag(f).state == "dismissed" for f in (*flags, *others)) == 33
    assert '<li class="more">' not in anna.get("/queue?claim=REP-001").text, "nobody else's place is taken there"


def test_more_than_can_be_decided_at_once_is_refused_whole(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    answer = anna.post("/queue/bulk", data={"choice": "still_valid", "pick": [f"{flag}.1"] * 101})
    assert "None was decided" in message(answer)
    assert filled.get_flag(flag).state == "open"


def test_the_queue_is_filtered_by_topic_and_source(filled: Filled, anna: TestClient) -> None:
    filled.flag(source="meduza", claim="REP-001")
    filled.flag(source="tass", claim="REP-002", title="Другая")
    page = anna.get("/queue").text
    assert '<option value="exit_ban">exit ban</option>' in page
    assert '<option value="tass">Tass</option>' in page
    assert "1 flag" in anna.get("/queue?source=tass").text
    topic = anna.get("/queue?topic=exit_ban").text
    assert "1 flag" in topic
    assert 'value="exit_ban" selected' in topic


def test_two_changes_in_one_story_are_listed_together_and_each_card_names_the_other(filled: Filled, anna: TestClient) -> None:
    end = filled.flag("Мобилизация закончена", story="s1", subject="mobilisation.end")
    filled.flag("Другое", story="s2", score=0.85)
    ban = filled.flag("Запрет на выезд", story="s1", score=0.95, severity="high", subject="exit_ban", claim="REP-002")
    page = anna.get("/queue").text
    assert page.index("Запрет на выезд") < page.index("Мобилизация закончена") < page.index("Другое")
    assert page.count("same story") == 1
    assert re.search(rf'Other change in this story</dt><dd><a href="/flags/{end}">mobilisation end, REP-001</a>', page)
    assert f'href="/flags/{ban}">exit ban, REP-002</a>' in anna.get(f"/flags/{end}").text
