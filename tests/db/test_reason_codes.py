"""Reasons as data: what is stored is what is rendered, in any language."""

import ast
import re
from pathlib import Path

import pytest

from db import reason_codes
from db.enums import Stage
from db.reason_codes import PENALTIES, SIGNALS, STAGES, TEXTS, Penalty, Reason, ReasonCode, plainest, stored_reasons


def gaps(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))


def test_every_code_has_a_text_and_a_comment() -> None:
    assert set(TEXTS) == set(ReasonCode)
    assert set(STAGES) == set(Stage)
    assert set(PENALTIES) == set(Penalty)
    lines = Path(reason_codes.__file__).read_text(encoding="utf-8").splitlines()
    for code in (*ReasonCode, *Penalty):
        assert any(re.fullmatch(rf'    {code.name} = "{code.value}"  # .+', line) for line in lines), code


def test_a_text_of_a_value_has_nothing_to_fill() -> None:
    for text in (*STAGES.values(), *PENALTIES.values(), *SIGNALS.values()):
        assert "%" not in text


def test_a_stored_reason_comes_back_as_it_was() -> None:
    reason = Reason(ReasonCode.SIGNAL_FOR, {"signal": "subject_summons", "words": ["повестка"]})
    row = reason.stored()
    assert row == {"code": "signal_for", "signal": "subject_summons", "words": ["повестка"]}
    assert stored_reasons([row]) == (reason,)
    assert len({reason, *stored_reasons([row])}) == 1


def test_what_is_published_has_code_sentence_and_values() -> None:
    reason = Reason(ReasonCode.STAGE, {"stage": "adopted", "words": ["приняла закон"]})
    assert reason.published() == {
        "code": "stage",
        "text": "stage: adopted by parliament («приняла закон»)",
        "stage": "adopted",
        "words": ["приняла закон"],
    }


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (Reason(ReasonCode.VALUE_CHANGED, {"claim": "C-1", "measures": "fine", "old": "1", "new": "2"}), "fine: 1 → 2 (C-1)"),
        (Reason(ReasonCode.SIGNAL_AGAINST, {"signal": "asks", "words": []}), "against: the title asks or explains"),
        (Reason(ReasonCode.SIGNAL_FOR, {"signal": "other_body", "words": ["a", "b"]}), "for: the text is about other countries («a», «b»)"),
        (Reason(ReasonCode.PENALTY, {"penalty": "other_country"}), "demoted: it is about another country alone"),
        (Reason(ReasonCode.NOTHING_FOUND, {}), "nothing in it touches the report's claims"),
    ],
    ids=lambda x: x.code if isinstance(x, Reason) else "",
)
def test_a_reason_is_rendered_from_its_values(reason: Reason, text: str) -> None:
    assert reason.text() == text


def test_a_percent_sign_or_a_bracket_of_an_item_is_text() -> None:
    words = "100 % (все) %(signal)s"
    reason = Reason(ReasonCode.WATCH_PHRASE, {"claim": "C-1", "phrase": "%s", "sentence": words})
    assert reason.text() == f"words of C-1: «%s» in «{words}»"


def test_codes_are_translated_and_the_words_of_others_are_not() -> None:
    reason = Reason(ReasonCode.STAGE, {"stage": "proposed", "words": ["proposed"]})
    said = {TEXTS[ReasonCode.STAGE]: "fase: %(stage)s%(words)s", "proposed": "voorgesteld"}
    assert reason.text(lambda english: said[english]) == "fase: voorgesteld («proposed»)"
    claim = Reason(ReasonCode.LIKE_CHANGE, {"claim": "C-1", "change": "proposed"})
    assert claim.text(lambda english: said.get(english, english)).endswith(": proposed")


def test_a_code_of_a_newer_release_is_shown_as_it_is() -> None:
    (unknown,) = stored_reasons([{"code": "from_the_future", "x": "y"}])
    assert unknown.text() == "from_the_future"
    assert Reason(ReasonCode.SIGNAL_FOR, {"signal": "new_signal", "words": []}).text() == "for: new_signal"


