"""Quality of a capture: what speaks against it, and how much is left."""

import pytest

from db.enums import FetchReason
from monitor.parse.page_checks import PageDoubt, is_challenge, is_refused, judge_list, judge_page, to_front_page, weigh

ARTICLE = "Роскомнадзор объявил, что доступ ограничен к ещё двум сайтам. " * 60


FLASH = "Осенний призыв завершён, сообщили в Минобороны России в субботу. План выполнен полностью."
SHORT = "".join(f"<p>Абзац {n} о деле уклониста в суде.</p>" for n in range(14))
LOGIN = '<form class="login"><input type="password" name="p"><button>Войти</button></form>'


@pytest.mark.parametrize(
    "html",
    [
        f"<title>Доступ ограничен к двум сайтам: что известно</title><p>{ARTICLE}</p>",
        f"<title>Доступ запрещён: как военкоматы блокируют выезд</title><h1>Доступ запрещён</h1>{SHORT}{SHORT}",
        f"<title>Новости</title><h1>Роскомнадзор заблокировал сайты</h1><p>{ARTICLE}</p>",
        f"<title>Новости</title><p>{ARTICLE}</p><p>страница не найдена, писал он</p>",
        f"<title>404 дня в плену — Пример</title><h1>404 дня в плену</h1>{SHORT}",
        f"<title>Технические работы на портале госуслуг: что делать призывникам</title>{SHORT}",
        f"<title>Технические работы в военкоматах: что известно</title><h1>Технические работы в военкоматах: что известно</h1><p>{FLASH * 5}</p>",
        f'<script type="application/ld+json">{{"@type": ["NewsArticle", "Article"], "articleBody": "{FLASH}"}}</script><title>Призыв</title><p>Загрузка…</p>',
        f"<title>Access denied: how draft offices block travel</title>{SHORT}",
        f"<title>Суд прекратил розыск</title><header>{LOGIN}</header>{SHORT}",
        f"<title>Суд прекратил розыск</title>{SHORT}<form class='comment'><div class='g-recaptcha'></div></form>",
        f"<title>Призыв</title><article><p>{FLASH}</p></article>",
        f"<title>Призыв</title><h1>Призыв завершён</h1><p>{FLASH}</p>",
        f"<title>Призыв</title><script>captcha = 'g-recaptcha'</script><h1>Призыв</h1><p>{FLASH}</p><p>{FLASH}</p>",
        f'<meta property="og:type" content="article"><title>Призыв</title><p>{FLASH}</p>',
    ],
)
def test_an_article_is_usable_whatever_it_is_about_and_whatever_forms_stand_beside_it(html: str) -> None:
    assert judge_page(html, "https://example.org/a/b", "https://example.org/a/b").usable


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        ("<title>403 Forbidden</title><h1>Access denied</h1>", FetchReason.BLOCK_PAGE),
        (
            "<title>Доступ ограничен</title><p>Доступ к ресурсу ограничен по решению Роскомнадзора. Обратитесь к оператору.</p>",
            FetchReason.BLOCK_PAGE,
        ),
        (f"<title>Вход</title>{LOGIN}", FetchReason.BLOCK_PAGE),
        (f"<title>Новости</title><p>Читайте полный текст после входа в личный кабинет издания.</p>{LOGIN}", FetchReason.BLOCK_PAGE),
        (f"<title>Страница не найдена — Пример</title><h1>Ошибка 404</h1>{SHORT}", FetchReason.SOFT_404),
        ("<title>Ведутся работы</title><p>Сайт временно недоступен, зайдите позже.</p>", FetchReason.BLOCK_PAGE),
        ("<title>Just a moment...</title><noscript>Enable JavaScript and cookies to continue</noscript>", FetchReason.CHALLENGE),
        (
            "<title>Вы не робот?</title><p>Подтвердите, что запросы отправляли вы, а не робот</p><div class='smart-captcha'></div>",
            FetchReason.CHALLENGE,
        ),
        ("<title>Пример</title><p>Подтвердите, что вы не робот.</p><div class='smartcaptcha'></div>", FetchReason.CHALLENGE),
        (f"<title>Призыв</title><p>{FLASH}</p>", FetchReason.EMPTY),
    ],
)
def test_a_page_in_place_of_the_article_is_named(html: str, reason: FetchReason) -> None:
    quality = judge_page(html, "https://example.org/a/b", "https://example.org/a/b")
    assert (quality.usable, quality.heaviest.reason if quality.heaviest else None) == (False, reason)


def test_a_deep_address_that_ends_at_the_front_page_is_reported() -> None:
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
    assert is_challenge("<title>Проверка браузера</title>".encode("windows-1251"))
    assert not is_challenge(f"<title>Суд</title>{SHORT}<div class='g-recaptcha'></div>".encode())
    assert not is_challenge("<rss><title>Проверка документов</title>".encode())
    assert not is_refused(b"<rss></rss>")
