"""Deciding about flags: forms, conflicts, notes, assignment, what the card shows."""

import re

import pytest
from starlette.testclient import TestClient

from db import decision_log
from db.engine import reading
from db.enums import Choice
from tests.review.factory import Filled, message, undoable


def test_a_decision_goes_to_the_next_card_says_so_and_offers_undo(filled: Filled, anna: TestClient) -> None:
    first, second = filled.flag(score=0.9), filled.flag(score=0.8)
    page = anna.get("/queue").text
    assert f'action="/flags/{first}/decide"' in page
    target = re.search(r'name="next" value="([^"]+)"', page)
    assert target is not None
    answer = anna.post(f"/flags/{first}/decide", data={"version": "1", "choice": "new_or_amended_law", "next": target[1]})
    assert answer.headers["location"].startswith(f"/queue?flag={second}")
    assert message(answer).startswith("Decided")
    after = anna.get(answer.headers["location"]).text
    assert "Decided: new or amended law." in after
    assert f'action="/flags/{second}/decide"' in after
    undo = re.search(r'action="(/decisions/\d+/undo)"', after)
    assert undo is not None
    assert anna.post(undo[1], data={"back": "/queue"}).headers["location"].startswith(f"/queue?flag={first}")
    assert filled.get_flag(first).state == "open"


def test_the_second_reviewer_sees_what_the_first_did_and_keeps_the_note(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    flag = filled.flag()
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "still_valid"})
    answer = boris.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "contradicts", "note": "my long thoughts"})
    page = boris.get(answer.headers["location"]).text
    assert "Not saved: Anna Maria decided at" in page
    assert "my long thoughts" in page
    assert filled.get_flag(flag).state == "dismissed"


@pytest.mark.parametrize(
    ("form", "state"),
    [
        ({"choice": "not_about_this_claim:old_news"}, "dismissed"), ({"choice": "not_about_this_claim"}, "open"), ({"choice": "later:7"}, "later"),
        ({"choice": "later:officially_published"}, "later"), ({"choice": "later", "until": "2026-04-01"}, "later"), ({"choice": "later", "until": "2020-01-01"}, "open"),
        ({"choice": "later", "until": "soon"}, "open"), ({"choice": "later"}, "open"), ({"choice": "wrong_claim", "other_claim": "REP-003"}, "open"),
        ({"choice": "duplicate", "into": "x"}, "open"), ({"choice": "nonsense"}, "open"), ({}, "open"), ({"choice": "undo"}, "open"),
        ({"choice": "new_or_amended_law", "in_force": "tomorrow"}, "open"), ({"choice": "new_or_amended_law", "in_force": "2026-05-01", "claim": "REP-002"}, "confirmed"),
    ],
)  # fmt: skip
def test_forms_are_understood_or_refused_in_words(filled: Filled, anna: TestClient, form: dict[str, str], state: str) -> None:
    flag = filled.flag()
    answer = anna.post(f"/flags/{flag}/decide", data={"version": "1", **form})
    assert answer.status_code == 303
    assert filled.get_flag(flag).state == state
    said = anna.get(answer.headers["location"]).text
    assert ("Not decided" in said) is (state == "open" and form.get("choice") != "wrong_claim")


def test_changed_values_are_marked_with_words_on_both_sides(filled: Filled, anna: TestClient) -> None:
    filled.flag(
        text="Штраф вырастет. Теперь 30 тысяч\nрублей за неявку.",
        changes=[{"claim": "REP-001", "what": "the fine", "old": "10,000 RUB", "new": "30 тысяч рублей", "likeness": 1.0}],
    )
    page = anna.get("/queue").text
    assert '<span class="what">The fine:</span> <span class="old"><span class="tag">was </span>10,000 RUB</span>' in page
    assert '<del title="the fine"><span class="tag">was </span>10,000 RUB</del>' in page
    assert '<ins title="the fine"><span class="tag">now </span>30 тысяч\nрублей</ins>' in page or "30 тысяч рублей</ins>" in page
    assert 'lang="ru"' in page
    assert 'lang="da"' in page


