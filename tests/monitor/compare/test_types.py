"""The values that pass between the steps of a comparison."""

from dataclasses import replace

import numpy as np
import pytest

from db.enums import Relation, Severity
from db.gist import Gist, GistCode
from monitor.compare.decide.assess import read_documents
from monitor.compare.reading.annotate import Document
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.types import Assessment, EncodedDocument
from tests.baselines import light_report
from tests.fake_encoder import BagOfWords

TEXT = Document("7", "An outlet", "https://o.example/7", "2026-03-01", "ru", "Штраф за неявку в военкомат вырос до 50 тысяч рублей", "")


@pytest.fixture(scope="module")
def read() -> EncodedDocument:
    (read,) = read_documents([TEXT], vocabulary(), BagOfWords())
    assert isinstance(read, EncodedDocument)
    return read


def test_a_document_is_read_for_a_pack_and_otherwise_as_the_first_one_reads_it(read: EncodedDocument) -> None:
    other = replace(read.reading, units=())
    both = replace(read, by_pack={"agents": other})
    assert both.read_for("agents") is other
    assert both.read_for("military") is read.reading


def test_a_fingerprint_has_the_day_the_words_and_the_claims(read: EncodedDocument) -> None:
    fingerprint = read.fingerprint(["CED-021"])
    assert (fingerprint.item, fingerprint.day and fingerprint.day.isoformat(), fingerprint.lang) == ("7", "2026-03-01", "ru")
    assert "CED-021" in fingerprint.claims
    assert "CED-021" not in read.fingerprint().claims


def test_items_measured_together_have_the_similarities_that_each_has_alone(read: EncodedDocument) -> None:
    report, other = light_report("drc-2024"), replace(read, vectors=read.vectors[:, ::-1])
    (alone,) = report.near([read])
    first, second = report.near([read, other])
    assert np.allclose(alone, first, atol=1e-6)
    assert not np.allclose(first, second, atol=0.01)


@pytest.mark.parametrize(
    ("scores", "nearest"),
    [
        ([("A-1", 0.9), ("A-2", 0.5), ("A-3", 0.1)], ("A-1",)),  # more likely than not
        ([("A-1", 0.9), ("A-2", 0.8), ("A-3", 0.7), ("A-4", 0.6)], ("A-1", "A-2", "A-3")),
        ([], ()),
    ],
)
def test_the_nearest_claims_are_few_and_likely(scores: list[tuple[str, float]], nearest: tuple[str, ...]) -> None:
    gist = Gist(GistCode.REPORTED, "fines", "A-1", "An outlet", {"en": "fines"})
    result = Assessment("7", "r", True, 0.9, Severity.HIGH, Relation.UPDATES, tuple(scores), None, (), gist, (), "c")
    assert result.nearest == nearest
