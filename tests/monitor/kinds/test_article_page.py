"""An item's own page: its text, or why the page does not give it."""

from datetime import UTC, datetime

import pytest

from db.enums import FetchOutcome, FetchReason
from db.items import NewVersion
from monitor.fetch.http_types import HttpAnswer
from monitor.kinds.article_page import READ_NOTE, belongs, read_article
from tests.monitor.conftest import answer
from tests.monitor.document_files import pdf

TITLE = "Осенний призыв начнётся в октябре"
PARAGRAPHS = "".join(f"<p>Абзац {n} рассказывает, в какие сроки граждане получат повестки и куда им следует явиться.</p>" for n in range(8))
PAGE = f"<html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1>{PARAGRAPHS}</article></body></html>"
ADDRESS = "https://example.org/news/1"


def item(title: str = TITLE) -> NewVersion:
    return NewVersion(
        key="1", url=ADDRESS, title=title, text="", lang="ru", published_at=datetime(2026, 11, 24, tzinfo=UTC), edited_at=None, origin=None,
        content_hash="old", notes=("title only",),
    )  # fmt: skip


def test_the_text_of_the_page_becomes_the_items_text() -> None:
    found = read_article(answer(PAGE, ADDRESS), item())
    [version] = found.versions
    assert (found.outcome, version.title, version.notes) == (FetchOutcome.NEW_ITEMS, TITLE, ("title only", READ_NOTE))
    assert version.text.count("получат повестки") == 8
    assert version.content_hash != "old"


def test_a_page_that_names_the_agency_it_follows_gives_the_origin() -> None:
    page = PAGE.replace("<p>Абзац 0", "<p>Об этом сообщает ТАСС. Абзац 0")
    assert read_article(answer(page, ADDRESS), item()).versions[0].origin == "TASS"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"%PDF-1.7 ...", FetchReason.NOT_TEXT),
        (b"<div>" * 5000, FetchReason.TOO_DEEP),
        ("<title>Страница не найдена</title><h1>404</h1>".encode(), FetchReason.SOFT_404),
        (
            f"<html><title>{TITLE}</title><body><p>{TITLE}. Подробности позже, сообщили в военкомате области и попросили граждан ждать повесток.</p></body></html>".encode(),
            FetchReason.EMPTY,
        ),
        (PAGE.replace(TITLE, "Погода на выходные дни").encode(), FetchReason.IDENTITY),
    ],
    ids=["broken pdf", "nested", "not found", "too short", "another article"],
)
def test_what_is_not_the_article_gives_no_text(body: bytes, reason: FetchReason) -> None:
    found = read_article(answer(body, ADDRESS), item())
    assert (found.reason, found.versions, found.good) == (reason, (), False)


def test_the_text_of_a_document_becomes_the_items_text() -> None:
    body = pdf(TITLE, *[f"Абзац {n} рассказывает, в какие сроки граждане получат повестки." for n in range(4)])
    found = read_article(HttpAnswer(ADDRESS, 200, {"content-type": "application/pdf"}, body, None), item())
    assert found.versions[0].text.count("получат повестки") == 4


def test_a_news_flash_that_the_markup_names_an_article_is_read() -> None:
    flash = "Осенний призыв начнётся первого октября, сообщили в Минобороны. План не изменился, уточнили в ведомстве."
    page = f"<html><head><title>{TITLE}</title></head><body><article><h1>{TITLE}</h1><p>{flash}</p></article></body></html>"
    assert flash in read_article(answer(page, ADDRESS), item()).versions[0].text


@pytest.mark.parametrize(
    ("title", "there"),
    [(TITLE, True), ("Призыв в октябре начнётся позже обычного", True), ("Погода на выходные ухудшится", False), ("РФ", True)],
)
def test_a_retitled_article_keeps_its_subjects_words(title: str, there: bool) -> None:
    assert belongs(title, PAGE) is there
