"""Reasons of real comparisons: their codes, their values, and every language they are rendered
in.
"""

import json
import re
from pathlib import Path

import pytest

from alerts.i18n import LANGUAGES, catalogue
from db.reason_codes import SIGNALS, Penalty, Reason, ReasonCode, stored_reasons
from monitor.baseline import load_baseline
from monitor.compare.decide.assess import assess, prepare, read_documents
from monitor.compare.decide.model import GUARDS, load_model
from monitor.compare.reading.annotate import Document
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.signals.features import Registry
from tests.fake_encoder import BagOfWords

ROOT = Path(__file__).resolve().parents[4]
ITEMS = (
    "Путин подписал закон: штраф за неявку в военкомат по повестке вырос до 200 тысяч рублей, закон вступил в силу",
    "Суд признал незаконным призыв студента, у которого была отсрочка",
    "В Финляндии призывники смогут служить до 35 лет",
    "Напоминаем: как оспорить решение призывной комиссии. Отвечаем на вопросы",
    "Кремль опроверг слухи о новой мобилизации",
    "Выплата рекрутеру за привлечение контрактника выросла до 200 тысяч рублей, вознаграждение за каждого подписавшего контракт",
    "Нидерланды: погода",
    "…",
)


@pytest.fixture(scope="module")
def found() -> list[Reason]:
    """The reasons of a few items in a language with rules and in one without, newer and older than
    the report.
    """
    report = prepare(load_baseline(ROOT / "baseline" / "drc-2024.yml"), BagOfWords(), vocabulary(), load_model(vocabulary()))
    documents = [
        Document(id=f"{number}", outlet="An outlet", url="", published=published, lang=lang, title=title, text="")
        for number, title in enumerate(ITEMS)
        for lang, published in (("ru", "2025-03-01"), ("ru", "2023-03-01"), ("fi", "2025-03-01"), ("es", "2025-03-01"))
    ]
    return [reason for read in read_documents(documents, vocabulary(), BagOfWords()) for reason in assess(read, report).reasons]


def test_every_signal_and_penalty_has_a_text() -> None:
    assert set(Registry(vocabulary()).names) == set(SIGNALS)
    assert {g.code for g in GUARDS} == set(Penalty)


@pytest.mark.slow
def test_the_items_give_nearly_every_code(found: list[Reason]) -> None:
    assert {r.code for r in found} >= set(ReasonCode) - {ReasonCode.NOT_COMPARED, ReasonCode.LIKE_CHANGE}


def test_the_reasons_say_what_is_read_of_a_language(found: list[Reason]) -> None:
    assert {r.values["lang"] for r in found if r.code == ReasonCode.ENCODER_ONLY} == {"fi"}
    assert {r.values["lang"] for r in found if r.code == ReasonCode.SUBJECTS_ONLY} == {"es"}


def test_a_reason_survives_being_stored(found: list[Reason]) -> None:
    assert stored_reasons(json.loads(json.dumps([r.stored() for r in found]))) == tuple(found)


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_every_language_keeps_the_quoted_words_and_leaves_no_gap(language: str, found: list[Reason]) -> None:
    say = catalogue(language).gettext
    for reason in found:
        text = reason.text(say)
        assert "%(" not in text
        assert all(words in text for words in reason.quoted())


@pytest.mark.parametrize("language", [x for x in LANGUAGES if x != "en"])
def test_nothing_but_the_words_of_others_stays_english(language: str, found: list[Reason]) -> None:
    say = catalogue(language).gettext
    for reason in found:
        if reason.code == ReasonCode.VALUE_CHANGED:  # only a claim's words and values
            continue
        assert reason.text(say) != reason.text()
        own = re.sub("«.*?»", "", reason.text(say))
        own = own.replace(str(reason.values.get("change", "")), "") if reason.code == ReasonCode.LIKE_CHANGE else own
        assert not re.search(r"\b(it|the|words of|published|reads like|against|speaks|title)\b", own), own
