"""What holds for every page: it opens, hostile text stays text, links are safe."""

import re

from starlette.testclient import TestClient

from db.engine import writing
from review.context import DeskContext
from tests.review.desk_routes import concrete, walk
from tests.review.factory import Filled

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}\u202e javascript:alert(3)"


def test_every_page_opens_on_an_empty_and_on_a_filled_desk(context: DeskContext, filled: Filled, chief: TestClient) -> None:
    for _ in range(2):
        for method, path, _role in walk(context):
            if method == "GET":
                assert chief.get(concrete(path)).status_code in (200, 303, 404), path
        filled.flag(
            changes=[{"claim": "REP-001", "what": "the fine", "old": "10,000 RUB", "new": "30 000", "likeness": 1.0}],
            text="Теперь 30 000 рублей.",
        )


def test_hostile_text_is_text_on_every_page(context: DeskContext, filled: Filled, chief: TestClient) -> None:
    filled.source("evil", 4, notes=HOSTILE, reason=HOSTILE)
    flag = filled.flag(
        title=HOSTILE,
        text=HOSTILE * 3,
        source="evil",
        changes=[{"claim": "REP-001", "what": HOSTILE, "old": HOSTILE, "new": HOSTILE, "likeness": 1.0}],
    )
    chief.post(f"/flags/{flag}/note", data={"note": HOSTILE})
    chief.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "new_or_amended_law", "note": HOSTILE, "statement": HOSTILE})
    chief.post("/searches/search", data={"name": HOSTILE, "q": HOSTILE})
    for path in ("/queue?state=confirmed", "/flags/1", "/items/1", "/claims/REP-001", "/reports/rep-2024", "/sources/evil", "/sources", "/search", "/log", "/stories/s1", f"/search?q={HOSTILE[:40]}",
                 f"/queue?said={HOSTILE}", f"/nowhere/{HOSTILE}", "/feeds/flags.atom", "/feeds/changes.atom"):  # fmt: skip
        page = chief.get(path).text
        assert "<script>alert" not in page, path
        assert "<img" not in page, path
        assert "49" not in page or "{{7*7}}" in page, path


def test_addresses_that_do_not_lead_to_the_web_are_no_links(filled: Filled, anna: TestClient) -> None:
    from db.models import ItemRow

    flag = filled.flag()
    with writing(filled.engine) as session:
        session.get_one(ItemRow, 1).url = "javascript:alert(1)"
    page = anna.get(f"/flags/{flag}").text
    assert 'href="javascript' not in page
    assert "address not shown" in page


def test_links_out_do_not_say_where_they_were_clicked(filled: Filled, anna: TestClient) -> None:
    filled.flag()
    page = anna.get("/queue").text
    outward = re.findall(r"<a [^>]*href=\"https?://[^>]*>", page)
    assert outward
    assert all('rel="noopener noreferrer nofollow"' in a for a in outward)


def test_pages_say_what_is_not_there(anna: TestClient) -> None:
    for path in (
        "/flags/99",
        "/items/99",
        "/claims/NO",
        "/reports/no",
        "/sources/no",
        "/stories/no",
        "/captures/" + "0" * 64,
        "/flags/999999999999999999999",
        "/flags/x",
        "/items/1/cite.doc",
    ):
        answer = anna.get(path)
        assert answer.status_code == 404, path
        assert "There is no" in answer.text or "citations come as" in answer.text.lower(), path
