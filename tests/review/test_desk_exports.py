"""What leaves the desk can be used elsewhere and checked without Ajour."""

import csv
import io
import json
import subprocess
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree
from starlette.testclient import TestClient

from db.models import ItemRow, ItemVersionRow, SourceRow
from review.view import citations
from tests.review.factory import Filled

REF = citations.Reference(
    "ajour7", "Meduza", "Госдума приняла закон о реестре повесток", "ru", datetime(2026, 11, 21, 10, tzinfo=UTC), datetime(2026, 11, 22, 6, tzinfo=UTC),
    "https://meduza.io/news/2026/11/21/x", "archived copy of 2026-11-22 06:00 UTC, SHA-256 ab, https://desk.example/captures/ab",
)  # fmt: skip


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("euaa-footnote", "Meduza, Госдума приняла закон о реестре повесток, 21 November 2026, url"),
        (
            "euaa-bibliography",
            "Meduza, Госдума приняла закон о реестре повесток, 21 November 2026, https://meduza.io/news/2026/11/21/x, accessed 22 November 2026",
        ),
        ("cedoca-footnote", "Meduza, 21/11/2026, url"),
        (
            "cedoca-bibliography",
            "Meduza, Госдума приняла закон о реестре повесток, 21/11/2026, https://meduza.io/news/2026/11/21/x [geraadpleegd op 22/11/2026]",
        ),
        (
            "markdown",
            "Meduza, [Госдума приняла закон о реестре повесток](https://meduza.io/news/2026/11/21/x), 21 November 2026 (accessed 22 November 2026)",
        ),
    ],
)
def test_citations_are_those_of_the_house(style: str, text: str) -> None:
    assert citations.as_text(style, REF) == text


def test_a_telegram_post_is_named_as_one_and_a_missing_day_is_not_invented() -> None:
    item = ItemRow(id=3, url="https://t.me/astra/1", published_at=None)
    version = ItemVersionRow(title="", text="Длинный текст поста " * 20, lang="ru", seen_at=datetime(2026, 1, 2, tzinfo=UTC))
    ref = citations.reference(item, version, SourceRow(name="Astra", kind="telegram", config={"medium": "Telegram post"}), "a")
    line = citations.as_text("cedoca-bibliography", ref)
    assert line.endswith("[Telegram post], s.d., https://t.me/astra/1 [geraadpleegd op 02/01/2026]")
    assert "n.d." in citations.as_text("euaa-footnote", ref)
    assert "issued" not in json.loads(citations.as_csl(ref))[0]


def test_csl_json_has_what_reference_managers_want() -> None:
    row = json.loads(citations.as_csl(REF))[0]
    assert (row["type"], row["URL"], row["language"]) == ("webpage", REF.url, "ru")
    assert row["issued"]["date-parts"] == [[2026, 11, 21]]
    assert row["accessed"]["date-parts"] == [[2026, 11, 22]]


def test_ris_is_tagged_lines_that_end_with_er() -> None:
    lines = citations.as_ris(REF).split("\r\n")
    assert lines[0] == "TY  - ELEC"
    assert lines[-2:] == ["ER  - ", ""]
    assert all(line[2:6] == "  - " for line in lines[:-1])


def test_bibtex_escapes_what_tex_would_run() -> None:
    from dataclasses import replace

    text = citations.as_bibtex(replace(REF, title="100 % & $x_1 {\\input{/etc/passwd}}", url="https://x.example/a_b?c={d}"))
    assert r"100 \% \& \$x\_1 \{\textbackslash{}input\{/etc/passwd\}\}" in text
    assert "url = {https://x.example/a_b?c=%7Bd%7D}" in text
    assert text.count("{") - text.count("\\{") == text.count("}") - text.count("\\}")


def test_downloads_of_citations(filled: Filled, anna: TestClient) -> None:
    filled.flag()
    for kind, start in (("csl", "["), ("ris", "TY  - ELEC"), ("bib", "@online{ajour1,")):
        answer = anna.get(f"/items/1/cite.{kind}")
        assert answer.text.startswith(start)
        assert "attachment" in answer.headers["content-disposition"]


