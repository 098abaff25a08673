"""The claims added to the shipped reports are found by headlines of our own: one that changes each
claim, and one near miss.
"""

from pathlib import Path

import pytest
import yaml

from app.runtime.container import Container
from app.runtime.settings import load_settings
from monitor.compare.decide.assess import assess, read_documents
from monitor.compare.reading.annotate import Document
from monitor.compare.types import Assessment
from tests.baselines import keep_vectors

pytestmark = pytest.mark.slow  # the shipped encoder and all claims
HEADLINES = yaml.safe_load(Path(__file__).with_name("added_claims.yml").read_text(encoding="utf-8"))
FLAGGED, FIRST, IN_THREE, NEAR_FLAGGED = 0.80, 0.75, 0.93, 0.10  # floors, and a ceiling: raise, never lower them
REPORTS = {"drc-2024": "DRC-", "cedoca-2026": "CED-"}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Assessment]:
    """Each headline, by claim and kind, as the report of the claim judges it."""
    folder = tmp_path_factory.mktemp("added")
    keep_vectors(folder)
    desk = Container(load_settings(data=folder))
    out: dict[tuple[str, str], Assessment] = {}
    for report, prefix in REPORTS.items():
        prepared = desk.prepared(report)
        places = [(claim, kind) for claim in HEADLINES if claim.startswith(prefix) for kind in ("update", "near")]
        documents = [
            Document(f"{claim} {kind}", "an outlet", f"https://news.example/{claim}/{kind}", "2026-08-03", "ru", HEADLINES[claim][kind], "")
            for claim, kind in places
        ]
        out |= {
            place: assess(read, prepared) for place, read in zip(places, read_documents(documents, desk.words, desk.encoder), strict=True)
        }
    return out


def test_every_added_claim_has_its_headlines(judged: dict[tuple[str, str], Assessment]) -> None:
    desk = Container(load_settings())
    added = [c.id for b in desk.baselines(list(REPORTS)) for c in b.claims if c.added is not None]
    assert sorted(added) == sorted({claim for claim, _ in judged})


def test_a_headline_that_changes_an_added_claim_is_flagged_and_names_it(judged: dict[tuple[str, str], Assessment]) -> None:
    updates = {claim: a for (claim, kind), a in judged.items() if kind == "update"}
    flagged = sum(a.flag for a in updates.values()) / len(updates)
    first = sum(a.claims[0][0] == claim for claim, a in updates.items()) / len(updates)
    in_three = sum(claim in [c for c, _ in a.claims[:3]] for claim, a in updates.items()) / len(updates)
    assert (flagged >= FLAGGED, first >= FIRST, in_three >= IN_THREE) == (True, True, True), (flagged, first, in_three)


def test_near_misses_of_added_claims_are_rarely_flagged(judged: dict[tuple[str, str], Assessment]) -> None:
    near = [a for (_, kind), a in judged.items() if kind == "near"]
    assert sum(a.flag for a in near) / len(near) <= NEAR_FLAGGED, [a.id for a in near if a.flag]
