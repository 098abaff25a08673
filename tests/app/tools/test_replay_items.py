"""The contract "items in, assessments out": the order and the fields of the lines, and what is
refused before anything is compared.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.runtime.settings import Settings, load_settings
from app.tools.bulk_replay import open_archive, replay_archive
from app.tools.replay_items import WrongItems, read_items
from db.enums import Relation, Severity, Stage
from db.reason_codes import ReasonCode
from monitor.compare.types import PreparedReport
from tests.baselines import light_report
from tests.cli_runner import Ran
from tests.e2e.outlet_server import LightDesk
from tests.failing_compare import comparing_fails
from tests.fake_encoder import BagOfWords

ROOT = Path(__file__).resolve().parents[3]
FIELDS = ["id", "flag", "score", "severity", "relation", "claims", "story", "stage", "changes", "gist", "reasons"]
SIGNED = "Путин подписал указ о новой волне мобилизации резервистов"


def item(**fields: Any) -> dict[str, Any]:
    return {"id": "a", "outlet": "An outlet", "url": "https://outlet.example/1", "published": "2025-03-01", "lang": "ru", "title": SIGNED, "text": "", **fields}  # fmt: skip


def lines(folder: Path, *rows: dict[str, Any] | str | bytes, end: bytes = b"\n") -> Path:
    path = folder / "items.jsonl"
    encoded = [r if isinstance(r, bytes) else (r if isinstance(r, str) else json.dumps(r, ensure_ascii=False)).encode() for r in rows]
    path.write_bytes(b"".join(e + end for e in encoded))
    return path


@pytest.fixture(scope="module")
def drc() -> PreparedReport:
    return light_report("drc-2024")


class OneReport(LightDesk):
    """A desk whose report is prepared already."""

    def __init__(self, settings: Settings, report: PreparedReport) -> None:
        super().__init__(settings)
        self.report = report

    def prepared(self, report: str, *, desk: bool = False, before: str | None = None) -> PreparedReport:  # noqa: ARG002 - there is one only
        return self.report


def assessed(path: Path, prepared: PreparedReport) -> list[dict[str, Any]]:
    out = path.with_name("out.jsonl")
    settings = load_settings(data=out.parent)
    replay_archive(open_archive(path), "drc-2024", out, settings, workers=1, make_container=lambda s: OneReport(s, prepared))
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_lines_come_out_in_the_order_they_went_in_whatever_their_dates(tmp_path: Path, drc: PreparedReport) -> None:
    dates = ["2025-03-09", None, "2024-12-01", "2025-03", "2025-03-01T10:00:00+03:00", "2025-01-01"]
    rows = [item(id=f"i{n}", published=d, title=f"{SIGNED} {n}") for n, d in enumerate(dates)]
    assert [r["id"] for r in assessed(lines(tmp_path, *rows), drc)] == [f"i{n}" for n in range(len(dates))]


@pytest.mark.slow
def test_every_line_has_the_fields_of_the_contract(tmp_path: Path, drc: PreparedReport) -> None:
    known = {c.id for c in drc.baseline.claims}
    for row in assessed(lines(tmp_path, item(), item(id="b", title="Погода в Москве", lang=None)), drc):
        assert list(row) == FIELDS
        assert isinstance(row["flag"], bool)
        assert 0 <= row["score"] <= 1
        assert row["severity"] in set(Severity)
        assert (row["severity"] == "none") == (not row["flag"])
        assert row["relation"] in set(Relation)
        assert row["stage"] is None or row["stage"] in set(Stage)
        assert row["story"].startswith("s")
        assert all(list(c) == ["claim", "measures", "old", "new", "certain"] for c in row["changes"])
        assert row["gist"] is None or isinstance(row["gist"], str)
        assert row["reasons"]
        assert all(r["code"] in set(ReasonCode) and r["text"] for r in row["reasons"])
        scores = [c["score"] for c in row["claims"]]
        assert scores == sorted(scores, reverse=True)
        assert {c["id"] for c in row["claims"]} <= known


def test_a_certain_change_is_given_in_english_with_its_gist(tmp_path: Path, drc: PreparedReport) -> None:
    result = item(title="Госдума приняла закон: повестка считается полученной через три дня, а не через семь дней", text="")
    (row,) = assessed(lines(tmp_path, result), drc)
    assert [(c["claim"], c["old"], c["new"], c["certain"]) for c in row["changes"]] == [("DRC-026", "7 days", "3 days", True)]
    assert row["gist"].startswith("Time after which a summons counts as received: 7 days → 3 days")


def test_the_same_items_give_the_same_lines(tmp_path: Path, drc: PreparedReport) -> None:
    path = lines(tmp_path, item(), item(id="b", published=None), item(id="c", title="Минобороны опровергло слухи о мобилизации"))
    assert assessed(path, drc) == assessed(path, drc)


def test_reposts_of_one_text_are_one_story_and_another_event_is_not(tmp_path: Path, drc: PreparedReport) -> None:
    rows = [item(), item(id="b", outlet="Another", published="2025-03-02"), item(id="c", title="Суд в Омске оштрафовал призывника за неявку в военкомат")]  # fmt: skip
    first, repost, other = assessed(lines(tmp_path, *rows), drc)
    assert first["story"] == repost["story"] != other["story"]


def test_what_is_older_than_the_research_is_never_flagged(tmp_path: Path, drc: PreparedReport) -> None:
    (row,) = assessed(lines(tmp_path, item(published="2022-09-21")), drc)
    assert row["flag"] is False
    assert ReasonCode.BEFORE_RESEARCH in [r["code"] for r in row["reasons"]]


@pytest.mark.parametrize(("published", "read"), [
    ("2025-03", "2025-03-01"), ("2025-03-09", "2025-03-09"), (None, ""), ("", ""),
    ("2025-03-09T01:00:00+03:00", "2025-03-08T22:00:00+00:00"), ("2025-03-09T10:00:00Z", "2025-03-09T10:00:00+00:00"), ("2025-03-09 10:00", "2025-03-09T10:00:00"),
])  # fmt: skip
def test_dates_may_be_a_month_a_day_a_moment_or_unknown(tmp_path: Path, published: str | None, read: str) -> None:
    assert read_items(lines(tmp_path, item(published=published)))[0].document.published == read


def test_order_mark_windows_lines_and_blank_lines_are_read_over(tmp_path: Path) -> None:
    path = lines(tmp_path, "", item(), "   ", item(id="b"), "", end=b"\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().lstrip())
    assert [(x.document.id, x.number) for x in read_items(path)] == [("a", 1), ("b", 3)]


def test_line_separators_within_a_text_do_not_break_the_line(tmp_path: Path) -> None:
    (only,) = read_items(lines(tmp_path, item(title="одна\u2028строка\u0085и ещё")))
    assert only.document.title == "одна\u2028строка\u0085и ещё"


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ('{"id": "a", "title": "x"', "is not JSON: "),
        ("id,title", "is not JSON: "),
        ("5", "is a JSON int, not an object"),
        ("[" * 100_000, "is nested too deeply"),
        ('{"id": "a", "title": "x", "n": ' + "9" * 5000 + "}", "is not JSON: "),
        ("Привет".encode("cp1251"), "is not UTF-8 (byte 0)"),
        ({"title": "x"}, "id: is missing"),
        (item(id=7), "id: is missing or not a text"),
        (item(id="  "), "id: is missing or not a text"),
        ('{"id": "\\ud83d", "title": "x"}', "id: "),
        (item(published="2025-02-30"), "published: '2025-02-30' is not a date. Write YYYY-MM-DD"),
        (item(published="yesterday"), "published: 'yesterday' is not a date"),
        (item(published="0001-01-01T00:00:00+05:00"), "is not a date"),
        (item(published=20250101), "published: 20250101 is not a text"),
        (item(title="", text=" \n"), "title and text are both empty"),
        (item(title=["x"]), "title: ['x'] is not a text"),
    ],
)
def test_a_wrong_line_is_refused_with_its_number_and_the_mend(tmp_path: Path, row: Any, says: str) -> None:
    with pytest.raises(WrongItems) as caught:
        read_items(lines(tmp_path, item(id="first"), row))
    assert says in str(caught.value)
    assert f"{tmp_path / 'items.jsonl'}:2: " in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_a_repeated_id_names_both_lines(tmp_path: Path) -> None:
    with pytest.raises(WrongItems, match=r"items\.jsonl:3: id: 'a' is already on line 1"):
        read_items(lines(tmp_path, item(), item(id="b"), item()))


def test_a_flood_of_faults_is_capped_and_counted(tmp_path: Path) -> None:
    with pytest.raises(WrongItems) as caught:
        read_items(lines(tmp_path, *["no"] * 50))
    assert len(str(caught.value).splitlines()) == 21
    assert str(caught.value).endswith("… and 30 more")


def test_half_characters_in_a_text_are_survived(tmp_path: Path, drc: PreparedReport) -> None:
    (row,) = assessed(lines(tmp_path, '{"id": "a", "title": "Призыв \\ud83d в армию"}'), drc)
    json.dumps(row, ensure_ascii=False).encode()


@pytest.mark.parametrize(
    "text",
    ["\x00" * 1000, "а" * 100_000, "5 " * 20_000, "(" * 5000, "1" * 400 + " рублей", "‮" * 50, "призыв. " * 5000, "\n" * 5000 + "x", "🪖" * 3000],
    ids=["nul", "one word", "numbers", "brackets", "huge number", "turned", "sentences", "empty lines", "emoji"],
)  # fmt: skip
def test_hostile_texts_are_assessed_like_any_other(tmp_path: Path, drc: PreparedReport, text: str) -> None:
    (row,) = assessed(lines(tmp_path, item(title="Призыв", text=text)), drc)
    assert 0 <= row["score"] <= 1


def test_an_item_that_cannot_be_compared_is_a_line_that_says_so(
    tmp_path: Path, drc: PreparedReport, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    comparing_fails(monkeypatch, "фантом")
    first, second, third = assessed(lines(tmp_path, item(id="a"), item(id="b", title="фантом"), item(id="c")), drc)
    assert (first["id"], second["id"], third["id"]) == ("a", "b", "c")
    (reason,) = second["reasons"]
    assert reason == {
        "code": "not_compared", "text": "it could not be compared (ZeroDivisionError: a fault of ours)", "error": "ZeroDivisionError", "message": "a fault of ours",
    }  # fmt: skip
    assert not second["flag"]
    assert first["reasons"] == third["reasons"]
    assert "b cannot be compared" in caplog.text


def test_no_items_give_no_lines(tmp_path: Path, drc: PreparedReport) -> None:
    assert assessed(lines(tmp_path), drc) == []


@pytest.mark.slow
def test_the_cited_titles_give_one_line_each(tmp_path: Path, shared: Path, drc: PreparedReport) -> None:
    rows = (shared / "data" / "cited" / "cedoca-cited.items.jsonl").read_text(encoding="utf-8").splitlines()
    ids = [json.loads(x)["id"] for x in rows]
    path = lines(tmp_path, *rows)
    assert len(ids) == 309
    assert [r["id"] for r in assessed(path, drc)] == ids


# --- the command
# ----------------------------------------------------------------------------------------------


@pytest.fixture
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.compare.signals.encoder.UniversalSentenceEncoder", BagOfWords)


@pytest.mark.usefixtures("light")
def test_the_command_writes_the_file_and_says_how_many(tmp_path: Path, ajour: Callable[..., Ran]) -> None:
    out = tmp_path / "out.jsonl"
    ran = ajour("replay", lines(tmp_path, item(), item(id="b")), "--baseline", "drc-2024", "--out", out)
    assert ran.code == 0
    assert "2 items compared with drc-2024" in ran.err
    assert ran.out == ""
    assert [json.loads(x)["id"] for x in out.read_text(encoding="utf-8").splitlines()] == ["a", "b"]
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.usefixtures("light")
def test_wrong_items_leave_an_older_output_alone(tmp_path: Path, ajour: Callable[..., Ran]) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("older\n")
    ran = ajour("replay", lines(tmp_path, item(), "no JSON"), "--baseline", "drc-2024", "--out", out)
    assert ran.code == 2
    assert "items.jsonl:2: is not JSON" in ran.err
    assert out.read_text() == "older\n"


def test_an_unknown_report_is_refused_with_those_there_are(tmp_path: Path, ajour: Callable[..., Ran]) -> None:
    ran = ajour("replay", lines(tmp_path, item()), "--baseline", "drc-2025", "--out", tmp_path / "out.jsonl")
    assert ran.code == 2
    assert "no baseline 'drc-2025'" in ran.err
    assert "cedoca-2026, drc-2024" in ran.err
    assert "ajour baseline list --desk" in ran.err


@pytest.mark.usefixtures("light")
def test_the_items_are_never_written_over(tmp_path: Path, ajour: Callable[..., Ran]) -> None:
    path = lines(tmp_path, item())
    before = path.read_bytes()
    ran = ajour("replay", path, "--baseline", "drc-2024", "--out", tmp_path / "." / path.name)
    assert ran.code == 2
    assert "is the file of items itself" in ran.err
    assert path.read_bytes() == before


@pytest.mark.usefixtures("light")
def test_a_missing_file_of_items_is_wrong_input(tmp_path: Path, ajour: Callable[..., Ran]) -> None:
    ran = ajour("replay", tmp_path / "absent.jsonl", "--baseline", "drc-2024", "--out", tmp_path / "out.jsonl")
    assert ran.code == 2
    assert "cannot be read: No such file" in ran.err


@pytest.mark.usefixtures("light")
def test_an_output_that_cannot_be_written_is_the_machines_fault(tmp_path: Path, ajour: Callable[..., Ran]) -> None:
    ran = ajour("replay", lines(tmp_path, item()), "--baseline", "drc-2024", "--out", tmp_path / "absent" / "out.jsonl")
    assert ran.code == 3
    assert "cannot write" in ran.err
    assert "No such file or directory" in ran.err


@pytest.mark.usefixtures("light")
@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_the_machines_fault(tmp_path: Path, ajour: Callable[..., Ran]) -> None:
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o500)
    ran = ajour("replay", lines(tmp_path, item()), "--baseline", "drc-2024", "--out", folder / "out.jsonl")
    assert ran.code == 3
    assert "Permission denied" in ran.err
