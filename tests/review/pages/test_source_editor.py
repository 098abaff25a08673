"""The watch list at the desk: added by address, edited, paused, retired, imported; the log says
who.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
import yaml
from starlette.testclient import TestClient

from db import source_overrides
from db.engine import reading
from db.enums import Role
from db.models import SourceRow
from review.context import DeskContext, FoundSource
from review.view.source_form import form_of
from tests.review.factory import Filled, signed_in

ROW = {"id": "new", "name": "New", "kind": "feed", "url": "https://new.example/feed", "host": "new.example", "languages": ["ru"], "type": "exiled_media", "tier": 3, "cited_in": ["added"], "confidence": "medium"}  # fmt: skip


class Admin:
    """A watch list of one source, and an address that answers."""

    def discover(self, address: str) -> FoundSource:
        if "new.example" not in address:
            raise ValueError(f"{address} gives nothing that can be watched")
        return FoundSource(ROW, 12, ["Первая", "Вторая <b>"], "about 4 a day")

    def look(self, row: Mapping[str, Any]) -> FoundSource:
        return FoundSource(row, 0, [], "", f"Nothing was read: {row['url']} is down")

    def row(self, source_id: str) -> Mapping[str, Any] | None:
        return {**ROW, "id": source_id} if source_id == "meduza" else None

    def problems(self, row: Mapping[str, Any]) -> list[str]:
        wrong = [] if row.get("tier") in (1, 2, 3, 4) else ["tier: 1 to 4"]
        return [*wrong, *(["expect: name both"] if len(row.get("expect", "..")) == 1 else [])]

    def from_opml(self, body: bytes) -> list[Mapping[str, Any]]:
        if b"opml" not in body:
            raise ValueError("is not XML")
        return [ROW, {**ROW, "id": "bad", "tier": 9}]

    def unwatched(self, report_id: str) -> Sequence[Any]:
        return [("Outlet", f"https://new.example/{report_id}", 3)]

    def as_yaml(self) -> str:
        return "sources: []\n"


@pytest.fixture
def operator(context: DeskContext, filled: Filled) -> TestClient:
    filled.user("Otto", Role.OPERATOR)
    client = signed_in(replace(context, source_admin=Admin()), "Otto")  # type: ignore[arg-type]
    client.follow_redirects = True
    return client


def test_a_source_is_added_by_its_address_after_a_look_at_what_would_be_read(filled: Filled, operator: TestClient) -> None:
    page = operator.post("/sources/new", data={"address": "new.example"})
    assert "What would be read: 12 entries, about 4 a day" in page.text
    assert "Вторая &lt;b&gt;" in page.text
    saved = operator.post("/sources/new/edit", data={"row": yaml.safe_dump(ROW), "version": "0"})
    assert "New is on the watch list" in saved.text
    with reading(filled.engine) as session:
        assert source_overrides.overrides(session)["new"].config == ROW


def _fields(**changed: str) -> dict[str, str]:
    """The form as the page sends it."""
    return {**form_of(ROW), "version": "0", "before": yaml.safe_dump({**ROW, "id": "meduza", "tls": "legacy"}), "do": "save", **changed}


def test_a_form_of_plain_fields_is_saved_and_what_it_does_not_show_stays(filled: Filled, operator: TestClient) -> None:
    page = operator.get("/sources/meduza/edit").text
    assert '<option value="exiled_media" selected>media in exile' in page
    saved = operator.post("/sources/meduza/edit", data=_fields(name="Meduza", languages="ru, en", expect_items="3", expect_within="1d"))
    assert "Meduza is on the watch list" in saved.text
    with reading(filled.engine) as session:
        row = source_overrides.overrides(session)["meduza"].config
    assert row == {
        **ROW,
        "id": "meduza",
        "name": "Meduza",
        "languages": ["ru", "en"],
        "expect": {"items": 3, "within": "1d"},
        "tls": "legacy",
    }


def test_what_is_wrong_stands_beside_its_field(filled: Filled, operator: TestClient) -> None:
    page = operator.post("/sources/meduza/edit", data=_fields(tier="ten", expect_items="3", name="As typed"))
    assert page.status_code == 422
    assert '<p class="warn" id="wrong-tier">1 to 4</p>' in page.text
    assert 'aria-describedby="wrong-expect_items"' in page.text
    assert 'value="As typed"' in page.text
    with reading(filled.engine) as session:
        assert source_overrides.overrides(session) == {}


def test_what_would_be_read_is_shown_and_nothing_stored(filled: Filled, operator: TestClient) -> None:
    page = operator.post("/sources/meduza/edit", data=_fields(url="https://x.example/feed", do="look"))
    assert "Nothing was read: https://x.example/feed is down" in page.text
    with reading(filled.engine) as session:
        assert source_overrides.overrides(session) == {}


def test_what_gives_nothing_is_said(operator: TestClient) -> None:
    page = operator.post("/sources/new", data={"address": "nothing.example"})
    assert (page.status_code, "gives nothing that can be watched" in page.text) == (422, True)


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("a: [", "this is not YAML"),
        ("[1]", "keep `id: meduza`"),
        ("{id: other}", "keep `id: meduza`"),
        ("{id: meduza, name: x, tier: 9}", "tier: 1 to 4"),
        ("{id: meduza, tier: 9, languages: 5, hosts: [1], mirrors: x, expect: [1], select: x}", "tier: 1 to 4"),
    ],
)
def test_a_wrong_row_is_refused_and_stays_on_the_page(filled: Filled, operator: TestClient, row: str, says: str) -> None:
    page = operator.post("/sources/meduza/edit", data={"row": row, "version": "0"})
    assert (page.status_code, says in page.text) == (422, True)
    with reading(filled.engine) as session:
        assert source_overrides.overrides(session) == {}


def test_the_second_of_two_editors_gets_an_error(operator: TestClient) -> None:
    text = yaml.safe_dump({**ROW, "id": "meduza"})
    assert operator.post("/sources/meduza/edit", data={"row": text, "version": "0"}).status_code == 200
    late = operator.post("/sources/meduza/edit", data={"row": text, "version": "0"})
    assert (late.status_code, "changed by another person" in late.text) == (409, True)


def test_pause_resume_and_retire_with_the_reason_in_the_log(filled: Filled, operator: TestClient) -> None:
    assert "Say why." in operator.post("/sources/meduza/pause").text
    assert "Paused at the desk" in operator.post("/sources/meduza/pause", data={"why": "moves house"}).text
    assert "Paused at the desk" not in operator.post("/sources/meduza/resume").text
    operator.post("/sources/meduza/retire", data={"why": "closed down"})
    with reading(filled.engine) as session:
        assert not session.get_one(SourceRow, "meduza").listed
    log = operator.get("/sources/meduza/edit").text
    assert "moves house" in log
    assert "Otto" in log


def test_a_reading_list_is_imported(operator: TestClient) -> None:
    assert "1 feeds added, 1 left out" in operator.post("/sources/import", files={"file": ("list.opml", b"<opml/>")}).text
    assert "x.opml is not XML" in operator.post("/sources/import", files={"file": ("x.opml", b"nothing")}).text


def test_the_rest_of_a_long_reading_list_is_counted(operator: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("review.pages.source_editor.MOST_FEEDS", 1)
    page = operator.post("/sources/import", files={"file": ("list.opml", b"<opml/>")}).text
    assert "1 feeds added. 1 more were not read: at most 1 at a time" in page


def test_a_report_proposes_cited_sources_that_are_not_watched(operator: TestClient) -> None:
    page = operator.get("/sources/new?report=rep-2024").text
    assert "Outlet" in page
    assert "3 citations" in page
    assert operator.get("/exports/sources.yml").text == "sources: []\n"


def test_a_reviewer_may_not_change_sources(anna: TestClient) -> None:
    assert anna.get("/sources/new").status_code == 403
    assert anna.post("/sources/meduza/pause", data={"why": "x"}).status_code == 403
