"""The living report and the page of a claim."""

from starlette.testclient import TestClient

from tests.review.factory import Filled


def test_a_superseded_claim_shows_in_the_report_and_on_its_own_page(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "new_or_amended_law", "statement": "The fine is 30,000 RUB now."})
    report = anna.get("/reports/rep-2024?standing=superseded").text
    assert "The fine is 30,000 RUB now." in report
    assert "Statement 1: the fine is 10,000 RUB." in report, "what the report said stays beside it"
    claim = anna.get("/claims/REP-001").text
    assert "Version 2" in claim
    assert "by Anna Maria" in claim
    yesterday = f"{filled.now:%Y-%m-}01"
    assert "30,000 RUB now" not in anna.get(f"/reports/rep-2024?at={yesterday}").text
    assert "is not a day in the past" in anna.get("/reports/rep-2024?at=2099-01-01").text