def test_cells_that_a_spreadsheet_would_run_are_text(filled: Filled, anna: TestClient) -> None:
    filled.flag(title='=HYPERLINK("http://evil.example","x")')
    text = anna.get("/exports/flags.csv").text
    assert text.startswith("\ufeff")
    row = next(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    assert row["title"] == '\'=HYPERLINK("http://evil.example","x")'
    assert row["what"].startswith("'=")


def test_flags_and_claims_as_json(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag(severity="high")
    assert [r["id"] for r in anna.get("/exports/flags.json").json()] == [flag]
    assert anna.get("/exports/flags.json?state=confirmed").json() == []
    claims = {r["id"]: r["standing"] for r in anna.get("/exports/claims/rep-2024.json").json()}
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
    for path, title in (("/feeds/flags.atom", "Титул & <b>"), ("/feeds/changes.atom", "REP-001: court or interpretation")):
        tree = etree.fromstring(anna.get(path).content)
        for name in ("id", "title", "updated"):
            assert tree.find(f"a:{name}", ns) is not None
        entry = tree.find("a:entry", ns)
        assert entry is not None
        assert [entry.findtext(f"a:{n}", None, ns) for n in ("title",)] == [title]
        for name in ("id", "updated", "author/a:name"):
            assert entry.findtext(f"a:{name}", None, ns)
    assert "Anna Maria" not in anna.get("/feeds/changes.atom").text, "people leave the house as initials"


def test_the_evidence_pack_is_checked_without_ajour(filled: Filled, anna: TestClient, tmp_path: Path) -> None:
    flag = filled.flag(story="s1")
    filled.compare(filled.item("tass", "Вторая заметка", origin="meduza"), "s1")
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "new_or_amended_law", "note": "checked the gazette"})
    body = anna.get(f"/flags/{flag}/evidence.zip").content
    assert body == anna.get(f"/flags/{flag}/evidence.zip").content, "the same flag gives the same bytes"
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        archive.extractall(tmp_path)
        names = set(archive.namelist())
    assert {
        "README.txt",
        "SHA256SUMS",
        "flag.json",
        "decisions.jsonl",
        "items/1-v1.txt",
        "items/2-v1.json",
        "citations/1.ris",
        "citations/2.bib",
    } <= names
    checked = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout
    listed = {line.split("  ", 1)[1] for line in (tmp_path / "SHA256SUMS").read_text().splitlines()}
    assert listed == names - {"SHA256SUMS"}, "nothing is left unlisted"
    captures = list((tmp_path / "captures").iterdir())
    assert len(captures) == 2
    decision = json.loads((tmp_path / "decisions.jsonl").read_text())
    assert (decision["by"], decision["choice"], decision["note"]) == ("AM", "new_or_amended_law", "checked the gazette")


def test_a_decision_in_the_pack_can_be_hashed_again_by_hand(filled: Filled, anna: TestClient) -> None:
    import hashlib

    flag = filled.flag()
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "later:7"})
    with zipfile.ZipFile(io.BytesIO(anna.get(f"/flags/{flag}/evidence.zip").content)) as archive:
        row = json.loads(archive.read("decisions.jsonl"))
    told = {
        k: row[k]
        for k in ("flag", "user", "choice", "claim", "note", "until", "made_at", "previous", "state_before", "state_after", "facts")
    }
    canonical = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert hashlib.sha256(canonical.encode()).hexdigest() == row["hash"]


def test_the_api_gives_what_its_description_says(filled: Filled, anna: TestClient) -> None:
    flags = [filled.flag(story=f"s{n}", severity="high") for n in range(3)]
    described = anna.get("/api/openapi.json").json()
    assert set(described["paths"]) == {"/v1/reports", "/v1/reports/{report}/claims", "/v1/flags", "/v1/flags/{flag}", "/v1/items"}
    assert all(set(methods) == {"get"} for methods in described["paths"].values()), "read only"
    assert [f["id"] for f in anna.get("/api/v1/flags?limit=2").json()] == flags[:2]
    assert [f["id"] for f in anna.get(f"/api/v1/flags?after={flags[1]}").json()] == flags[2:]
    one = anna.get(f"/api/v1/flags/{flags[0]}").json()
    assert one["reasons"] == [
        {"code": "signal_for", "text": "for: it speaks of penalties («штраф»)", "signal": "subject_penalties", "words": ["штраф"]}
    ]
    assert one["witnesses"][0]["outlet"] == "Meduza"
    assert anna.get("/api/v1/flags/99").status_code == 404
    assert anna.get("/api/v1/flags?state=bogus").status_code == 422
    assert [c["id"] for c in anna.get("/api/v1/reports/rep-2024/claims?standing=in_doubt").json()] == ["REP-001"]
    flag = filled.flag("Другая новость", story="near", text="Текст.", named=[("REP-001", 0.9), ("REP-004", 0.8)])
    (claim,) = anna.get("/api/v1/reports/rep-2024/claims?standing=watch").json()
    assert (claim["id"], claim["flags"], claim["touched_by"]) == ("REP-004", "", str(flag))
    assert len(anna.get("/api/v1/items?q=штраф").json()) == 3
