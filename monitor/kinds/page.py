"""`page`: one page whose text is compared with its last version; a law's text article by article.

The first fetch only stores the text. From then on each difference is an item with the new and the
old wording. The text is selected by CSS selector (`select: {text: …}`), or by trafilatura. Where
the page of an act is only a table of contents (consultant.ru), the pages of the articles that
sources.yml names (`law: {act, articles}`) are read, a few at each fetch, the longest unread first.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bs4 import BeautifulSoup

from db.enums import FetchOutcome, FetchReason
from monitor.fetch.fetch_session import FetchSession
from monitor.fetch.http_types import CannotFetch, HttpAnswer
from monitor.kinds import law
from monitor.kinds.markup_text import extract_footnotes, show_documents, without_struck
from monitor.kinds.results import PagePart, ReadResult, failed_result
from monitor.kinds.volatile import is_volatile
from monitor.parse.clean_entry import clean_text
from monitor.parse.decode import decode
from monitor.parse.documents import DOCUMENTS, NotReadable, file_kind, read_document, scan_fingerprint
from monitor.parse.extract import main_text
from monitor.parse.nesting_guard import MAX_DEPTH, too_deep
from monitor.parse.page_checks import judge_page

ARTICLES_PER_FETCH = 8  # pages of articles read in one fetch, about the pace of a human reader
LEAST_ARTICLES = 3  # headings "Статья N" from which a page is read as a law's text
LEAST_WORDS = 12  # different words; a megabyte of one letter is not a page
# consultant.ru: the act or the article, without the links to its neighbours
_LAW_TEXT = ".document-page__content"
LEAST_TEXT = 120  # characters of text; an answer with less is not the page
LEAST_TABLE = 20  # characters of a table of figures
# Fields of JSON that change at each fetch or name nothing.
_STAMPS = re.compile(
    r"(^|_)(updated|modified|timestamp|request|generated|etag|version|id|locale|analytics|hash|token|nonce|views?|hits|likes|shares|rating|online|duration|took"
    r"|elapsed)(_|$|at$|_at$)",
    re.I,
)


def fetch(session: FetchSession) -> ReadResult:
    """Fetch a page, and the pages of its articles where it is a table of contents."""
    answer = session.get(session.url, conditional=True)
    profile = session.source.law.model_dump() if session.source.law else None
    articles = list(session.source.law.articles) if session.source.law else []
    if not articles and (known := session.unchanged(answer)):
        return known
    result = (
        session.read(read_page, answer, session.url, dict(session.source.select), profile)
        if answer.status != 304
        else ReadResult((), FetchOutcome.NOTHING_NEW, FetchReason.NOT_MODIFIED)
    )
    links = result.facts.get("contents") or session.memory.watch_state.get("contents") or {}
    if not result.good or not articles or (result.parts and not links):
        return result
    return _articles(session, result, articles, links, profile)


def _articles(
    session: FetchSession, result: ReadResult, articles: list[str], links: Mapping[str, str], profile: dict[str, Any] | None
) -> ReadResult:
    """The wanted articles' own pages: those unread for longest, at most ARTICLES_PER_FETCH."""
    read: dict[str, str] = dict(session.memory.watch_state.get("articles_read") or {})
    missing = [n for n in articles if n not in links]
    order = sorted((n for n in articles if n in links), key=lambda n: read.get(n, ""))
    parts, faults = [p for p in result.parts if not p.article], list[str]()
    for number in order[:ARTICLES_PER_FETCH]:
        try:
            page = session.read(
                read_page, session.get(links[number]), links[number], dict(session.source.select), {**(profile or {}), "only": number}
            )
        except CannotFetch as error:
            faults.append(f"article {number}: {error.detail}")
            if error.reason in (FetchReason.HTTP_429, FetchReason.RETRY_LATER, FetchReason.ROBOTS, FetchReason.HTTP_403):
                break  # the host refuses further requests
            continue
        own_parts = [p for p in page.parts if p.article == number]
        if own_parts:
            parts += own_parts
            read[number] = session.started.isoformat()
        else:
            faults.append(f"article {number}: {page.detail or 'its page does not show it'}")
    if missing:
        faults.append(f"not in the table of contents: {', '.join(missing)}")
    watch_state = {"articles_read": read, "contents": dict(links)}
    done = replace(
        result,
        parts=tuple(parts),
        whole=False,
        watch_state=watch_state,
        doubts=(*result.doubts, *faults),
        detail="; ".join(faults) or result.detail,
    )
    if faults and len(parts) <= len([p for p in result.parts if not p.article]):
        return replace(done, outcome=FetchOutcome.SUSPICIOUS, reason=FetchReason.INCOMPLETE)
    return done


