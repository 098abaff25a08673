"""From score to judgement: flag, relation and severity, each line by itself."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from db.enums import Relation, Severity
from db.gist import GistValue
from monitor.baseline import Claim, ClaimReliability, load_baseline
from monitor.compare.decide.assess import measure, prepare, read_documents
from monitor.compare.decide.classify import judge
from monitor.compare.decide.model import load_model
from monitor.compare.reading.annotate import Document
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.statements.differ import Change
from monitor.compare.types import PreparedReport, Signals, Verdict
from tests.fake_encoder import BagOfWords

ROOT = Path(__file__).resolve().parents[4]
HIGH, LOW = 0.99, 0.3  # scores far above and just above the threshold


@pytest.fixture(scope="module")
def report() -> PreparedReport:
    """A report of two claims, so that the nearest one is known."""
    whole = load_baseline(ROOT / "baseline" / "drc-2024.yml")
    model = replace(load_model(vocabulary()), threshold=0.2)
    return prepare(whole.model_copy(update={"claims": whole.claims[:2]}), BagOfWords(), vocabulary(), model)


def judged(
    report: PreparedReport, title: str, score: float, topic: str = "medical_fitness", status: ClaimReliability = ClaimReliability.REPORTED, near: float = 2.0,
    published: str = "2025-03-01", changes: tuple[Change, ...] = (), text: str = "", **claim: bool,
) -> Verdict:  # fmt: skip
    """The verdict on an item whose nearest claim is the second, at log-odds `near`."""
    document = Document("a", "", "", published, "ru", title, text)
    (read,) = read_documents([document], vocabulary(), BagOfWords())
    measured: Signals = measure(read, report)
    second: Claim = measured.claims[1].model_copy(update={"topic": topic, "status": status, "open": False, **claim})
    pairs = np.array([near - 3, near])
    return judge(document, replace(measured, claims=[measured.claims[0], second], pairs=pairs, stated=list(changes)), report, score)


def test_the_nearest_claim_is_named_first_with_its_probability(report: PreparedReport) -> None:
    verdict = judged(report, "Призыв", LOW, near=0.0)
    assert verdict.position == 1
    assert [score for _, score in verdict.claims] == [0.5, pytest.approx(0.0474, abs=1e-4)]


@pytest.mark.parametrize(
    ("score", "published", "flag"),
    [(0.2, "2025-03-01", True), (0.19999, "2025-03-01", False), (HIGH, "2020-01-01", False), (0.2, "", True)],
)
def test_flagged_is_what_reaches_the_threshold_and_is_no_older_than_the_research(
    report: PreparedReport, score: float, published: str, flag: bool
) -> None:
    verdict = judged(report, "Призыв", score, published=published)
    assert verdict.flag is flag
    assert (verdict.severity is Severity.NONE) is not flag


@pytest.mark.parametrize(
    ("title", "severity"),
    [
        ("Путин подписал закон о воинском учете", Severity.HIGH),
        ("Верховный суд: одной неявки по повестке достаточно", Severity.HIGH),
        ("Мобилизацию отменили", Severity.HIGH),
        ("Депутаты предлагают изменить порядок воинского учета", Severity.MEDIUM),
        # grave, but a proposal
        ("Призывникам предлагают запретить выезд: их не выпустят за границу", Severity.MEDIUM),
        ("Призывника не выпустили за границу из-за повестки", Severity.HIGH),  # a grave practice
        ("Повестки приходят по почте", Severity.MEDIUM),
        ('Федеральный закон от 04.10.2026 № 301-ФЗ "О внесении изменений в Федеральный закон "О воинской обязанности"', Severity.MEDIUM),
        # Comes every year
        ("Подписан указ о военных сборах запасников в 2027 году", Severity.MEDIUM),
        ("Военный билет подорожал до двух миллионов рублей", Severity.LOW),  # a minor figure
        ("Слухи о новой мобилизации", Severity.LOW),
        ("Кремль опроверг планы новой мобилизации", Severity.LOW),
    ],
)
def test_severity_is_the_stage_of_a_rule_or_a_grave_practice(report: PreparedReport, title: str, severity: Severity) -> None:
    assert judged(report, title, LOW, "register_esummons").severity is severity


def test_a_rumour_in_the_text_alone_does_not_lower_a_grave_practice(report: PreparedReport) -> None:
    title, rumour = "Призывников не выпускают за границу", "Ходят слухи о новых отказах."
    assert judged(report, title, LOW, text=rumour).severity is Severity.HIGH
    assert judged(report, "Повестки приходят по почте", LOW, text=rumour).severity is Severity.LOW


CHANGE = Change(
    "DRC-002",
    "awol.verdicts",
    "servicemen tried",
    GistValue(10_000, 10_000, "servicemen"),
    GistValue(18_000, 18_000, "servicemen"),
    True,
    False,
    "",
    1.0,
)


@pytest.mark.parametrize(
    ("title", "status", "near", "changes", "opened", "relation"),
    [
        ("Воинский учет", ClaimReliability.REPORTED, -2.0, (), False, Relation.NEW_TOPIC),
        ("Воинский учет", ClaimReliability.REPORTED, 2.0, (), True, Relation.ANSWERS),
        ("Воинский учет", ClaimReliability.UNCERTAIN, 2.0, (), False, Relation.ANSWERS),
        ("Минобороны опровергло отмену отсрочек", ClaimReliability.IN_FORCE, 2.0, (), False, Relation.CONTRADICTS),
        ("Воинский учет", ClaimReliability.IN_FORCE, 2.0, (), False, Relation.UPDATES),
        ("Воинский учет", ClaimReliability.REPORTED, 2.0, (CHANGE,), False, Relation.UPDATES),
        ("Путин подписал закон о воинском учете", ClaimReliability.REPORTED, 2.0, (), False, Relation.UPDATES),
        ("Воинский учет", ClaimReliability.REPORTED, 2.0, (), False, Relation.ADDS_DETAIL),
    ],
)
def test_the_relation_of_a_flag_to_its_claim(
    report: PreparedReport, title: str, status: ClaimReliability, near: float, changes: tuple[Change, ...], opened: bool, relation: Relation
) -> None:
    assert judged(report, title, LOW, status=status, near=near, changes=changes, open=opened).relation is relation


def test_what_is_not_flagged_restates_where_it_is_about_the_claim(report: PreparedReport) -> None:
    assert judged(report, "Военкомат разослал повестки", 0.1).relation is Relation.RESTATES
    assert judged(report, "Военкомат разослал повестки", 0.1, near=-1.0).relation is Relation.UNRELATED
    assert judged(report, "Погода", 0.1).relation is Relation.UNRELATED


def test_only_values_that_surely_measure_the_same_are_named(report: PreparedReport) -> None:
    unsure = replace(CHANGE, certain=False)
    assert judged(report, "Воинский учет", LOW, changes=(unsure, CHANGE)).changes == (CHANGE,)