def test_quoted_words_are_those_in_quotation_marks() -> None:
    reason = Reason(ReasonCode.WATCH_PHRASE, {"claim": "C-1", "phrase": "уклонение", "sentence": "Уклонение от «сборов»"})
    assert reason.quoted() == ["уклонение", "Уклонение от «сборов»"]
    assert Reason(ReasonCode.LIKE_CHANGE, {"claim": "C-1", "change": "The fine changes."}).quoted() == []


def test_cleaning_reaches_every_value() -> None:
    reason = Reason(ReasonCode.STAGE, {"stage": " adopted", "words": [" a", "b "]})
    assert reason.cleaned(str.strip) == Reason(ReasonCode.STAGE, {"stage": "adopted", "words": ["a", "b"]})


def _made(tree: ast.AST) -> list[tuple[str, set[str]]]:
    """(code, value names) of every `Reason(ReasonCode.X, {…})` in a module."""
    calls = [
        n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "Reason" and len(n.args) == 2
    ]
    return [
        (call.args[0].attr, {k.value for k in call.args[1].keys if isinstance(k, ast.Constant) and isinstance(k.value, str)})
        for call in calls
        if isinstance(call.args[0], ast.Attribute) and isinstance(call.args[1], ast.Dict)
    ]


def test_the_comparison_gives_each_code_the_values_of_its_text() -> None:
    root = Path(reason_codes.__file__).parents[1] / "monitor" / "compare"
    made = [found for path in root.rglob("*.py") for found in _made(ast.parse(path.read_text(encoding="utf-8")))]
    assert made
    for name, values in made:
        assert values == gaps(TEXTS[ReasonCode[name]]), name


def test_a_plain_reason_has_no_words_of_the_item() -> None:
    phrase = Reason(ReasonCode.WATCH_PHRASE, {"claim": "CED-007", "phrase": "указ о призыве", "sentence": "Указ подписан."})
    assert phrase.plain() == "it is worded like news that would change claim CED-007"
    signal = Reason(ReasonCode.SIGNAL_FOR, {"signal": "subject_students", "words": ["студенты"]})
    assert signal.plain() == "it speaks of students"


def test_the_reports_english_words_are_left_to_readers_of_english() -> None:
    change = Reason(ReasonCode.LIKE_CHANGE, {"claim": "C-1", "change": "The fine rises."})
    assert change.plain().endswith("would change claim C-1: The fine rises.")
    assert change.plain(about="bøder").endswith("would change claim C-1: bøder")
    assert change.plain(about="").endswith("would change claim C-1")
    value = Reason(ReasonCode.VALUE_CHANGED, {"claim": "C-1", "measures": "days to appear", "old": "14 days", "new": "30 дней"})
    assert value.plain() == "days to appear: 14 days → 30 дней (C-1)"
    assert value.plain(about="mødefrist") == "it gives another value than the claim (mødefrist)"
    assert value.plain(about="") == "it gives another value than the claim"


def test_the_most_telling_reason_comes_first() -> None:
    def signal(name: str, code: ReasonCode = ReasonCode.SIGNAL_FOR) -> Reason:
        return Reason(code, {"signal": name, "words": []})

    stage = Reason(ReasonCode.STAGE, {"stage": "signed", "words": []})
    phrase = Reason(ReasonCode.WATCH_PHRASE, {"claim": "C-1", "phrase": "a", "sentence": "b"})
    change = Reason(ReasonCode.LIKE_CHANGE, {"claim": "C-1", "change": "A law."})
    against = signal("news_opinion", ReasonCode.SIGNAL_AGAINST)
    ascending = [signal("news_how_to"), signal("subject_summons"), phrase, signal("st_rule"), change]
    for number, reason in enumerate(ascending, start=1):
        assert plainest([stage, against, *ascending[:number]]) == reason
    assert plainest([stage, against]) is None
    assert plainest([]) is None