def read_page(answer: HttpAnswer, requested_url: str, select: Mapping[str, str], profile: Mapping[str, Any] | None) -> ReadResult:
    """The parts of a page, or why it cannot be the page. `profile`: act, articles; only (the one
    article this page is of).
    """
    if file_kind(answer.body) in DOCUMENTS:
        return _document(answer, profile or {})
    if answer.media_type.endswith("json") or answer.body.lstrip()[:1] in (b"{", b"["):
        return _json(answer)
    if too_deep(answer.body):
        return failed_result(FetchOutcome.BROKEN, FetchReason.TOO_DEEP, f"tags nested more than {MAX_DEPTH} deep")
    decoded = decode(answer.body, answer.headers.get("content-type", ""))
    if answer.media_type in ("text/plain", "text/markdown", "text/csv"):
        table = answer.media_type == "text/csv"
        return replace(_one_part("", decoded.text.splitlines(), *((LEAST_TABLE, 1) if table else ())), doubts=decoded.doubts)
    quality = judge_page(decoded.text, requested_url, answer.url)
    if not quality.usable and quality.heaviest:
        worst = quality.heaviest
        broken = worst.reason in (FetchReason.CHALLENGE, FetchReason.BLOCK_PAGE)
        return failed_result(FetchOutcome.BROKEN if broken else FetchOutcome.SUSPICIOUS, worst.reason, worst.says, doubts=quality.says)
    soup = BeautifulSoup(decoded.text, "lxml")
    result = _law(soup, answer.url, profile or {}) if profile or _looks_like_law(soup) else _text(soup, answer.url, select)
    return replace(result, doubts=(*decoded.doubts, *quality.says, *result.doubts))


def _looks_like_law(soup: BeautifulSoup) -> bool:
    return sum(bool(re.match(rf"\s*{law.WORD}\s+\d", p.get_text()[:60])) for p in soup.select("p, h1, h2, h3, h4, pre")) >= LEAST_ARTICLES


def _law(soup: BeautifulSoup, url: str, profile: Mapping[str, Any]) -> ReadResult:
    act = str(profile.get("act") or (soup.title.get_text(strip=True)[:120] if soup.title else url))
    contents = law.contents(soup, url)
    heading = " ".join(soup.h1.get_text(" ").split()) if soup.h1 else ""
    text = soup.select_one(_LAW_TEXT) or soup
    show_documents(text, url)
    notes = extract_footnotes(text)
    lines = law.lines_of(text)
    parts = law.split(lines, act) + ([PagePart("notes", "", "\n\n".join(notes))] if notes else [])
    if law.is_repealed(lines) and parts:
        parts = [replace(parts[0], repealed=True), *parts[1:]]
    if only := str(profile.get("only") or ""):
        return _one_article(only, parts, lines, heading)
    with_text = [p for p in parts if p.article and (p.text or p.repealed)]
    if len(with_text) >= LEAST_ARTICLES or (with_text and not contents):
        return _page_result(tuple(p for p in parts if not p.article or p.text or p.repealed))
    if contents:
        listed = "\n\n".join(line for _, line in contents.values())
        return _page_result(
            (PagePart("contents", f"{act}: содержание", listed),), facts={"contents": {n: u for n, (u, _) in contents.items()}}
        )
    if parts and len(parts[0].text) >= LEAST_TEXT:
        return _page_result(tuple(parts))
    return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.EMPTY, "a law's page without articles")


def _one_article(number: str, parts: Sequence[PagePart], lines: Sequence[str], heading: str) -> ReadResult:
    """The article that the page is of: by its heading in the text, or by that of the page ("УК РФ
    Статья 337. …").
    """
    own_parts = [p for p in parts if p.article == number and (p.text or p.repealed)]
    if not own_parts and re.search(rf"Стать[яи]\s+{re.escape(number)}(?![.\d]*\d)", heading):
        body = [line for line in lines if line != heading]
        own_parts = [
            p
            for p in law.split([re.sub(r"^.*?(?=Стать[яи]\s+\d)", "", heading), *body], "")
            if p.article == number and (p.text or p.repealed)
        ]
    return (
        _page_result(tuple(own_parts[:1]))
        if own_parts
        else failed_result(FetchOutcome.SUSPICIOUS, FetchReason.EMPTY, "its page does not show the article")
    )


