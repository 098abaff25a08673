"""The text of an article page: whole, and nothing else."""

import json

import pytest

from monitor.parse.article_text import article_body, article_text, largest_text, without_notices, without_related

URL = "https://example.org/news/1"
SENTENCES = [f"Абзац {n}: в ведомстве рассказали, что призывная кампания в регионах проходит по утверждённому плану." for n in range(10)]
PARAGRAPHS = "".join(f"<p>{s}</p>" for s in SENTENCES)


def page(body: str, head: str = "") -> str:
    return f"<html><head><title>О призыве</title>{head}</head><body>{body}</body></html>"


def whole(text: str) -> bool:
    return all(sentence in text for sentence in SENTENCES)


@pytest.mark.parametrize(
    "body",
    [
        f"<article><h1>О призыве</h1>{PARAGRAPHS}</article>",
        f"<aside><h1>О призыве</h1>{PARAGRAPHS}</aside>",
        f"<table><tr><td width=150><a href='/'>Главная</a></td><td><h1>О призыве</h1>{PARAGRAPHS}</td></tr></table>",
        f"<div><h1>О призыве</h1>{'<br><br>'.join(SENTENCES)}</div>",
        f"<form id='aspnetForm'><div>{PARAGRAPHS}</div></form>",
    ],
    ids=["article", "aside", "layout table", "line breaks", "form around the page"],
)
def test_the_whole_text_is_found_in_any_layout(body: str) -> None:
    assert whole(article_text(page(body), URL))


def test_a_notice_about_cookies_is_not_the_article() -> None:
    notice = "Мы используем cookie-файлы, чтобы собирать и анализировать информацию об использовании сайта. " * 8
    text = article_text(page(f"<div class='cookie'><p>{notice}</p></div><aside>{PARAGRAPHS}</aside>"), URL)
    assert whole(text)
    assert "cookie" not in text


def test_cookies_as_a_subject_stay() -> None:
    text = "Суд оштрафовал портал за утечку.\nЧерез cookie можно узнать, кто читал повестку."
    assert without_notices(text) == text


@pytest.mark.parametrize(
    "data",
    [
        {"@type": "NewsArticle", "articleBody": " ".join(SENTENCES)},
        [{"@type": "Organization"}, {"@type": ["Article"], "articleBody": " ".join(SENTENCES)}],
        {"@graph": [{"@type": "ReportageNewsArticle", "articleBody": "&lt;p&gt;" + "&lt;/p&gt;&lt;p&gt;".join(SENTENCES)}]},
    ],
)
def test_a_text_that_stands_in_the_structured_data_alone_is_read(data: object) -> None:
    block = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    assert whole(article_text(page("<article><h1>О призыве</h1><p>Читать дальше</p></article>", block), URL))


@pytest.mark.parametrize(
    "block", ["{", "null", "[[[]]]", '{"articleBody": 5, "@type": "Article"}', '{"@type": "Product", "articleBody": "x"}']
)
def test_structured_data_that_is_no_article_gives_nothing(block: str) -> None:
    assert article_body(f'<script type="application/ld+json">{block}</script>') == ""


def test_comments_and_menus_are_not_the_largest_text() -> None:
    comments = "".join(f"<p>{s} Не верю ни одному слову этой новости, пишут читатели.</p>" for s in SENTENCES * 3)
    text = largest_text(page(f"<nav><p>{'Меню сайта. ' * 200}</p></nav><div>{PARAGRAPHS}</div><div class='comments'>{comments}</div>"))
    assert whole(text)
    assert "Не верю" not in text
    assert "Меню" not in text


def test_headlines_under_read_also_are_left_out_and_the_article_goes_on() -> None:
    text = "\n".join([SENTENCES[0], "Читайте также", "Погода на завтра", "Курс валют", SENTENCES[1], SENTENCES[2]])
    assert without_related(text) == "\n\n".join(SENTENCES[:3])


def test_read_also_at_the_end_takes_the_headlines_below_with_it() -> None:
    text = f"{SENTENCES[0]}\nКоротко.\nЧитайте также\nПогода на завтра\nКурс валют"
    assert without_related(text) == f"{SENTENCES[0]}\n\nКоротко."
    long = "По теме обороны высказались депутаты, и каждый из них привёл доводы в пользу своей поправки"
    assert without_related(f"Первый.\n{long}\nКоротко.") == f"Первый.\n\n{long}\n\nКоротко."


@pytest.mark.parametrize("html", ["", "<", "<html></html>", "текст без разметки"])
def test_no_page_raises(html: str) -> None:
    assert isinstance(article_text(html, URL), str)


def test_a_box_that_is_only_named_like_comments_may_hold_the_article() -> None:
    assert whole(article_text(page(f"<div class='comment-content-wrapper'>{PARAGRAPHS}</div>"), "https://example.org/a"))
