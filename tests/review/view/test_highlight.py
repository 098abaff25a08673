"""What a card marks in a text."""

from review.view.highlight import difference, marked

THIRD = "Штраф вырос до 50 тысяч рублей."
VALUE = {"claim": "C-1", "what": "fine", "old": "30 тысяч рублей", "new": "50 тысяч рублей"}


def test_a_changed_value_is_marked_with_what_it_measures() -> None:
    pieces = marked(THIRD, [VALUE])
    assert [(p.text, p.kind, p.label) for p in pieces if p.kind != "same"] == [("50 тысяч рублей", "new", "fine")]
    assert "".join(p.text for p in pieces) == THIRD


def test_the_words_of_two_versions_are_set_against_each_other() -> None:
    pieces = difference("штраф 30 рублей", "штраф 50 рублей")
    assert [(p.text, p.kind) for p in pieces] == [("штраф ", "same"), ("30", "old"), ("50", "new"), (" рублей", "same")]
