"""The quality of the comparison, gated. Floors only go up: raise one when the comparison has become
better, never lower it to make a change pass.

Two kinds of evidence: the demo's items with pinned labels, judged by the shipped model; and the
scores on held-out events that the model file says it was fitted with, which must be true of the
data it names where those lie beside the checkout.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.demo.server import outlets
from app.tools.train_data import dataset_paths, labels_path
from monitor.compare.decide.assess import assess, read_documents
from monitor.compare.decide.model import load_model
from monitor.compare.reading.annotate import Document
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.stories.clustering import StoryIndex
from monitor.compare.training.train import digest_of
from monitor.compare.types import Assessment, EncodedDocument
from tests.baselines import keep_vectors

pytestmark = pytest.mark.slow  # the shipped encoder and all claims
PINNED = Path(__file__).with_name("pinned.labels.jsonl")
REPORTS = ("drc-2024", "cedoca-2026")

# On the demo's items (our own retellings), shipped model: measure → (drc-2024, cedoca-2026).
FLOORS = {"average_precision": (0.83, 0.90), "recall": (0.94, 0.93), "claim_hit_at_1": (0.92, 0.93), "claim_hit_at_3": (0.97, 0.97)}
CEILINGS = {"flagged_easy": (0.0, 0.0), "flagged_hard": (0.12, 0.12)}
# On held-out events of the development data, as the model file records them. Claim hits are held
# out too since the statements came; before, they were those of the weights fitted on the same items
# (0.77 for cedoca-2026, held out 0.745).
# One floor was lowered, in November 2026: average precision of headlines-cedoca-2026, from 0.84. A
# claim touches more aspects since then, which raised its right claims from 0.73 to 0.84, and by
# which one item of a known change ranks fourth before most of the 22 updates. Precision and recall
# at the line did not fall.
HELD_OUT = {
    ("gold-changes-drc-2024", "recall"): 0.94,
    ("gold-changes-cedoca-2026", "recall"): 0.96,
    ("headlines-drc-2024", "average_precision"): 0.85,
    ("headlines-cedoca-2026", "average_precision"): 0.81,
    ("headlines-drc-2024", "recall"): 0.89,
    ("headlines-cedoca-2026", "recall"): 0.90,
    ("headlines-drc-2024", "precision"): 0.66,
    ("headlines-cedoca-2026", "precision"): 0.68,
    ("drc-2024", "average_precision"): 0.85,
    ("cedoca-2026", "average_precision"): 0.95,
    ("drc-2024", "claim_hit_at_1"): 0.86,
    ("cedoca-2026", "claim_hit_at_1"): 0.83,
    ("drc-2024", "claim_hit_at_3"): 0.97,
    ("cedoca-2026", "claim_hit_at_3"): 0.93,
    ("three-updates-drc-2024", "recall"): 1.0,
    ("three-updates-cedoca-2026", "recall"): 1.0,
    ("three-updates-drc-2024", "precision"): 0.95,
    ("three-updates-cedoca-2026", "precision"): 0.95,
}
# The same of stories, each pair of two events counted where either is held out. Until November 2026
# they were measured on the events they were fitted on.
# Now half of the events train and the other half is measured; the floors before, 0.82, 0.79, 0.55
# and 0.46, were of five folds.
HELD_OUT_STORIES = {"drc-2024": 0.83, "cedoca-2026": 0.88, "headlines-drc-2024": 0.71, "headlines-cedoca-2026": 0.68}


@dataclass(frozen=True)
class Judged:
    """One pinned label and what the comparison made of its item."""

    label: dict[str, Any]
    assessment: Assessment
    story: str


def _documents() -> Iterator[Document]:
    for outlet in outlets():
        for item in outlet["items"]:
            if not item.get("withheld"):
                key = f"{outlet['source']} {item['url']}"
                yield Document(
                    key,
                    outlet["name"],
                    item["url"],
                    item["published"][:10],
                    item.get("lang"),
                    item.get("title") or "",
                    item.get("text") or "",
                )


def desk_in(folder: Path) -> Container:
    """A desk with the shipped encoder, which need not encode the claims again."""
    keep_vectors(folder)
    return Container(load_settings(data=folder))


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Judged]]:
    desk = desk_in(tmp_path_factory.mktemp("quality"))
    with PINNED.open(encoding="utf-8") as lines:
        labels = [json.loads(line) for line in lines]
    reads: list[EncodedDocument] = list(read_documents(_documents(), desk.words, desk.encoder))
    out: dict[str, list[Judged]] = {}
    for report in REPORTS:
        prepared = desk.prepared(report)
        assessments = {r.document.id: assess(r, prepared) for r in reads}
        book = StoryIndex(prepared.model)
        stories = {
            r.document.id: book.place(r.fingerprint(assessments[r.document.id].nearest))
            for r in sorted(reads, key=lambda r: r.document.published)
        }
        mine = [x for x in labels if x["report"] == report]
        out[report] = [Judged(x, assessments[f"{x['source']} {x['url']}"], stories[f"{x['source']} {x['url']}"]) for x in mine]
    return out


def _average_precision(rows: list[Judged]) -> float:
    ranked = sorted(rows, key=lambda r: -r.assessment.score)
    hits, total = 0, 0.0
    for position, row in enumerate(ranked, start=1):
        if row.label["flag"]:
            hits += 1
            total += hits / position
    return total / max(1, hits)


def _measures(rows: list[Judged]) -> dict[str, float]:
    positive = [r for r in rows if r.label["flag"]]
    linked = [r for r in rows if r.label["claims"]]
    found = {
        "average_precision": _average_precision(rows),
        "recall": sum(r.assessment.flag for r in positive) / len(positive),
        "claim_hit_at_1": sum(r.assessment.claims[0][0] in r.label["claims"] for r in linked) / len(linked),
        "claim_hit_at_3": sum(bool({c for c, _ in r.assessment.claims[:3]} & set(r.label["claims"])) for r in linked) / len(linked),
    }
    for cls in ("easy", "hard"):
        some = [r for r in rows if r.label["class"] == cls and not r.label["flag"]]
        found[f"flagged_{cls}"] = sum(r.assessment.flag for r in some) / max(1, len(some))
    return found


@pytest.mark.parametrize("place", [0, 1], ids=REPORTS)
def test_the_pinned_items_are_judged_no_worse_than_before(judged: dict[str, list[Judged]], place: int) -> None:
    found = _measures(judged[REPORTS[place]])
    low = {m: (round(found[m], 3), floors[place]) for m, floors in FLOORS.items() if found[m] < floors[place]}
    high = {m: (round(found[m], 3), ceilings[place]) for m, ceilings in CEILINGS.items() if found[m] > ceilings[place]}
    assert not low, f"below a floor: {low}; all: {found}"
    assert not high, f"above a ceiling: {high}; all: {found}"


@pytest.mark.parametrize("report", REPORTS)
def test_no_event_of_high_severity_is_missed_among_the_pinned_items(judged: dict[str, list[Judged]], report: str) -> None:
    grave = {r.label["event"] for r in judged[report] if r.label["flag"] and r.label["severity"] == "high" and r.label["event"]}
    seen = {r.label["event"] for r in judged[report] if r.assessment.flag and r.label["event"]}
    assert grave, "the pinned items hold events of high severity"
    assert grave <= seen


@pytest.mark.parametrize("report", REPORTS)
def test_every_flag_says_why_and_names_a_claim(judged: dict[str, list[Judged]], report: str) -> None:
    for r in judged[report]:
        if r.assessment.flag:
            assert r.assessment.reasons
            assert r.assessment.claims
            assert r.assessment.severity.value != "none"


@pytest.mark.parametrize(("dataset", "measure"), list(HELD_OUT))
def test_the_model_was_fitted_with_scores_above_the_floors(dataset: str, measure: str) -> None:
    assert load_model(vocabulary()).about["held_out"][dataset][measure] >= HELD_OUT[dataset, measure]


@pytest.mark.parametrize("dataset", list(HELD_OUT_STORIES))
def test_stories_were_fitted_with_scores_above_the_floors(dataset: str) -> None:
    assert load_model(vocabulary()).stories.about["held_out"][dataset] >= HELD_OUT_STORIES[dataset]


@pytest.mark.shared
def test_the_model_was_fitted_on_the_data_it_names(shared: Path) -> None:
    paths = [p for items in dataset_paths(shared / "data" / "dev") for p in (items, labels_path(items))]
    assert load_model(vocabulary()).about["data"] == load_model(vocabulary()).stories.about["data"] == digest_of(paths)


# The same two changes as the press of each language would write them.
NEW_MOBILISATION = {
    "ru": "Путин подписал указ о новой волне мобилизации: призовут 200 тысяч резервистов",
    "uk": "Путін підписав указ про нову хвилю мобілізації: призвуть 200 тисяч резервістів",
    "en": "Putin signs decree ordering new wave of mobilisation, 200,000 reservists to be called up",
    "de": "Putin unterzeichnet Dekret über neue Mobilmachung: 200.000 Reservisten werden einberufen",
    "nl": "Poetin tekent decreet over nieuwe mobilisatie: 200.000 reservisten worden opgeroepen",
    "da": "Putin underskriver dekret om ny mobilisering: 200.000 reservister indkaldes",
}
HIGHER_FINE = {
    "ru": "Штраф за неявку по повестке повысят до 100 тысяч рублей, закон принят Госдумой",
    "uk": "Держдума РФ підвищила штраф за неявку за повісткою до 100 тисяч рублів",
    "en": "Russia raises fine for ignoring draft summons to 100,000 roubles, Duma passes law",
    "de": "Russland erhöht Strafe für Nichterscheinen zur Einberufung auf 100.000 Rubel, Duma verabschiedet Gesetz",
    "nl": "Rusland verhoogt boete voor negeren van oproep tot 100.000 roebel, Doema neemt wet aan",
    "da": "Rusland hæver bøden for at ignorere indkaldelse til 100.000 rubler, Dumaen vedtager lov",
}
ELSEWHERE = {
    "ru": "Рада приняла закон о мобилизации: в Украине призовут 200 тысяч резервистов",
    "en": "Finland calls up 20,000 reservists under new conscription law",
    "de": "Bundestag beschließt neuen Wehrdienst, Strafe für Nichterscheinen",
    "da": "Danmark indfører værnepligt for kvinder, loven er vedtaget",
}


@pytest.mark.parametrize("titles", [NEW_MOBILISATION, HIGHER_FINE], ids=["mobilisation", "fine"])
def test_a_change_is_seen_in_every_language_of_the_desks(titles: dict[str, str], tmp_path: Path) -> None:
    assert all(a.flag for a in _judge(titles, tmp_path)), [(a.id, a.score) for a in _judge(titles, tmp_path)]


def test_another_countrys_change_is_seen_in_none(tmp_path: Path) -> None:
    assert not any(a.flag for a in _judge(ELSEWHERE, tmp_path)), [(a.id, a.score) for a in _judge(ELSEWHERE, tmp_path)]


def _judge(titles: dict[str, str], folder: Path) -> list[Assessment]:
    desk = desk_in(folder)
    prepared = desk.prepared("cedoca-2026")
    documents = [Document(lang, "an outlet", "https://example.org/", "2026-05-01", lang, title, "") for lang, title in titles.items()]
    return [assess(read, prepared) for read in read_documents(documents, desk.words, desk.encoder)]
