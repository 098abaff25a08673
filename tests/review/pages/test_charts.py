"""The charts page and its cache."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from review.context import DeskContext
from tests.review.factory import Filled, client


def test_figures_are_counted_now_and_then(filled: Filled, context: DeskContext, anna: TestClient) -> None:
    assert anna.get("/figures").status_code == 404
    asked: list[int] = []

    def plots(session: Session, days: int, now: datetime) -> str:
        asked.append(days)
        return f"<svg><title>{days} days to {now:%H:%M}</title></svg>"

    drawing = client(replace(context, plots=plots))
    drawing.cookies.set("sid", anna.cookies["sid"])
    assert "<svg><title>30 days to 09:00</title></svg>" in drawing.get("/figures?days=12").text
    assert "90 days to 09:00" in drawing.get("/figures?days=90").text
    filled.tick(minutes=9)
    drawing.get("/figures")
    assert asked == [30, 90]
    filled.tick(minutes=2)
    assert "30 days to 09:11" in drawing.get("/figures").text
