"""Reading an item's own page, where the source's list gave a title only: trafilatura on decoded text.

Only for items worth it, and never on a page that lists others (index pages are merged into one text by every extractor): the page must carry the item's
title, and its text must be an article's.
"""

import re
from dataclasses import replace

from db.enums import FetchOutcome, FetchReason
from db.items import NewVersion
from monitor.compare.reading.tail import without_tail
from monitor.fetch.http_types import HttpAnswer
from monitor.kinds.results import LookResult, failed_result
from monitor.parse.attribution import named_origin
from monitor.parse.clean_entry import MAX_TEXT, clean_line, content_hash
from monitor.parse.decode import decode
from monitor.parse.extract import main_text
from monitor.parse.nesting_guard import MAX_DEPTH, depth
from monitor.parse.page_checks import judge_page

TITLE_ONLY = 200  # characters of text in a list's entry below which the item's page is read
LEAST_TEXT = 250
READ_NOTE = "text read from the item's own page"


def read_article(answer: HttpAnswer, item: NewVersion) -> LookResult:
    """The item with the text of its page in `versions`, or why the page does not give it."""
    if depth(answer.body) > MAX_DEPTH:
        return failed_result(FetchOutcome.BROKEN, FetchReason.TOO_DEEP, f"tags nested more than {MAX_DEPTH} deep")
    if answer.body.startswith(b"%PDF"):
        return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.NOT_A_FEED, "the item's page is a PDF document, which is not read")
    decoded = decode(answer.body, answer.headers.get("content-type", ""))
    quality = judge_page(decoded.text, item.url, answer.url)
    if not quality.usable and quality.heaviest:
        return failed_result(FetchOutcome.SUSPICIOUS, quality.heaviest.reason, quality.heaviest.says, doubts=quality.says)
    text = without_tail(main_text(decoded.text, answer.url, include_tables=False, favor_precision=True))
    if len(text) < LEAST_TEXT:
        return failed_result(
            FetchOutcome.SUSPICIOUS, FetchReason.EMPTY, f"{len(text)} characters of article on the page", doubts=quality.says
        )
    if item.title and not belongs(item.title, decoded.text):
        return failed_result(
            FetchOutcome.SUSPICIOUS,
            FetchReason.IDENTITY,
            "the page does not carry the item's title: another page answers",
            doubts=quality.says,
        )
    read = replace(
        item, text=text[:MAX_TEXT], origin=item.origin or named_origin(text), content_hash=content_hash(item.title, text[:MAX_TEXT]),
        notes=(*item.notes, READ_NOTE),
    )  # fmt: skip
    return LookResult((), FetchOutcome.NEW_ITEMS, FetchReason.OK, versions=(read,), doubts=(*decoded.doubts, *quality.says))


def belongs(title: str, html: str) -> bool:
    """Whether most of the title's words stand on the page. A retitled article keeps its subject's words."""
    words = set(re.findall(r"\w{4,}", clean_line(title).lower()))
    there = set(re.findall(r"\w{4,}", html.lower()))
    return not words or len(words & there) / len(words) >= 0.5
