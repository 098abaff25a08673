"""The editor of a claim: new versions, a preview, conflicts, retiring, splitting, merging."""

import html
import re

import pytest
from starlette.testclient import TestClient

from db import claim_editing, reports
from db.engine import reading, writing
from db.models import ClaimRow
from tests.review.factory import Filled

FORM = {
    "version": "1", "statement": "The fine is 50,000 RUB.", "quote": "Bøden er 10.000 RUB.", "section": "1.2", "topic": "exit_ban", "as_of": "2024-06", "status": "in_force",
    "watch_ru": "штраф за неявку вырос", "changes_if": "The fine changes.", "values": "{measures: fine, kind: money, value: 50000, unit: RUB}",
    "law": "КоАП РФ | 21.5", "sources": "Somebody | 2024-05-01 | https://example.org/x",
}  # fmt: skip


@pytest.fixture(autouse=True)
def packed(filled: Filled) -> None:
    """The report names its pack."""
    with writing(filled.engine) as session:
        (stored,) = reports.stored_reports(session, ["rep-2024"])
        claim_editing.save_report(session, {**stored.head, "packs": ["military"]}, None, filled.now)


def newest(filled: Filled, claim: str = "REP-001") -> dict[str, object]:
    with reading(filled.engine) as session:
        return claim_editing.newest_version(session, claim).body


def test_an_edit_is_a_new_version_by_its_author(filled: Filled, editor: TestClient) -> None:
    page = editor.post("/claims/REP-001/edit", data=FORM)
    assert "Saved." in page.text
    assert "Version 2" in page.text
    assert "by Edda" in page.text
    body = newest(filled)
    assert body["statement"] == "The fine is 50,000 RUB."
    assert body["values"] == [{"measures": "fine", "kind": "money", "value": 50000.0, "unit": "RUB"}]
    assert body["law"] == [{"act": "КоАП РФ", "article": "21.5"}]
    assert "claim edited" in editor.get("/claims/REP-001/edit").text


@pytest.mark.parametrize(
    ("field", "value", "says"),
    [
        ("as_of", "last summer", "as_of: "),
        ("topic", "weather", "is not known. Use one of"),
        ("aspect", "exit_ban.nothing", "has no aspect"),
        ("values", "{measures: fine", "is not {measures"),
        ("values", "{measures: fine, kind: money, value: 5}", "needs a unit"),
        ("page", "ten", "a whole number"),
        ("law", "a | b | c", "at most 2 parts"),
        ("watch_ru", "", "watch.ru"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_saved(filled: Filled, editor: TestClient, field: str, value: str, says: str) -> None:
    page = editor.post(
        "/claims/REP-001/edit", data={**FORM, "place": "russia", "persons": "conscripts", "state": "x", "changes": "value", field: value}
    )
    assert page.status_code == 422
    assert says in page.text
    assert newest(filled)["statement"] == "Statement 1: the fine is 10,000 RUB."


def test_the_second_of_two_editors_gets_an_error_and_keeps_the_text(filled: Filled, editor: TestClient) -> None:
    editor.post("/claims/REP-001/edit", data=FORM)
    late = editor.post("/claims/REP-001/edit", data={**FORM, "statement": "What the second one wrote."})
    assert late.status_code == 409
    assert "REP-001 was changed by Edda" in late.text
    assert "What the second one wrote." in late.text
    assert newest(filled)["statement"] == "The fine is 50,000 RUB."


def test_a_preview_shows_what_would_have_been_flagged_and_saves_nothing(filled: Filled, editor: TestClient) -> None:
    filled.item("meduza", "Штраф за неявку вырос до 50 тысяч рублей: закон вступил в силу", "Раньше штраф был до 30 тысяч.")
    page = editor.post("/claims/REP-001/edit", data={**FORM, "do": "preview"})
    assert "Compared: all" in page.text
    assert newest(filled)["statement"] == "Statement 1: the fine is 10,000 RUB."


def test_a_preview_says_what_it_compared_and_goes_on_from_there(
    filled: Filled, editor: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.runtime.report_admin.BATCH", 2)
    monkeypatch.setattr("app.runtime.report_admin.SECONDS", -1.0)
    for n in range(3):
        filled.item("meduza", f"Штраф за неявку вырос до {50 + n} тысяч рублей: закон вступил в силу", "Раньше штраф был до 30 тысяч.")
    page = editor.post("/claims/REP-001/edit", data={**FORM, "do": "preview"})
    assert "and the 2 newest of all; 1 older items of these days were not compared yet" in page.text
    kept = html.unescape(re.search(r'name="preview" value="([^"]*)"', page.text)[1])  # type: ignore[index]
    page = editor.post("/claims/REP-001/edit", data={**FORM, "do": "more", "preview": kept})
    assert "Compared: all 3 items of these days" in page.text
    assert "Compare more" not in page.text
    assert newest(filled)["statement"] == "Statement 1: the fine is 10,000 RUB."


def test_a_claim_is_written_by_hand(filled: Filled, editor: TestClient) -> None:
    assert 'value="REP-005"' in editor.get("/reports/rep-2024/claims/new").text
    assert "REP-005 is a claim of the report now" in editor.post("/reports/rep-2024/claims/new", data={**FORM, "claim_id": "REP-005"}).text
    assert "is a claim already" in editor.post("/reports/rep-2024/claims/new", data={**FORM, "claim_id": "REP-005"}).text


def test_retire_split_and_merge(filled: Filled, editor: TestClient) -> None:
    assert "Say why" in editor.post("/claims/REP-004/retire", data={"version": "1"}).text
    assert "Retired" in editor.post("/claims/REP-004/retire", data={"version": "1", "why": "out of scope"}).text
    assert "Split into 2" in editor.post("/claims/REP-001/split", data={"version": "1", "statements": "One thing.\nAnother."}).text
    with reading(filled.engine) as session:
        assert session.get_one(ClaimRow, "REP-001").replaced_by == ["REP-005", "REP-006"]
    assert "REP-005" in editor.get("/claims/REP-001").text
    assert "Name the other claims" in editor.post("/claims/REP-005/merge", data={"version": "1", "others": ""}).text
    assert "merged into this claim" in editor.post("/claims/REP-005/merge", data={"version": "1", "others": "REP-006, REP-002"}).text
    assert newest(filled, "REP-005")["quote"] == "Bøden er 10.000 RUB. […] Bøden er 20.000 RUB."


def test_the_edition_of_the_file_can_be_taken(filled: Filled, editor: TestClient) -> None:
    editor.post("/claims/REP-001/edit", data=FORM)
    with writing(filled.engine) as session:
        session.get_one(ClaimRow, "REP-001").file_body = {**newest(filled), "statement": "As the file has it now."}
    assert "newer edition" in editor.get("/claims/REP-001").text
    assert "As the file has it now." in editor.get("/claims/REP-001/edit").text
    assert "is in use" in editor.post("/claims/REP-001/take-file", data={"version": "2"}).text
    assert newest(filled)["statement"] == "As the file has it now."
