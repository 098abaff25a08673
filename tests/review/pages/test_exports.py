"""Exports: tables, labels, feeds, the decision log."""

import csv
import io
import json

from lxml import etree
from starlette.testclient import TestClient

from tests.review.factory import Filled


def test_cells_that_a_spreadsheet_would_run_are_text(filled: Filled, anna: TestClient) -> None:
    filled.flag(title='=HYPERLINK("http://evil.example","x")')
    text = anna.get("/exports/flags.csv").text
    assert text.startswith("\ufeff")
    row = next(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert row["title"] == '\'=HYPERLINK("http://evil.example","x")'
    assert row["gist"] == "Reported by Meduza: fines for not appearing – signed or issued"


def test_flags_and_claims_as_json(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag(severity="high")
    assert [r["id"] for r in anna.get("/exports/flags.json").json()] == [flag]
    assert anna.get("/exports/flags.json?state=confirmed").json() == []
    claims = {r["id"]: r["status"] for r in anna.get("/exports/claims/rep-2024.json").json()}
    assert claims == {"REP-001": "in_doubt", "REP-002": "stands", "REP-003": "stands", "REP-004": "stands"}


def test_labels_come_as_json_lines_per_report(filled: Filled, anna: TestClient) -> None:
    anna.post(f"/flags/{filled.flag()}/decide", data={"version": "1", "choice": "new_practice"})
    label = json.loads(anna.get("/exports/rep-2024.labels.jsonl").text)
    item = json.loads(anna.get("/exports/rep-2024.items.jsonl").text)
    assert label["id"] == item["id"]
    assert label["flag"] is True
    assert anna.get("/exports/other.labels.jsonl").text == ""


def test_feeds_are_atom(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag(title="Титул & <b>\x0b")
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "court_or_interpretation", "statement": "Now so."})
    ns = {"a": "http://www.w3.org/2005/Atom"}
    for path, title in (
        ("/feeds/flags.atom", "Reported by Meduza: fines for not appearing – signed or issued"),
        ("/feeds/changes.atom", "REP-001: court or interpretation"),
    ):
        tree = etree.fromstring(anna.get(path).content)
        for name in ("id", "title", "updated"):
            assert tree.find(f"a:{name}", ns) is not None
        entry = tree.find("a:entry", ns)
        assert entry is not None
        assert [entry.findtext(f"a:{n}", None, ns) for n in ("title",)] == [title]
        for name in ("id", "updated", "author/a:name"):
            assert entry.findtext(f"a:{name}", None, ns)
    assert "Anna Maria" not in anna.get("/feeds/changes.atom").text, "people leave the house as initials"


def test_the_log_page_checks_the_chain(filled: Filled, anna: TestClient) -> None:
    anna.post(f"/flags/{filled.flag()}/decide", data={"version": "1", "choice": "still_valid"})
    assert "All 1 rows are intact" in anna.get("/log?verify=1").text
