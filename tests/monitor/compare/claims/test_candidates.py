"""A report of very many claims: the likeliest are chosen first, and what is chosen is measured as
if the others were not there.
"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app.tools.demo.server import outlets
from monitor.compare.claims import candidates
from monitor.compare.claims.candidates import Candidates
from monitor.compare.claims.csr import Ragged
from monitor.compare.decide.assess import CannotCompare, assess, compare_documents, measure, prepare, read_documents
from monitor.compare.reading.annotate import Document
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.types import EncodedDocument, PreparedReport
from tests.baselines import light_report
from tests.fake_encoder import BagOfWords

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def whole() -> PreparedReport:
    return light_report("cedoca-2026")


@pytest.fixture(scope="module")
def chosen(whole: PreparedReport) -> PreparedReport:
    """The same report as if it had too many claims to look at all of them."""
    return replace(whole, shortlist=Candidates(whole.meanings, whole.model))


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    items = [i for o in outlets() for i in o["items"] if i.get("title")]
    return [
        Document(f"{n}", "An outlet", i["url"], i["published"][:10], i.get("lang"), i["title"], i.get("text") or "")
        for n, i in enumerate(items)
    ]


@pytest.fixture(scope="module")
def reads(documents: list[Document]) -> list[EncodedDocument]:
    return list(read_documents(documents, vocabulary(), BagOfWords()))


def test_the_shipped_reports_are_compared_whole(whole: PreparedReport) -> None:
    assert len(whole.baseline.claims) <= candidates.WHOLE
    assert whole.shortlist is None


@pytest.mark.slow
def test_beyond_a_few_hundred_claims_the_likeliest_are_chosen(whole: PreparedReport, reads: list[EncodedDocument]) -> None:
    claims = [c.model_copy(update={"id": f"BIG-{n:03d}"}) for n, c in enumerate(whole.baseline.claims * 2)]
    big = prepare(whole.baseline.model_copy(update={"claims": claims}), BagOfWords(), vocabulary(), whole.model)
    measured = measure(reads[0], big)
    assert len(measured.claims) == len(measured.pairs) == len(measured.pair_rows) == candidates.LIKELIEST


@pytest.mark.slow
def test_the_nearest_claim_is_among_the_chosen_and_flags_stay(
    whole: PreparedReport, chosen: PreparedReport, reads: list[EncodedDocument]
) -> None:
    pairs = [(assess(r, whole), assess(r, chosen)) for r in reads]
    assert all(a.claims[0][0] == b.claims[0][0] for a, b in pairs if a.score > 0.2)
    assert sum(a.flag != b.flag for a, b in pairs) <= len(pairs) / 100


@pytest.mark.slow
def test_a_chosen_claim_is_measured_as_among_all(whole: PreparedReport, chosen: PreparedReport, reads: list[EncodedDocument]) -> None:
    position = {c.id: i for i, c in enumerate(whole.baseline.claims)}
    columns = [i for i in range(measure(reads[0], whole).pair_rows.shape[1]) if i != 3]
    for read in reads[:40]:
        all_of, few = measure(read, whole), measure(read, chosen)
        rows = [position[c.id] for c in few.claims]
        assert rows == sorted(rows)
        assert np.allclose(few.pair_rows[:, columns], all_of.pair_rows[rows][:, columns], atol=1e-5)
        # Wording looks closely at so many phrases of each sentence: among fewer claims none loses
        # its place.
        assert (few.wording.scores >= all_of.wording.scores[rows] - 1e-5).all()
        assert {few.claims[i].id: c for i, c in few.changes.items()}.items() <= {
            whole.baseline.claims[i].id: c for i, c in all_of.changes.items()
        }.items()


@pytest.mark.slow
def test_no_wording_is_above_what_it_was_said_to_be_at_most(whole: PreparedReport, reads: list[EncodedDocument]) -> None:
    for read in reads:
        assert (whole.phrases.match(read.reading.units).scores <= whole.phrases.at_most(read.reading.units) + 1e-5).all()


@pytest.mark.slow
def test_choosing_gives_the_same_every_time(chosen: PreparedReport, reads: list[EncodedDocument]) -> None:
    again = replace(chosen, shortlist=Candidates(chosen.meanings, chosen.model))
    assert [assess(r, chosen) for r in reads[:20]] == [assess(r, again) for r in reads[:20]]


@pytest.mark.slow
def test_many_documents_together_give_what_each_gives_alone(
    whole: PreparedReport, chosen: PreparedReport, documents: list[Document]
) -> None:
    reports = [whole, chosen]
    for found in compare_documents(documents, reports, vocabulary(), BagOfWords()):
        assert not isinstance(found, CannotCompare)
        read, assessments = found
        assert assessments == [assess(read, p) for p in reports]


def test_rows_of_some_owners_come_with_the_place_of_each() -> None:
    rows, places = Ragged([2, 0, 3, 1]).of(np.array([0, 1, 3]))
    assert rows.tolist() == [0, 1, 5]
    assert places.tolist() == [0, 0, 2]
