"""The files that ship: both reports' claims, the watch list, and the JSON Schemas that help people
edit them.
"""

import csv
import json
import re
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from db.outlet_day import outlet_zone
from monitor import baseline, sources
from monitor.baseline import Baseline, claims_before, load_baseline, load_baselines, report_ids
from monitor.compare.statements import subjects
from monitor.sources import load_sources

ROOT = Path(__file__).resolve().parents[2]
COUNTS = {"drc-2024": 110, "cedoca-2026": 180}  # of the first edition, against which quality is compared
ADDED = {"drc-2024": 26, "cedoca-2026": 113}  # since

# Corrections of the research, which is kept as it was made.
DATED_BY_THE_TEXT = {  # claim: date, and what the report's text dates so
    "DRC-006": ("2023-12", "the ministry's words of December 2023"),
    "DRC-013": ("2022-09-23", "the source's words of September 2022"),
    "DRC-028": ("2023-10-01", "the fines of 1 October 2023"),
    "DRC-088": ("2022-03", "the admission of March 2022"),
    "DRC-095": ("2023-11", "the ruling of November 2023"),
    "DRC-096": ("2023-11", "the experts' words on that ruling"),
    "DRC-100": ("2023-03", "Landinfo's talks of March 2023"),
    "DRC-104": ("2023-03", "Landinfo's talks of March 2023"),
    "DRC-106": ("2023-03", "Landinfo's talks of March 2023"),
    "DRC-109": ("2024-01", "the adoption of January 2024"),
    "DRC-110": ("2024-05", "the bills of April and May 2024"),
    "CED-017": ("2025-05", "the test of May 2025"),
    "CED-020": ("2025-11", "the autumn draft of 2025"),
    "CED-045": ("2025-08-15", "an NGO's words of 15 August 2025"),
    "CED-046": ("2025-11", "an article of November 2025"),
    "CED-081": ("2023-12", "the cases of December 2023"),
    "CED-084": ("2024-06", "Bastrykin's words of June 2024"),
    "CED-089": ("2024-12", "the autumn draft of 2024"),
    "CED-097": ("2022-03-09", "the admission of 9 March 2022"),
    "CED-098": ("2025-03-06", "Putin's words of 6 March 2025"),
    "CED-099": ("2024-08", "the summer of 2024"),
    "CED-110": ("2023-07", "the ruling of July 2023"),
    "CED-153": ("2024-01-01", "the ages from 1 January 2024"),
    "CED-161": ("2022-10", "the actions of October 2022"),
    "CED-174": ("2024-11-19", "the draft of November 2024"),
    "CED-229": ("2023-05", "the rules of May 2023"),
    "CED-236": ("2022-06", "the prosecutor's words of June 2022"),
    "CED-242": ("2023-06-29", "the sentence of 29 June 2023"),
    "CED-243": ("2025-05", "the release of May 2025"),
    "CED-244": ("2022-12", "the mobilisation of late 2022"),
    "CED-282": ("2022-02", "the mobilisation of February 2022"),
    "CED-290": ("2024-11", "the commissariats of November 2024"),
    "DRC-123": ("2022-09-21", "the assurance of 21 September 2022"),
}
SAID_BY_THE_REPORT = {"DRC-001", "DRC-031", "DRC-072", "CED-016", "CED-109", "CED-157", "CED-158", "CED-160", "CED-231"}
SOURCES_ADDED: dict[str, list[tuple[str, str | None]]] = {  # claim: what its footnote cites as well
    "CED-036": [("Pavel Chikov", "https://t.me/pchikov/4663")],
    "CED-082": [("Prizyv k Sovesti", None)],
    "CED-154": [
        ("Kremlin.ru", "http://kremlin.ru/acts/news/69391"),
        ("Pervaya Liniya", "https://mobilization.guide/2900678fb05c470388f20d9df277a7b9"),
    ],
}
OUTLET_NAMES = {  # other spellings in the research: the one name
    "AlJazeera": "Al Jazeera", "Meduza: Live, Telegram": "Meduza", "RIA": "RIA Novosti",
    "Donetskoe Agentsvo Novostey": "Donetskoe Agentstvo Novostey", "Army Help Ru": "Sluzhba Pomoshchi Prizyvnikam", "Center for European Policy Analysis (CEPA)": "CEPA",
    "Centre For Eastern Studies": "OSW Centre for Eastern Studies", "ConsultantPlus (consultant.ru)": "ConsultantPlus", "Konsultant Plus": "ConsultantPlus",
    "Danish Immigration Service (DIS)": "Danish Immigration Service", "Udlændingestyrelsen": "Danish Immigration Service",
    "Deutsche Welle (DW)": "Deutsche Welle", "Institute for the Study of War (ISW)": "Institute for the Study of War",
    "Ministerie van Buitenlandse Zaken - Nederland": "Ministry of Foreign Affairs (NL)", "Moscow Times": "The Moscow Times",
    "Moskovskoe Komsomolets": "Moskovsky Komsomolets", "Obyasny\u0430\u0435\u043c.rf": "Obyasnyaem.rf", "OVD.info": "OVD-Info", "President van Rusland": "Kremlin.ru",
    "Prizyva k Sovesti": "Prizyv k Sovesti", "Prizyva k Sovestiu": "Prizyv k Sovesti", "Prizyvanet.ru": "Prizyvanet", "Radio Free Europe": "RFE/RL",
    "Shkola Prizyvnik": "Shkola Prizyvnika", "Vazhnie Istorii": "Vazhnye Istorii", "Vazhnye Storii": "Vazhnye Istorii", "\u0410\u0433\u043e\u0440\u0430": "Agora",
}  # fmt: skip


