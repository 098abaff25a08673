"""The item against a report as a whole: the judge's lines, and reasons that show the words they
come from.
"""

import re
from pathlib import Path

import pytest

from db.enums import Relation, Severity
from db.reason_codes import ReasonCode
from monitor.compare.decide.assess import assess, prepare, read_documents
from monitor.compare.decide.classify import is_older
from monitor.compare.reading.annotate import Document
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.types import Assessment, PreparedReport
from tests.baselines import light_report
from tests.fake_encoder import BagOfWords

ROOT = Path(__file__).resolve().parents[4]


@pytest.fixture(scope="module")
def drc() -> PreparedReport:
    return light_report("drc-2024")


def assessed(prepared: PreparedReport, title: str, text: str = "", published: str = "2025-03-01", lang: str | None = "ru") -> Assessment:
    document = Document(id="a", outlet="An outlet", url="", published=published, lang=lang, title=title, text=text)
    (read,) = read_documents([document], vocabulary(), BagOfWords())
    return assess(read, prepared)


ABROAD = {"other_title", "other_body", "other_only", "other_title_only", "ukraine_title", "ukraine_body"}
STRONG = "Путин подписал закон: штраф за неявку в военкомат по повестке вырос до 200 тысяч рублей, закон вступил в силу"


@pytest.mark.parametrize(
    ("published", "closed", "older"),
    [
        ("2024-06-14", "2024-06-15", True),
        ("2024-06-15", "2024-06-15", False),
        ("2024-06-15T23:00:00+00:00", "2024-06-15", False),
        ("2024-05-31", "2024-06", True),
        ("2024-06-01", "2024-06", False),
        ("2023-12-31", "2024", True),
        ("", "2024-06-15", False),
    ],
)
def test_older_than_the_research_is_judged_as_far_as_its_date_reaches(published: str, closed: str, older: bool) -> None:
    assert is_older(published, closed) is older


def test_what_is_older_is_not_flagged_and_says_so(drc: PreparedReport) -> None:
    old = assessed(drc, STRONG, published="2023-01-01")
    assert (old.flag, old.severity) == (False, Severity.NONE)
    (found,) = (r for r in old.reasons if r.code == ReasonCode.BEFORE_RESEARCH)
    assert found.values == {"day": "2023-01-01", "closed": drc.baseline.report.research_closed}


def test_the_flag_is_the_threshold_and_nothing_else(drc: PreparedReport) -> None:
    for title in (STRONG, "Погода в Москве", "В Германии спорят о призыве", "Осенний призыв: итоги"):
        a = assessed(drc, title)
        # The judge decides on the exact score; what is shown is rounded to four places.
        assert a.flag is (a.score >= drc.model.threshold) or abs(a.score - drc.model.threshold) < 1e-4
        assert (a.severity is Severity.NONE) is (not a.flag)
        if not a.flag:
            assert a.relation in (Relation.RESTATES, Relation.UNRELATED)


def test_news_of_the_field_outranks_what_has_nothing_to_do_with_it(drc: PreparedReport) -> None:
    far = max(
        assessed(drc, t).score for t in ("Погода в Москве", "Футболист подписал контракт с клубом", "Повестка дня саммита в Брюсселе")
    )
    assert assessed(drc, STRONG).score > far


def test_another_country_counts_against_an_item(drc: PreparedReport) -> None:
    assert (
        assessed(drc, "Во Франции отменили призыв на военную службу").score
        < assessed(drc, "В России отменили призыв на военную службу").score
    )


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Резервистом до 65 лет: закон вступил в силу", "В Финляндии срок пребывания в резерве продлили на пять лет."),
        ("Срок службы сократили до года", "Об этом объявил парламент Казахстана."),
        ("В ВСУ насчитали тысячи дел о самоволке", "Большинство дел — о самовольном оставлении части."),
        ("Рада утвердила новые правила бронирования", "Военнообязанные получат отсрочку на полгода."),
    ],
)
def test_a_short_text_about_another_country_is_not_about_russia(drc: PreparedReport, title: str, text: str) -> None:
    a = assessed(drc, title, text)
    assert not a.flag
    assert {r.values.get("signal") for r in a.reasons if r.code == ReasonCode.SIGNAL_AGAINST} & ABROAD, a.reasons