def _text(soup: BeautifulSoup, url: str, select: Mapping[str, str]) -> ReadResult:
    """The text of the page as one part, without volatile lines."""
    without_struck(soup)
    show_documents(soup, url)
    title = " ".join((soup.h1 or soup.title or soup).get_text(" ").split())[:300]
    if select.get("text"):
        boxes = soup.select(select["text"])
        if not boxes:
            return failed_result(
                FetchOutcome.SUSPICIOUS,
                FetchReason.EMPTY,
                f"nothing on the page matches the selector {select['text']!r}: its layout has changed",
            )
        text = "\n\n".join(clean_text(str(b))[0] for b in boxes)
    else:
        text = main_text(str(soup), url, include_tables=True, favor_recall=True, deduplicate=False)
        if len(text) < LEAST_TEXT:
            text = clean_text(str(soup.select_one("main, article") or soup.body or ""))[0]
    return _one_part(title, text.split("\n"))


def _one_part(title: str, lines: Iterable[str], least_text: int = LEAST_TEXT, least_words: int = LEAST_WORDS) -> ReadResult:
    """The lines as one part, or a failed result where they are too few to be a page."""
    kept = "\n\n".join(line for raw in lines if (line := " ".join(raw.split())) and not is_volatile(line))
    words = set(re.findall(r"[^\W\d]{2,}", f"{title} {kept}".lower()))
    if len(kept) < least_text or len(words) < least_words:
        detail = f"{len(kept)} characters of text on the page, {len(words)} different words: made by script, or not the page"
        return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.EMPTY, detail)
    return _page_result((PagePart("page", title, kept),))


def _json(answer: HttpAnswer) -> ReadResult:
    """A JSON document: every text in it with its path, without timestamps and counters."""
    try:
        tree = json.loads(decode(answer.body, answer.headers.get("content-type", "")).text)
    except (ValueError, RecursionError) as error:
        return failed_result(FetchOutcome.BROKEN, FetchReason.BAD_ANSWER, f"no JSON: {error}")
    lines = list(_leaves(tree, ""))
    if not lines:
        return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.EMPTY, "JSON without any text")
    title = str(tree.get("title") or "") if isinstance(tree, dict) else ""
    return _page_result((PagePart("page", title, "\n\n".join(lines)),))


def _leaves(node: Any, place: str) -> Any:
    if isinstance(node, dict):
        for key, value in node.items():
            if not _STAMPS.search(str(key)):
                yield from _leaves(value, f"{place}.{key}" if place else str(key))
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value, place)
    elif isinstance(node, bool | int | float):
        yield f"{place}: {json.dumps(node)}"
    elif isinstance(node, str) and node.strip():
        yield f"{place}: {' '.join(clean_text(node)[0].split())[:2000]}"


def _document(answer: HttpAnswer, profile: Mapping[str, Any]) -> ReadResult:
    """The text of a PDF or DOCX, article by article if it is a law. A scan is compared by its
    pictures.
    """
    try:
        document = read_document(answer.body)
    except NotReadable as error:
        if (fingerprint := scan_fingerprint(answer.body)) is None:
            return failed_result(FetchOutcome.BROKEN, FetchReason.NOT_TEXT, str(error))
        # In one word it would be taken for a token
        grouped = " ".join(fingerprint[i : i + 8] for i in range(0, len(fingerprint), 8))
        scan = PagePart("file", "PDF document", f"PDF document without text, pictures with SHA-256 {grouped}")
        return _page_result((scan,), doubts=(f"compared by its pictures: {error}",))
    lines = document.text.split("\n\n")
    headings = sum(bool(re.match(rf"\s*{law.WORD}\s+\d", line)) for line in lines)
    if profile or headings >= LEAST_ARTICLES:
        parts = law.split(lines, str(profile.get("act") or document.title[:120] or answer.url))
        if articles := tuple(p for p in parts if not p.article or p.text or p.repealed):
            return _page_result(articles)
    return _page_result((PagePart("page", document.title, document.text),))


def _page_result(parts: tuple[PagePart, ...], **more: Any) -> ReadResult:
    return ReadResult((), FetchOutcome.NOTHING_NEW, FetchReason.OK, None, parts=parts, **more)