@pytest.fixture(scope="module")
def shipped() -> dict[str, Baseline]:
    return {b.report.id: b for b in load_baselines(ROOT / "baseline")}


def test_both_reports_ship_with_all_their_claims(shipped: dict[str, Baseline]) -> None:
    assert {name: sum(c.added is None for c in b.claims) for name, b in shipped.items()} == COUNTS
    assert {name: sum(c.added is not None for c in b.claims) for name, b in shipped.items()} == ADDED


@pytest.mark.parametrize("report", COUNTS)
def test_the_first_edition_can_be_compared_alone(report: str, shipped: dict[str, Baseline]) -> None:
    assert [c.id for c in claims_before(shipped[report], "2026-11").claims] == [c.id for c in shipped[report].claims if c.added is None]
    assert claims_before(shipped[report], "2026-12") == claims_before(shipped[report], None) == shipped[report]


def _plain(text: str) -> str:
    """Text of a report without marks, links, signs of footnotes and line breaks."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", re.sub(r"<sup>.*?</sup>", "", text)).replace("*", "")
    text = re.sub(r"(?<=[^\W\d]|[.,;:)”’])\d{1,3}(?=[\s.,;:)”]|$)", "", text)
    return " ".join(text.split())


@pytest.mark.parametrize("report", COUNTS)
def test_every_quote_stands_word_for_word_in_the_report(report: str, shared: Path, shipped: dict[str, Baseline]) -> None:
    text = _plain((shared / "seeds" / f"{report}.txt").read_text(encoding="utf-8"))
    for claim in shipped[report].claims:
        for part in re.split(r"\[?…\]?", claim.quote):
            assert _plain(part) in text, (claim.id, part)


@pytest.mark.parametrize("report", COUNTS)
def test_ids_quotes_and_sources_are_those_of_the_research(report: str, shared: Path, shipped: dict[str, Baseline]) -> None:
    research = json.loads((shared / "data" / "claims" / f"{report}.json").read_text(encoding="utf-8"))
    ours = {c.id: c for c in shipped[report].claims if c.added is None}
    assert list(ours) == [c["id"] for c in research["claims"]]
    for theirs in research["claims"]:
        claim = ours[theirs["id"]]
        assert claim.quote == theirs["quote_original"].strip(), claim.id
        assert (claim.key, claim.open) == (theirs["key"], theirs["open_question"]), claim.id
        cited = [(OUTLET_NAMES.get(s["outlet"], s["outlet"]), s.get("url")) for s in theirs["sources"]]
        assert [(s.outlet, s.url) for s in claim.sources] == cited + SOURCES_ADDED.get(claim.id, []), claim.id
    head = shipped[report].report
    assert (head.research_closed, head.language) == (research["report"]["research_closed"], research["report"]["language"])


@pytest.mark.parametrize("report", COUNTS)
def test_a_claim_is_dated_by_its_text_its_newest_source_or_the_end_of_research(report: str, shipped: dict[str, Baseline]) -> None:
    end = shipped[report].report.research_closed
    for claim in shipped[report].claims:
        assert claim.as_of <= end, f"{claim.id} is dated after the research closed"
        newest = max((s.date for s in claim.sources if s.date), default=None)
        if claim.id in DATED_BY_THE_TEXT:
            assert claim.as_of == DATED_BY_THE_TEXT[claim.id][0], claim.id
        elif newest is None or claim.id in SAID_BY_THE_REPORT:
            assert end.startswith(claim.as_of), claim.id
        else:
            assert claim.as_of == min(newest, end), claim.id


@pytest.mark.parametrize("report", COUNTS)
def test_every_claim_can_be_watched(report: str, shipped: dict[str, Baseline]) -> None:
    for claim in shipped[report].claims:
        assert len(claim.watch.ru) >= 2, f"{claim.id} needs two Russian phrases or more"
        assert all(re.search("[а-яё]", p, re.IGNORECASE) for p in claim.watch.ru), claim.id
        assert all(re.search("[а-яіїєґ]", p, re.IGNORECASE) for p in claim.watch.uk), claim.id
        assert not any(re.search("[а-яё]", p, re.IGNORECASE) for p in claim.watch.en), claim.id
        assert claim.watch.uk, f"{claim.id} needs a Ukrainian phrase"
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


def test_every_article_that_a_claim_names_is_read_where_its_act_is_watched(shipped: dict[str, Baseline]) -> None:
    watched = {s.law.act: s.law.articles for s in load_sources(ROOT / "sources.yml", report_ids(ROOT / "baseline")) if s.law}
    assert {"КоАП РФ", "УПК РФ", "31-ФЗ", "53-ФЗ", "113-ФЗ", "114-ФЗ", "127-ФЗ", "138-ФЗ"} <= watched.keys()
    assert {"указ 647", "указ 1237", "постановление 506", "постановление 565", "постановление 719"} <= watched.keys()
    for claim in (c for b in shipped.values() for c in b.claims):
        for law in claim.law:
            articles = watched.get(law.act)
            assert not (articles and law.article) or law.article in articles, (claim.id, law)


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


def test_citations_know_the_zone_of_every_outlet_and_the_day_of_every_act() -> None:
    for source in load_sources(ROOT / "sources.yml", report_ids(ROOT / "baseline")):
        if source.country:
            assert str(outlet_zone({"country": source.country, "languages": source.languages})) != "UTC", source.id
        if source.law and source.law.title:
            assert 1990 <= date.fromisoformat(source.law.title.day).year <= 2026, source.id


def test_no_two_sources_watch_the_same_address() -> None:
    uses = Counter(s.url for s in load_sources(ROOT / "sources.yml", report_ids(ROOT / "baseline")) if s.is_stream)
    assert not {url: n for url, n in uses.items() if n > 1}


def _parsed(path: Path) -> Any:
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


@pytest.mark.slow
@pytest.mark.parametrize("file", ["baseline/drc-2024.yml", "baseline/cedoca-2026.yml", "baseline/subjects/military.yml", "sources.yml"])
def test_the_shipped_files_satisfy_the_schema_an_editor_checks_with(file: str) -> None:
    path = ROOT / file
    named = re.search(r"yaml-language-server: \$schema=(\S+)", path.read_text(encoding="utf-8"))
    assert named, "the file tells editors which schema is its own"
    schema = json.loads((path.parent / named[1]).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(_parsed(path))


@pytest.mark.slow
def test_the_schema_refuses_what_the_loader_refuses() -> None:
    validator = jsonschema.Draft202012Validator(baseline.schema())
    good = _parsed(ROOT / "baseline" / "drc-2024.yml")
    for field, wrong in (("topic", "Weather"), ("as_of", "soon"), ("id", "one"), ("quotte", "x"), ("changes_if", [])):
        bad = {**good, "claims": [{**good["claims"][0], field: wrong}]}
        assert not validator.is_valid(bad), field


def test_loading_a_shipped_report_twice_gives_the_same() -> None:
    path = ROOT / "baseline" / "drc-2024.yml"
    assert load_baseline(path) == load_baseline(path)
