"""The methodology, generated from settings and data."""

from starlette.testclient import TestClient

from db.engine import writing
from db.models import SourceRow
from tests.review.factory import Filled


def test_it_counts_what_is_watched_and_names_what_could_not_be_read(filled: Filled, anna: TestClient) -> None:
    filled.source("dark", 4, kind="none", reason="blocked abroad")
    with writing(filled.engine) as session:
        session.get_one(SourceRow, "tass").last_outcome = "blocked_or_broken"
    page = anna.get("/methodology").text
    assert "4 sources: 4 feed." in page
    assert "1 further outlets that the reports cite cannot be watched" in page
    assert 'Last fetch failed: <a href="/sources/tass">Tass</a>.' in page
    assert "Rapport rep-2024" in page
    assert "4 claims; research closed 15 June 2024" in page


def test_precision_is_that_of_the_closed_flags(filled: Filled, anna: TestClient) -> None:
    for n, choice in enumerate(("new_practice", "still_valid", "still_valid", "still_valid")):
        flag = filled.flag(story=f"s{n}")
        anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": choice})
    assert "25 %" in anna.get("/methodology").text


def test_every_key_is_explained(anna: TestClient) -> None:
    page = anna.get("/help").text
    for says in ("Copy the citation", "Second of the three nearest claims", "Undo your last decision"):
        assert f"<dd>{says}</dd>" in page
