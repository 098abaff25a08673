"""An item's own page: its text, or why the page does not give it."""

from datetime import UTC, datetime

import pytest

from db.enums import FetchOutcome, FetchReason
from db.items import NewVersion
from monitor.compare.reading.tail import without_tail
from monitor.kinds.article_page import READ_NOTE, belongs, read_article
from tests.monitor.conftest import answer

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
        (b"%PDF-1.7 ...", FetchReason.NOT_A_FEED),
        (b"<div>" * 5000, FetchReason.TOO_DEEP),
        ("<title>Страница не найдена</title><h1>404</h1>".encode(), FetchReason.SOFT_404),
        (
            f"<html><title>{TITLE}</title><body><p>{TITLE}. Подробности позже, сообщили в военкомате области и попросили граждан ждать повесток.</p></body></html>".encode(),
            FetchReason.EMPTY,
        ),
        (PAGE.replace(TITLE, "Погода на выходные дни").encode(), FetchReason.IDENTITY),
    ],
    ids=["pdf", "nested", "not found", "too short", "another article"],
)
def test_what_is_not_the_article_gives_no_text(body: bytes, reason: FetchReason) -> None:
    found = read_article(answer(body, ADDRESS), item())
    assert (found.reason, found.versions, found.good) == (reason, (), False)


def test_links_to_other_articles_at_the_end_are_cut() -> None:
    text = "Первый абзац.\n\nВторой абзац.\n\nЧитайте также\n\nПогода на завтра\n\nКурс валют"
    assert without_tail(text) == "Первый абзац.\n\nВторой абзац."
    assert (
        without_tail("Первый.\n\nПодписывайтесь на канал\n\nВторой.\n\nТретий.\n\nЧетвёртый.")
        == "Первый.\n\nВторой.\n\nТретий.\n\nЧетвёртый."
    )
    long = "По теме обороны высказались депутаты, и каждый из них привёл доводы в пользу своей поправки"
    assert without_tail(f"Первый.\n\n{long}") == f"Первый.\n\n{long}"


@pytest.mark.parametrize(
    ("title", "there"),
    [(TITLE, True), ("Призыв в октябре начнётся позже обычного", True), ("Погода на выходные ухудшится", False), ("РФ", True)],
)
def test_a_retitled_article_keeps_its_subjects_words(title: str, there: bool) -> None:
    assert belongs(title, PAGE) is there
