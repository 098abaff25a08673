"""The page with the statistics of reviewing."""

from starlette.testclient import TestClient

from db.enums import Role
from review.context import DeskContext
from tests.review.factory import Filled, signed_in


def test_decisions_and_shares_are_on_the_page(filled: Filled, anna: TestClient) -> None:
    for n, choice in enumerate(("new_or_amended_law", "still_valid", "still_valid")):
        flag = filled.flag(story=f"s{n}")
        anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": choice})
    page = anna.get("/statistics?days=30").text
    assert '<td>Meduza</td><td class="num">1</td><td class="num">3</td><td class="num">33 %</td>' in page
    assert '<td>Anna Maria</td><td class="num">3</td>' in page
    assert "No reader has answered" in page


def test_before_the_first_decision_it_says_so(filled: Filled, anna: TestClient) -> None:
    page = anna.get("/statistics?days=7").text
    assert "No decision in this time." in page
    assert "The last 90 days." in page, "an unknown period is the default"


def test_colleagues_figures_are_for_those_who_decide(filled: Filled, context: DeskContext) -> None:
    filled.user("Rosa", Role.RESEARCHER)
    assert signed_in(context, "Rosa").get("/statistics").status_code == 403
