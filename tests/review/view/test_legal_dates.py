"""Dates of signing, publication and entry into force, as a text writes them."""

import pytest

from review.view.legal_dates import dates


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Президент подписал закон 28 февраля 2026 года.", {"signed": "28 февраля 2026 года"}),
        ("28.02.2026 документ подписан главой государства", {"signed": "28.02.2026"}),
        ("Закон опубликован 1 марта.", {"published": "1 марта"}),
        ("Он вступает в силу с 1 апреля 2026 года.", {"in force": "1 апреля 2026 года"}),
        ("Поправки вступят в силу через десять дней", {"in force": "через десять дней"}),
        ("Закон набирає чинності 5 травня", {"in force": "5 травня"}),
        (
            "The law was signed on 28 February 2026 and takes effect on March 1, 2026.",
            {"signed": "28 February 2026", "in force": "March 1, 2026"},
        ),
        ("Срок призыва изменился", {}),
        ("", {}),
    ],
)
def test_dates_are_shown_as_written(text: str, named: dict[str, str]) -> None:
    assert dates(text) == named


def test_a_date_of_another_sentence_is_not_taken() -> None:
    assert dates("Президент подписал закон. Выборы пройдут 5 марта 2026 года.") == {}
