"""Why something was flagged, in the reader's language: every sentence the comparison can give is known, translated and keeps the quoted words."""

import re
from pathlib import Path

import pytest

from alerts.language import LANGUAGES, catalogue
from alerts.reasons import BECAUSE, FORMS, STAGES, reason_in
from monitor.baseline import load_baseline
from monitor.compare import reasons as comparison
from monitor.compare.assess import assess, prepare, read_documents
from monitor.compare.features import features
from monitor.compare.reading import Document
from monitor.compare.verdict import GUARDS, load_model
from monitor.compare.vocabulary import vocabulary
from tests.light import BagOfWords

ROOT = Path(__file__).resolve().parents[2]
OTHERS = [x for x in LANGUAGES if x != "en"]
ITEMS = (
    "Путин подписал закон: штраф за неявку в военкомат по повестке вырос до 200 тысяч рублей, закон вступил в силу",
    "Суд признал незаконным призыв студента, у которого была отсрочка",
    "В Финляндии призывники смогут служить до 35 лет",
    "Напоминаем: как оспорить решение призывной комиссии. Отвечаем на вопросы",
    "Кремль опроверг слухи о новой мобилизации",
    "Нидерланды: погода",
)


def test_every_feature_guard_and_stage_the_comparison_names_is_known() -> None:
    """A new one belongs into alerts/reasons.py and the catalogues."""
    named = {f.says for f in features() if not f.name.startswith(("pair_", "meaning_", "wording", "stage_"))} | {g.says for g in GUARDS}
    assert not named - set(BECAUSE)
    assert set(comparison._STAGE_WORDS.values()) == set(STAGES)


@pytest.mark.parametrize("language", OTHERS)
def test_each_of_them_is_said_in_each_language(language: str) -> None:
    say = catalogue(language).gettext
    same = {t for t in (*FORMS, *STAGES, *BECAUSE) if say(t) == t}
    assert same <= {"for: %(because)s"}  # which is Danish too


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_real_reasons_keep_the_words_they_rest_on_and_lose_their_english(language: str) -> None:
    report = prepare(load_baseline(ROOT / "baseline" / "drc-2024.yml"), BagOfWords(), vocabulary(), load_model())
    for number, title in enumerate(ITEMS):
        for lang, published in (("ru", "2025-03-01"), ("ru", "2023-03-01"), ("fi", "2025-03-01")):
            document = Document(id=str(number), outlet="An outlet", url="", published=published, lang=lang, title=title, text="")
            (read,) = read_documents([document], vocabulary(), BagOfWords())
            for reason in assess(read, report).reasons:
                said = reason_in(language, reason)
                assert re.findall("«.*?»", said) == re.findall("«.*?»", reason)
                own = re.search(r": .* → .* \(", reason)  # a claim's own words: what it measures, and what would change it
                if language == "en" or own:
                    assert said == reason
                else:
                    assert said != reason or reason.startswith("for: "), reason
                    assert not re.search(r"\b(it|the|words of|published|reads like)\b", re.sub("«.*?»", "", said).partition(": ")[0]), said


def test_a_sentence_of_no_known_form_is_passed_on() -> None:
    for reason in ("", "an older comparison said this", "for: it is unheard of («слово»)", "%(because)s"):
        assert reason_in("en", reason) == reason
    assert reason_in("da", "an older comparison said this") == "an older comparison said this"
