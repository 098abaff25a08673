"""Reading an item's own page, where the source's list gave a title only.

Only for relevant items, and never on a page that lists others (index pages are merged into one text
by every extractor): the page must have the item's title, and its text must be that of an article.
"""

import re
from dataclasses import replace

from db.enums import FetchOutcome, FetchReason
from db.items import NewVersion
from monitor.fetch.http_types import HttpAnswer
from monitor.kinds.results import ReadResult, failed_result
from monitor.parse.article_text import article_text
from monitor.parse.attribution import named_origin
from monitor.parse.clean_entry import MAX_TEXT, clean_line, content_hash
from monitor.parse.decode import decode
from monitor.parse.documents import DOCUMENTS, NotReadable, file_kind, read_document
from monitor.parse.nesting_guard import MAX_DEPTH, too_deep
from monitor.parse.page_checks import LEAST_FLASH, is_article_page, judge_page, main_heading

TITLE_ONLY = 200  # characters of text in a list's entry below which the item's page is read
LEAST_TEXT = 250  # characters, where neither markup nor main heading names the page as the article
READ_NOTE = "text read from the item's own page"


def read_article(answer: HttpAnswer, item: NewVersion) -> ReadResult:
    """The item with the text of its page in `versions`, or why the page does not give it."""
    if file_kind(answer.body) in DOCUMENTS:
        return _document(answer, item)
    if too_deep(answer.body):
        return failed_result(FetchOutcome.BROKEN, FetchReason.TOO_DEEP, f"tags nested more than {MAX_DEPTH} deep")
    decoded = decode(answer.body, answer.headers.get("content-type", ""))
    quality = judge_page(decoded.text, item.url, answer.url)
    if not quality.usable and quality.heaviest:
        return failed_result(FetchOutcome.SUSPICIOUS, quality.heaviest.reason, quality.heaviest.says, doubts=quality.says)
    text = article_text(decoded.text, answer.url)
    is_short_news = is_article_page(decoded.text) or heads_page(item.title, decoded.text)
    if len(text) < (LEAST_FLASH if is_short_news else LEAST_TEXT):
        return failed_result(
            FetchOutcome.SUSPICIOUS, FetchReason.EMPTY, f"{len(text)} characters of article on the page", doubts=quality.says
        )
    return _with_text(item, text, decoded.text, (*decoded.doubts, *quality.says))


def _document(answer: HttpAnswer, item: NewVersion) -> ReadResult:
    """An item whose page is a PDF or DOCX."""
    try:
        document = read_document(answer.body)
    except NotReadable as error:
        return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.NOT_TEXT, str(error))
    return _with_text(item, document.text, document.text, ())


def _with_text(item: NewVersion, text: str, page: str, doubts: tuple[str, ...]) -> ReadResult:
    """`item` with `text`, if `page` has its title."""
    if item.title and not belongs(item.title, page):
        return failed_result(
            FetchOutcome.SUSPICIOUS, FetchReason.IDENTITY, "the page does not have the item's title: another page answers", doubts=doubts
        )
    text = text[:MAX_TEXT]
    read = replace(
        item, text=text, origin=item.origin or named_origin(text), content_hash=content_hash(item.title, text), notes=(*item.notes, READ_NOTE)
    )  # fmt: skip
    return ReadResult((), FetchOutcome.NEW_ITEMS, FetchReason.OK, versions=(read,), doubts=doubts)


def heads_page(title: str, html: str) -> bool:
    """Whether the main heading of the page is the item's title."""
    heading = main_heading(html)
    return bool(title and heading) and belongs(title, heading)


def belongs(title: str, html: str) -> bool:
    """Whether most of the title's words occur on the page. A retitled article keeps most of
    them.
    """
    words = set(re.findall(r"\w{4,}", clean_line(title).lower()))
    there = set(re.findall(r"\w{4,}", html.lower()))
    return not words or len(words & there) / len(words) >= 0.5
