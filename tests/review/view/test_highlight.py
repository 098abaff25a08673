"""What a card quotes of an item and what it marks in it."""

from db.reason_codes import Reason, ReasonCode
from review.view.highlight import difference, marked, quote

FIRST = "Об этом пишет издание."
SECOND = "Явка по повестке стала обязательной."
THIRD = "Штраф вырос до 50 тысяч рублей."
LAST = "Погода в столице ясная."
TEXT = " ".join((LAST, LAST, LAST, FIRST, SECOND, THIRD, LAST))
VALUE = {"claim": "C-1", "what": "fine", "old": "30 тысяч рублей", "new": "50 тысяч рублей"}


def phrase(sentence: str) -> Reason:
    return Reason(ReasonCode.WATCH_PHRASE, {"claim": "C-1", "phrase": "явка по повестке", "sentence": sentence})


def test_a_changed_value_is_marked_with_what_it_measures() -> None:
    pieces = marked(THIRD, [VALUE])
    assert [(p.text, p.kind, p.label) for p in pieces if p.kind != "same"] == [("50 тысяч рублей", "new", "fine")]
    assert "".join(p.text for p in pieces) == THIRD


def test_the_quote_begins_before_the_sentence_with_the_new_value() -> None:
    assert quote(TEXT, [VALUE], []).startswith(f"… {SECOND} {THIRD}")


def test_without_a_value_the_sentence_that_a_reason_quotes_is_shown() -> None:
    assert quote(TEXT, [], [phrase(SECOND)]).startswith(f"… {FIRST} {SECOND}")


def test_a_quotation_that_was_cut_finds_its_sentence() -> None:
    assert quote(TEXT, [], [phrase("Явка по повестке стала…")]).startswith(f"… {FIRST} {SECOND}")


def test_what_no_reason_quotes_is_shown_from_the_beginning() -> None:
    short = Reason(ReasonCode.STAGE, {"stage": "adopted", "words": ["вырос"]})
    # The report's words, not the item's
    like = Reason(ReasonCode.LIKE_CHANGE, {"claim": "C-1", "change": SECOND})
    for reasons in ([], [short], [like]):
        assert quote(TEXT, [], reasons).startswith(LAST)


def test_an_empty_text_has_no_quote() -> None:
    assert quote("", [VALUE], [phrase(SECOND)]) == ""


def test_the_words_of_two_versions_are_set_against_each_other() -> None:
    pieces = difference("штраф 30 рублей", "штраф 50 рублей")
    assert [(p.text, p.kind) for p in pieces] == [("штраф ", "same"), ("30", "old"), ("50", "new"), (" рублей", "same")]
