"""The words of a page without its menus."""

from monitor.parse.extract import main_text

TEXT = "".join(f"<p>Абзац {n} рассказывает, в какие сроки граждане получат повестки и куда явиться.</p>" for n in range(6))


def test_the_article_is_taken_and_the_menu_is_not() -> None:
    html = f"<html><body><nav><a href='/a'>Политика</a><a href='/b'>Общество</a></nav><article>{TEXT}</article><footer>Реклама на сайте</footer></body></html>"
    text = main_text(html, "https://example.org/a")
    assert text.count("получат повестки") == 6
    assert "Политика" not in text
    assert "Реклама" not in text
    assert len(text.splitlines()) >= 6


def test_invisible_characters_are_gone_and_an_empty_page_gives_nothing() -> None:
    disguised = TEXT.replace("повестки", "по\u00adвест\u200bки")
    assert "повестки" in main_text(f"<html><body><article>{disguised}</article></body></html>", "https://example.org/a")
    assert main_text("<html><body></body></html>", "https://example.org/a") == ""