def test_what_offices_deny_in_an_investigation_is_no_denial_of_the_news(drc: PreparedReport) -> None:
    title, told = (
        "Срочников под Курском отправили в бой: рассказывают родные",
        "Издание поговорило с родителями десятков срочников, попавших под обстрел.",
    )
    found, denied = assessed(drc, title, told), assessed(drc, title, f"{told} Военкоматы отрицают их присутствие.")
    refused = assessed(drc, "Минобороны опровергло отправку срочников под Курск в бой", told)
    assert found.score > denied.score > refused.score


@pytest.mark.parametrize(
    ("news", "noise"),
    [
        ("Призывников отправили в войска на месяц раньше срока", "Призывников торжественно проводили в войска под оркестр"),
        ("Военкоматы обзванивают призывников и требуют явиться", "Мошенники звонят призывникам: звонки от «военкомата» и код из смс"),
    ],
)
def test_ceremonies_and_fraud_rank_below_news_of_the_same_words(drc: PreparedReport, news: str, noise: str) -> None:
    assert assessed(drc, news).score > assessed(drc, noise).score


def test_a_differing_value_is_shown_old_and_new(drc: PreparedReport) -> None:
    a = assessed(
        drc, "Выплата рекрутеру за привлечение контрактника выросла до 200 тысяч рублей, вознаграждение за каждого подписавшего контракт"
    )
    shown = [c for c in a.changes if c.new == "200,000 RUB"]
    assert shown
    named = [r.values for r in a.reasons if r.code == ReasonCode.VALUE_CHANGED]
    assert any({"claim": c.claim_id, "measures": c.measures, "old": c.old, "new": c.new} in named for c in shown)
    assert {c.claim_id for c in a.changes} <= {claim_id for claim_id, _ in a.claims}


def test_reasons_quote_words_that_stand_in_the_item_or_the_report(drc: PreparedReport) -> None:
    text = "Резервистов отправят на сборы. Срочников вынуждают подписать контракт с Минобороны, сообщает правозащитник."
    a = assessed(drc, STRONG, text)
    item = re.sub(r"\W+", " ", f"{STRONG} {text}".lower().replace("ё", "е"))
    phrases = re.sub(r"\W+", " ", " ".join(p for c in drc.baseline.claims for p in c.watch.all()).lower().replace("ё", "е"))
    quoted = [re.sub(r"\W+", " ", q.lower().replace("ё", "е")).strip() for r in a.reasons for q in r.quoted()]
    assert quoted, "reasons show their words"
    assert not [q for q in quoted if q not in item and q not in phrases]


def test_the_stage_is_shown_with_its_words(drc: PreparedReport) -> None:
    a = assessed(drc, "Госдума приняла закон о призыве в третьем чтении")
    assert a.stage == "adopted"
    (found,) = (r for r in a.reasons if r.code == ReasonCode.STAGE)
    assert found.values["stage"] == "adopted"
    assert found.quoted()[0].lower() in "госдума приняла закон о призыве в третьем чтении"


def test_every_assessment_names_what_it_depends_on(drc: PreparedReport) -> None:
    a = assessed(drc, STRONG)
    assert a.comparer == drc.digest
    other = prepare(drc.baseline.model_copy(update={"claims": drc.baseline.claims[1:]}), BagOfWords(), vocabulary(), drc.model)
    assert other.digest != drc.digest


def test_assessing_is_a_pure_function(drc: PreparedReport) -> None:
    assert assessed(drc, STRONG, "Текст.") == assessed(drc, STRONG, "Текст.")


@pytest.mark.parametrize(("title", "text"), [("", ""), ("…", ""), ("", "!"), ("😀", "😀" * 500), ("a" * 10_000, ""), ("x", "\n" * 9000)])
def test_an_item_that_says_nothing_is_assessed_too(drc: PreparedReport, title: str, text: str) -> None:
    a = assessed(drc, title, text, published="", lang=None)
    assert a.flag is False
    assert a.reasons