def test_dates_are_kept_apart(filled: Filled, anna: TestClient) -> None:
    filled.flag(text="Президент подписал закон 28 февраля 2026 года. Он вступает в силу с 1 апреля 2026 года.")
    page = anna.get("/queue").text
    for label, day in (
        ("Published", "2 March 2026"),
        ("First seen", "2 March 2026"),
        ("Law signed, according to the text", "28 февраля 2026 года"),
        ("In force, according to the text", "1 апреля 2026 года"),
    ):
        assert re.search(rf"<dt>{label}</dt><dd[^>]*>{day}", page), label


def test_assigning_and_notes_are_kept_in_the_history(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    anna.post(f"/flags/{flag}/assign", data={"to": "1"})
    anna.post(f"/flags/{flag}/note", data={"note": "ask the lawyer"})
    page = anna.get(f"/flags/{flag}").text
    assert "for Anna Maria" in page
    assert "ask the lawyer" in page
    assert str(flag) in anna.get("/queue?mine=1").text
    with reading(filled.engine) as session:
        assert list(decision_log.log(session)) == [], "neither is a decision"
    assert Choice.UNDO.value == "undo"


def test_a_story_flagged_for_two_reports_says_so_on_both(filled: Filled, anna: TestClient) -> None:
    filled.claims("other-2026")
    one = filled.flag(story="s1")
    two = filled.flag(story="s1", source="tass", report="other-2026", claim="OTH-001")
    assert f'Also flagged for</dt><dd><a href="/flags/{two}"' in anna.get(f"/flags/{one}").text
    assert f'Also flagged for</dt><dd><a href="/flags/{one}"' in anna.get(f"/flags/{two}").text


def test_one_decision_for_several_claims_shows_on_each_and_is_undone_at_once(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag(named=[("REP-001", 0.9), ("REP-002", 0.7), ("REP-003", 0.6)])
    page = anna.get("/queue").text
    assert [c in page for c in ('name="also" value="REP-001"', 'name="also" value="REP-002"', 'name="also" value="REP-003"')] == [
        False,
        True,
        True,
    ]
    report = anna.get("/reports/rep-2024").text
    assert report.count("watch: also touched") == 2
    assert "nearest to REP-001" in report
    assert "2 only also touched" in report
    assert "also touched" in anna.get("/claims/REP-002").text
    form = {"version": "1", "choice": "new_or_amended_law", "claim": "REP-001", "also": ["REP-002"], "statement": "New wording."}
    answer = anna.post(f"/flags/{flag}/decide", data=form)
    report = anna.get("/reports/rep-2024?standing=superseded").text
    assert "New wording." in report
    assert "changed, wording pending" in anna.get("/reports/rep-2024?standing=changed").text
    assert "watch: also touched" not in anna.get("/reports/rep-2024").text
    own = anna.get("/claims/REP-002").text
    assert "Flags (1)" in own
    assert 'REP-001</a>, also <a href="/claims/REP-002"' in anna.get(f"/flags/{flag}").text
    undo = undoable(answer)
    assert undo is not None
    anna.post(f"/decisions/{undo}/undo")
    assert "superseded</span>" not in anna.get("/reports/rep-2024?standing=superseded").text.partition("Contents")[2]


def test_what_a_flag_may_double_is_offered(filled: Filled, anna: TestClient) -> None:
    first, second, other, closed = (
        filled.flag(story=s, title=f"Новость {s}", claim=c)
        for s, c in (("a", "REP-001"), ("b", "REP-001"), ("c", "REP-003"), ("d", "REP-001"))
    )
    anna.post(f"/flags/{closed}/decide", data={"version": "1", "choice": "still_valid"})
    offered = re.search(rf'<datalist id="doubled-{first}">(.*?)</datalist>', anna.get(f"/flags/{first}").text)
    assert offered is not None
    assert re.findall(r'value="(\d+)"', offered[1]) == [str(second)], f"neither of another claim ({other}) nor closed"


def test_nobody_is_their_own_second_reader(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    flag = filled.flag()
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "not_sure"})
    assert "You asked for a second reader" in anna.get(f"/flags/{flag}").text
    assert f'action="/flags/{flag}/decide"' not in anna.get(f"/flags/{flag}").text
    for choice in ("new_or_amended_law", "still_valid", "not_sure", "later:7", "not_about_this_claim:old_news", "contradicts"):
        answer = anna.post(f"/flags/{flag}/decide", data={"version": "2", "choice": choice})
        assert message(answer).startswith("Not decided: you asked for a second reader"), choice
    assert message(anna.post("/queue/bulk", data={"choice": "still_valid", "pick": f"{flag}.2"})).startswith("None of the 1")
    assert filled.get_flag(flag).state == "open"
    boris.post(f"/flags/{flag}/decide", data={"version": "2", "choice": "still_valid"})
    assert filled.get_flag(flag).state == "dismissed"


def test_who_takes_back_not_sure_decides_alone(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    asked = undoable(anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "not_sure"}))
    anna.post(f"/decisions/{asked}/undo")
    anna.post(f"/flags/{flag}/decide", data={"version": "3", "choice": "still_valid"})
    assert filled.get_flag(flag).state == "dismissed"


