"""What is not an item's own text is cut before anything reads it."""

import pytest

from monitor.compare.reading.tail import without_tail

OWN = "Комитет рассмотрит поправки на следующей неделе. Решение пока не принято."


@pytest.mark.parametrize(
    "tail",
    [
        " Читайте также: Путин подписал указ о мобилизации. Дума приняла закон о призыве.",
        " Читайте также: как провели Новый год на станции.",
        "\n\nЧитайте также\nПутин подписал указ о мобилизации\nДума приняла закон",
        "\nМатериалы по теме:\n• Дума приняла закон о повестках\n• Мобилизация объявлена",
        "\nГлавное за день\nПризыв стал круглогодичным\nРеестр заработал",
        " Подписывайтесь на наш канал!",
        "\n⚡️ Подписывайтесь, чтобы не пропустить новые указы о мобилизации",
        " Читайте також: Росія оголосила мобілізацію",
        " Read also: Putin announces new mobilisation",
        "\nRelated stories\nRussia starts mobilisation\nDuma bans leaving the country",
        " Lesen Sie auch: Putin ordnet Mobilmachung an",
        "\nLæs også: Putin indkalder reservister",
        " Lees ook: Poetin kondigt mobilisatie af",
        " Ранее сообщалось о новом законе о призыве.",
        "\n© Издание, 2026. Все права защищены",
        "\nСейчас читают:\nПутин подписал указ о мобилизации",
        "\nСамое обсуждаемое\nСрочников отправляют на фронт",
    ],
)
def test_a_tail_is_cut(tail: str) -> None:
    assert without_tail(OWN + tail) == OWN


@pytest.mark.parametrize(
    "text",
    [
        OWN,
        "Читайте также: сегодня публикуем главное.",
        "По теме мобилизации Песков ничего не сказал. Он ответил на другие вопросы.",
        "Related companies were fined. The court said so.",
        "",
        "Путин подписал указ о призыве\nПризовут 140 тысяч человек",
        "Что изменится для призывников с января, рассказали в военкомате области.\n— явка через 30 дней\n— штраф до 30 тысяч",
        "Ранее сообщалось о законе. Теперь он подписан.",
    ],
)
def test_an_items_own_words_stay(text: str) -> None:
    assert without_tail(text) == text


def test_a_link_between_paragraphs_goes_and_the_text_goes_on() -> None:
    first, second = "Первый абзац. " * 12, "Второй абзац продолжает рассказ о том же законе и о том, кого он касается. " * 3
    text = f"{first.strip()}\nЧитайте также: Путин подписал указ\nДругой заголовок\n\n{second.strip()}"
    own = without_tail(text)
    assert "указ" not in own
    assert "Другой" not in own
    assert own.endswith(second.strip())


@pytest.mark.slow
def test_hostile_text_is_survived() -> None:
    assert without_tail("\n" * 10_000 + "читайте также " * 5_000) is not None
    assert without_tail("." * 100_000).startswith(".")
