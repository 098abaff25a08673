"""From an entry to a clean version: text, address, language and the hash that tells an edit."""

import pytest

from monitor.kinds.results import ListedEntry
from monitor.parse.clean_entry import MAX_TEXT, clean_line, clean_text, content_hash, cyrillic_letters, language, latin_letters, read_entry


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Указ  подписан.", "указ подписан"),
        ("Ещё о призыве", "Еще о призыве"),
        ("Текст\n\nПросмотров: 12", "Текст\n\nПросмотров: 9 999"),
        ("Текст\n5 минут назад", "Текст\n2 часа назад"),
    ],
)
def test_what_changes_by_itself_is_no_edit(one: str, other: str) -> None:
    assert content_hash("", one) == content_hash("", other)


@pytest.mark.parametrize(
    ("one", "other"), [("от 18 до 27 лет", "от 18 до 30 лет"), ("не подлежит", "подлежит"), ("штраф 500 рублей", "штраф 5000 рублей")]
)
def test_a_number_or_a_word_is_an_edit(one: str, other: str) -> None:
    assert content_hash("", one) != content_hash("", other)


def test_blocks_become_paragraphs_and_scripts_are_dropped() -> None:
    text, notes = clean_text("<div><p>Первый\nабзац</p><script>var x = 1</script><p>Второй<br>строка</p></div>")
    assert (text, notes) == ("Первый абзац\n\nВторой\nстрока", ())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("", ""), ("просто слова", "просто слова"), ("5 < 6 и 7 > 3", "5 < 6 и 7 > 3"), ("&amp;laquo;Указ&amp;raquo;", "&laquo;Указ&raquo;"),
        ("&laquo;Указ&raquo; подписан", "«Указ» подписан"), ("&lt;p&gt;Абзац&lt;/p&gt;&lt;p&gt;Ещё&lt;/p&gt;", "Абзац\n\nЕщё"), ("<>", "<>"),
        ("по\u00adве\u200bстка", "повестка"),
    ],
)  # fmt: skip
def test_text_with_and_without_markup_is_read_as_it_was_meant(html: str, text: str) -> None:
    assert clean_text(html)[0] == text


def test_text_is_cut_at_the_cap_and_says_so() -> None:
    text, notes = clean_text(f"<p>{'слово ' * 20_000}</p>")
    assert len(text) == MAX_TEXT
    assert notes == ("text cut at the cap",)


def test_markup_nested_too_deep_is_read_without_structure() -> None:
    text, notes = clean_text("<div>" * 2000 + "Повестка" + "</div>" * 2000)
    assert text == "Повестка"
    assert "too deep" in notes[0]


def test_a_title_never_carries_a_line_break() -> None:
    assert clean_line("Указ\r\nBcc: all@example.org\t подписан ") == "Указ Bcc: all@example.org подписан"


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        ("Призыв начнётся в октябре", (), "ru"), ("Призов почнеться в жовтні, їх чекає", (), "uk"),
        ("The conscription campaign begins in October this year", (), "en"), ("TASS", ("ru",), "ru"), ("TASS", ("ru", "en"), None), ("12.10", (), None),
        ("Die Einberufung beginnt im Oktober dieses Jahres", ("de", "en"), "de"),
    ],
)  # fmt: skip
def test_the_language_is_recognised_by_letters_first(text: str, expected: tuple[str, ...], found: str | None) -> None:
    assert language(text, expected) == found


def test_an_entry_whose_text_repeats_its_title_has_no_text() -> None:
    version = read_entry(
        ListedEntry(key="k" * 600, url="https://example.org/a?utm_source=x", title="<b>Указ</b> подписан", html="<p>Указ подписан.</p>"),
        ("ru",),
    )
    assert (version.title, version.text, version.lang) == ("Указ подписан", "", "ru")
    assert (version.url, len(version.key)) == ("https://example.org/a", 500)


def test_a_rotating_block_of_links_at_the_end_is_left_out() -> None:
    html = "<p>Текст новости о призыве.</p><h4>Читайте также</h4><ul><li><a href='/x'>Совсем другая новость</a></li></ul>"
    assert read_entry(ListedEntry("k", "https://example.org/1", "Новость", html=html), ("ru",)).text == "Текст новости о призыве."


def test_escaped_cdata_is_a_title() -> None:
    for title in ("<![CDATA[Указ о призыве]]>", "&lt;![CDATA[Указ о призыве]]&gt;"):
        assert read_entry(ListedEntry("k", "https://example.org/1", title), ("ru",)).title == "Указ о призыве"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Запись появилась 1 мин. назад", "Запись появилась 2 ч. назад"), ("Указ подписан (12 комментариев)", "Указ подписан (13 комментариев)"),
        ("Указ подписан (12)", "Указ подписан (15)"), ("Сегодня, 14:05 указ подписан", "Вчера, 14:05 указ подписан"),
    ],
)  # fmt: skip
def test_counters_and_clocks_in_a_title_are_no_edit(one: str, other: str) -> None:
    assert content_hash(one, "") == content_hash(other, "")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Указ подписан. 5 минут назад", "Указ подписан. 2 часа назад"), ("Указ (12)\nПодробности", "Указ (15)\nПодробности"), ("Указ. Просмотров: 12", "Указ. Просмотров: 15"),
        ("Lov vedtaget for 2 timer siden", "Lov vedtaget for 3 timer siden"), ("Wet aangenomen, 3 uur geleden", "Wet aangenomen, 4 uur geleden"),
    ],
)  # fmt: skip
def test_what_changes_by_itself_is_not_in_the_hash(first: str, second: str) -> None:
    assert content_hash("", first) == content_hash("", second)
    assert content_hash(first, "") == content_hash(second, "")


@pytest.mark.parametrize(
    ("text", "cyrillic", "latin"), [("призыв ukaz", 6, 4), ("їжак ґава", 8, 0), ("måned größe žluť", 0, 14), ("12 — «»", 0, 0), ("", 0, 0)]
)
def test_letters_are_counted_by_script(text: str, cyrillic: int, latin: int) -> None:
    assert (cyrillic_letters(text), latin_letters(text)) == (cyrillic, latin)
