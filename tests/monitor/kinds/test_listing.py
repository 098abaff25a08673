"""Listings: what is a list, and what is an error page that lists links."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from db.enums import FetchReason
from monitor.kinds.listing import read_listing
from monitor.parse.clean_entry import read_entry
from tests.monitor.conftest import ARTICLES, answer, listing


def test_a_list_is_found_by_structure_without_menus_and_each_article_once() -> None:
    menu = '<a href="/razdel/politika-i-obshchestvo">Политика и общество в регионах</a>'
    found = read_listing(answer(listing(*ARTICLES, menu=menu)), "https://example.org/news/")
    assert [(e.url, e.title) for e in found.entries] == [(f"https://example.org/news/2026/{s}", t) for s, t in ARTICLES]
    assert found.entries[0].published == datetime(2026, 11, 20, 7, tzinfo=UTC)


def test_selectors_of_the_watch_list_come_first() -> None:
    html = listing(*ARTICLES) + '<ul class="acts"><li><a href="/act/1">Указ</a><span class="n">О призыве граждан</span></li></ul>'
    found = read_listing(answer(html), "https://example.org/news/", {"links": ".acts li", "title": ".n"})
    assert [(e.url, e.title) for e in found.entries] == [("https://example.org/act/1", "О призыве граждан")]


def test_links_that_lead_off_the_site_or_run_script_are_no_articles() -> None:
    html = (
        listing(*ARTICLES)
        .replace("/news/2026/novost-nomer-0", "https://other.example/x-y-z")
        .replace("/news/2026/novost-nomer-1", "javascript:alert(1)")
    )
    assert {e.url for e in read_listing(answer(html), "https://example.org/news/").entries} == {
        f"https://example.org/news/2026/{s}" for s, _ in ARTICLES[2:]
    }


@pytest.mark.parametrize(
    ("body", "url", "reason"),
    [
        ("<title>404</title><h1>Страница не найдена</h1><p>Попробуйте поиск</p>", "https://example.org/news/", FetchReason.SOFT_404),
        ("<title>Just a moment...</title><p>Verify you are human</p>", "https://example.org/news/", FetchReason.CHALLENGE),
        ("<title>Доступ ограничен</title>", "https://example.org/news/", FetchReason.BLOCK_PAGE),
        (
            "<title>Портал</title><p>Добро пожаловать на наш портал государственных услуг и сервисов. " * 9,
            "https://example.org/",
            FetchReason.FRONT_PAGE,
        ),
        ("<div id=app></div><script>render()</script>", "https://example.org/news/", FetchReason.EMPTY),
        ("<div>" * 5000, "https://example.org/news/", FetchReason.TOO_DEEP),
    ],
)
def test_error_pages_that_answer_200_are_never_nothing_new(body: str, url: str, reason: FetchReason) -> None:
    found = read_listing(answer(f"<html>{body}</html>", url), "https://example.org/news/")
    assert (found.good, found.reason) == (False, reason)


@pytest.mark.slow
@pytest.mark.shared
def test_a_real_listings_history_is_judged_as_labelled(shared: Path) -> None:
    folder = shared / "data/real/html-listing-history-vottak"
    for row in json.loads((folder / "manifest.json").read_text(encoding="utf-8")):
        found = read_listing(
            answer(gzip.decompress((folder / row["file"]).read_bytes()), "https://vot-tak.tv/analiz"), "https://vot-tak.tv/analiz"
        )
        gold = {"https://vot-tak.tv" + a[0].split("#")[0] for a in row["articles"] if not a[0].endswith("/o-nas")}
        assert {e.url for e in found.entries} == gold
        assert found.good is bool(gold)


# ---- layouts as they are found on Russian sites (our own writing)

WORDPRESS = "".join(
    f'<article class="post"><h2 class="entry-title"><a href="https://example.org/2026/11/otsrochka-po-uchebe-{n}/">Отсрочка по учёбе: что изменилось, часть {n}</a></h2>'
    f'<a class="more-link" href="https://example.org/2026/11/otsrochka-po-uchebe-{n}/">Читать далее</a><span class="cat-links"><a href="/category/novosti-prizyva/">Новости призыва и армии</a></span></article>'
    for n in range(5)
)
BITRIX = "".join(
    f'<p class="news-item"><span class="news-date-time">2{n}.11.2026</span> <a href="/press/news/detail.php?ID=10{n}"><b>Военный комиссариат области информирует граждан № {n}</b></a></p>'
    for n in range(5)
)
COURT = (
    "<table>"
    + "".join(
        f'<tr><td>1{n}.11.2026</td><td><a href="/documents/own/3312{n}/">Постановление Пленума Верховного Суда Российской Федерации № {n}</a></td><td><a href="/files/3312{n}.pdf">PDF</a></td></tr>'
        for n in range(5)
    )
    + "</table>"
)
CARDS = "".join(
    f'<a class="card" href="/news/{10000 + n}"><span class="card__rubric">Общество</span><div class="card__title">Срок службы по призыву обсуждают в Думе {n}</div><time datetime="2026-11-2{n}T08:00:00+03:00">вчера</time></a>'
    for n in range(5)
)


@pytest.mark.parametrize(
    ("body", "first_url", "first_title", "dated"),
    [
        (WORDPRESS, "https://example.org/2026/11/otsrochka-po-uchebe-0/", "Отсрочка по учёбе: что изменилось, часть 0", False),
        (BITRIX, "https://example.org/press/news/detail.php?ID=100", "Военный комиссариат области информирует граждан № 0", True),
        (COURT, "https://example.org/documents/own/33120/", "Постановление Пленума Верховного Суда Российской Федерации № 0", True),
        (CARDS, "https://example.org/news/10000", "Срок службы по призыву обсуждают в Думе 0", True),
    ],
    ids=["WordPress", "Bitrix", "court", "cards"],
)
def test_lists_of_common_builds_are_found(body: str, first_url: str, first_title: str, dated: bool) -> None:
    menu = '<nav><a href="/o-kompanii/rukovodstvo-i-struktura/">Руководство и структура ведомства</a></nav>'
    foot = '<div class="footer"><a href="/politika-konfidencialnosti/">Политика конфиденциальности сайта</a></div>'
    found = read_listing(
        answer(f"<html><title>Новости</title><body>{menu}<div class=content>{body}</div>{foot}</body></html>"), "https://example.org/news/"
    )
    assert len(found.entries) == 5
    assert (found.entries[0].url, found.entries[0].title) == (first_url, first_title)
    assert all(bool(e.published) is dated for e in found.entries)


@pytest.mark.parametrize(
    ("title", "heading", "reason"),
    [
        ("404 - Страница не найдена", "Страница не найдена", FetchReason.SOFT_404),
        ("Новости", "Ошибка 404", FetchReason.SOFT_404),
        ("404", "", FetchReason.SOFT_404),
        ("Доступ ограничен", "", FetchReason.BLOCK_PAGE),
        ("Сайт", "Ведутся работы", FetchReason.BLOCK_PAGE),
        ("Just a moment...", "", FetchReason.CHALLENGE),
        ("404 Media", "Новости", FetchReason.OK),
        ("Новости", "Доступ ограничен: суд заблокировал сайт призывников", FetchReason.OK),
    ],
)
def test_an_error_page_that_offers_popular_articles_is_no_list(title: str, heading: str, reason: FetchReason) -> None:
    rows = "".join(f'<h3><a href="/news/2026/{slug}">{name}</a></h3>' for slug, name in ARTICLES)
    lead = f'<h1><a href="/news/2026/lead">{heading}</a></h1>' if reason is FetchReason.OK else f"<h1>{heading}</h1>"
    found = read_listing(
        answer(f"<html><head><title>{title}</title></head><body>{lead}<main>{rows}</main></body></html>"), "https://example.org/news/"
    )
    assert found.reason is reason
    assert found.good == (reason is FetchReason.OK)


HEADLINES = [
    "Минобороны объявило о завершении призыва", "Госдума приняла закон о повестках", "Суд отказал призывнику в службе", "Военкоматы перешли на единый реестр",
    "Правозащитники рассказали о сборах", "Верховный суд уточнил порядок отсрочки",
]  # fmt: skip
MENU = '<nav><a href="/about">О портале</a><a href="/contacts">Контакты</a><a href="/archive">Архив номеров</a></nav>'


def titles(card: str, wrapper: str = "{}", menu: str = MENU) -> list[str]:
    cards = "".join(card.format(n=n, title=title) for n, title in enumerate(HEADLINES, 1000))
    page = f"<html><title>Новости</title><body>{menu}{wrapper.format(cards)}</body></html>"
    return [e.title for e in read_listing(answer(page), "https://example.org/news/").entries]


@pytest.mark.parametrize(
    "wrapper",
    [
        "<form id=aspnetForm>{}</form>", "<div class='page has-nav'>{}</div>", "<div class='tag-page'>{}</div>", "<div class='layout with-footer'>{}</div>",
        "<div class='rubric-social'>{}</div>", "<div class='menu-left-layout'><div>{}</div></div>",
    ],
)  # fmt: skip
def test_a_box_that_holds_the_headlines_is_the_list_whatever_its_name(wrapper: str) -> None:
    assert titles("<div><a href='/news/{n}'>{title}</a></div>", wrapper) == HEADLINES


@pytest.mark.parametrize(
    "card",
    [
        "<div><header><h3><a href='/news/{n}'>{title}</a></h3></header><p>Анонс</p></div>", "<div class='card tag-army'><a href='/news/{n}'>{title}</a></div>",
        "<div><h3>{title}</h3><a href='/news/{n}'>Читать далее</a></div>", "<div><b>{title}</b><p>Анонс</p><a href='/news/{n}'>Подробнее о событии здесь</a></div>",
        "<div><a href='/news/{n}'><img src='/i.jpg' alt='{title}'></a></div>", "<div><a href='/news/{n}' title='{title}'><img src='/i.jpg'></a></div>",
        "<div><a href='/news/{n}'>Вчера, 14:05 {title}</a></div>", "<div><a href='/news/{n}'>{title}<br>2 ч. назад</a></div>",
        "<div><a href='/news/{n}'><span>Сегодня в 09:10</span> {title}</a></div>",
    ],
)  # fmt: skip
def test_each_card_has_its_headline(card: str) -> None:
    assert titles(card) == HEADLINES


def test_a_day_in_a_headline_stays() -> None:
    page = "".join(f"<div><a href='/news/{n}'>Указ номер {n} вступил в силу сегодня</a></div>" for n in range(10, 16))
    assert read_listing(answer(page), "https://example.org/news/").entries[0].title == "Указ номер 10 вступил в силу сегодня"


def test_partners_under_the_headlines_are_no_news() -> None:
    offers = "".join(f"<a href='/partners/{n}-kredit'>Кредит онлайн за пять минут без справок {n}</a>" for n in range(4))
    assert titles("<div><a href='/news/{n}'>{title}</a></div>", "{}" + f"<div class='promo-block'>{offers}</div>") == HEADLINES


def test_a_login_wall_with_some_links_is_no_list() -> None:
    links = "".join(f"<a href='/news/{n}'>{title}</a>" for n, title in enumerate(HEADLINES))
    page = f"<title>Вход</title><h1>Войдите, чтобы читать</h1><form><input type=password></form>{links}"
    assert not read_listing(answer(page), "https://example.org/news/").good


def test_a_selector_that_matches_nothing_is_no_success() -> None:
    page = "".join(f"<div><a href='/news/{n}'>{title}</a></div>" for n, title in enumerate(HEADLINES))
    assert read_listing(answer(page), "https://example.org/news/", {"links": ".old-class a"}).reason is FetchReason.EMPTY


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("{t} <i>for 2 timer siden</i>", "{t} <i>for 3 timer siden</i>"),
        ("{t} <i>vor 5 Minuten</i>", "{t} <i>vor 1 Stunde</i>"),
        ("{t} <i>2 години тому</i>", "{t} <i>3 години тому</i>"),
        ("<b>Новое</b> {t}", "{t}"),
        ("<b>14:05</b> {t}", "<b>27.11</b> {t}"),
        ("<i>Сегодня в 14:05</i> {t}", "<i>27 ноября 2026</i> {t}"),
    ],
)
def test_what_a_list_writes_beside_a_headline_is_no_edit(first: str, second: str) -> None:
    def hashes(form: str) -> list[str]:
        links = "".join(f'<li><a href="/news/2026/{slug}">{form.format(t=title)}</a></li>' for slug, title in ARTICLES)
        found = read_listing(answer(f"<ul>{links}</ul>"), "https://example.org/news/")
        return [read_entry(entry, ("ru",)).content_hash for entry in found.entries]

    assert len(hashes(first)) == len(ARTICLES)
    assert hashes(first) == hashes(second)


@pytest.mark.parametrize(
    "date",
    ["27.11.2026", "27 ноября 2026", "27 листопада 2026", "27. november 2026", "27. November 2026, 14:05 Uhr", "27 november 2026", "November 27, 2026", "27. nov. 2026 kl. 14.05", "27-11-2026", "2026-11-27"],
)  # fmt: skip
@pytest.mark.parametrize(
    "form", ["<span>{d}</span> <a href='{h}'>{t}</a>", "<a href='{h}'><b>{d}</b> {t}</a>", "<a href='{h}'>{t}</a><p>{d}</p>"]
)
def test_the_date_beside_a_headline_is_its_date_in_every_language(date: str, form: str) -> None:
    rows = "".join(f"<li>{form.format(d=date, h=f'/news/2026/{slug}', t=title)}</li>" for slug, title in ARTICLES)
    found = read_listing(answer(f"<ul>{rows}</ul>"), "https://example.org/news/")
    assert [e.title for e in found.entries] == [title for _, title in ARTICLES]
    assert {e.published.date().isoformat() for e in found.entries if e.published} == {"2026-11-27"}


@pytest.mark.parametrize(
    "title",
    ["Призыв начнётся 1 октября 2026 года", "Заявления принимают до 27.11.2026", "1 октября 2026 года начнётся осенний призыв", "Закон от 28.03.1998 № 53-ФЗ изменён", "Указ вступит в силу 1 октября 2026"],
)  # fmt: skip
def test_a_date_that_a_headline_is_about_stays_in_it(title: str) -> None:
    rows = "".join(f"<li><a href='/news/2026/{slug}'>{text}</a></li>" for slug, text in [("zakon-o-prizyve", title), *ARTICLES])
    assert read_listing(answer(f"<ul>{rows}</ul>"), "https://example.org/news/").entries[0].title == title