def test_both_stories_are_compared_before_a_flag_is_merged(filled: Filled, anna: TestClient) -> None:
    one, other = filled.flag(title="Повестки отправлены", story="a"), filled.flag(title="Повестки пришли", story="b")
    form = {"version": "1", "choice": "duplicate", "into": str(other), "note": "same decree"}
    page = anna.post(f"/flags/{one}/decide", data=form)
    assert page.status_code == 200
    for text in ("Повестки отправлены", "Повестки пришли", f"Merge flag {one} into flag {other}", 'value="same decree"'):
        assert text in page.text
    assert filled.get_flag(one).state == "open", "nothing is decided before both were seen"
    anna.post(f"/flags/{one}/decide", data={**form, "compared": "yes"})
    assert (filled.get_flag(one).state, filled.get_flag(one).merged_into) == ("dismissed", other)


@pytest.mark.parametrize("compared", ["", "yes"])
@pytest.mark.parametrize(
    ("into", "why"),
    [
        ("99", "there is no flag 99"),
        ("1", "cannot be a duplicate of itself"),
        ("2", "of the same story"),
        ("3", "the same report"),
        ("0", "there is no flag 0"),
        ("", "give the number"),
    ],
)
def test_a_duplicate_is_of_another_storys_flag_for_the_same_report(
    filled: Filled, anna: TestClient, into: str, why: str, compared: str
) -> None:
    filled.claims("other-2026")
    for story, report, claim in (("a", "rep-2024", "REP-001"), ("a", "other-2026", "OTH-001"), ("b", "other-2026", "OTH-001")):
        filled.flag(story=story, report=report, claim=claim)
    answer = anna.post("/flags/1/decide", data={"version": "1", "choice": "duplicate", "into": into, "compared": compared})
    assert why in message(answer)
    assert filled.get_flag(1).state == "open"


def test_a_flag_moved_to_another_claim_has_the_headline_and_the_values_of_that_claim(filled: Filled, anna: TestClient) -> None:
    changes = [
        {"claim": "REP-001", "what": "the fine", "old": "10,000 RUB", "new": "30,000 RUB", "likeness": 1.0},
        {"claim": "REP-003", "what": "the term", "old": "1 year", "new": "2 years", "likeness": 0.8},
    ]
    flag = filled.flag(title="Срок и штраф", changes=changes)

    def heading() -> str:
        found = re.search(r'<h1 id="card-title".*?</h1>', anna.get(f"/flags/{flag}").text, re.DOTALL)
        assert found is not None
        return re.sub(r"<[^>]+>", "", found[0])

    assert heading().startswith("The fine:")
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "wrong_claim", "other_claim": "REP-003"})
    assert heading().startswith("The term:")
    assert anna.get("/exports/flags.json").json()[0]["what"] == "The term: 1 year → 2 years"
    anna.post(f"/flags/{flag}/decide", data={"version": "2", "choice": "wrong_claim", "other_claim": "REP-004"})
    assert heading() == "Срок и штраф"
