"""The files that ship: both reports' claims, the watch list, and the JSON Schemas that help people edit them."""

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from monitor import baseline, sources
from monitor.baseline import Baseline, load_baseline, load_baselines, report_ids
from monitor.compare.statements import subjects
from monitor.sources import load_sources

ROOT = Path(__file__).resolve().parents[2]
COUNTS = {"drc-2024": 110, "cedoca-2026": 180}


@pytest.fixture(scope="module")
def shipped() -> dict[str, Baseline]:
    return {b.report.id: b for b in load_baselines(ROOT / "baseline")}


def test_both_reports_ship_with_all_their_claims(shipped: dict[str, Baseline]) -> None:
    assert {name: len(b.claims) for name, b in shipped.items()} == COUNTS


@pytest.mark.parametrize("report", COUNTS)
def test_ids_quotes_and_sources_are_those_of_the_research(report: str, shared: Path, shipped: dict[str, Baseline]) -> None:
    research = json.loads((shared / "data" / "claims" / f"{report}.json").read_text(encoding="utf-8"))
    ours = {c.id: c for c in shipped[report].claims}
    assert list(ours) == [c["id"] for c in research["claims"]]
    for theirs in research["claims"]:
        claim = ours[theirs["id"]]
        assert claim.quote == theirs["quote_original"].strip(), claim.id
        assert (claim.key, claim.as_of, claim.open) == (theirs["key"], theirs["as_of"], theirs["open_question"]), claim.id
        assert [(s.outlet, s.url) for s in claim.sources] == [(s["outlet"], s.get("url")) for s in theirs["sources"]], claim.id
    head = shipped[report].report
    assert (head.research_closed, head.language) == (research["report"]["research_closed"], research["report"]["language"])


@pytest.mark.parametrize("report", COUNTS)
def test_every_claim_can_be_watched(report: str, shipped: dict[str, Baseline]) -> None:
    for claim in shipped[report].claims:
        assert len(claim.watch.ru) >= 2, f"{claim.id} needs two Russian phrases or more"
        assert all(re.search("[а-яё]", p, re.IGNORECASE) for p in claim.watch.ru), claim.id
        assert all(re.search("[а-яіїєґ]", p, re.IGNORECASE) for p in claim.watch.uk), claim.id
        assert not any(re.search("[а-яё]", p, re.IGNORECASE) for p in claim.watch.en), claim.id
        assert claim.changes_if, claim.id
        assert len(set(claim.watch.all())) == len(claim.watch.all()), f"{claim.id} says a phrase twice"


def test_no_watch_phrase_belongs_to_many_claims(shipped: dict[str, Baseline]) -> None:
    for report, b in shipped.items():
        uses = Counter(p.casefold() for c in b.claims for p in c.watch.all())
        assert not {p: n for p, n in uses.items() if n > 3}, f"{report}: a phrase of many claims tells none of them apart"


def test_the_laws_of_the_field_are_named(shipped: dict[str, Baseline]) -> None:
    acts = {law.act for b in shipped.values() for c in b.claims for law in c.law}
    assert any("53-ФЗ" in a for a in acts)
    assert any("УК" in a for a in acts)


def test_the_watch_list_holds_every_row_of_the_research(shared: Path) -> None:
    with (shared / "data" / "watchlist.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    ours = {s.id: s for s in load_sources(ROOT / "sources.yml", report_ids(ROOT / "baseline"))}
    assert len(rows) == 198
    assert not [r["id"] for r in rows if r["id"] not in ours]
    reports = {"both": ["drc-2024", "cedoca-2026"], "drc": ["drc-2024"], "cedoca": ["cedoca-2026"]}
    for row in rows:
        source = ours[row["id"]]
        assert (source.tier, source.type, source.citations) == (int(row["tier"]), row["type"], int(row["citations"] or 0)), row["id"]
        assert sorted(source.cited_in) == sorted(reports.get(row["cited_in"], ["added"])), row["id"]


def test_what_is_no_stream_says_why_and_all_others_have_an_address() -> None:
    for source in load_sources(ROOT / "sources.yml", report_ids(ROOT / "baseline")):
        assert source.url if source.is_stream else source.reason, source.id
        assert source.languages, source.id


def test_no_two_sources_watch_the_same_address() -> None:
    uses = Counter(s.url for s in load_sources(ROOT / "sources.yml", report_ids(ROOT / "baseline")) if s.is_stream)
    assert not {url: n for url, n in uses.items() if n > 1}


def _plain(path: Path) -> Any:
    """The file as an editor's YAML plugin sees it; days stay text."""
    text = path.read_text(encoding="utf-8")
    return yaml.safe_load(re.sub(r"(?<=: )(\d{4}-\d\d-\d\d)$", r'"\1"', text, flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("name", "made", "command"),
    [
        ("baseline", baseline.schema, "baseline schema"),
        ("sources", sources.schema, "sources schema"),
        ("subjects", subjects.schema, "baseline schema --subjects"),
    ],
)
def test_the_schema_in_docs_is_that_of_the_code(name: str, made: Any, command: str) -> None:
    kept = json.loads((ROOT / "docs" / f"{name}.schema.json").read_text(encoding="utf-8"))
    assert kept == made(), f"run `ajour {command} > docs/{name}.schema.json`"


@pytest.mark.parametrize("file", ["baseline/drc-2024.yml", "baseline/cedoca-2026.yml", "baseline/subjects/military.yml", "sources.yml"])
def test_the_shipped_files_satisfy_the_schema_an_editor_checks_with(file: str) -> None:
    path = ROOT / file
    named = re.search(r"yaml-language-server: \$schema=(\S+)", path.read_text(encoding="utf-8"))
    assert named, "the file tells editors which schema is its own"
    schema = json.loads((path.parent / named[1]).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(_plain(path))


def test_the_schema_refuses_what_the_loader_refuses() -> None:
    validator = jsonschema.Draft202012Validator(baseline.schema())
    good = _plain(ROOT / "baseline" / "drc-2024.yml")
    for field, wrong in (("topic", "weather"), ("as_of", "soon"), ("id", "one"), ("quotte", "x"), ("changes_if", [])):
        bad = {**good, "claims": [{**good["claims"][0], field: wrong}]}
        assert not validator.is_valid(bad), field


def test_loading_a_shipped_report_twice_gives_the_same() -> None:
    path = ROOT / "baseline" / "drc-2024.yml"
    assert load_baseline(path) == load_baseline(path)
