"""The living report and the page of a claim."""

from starlette.testclient import TestClient

from tests.review.factory import Filled, message, undoable


def test_a_superseded_claim_shows_in_the_report_and_on_its_own_page(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "new_or_amended_law", "statement": "The fine is 30,000 RUB now."})
    report = anna.get("/reports/rep-2024?status=superseded").text
    assert "The fine is 30,000 RUB now." in report
    assert "Statement 1: the fine is 10,000 RUB." in report, "what the report said stays beside it"
    claim = anna.get("/claims/REP-001").text
    assert "Version 2" in claim
    assert "by Anna Maria" in claim
    yesterday = f"{filled.now:%Y-%m-}01"
    assert "30,000 RUB now" not in anna.get(f"/reports/rep-2024?at={yesterday}").text
    assert "is not a day in the past" in anna.get("/reports/rep-2024?at=2099-01-01").text


def test_one_key_marks_the_claim_as_changed_and_leaves_its_words(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag(title="Плохая новость")
    answer = anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "new_or_amended_law"})
    assert message(answer) == "Decided: new or amended law. Claim REP-001 is marked as changed; its wording is pending."
    report = anna.get("/reports/rep-2024?status=changed").text
    assert "Statement 1: the fine is 10,000 RUB." in report
    assert "Changed on 2 March 2026; the new wording is pending." in report
    assert f'<a href="/flags/{flag}">Write it</a>' in report
    claim = anna.get("/claims/REP-001").text
    assert "Changed, wording pending since" in claim
    assert "<dt>Last checked</dt><dd>2 March 2026</dd>" in claim
    assert "[Update of" not in report + claim


def test_a_confirmed_bill_leaves_the_claim_as_it_is(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag(stage="reading_1")
    assert "no law yet" in anna.get(f"/flags/{flag}").text
    answer = anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "new_or_amended_law"})
    assert "the item reports no law yet, so claim REP-001 stays as it is" in message(answer).replace("The item", "the item")
    assert "stand-watch" in anna.get("/claims/REP-001").text
    again = filled.flag(stage="reading_1", story="other")
    form = {"version": "1", "choice": "new_or_amended_law", "statement": "New wording."}
    assert message(anna.post(f"/flags/{again}/decide", data=form)).startswith("Not decided: the item reports no law yet")


def test_after_undo_the_claim_shows_no_update(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    answer = anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "new_or_amended_law", "statement": "New wording."})
    assert "1 confirmed update." in anna.get("/claims/REP-001").text
    anna.post(f"/decisions/{undoable(answer)}/undo")
    claim = anna.get("/claims/REP-001").text
    assert "0 confirmed updates." in claim
    assert "New wording." not in claim
    assert "Version 2" not in claim
    assert "The claim reads now" not in anna.get(f"/flags/{flag}").text
    assert "New wording." in anna.get("/feeds/changes.atom").text, "what was sent out is not hidden"
