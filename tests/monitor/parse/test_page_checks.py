"""Quality of a capture: what speaks against it, and how much is left."""

import pytest

from db.enums import FetchReason
from monitor.parse.page_checks import PageDoubt, is_challenge, is_refused, judge_list, judge_page, to_front_page, weigh

ARTICLE = "Роскомнадзор объявил, что доступ ограничен к ещё двум сайтам. " * 60


@pytest.mark.parametrize(
    ("html", "usable"),
    [
        (f"<title>Доступ ограничен к двум сайтам: что известно</title><p>{ARTICLE}</p>", False),  # doubtful: kept, and not compared
        (f"<title>Новости</title><h1>Роскомнадзор заблокировал сайты</h1><p>{ARTICLE}</p>", True),
        ("<title>403 Forbidden</title><h1>Access denied</h1>", False),
        (f"<title>Новости</title><p>{ARTICLE}</p><p>страница не найдена, писал он</p>", True),
        ('<title>Вход</title><form><input type="password"></form>', False),
    ],
)
def test_quality_is_judged_by_heads_and_length_not_by_a_word_in_an_article(html: str, usable: bool) -> None:
    assert judge_page(html, "https://example.org/a/b", "https://example.org/a/b").usable is usable


def test_a_deep_address_that_ends_at_the_front_page_is_told() -> None:
    assert to_front_page("https://example.org/news/1", "https://example.org/")
    assert not to_front_page("https://example.org/", "https://example.org/")
    assert not to_front_page("https://example.org/news/1", "https://example.org/news/2")


def test_doubts_multiply_and_the_heaviest_gives_the_reason() -> None:
    doubts = [PageDoubt(FetchReason.EMPTY, "little text", 0.4), PageDoubt(FetchReason.SOFT_404, "nothing here", 0.1)]
    both = weigh(doubts)
    assert (both.value, both.usable, both.says) == (0.04, False, ("little text", "nothing here"))
    assert both.heaviest == doubts[1]
    assert (weigh([]).value, weigh([]).heaviest) == (1.0, None)


@pytest.mark.parametrize(
    ("title", "reason"),
    [
        ("Just a moment...", FetchReason.CHALLENGE), ("Доступ запрещён", FetchReason.BLOCK_PAGE), ("Ошибка 404", FetchReason.SOFT_404),
        ("Ведутся работы", FetchReason.BLOCK_PAGE), ("404 Media", None), ("Новости", None), ("Доступ запрещён " * 20, None),
    ],
)  # fmt: skip
def test_a_list_is_judged_by_what_the_page_calls_itself(title: str, reason: FetchReason | None) -> None:
    doubt = judge_list(f"<title>{title}</title>", ())
    assert (doubt.reason if doubt else None) is reason


def test_a_headline_of_the_list_is_not_the_name_of_the_page() -> None:
    html = "<title>Новости</title><h1>Доступ ограничен к сайту</h1>"
    assert judge_list(html, ()) is not None
    assert judge_list(html, ["Доступ ограничен к сайту"]) is None


def test_guards_and_refusals_are_known_in_bytes() -> None:
    assert is_challenge(b"<title>Just a moment...</title>")
    assert is_refused("<h1>Доступ ограничен</h1>".encode())
    assert not is_challenge("<rss><title>Проверка документов</title>".encode())
    assert not is_refused(b"<rss></rss>")
