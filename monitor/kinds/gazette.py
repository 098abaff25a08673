"""`gazette`: the JSON API of the official publication portal
(publication.pravo.gov.ru/api/Documents).

The parameter `Index` numbers the pages. Dates are days of Moscow and stay days. The key is
eoNumber, which contains the day: 0001 20240427 0025. The portal gives the number of documents of a
day; it is compared with the number stored ("published 212, stored 212"), because a list that was
read in part looks like a success.
"""

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from db.enums import FetchOutcome, FetchReason
from monitor.fetch.fetch_session import FetchSession
from monitor.fetch.http_types import CannotFetch, HttpAnswer
from monitor.kinds.results import ListedEntry, ReadResult, failed_result, ok_result
from monitor.parse.decode import decode
from monitor.parse.page_checks import is_challenge, is_refused

MOSCOW = ZoneInfo("Europe/Moscow")
MOST_PAGES = 10
CHECKED_DAYS = 2  # today and yesterday: the portal adds documents until the evening
_EO = re.compile(r"^\d{4}(\d{8})\d{4}$")


def fetch(session: FetchSession) -> ReadResult:
    """Fetch pages of the list until one has a known document, then check the counts of the last
    days.
    """
    first = session.read(read_documents, session.get(_with(session.url, Index="1")))
    if not first.good or session.client.single_answer:
        return first
    pages, known = [first], set(session.memory.keys)
    try:
        while known and not {v.key for v in pages[-1].versions} & known and len(pages) < min(MOST_PAGES, int(first.facts["pages"])):
            page = session.read(read_documents, session.get(_with(session.url, Index=str(len(pages) + 1))))
            if not page.good:
                return replace(
                    _joined(pages),
                    outcome=FetchOutcome.SUSPICIOUS,
                    reason=FetchReason.INCOMPLETE,
                    detail=f"page {len(pages) + 1}: {page.detail}",
                )
            pages.append(page)
        return _check_counts(session, _joined(pages), known)
    except CannotFetch as error:
        return replace(_joined(pages), outcome=FetchOutcome.SUSPICIOUS, reason=FetchReason.INCOMPLETE, detail=error.detail)


def _joined(pages: list[ReadResult]) -> ReadResult:
    versions = {v.key: v for page in pages for v in page.versions}
    return replace(pages[0], versions=tuple(versions.values()))


def _check_counts(session: FetchSession, listed: ReadResult, known: set[str]) -> ReadResult:
    """Compare the portal's count of each of the last days with what is stored; read each day to its
    end.
    """
    versions = {v.key: v for v in listed.versions}
    counts, incomplete = list[str](), False
    today = session.started.astimezone(MOSCOW).date()
    for day in (today - timedelta(days=n) for n in range(CHECKED_DAYS)):
        day_url = _with(session.url, PublishDateFrom=f"{day:%d.%m.%Y}", PublishDateTo=f"{day:%d.%m.%Y}", PageSize="200")
        for index in range(1, MOST_PAGES + 1):
            page = session.read(read_documents, session.get(_with(day_url, Index=str(index))))
            if not page.good and page.reason is not FetchReason.EMPTY:
                return replace(
                    listed,
                    versions=tuple(versions.values()),
                    outcome=FetchOutcome.SUSPICIOUS,
                    reason=FetchReason.INCOMPLETE,
                    detail=page.detail,
                )
            versions.update({v.key: v for v in page.versions})
            if index >= int(page.facts.get("pages") or 1):
                break
        published, stored = int(page.facts.get("total") or 0), Counter(map(day_in, {*known, *versions}))[f"{day:%Y%m%d}"]
        counts.append(f"{day:%d.%m.%Y}: published {published}, stored {stored}")
        incomplete = incomplete or stored < published
    complete = replace(listed, versions=tuple(versions.values()), detail="; ".join(counts))
    return replace(complete, outcome=FetchOutcome.SUSPICIOUS, reason=FetchReason.INCOMPLETE) if incomplete else complete


def day_in(eo_number: str) -> str | None:
    """The day (YYYYMMDD) in an eoNumber; None if it has none."""
    match = _EO.match(eo_number)
    return match.group(1) if match else None


def _with(url: str, **query: str) -> str:
    parts = urlsplit(url)
    fields = {**dict(parse_qsl(parts.query, keep_blank_values=True)), **query}
    return urlunsplit(parts._replace(query=urlencode(fields)))


def read_documents(answer: HttpAnswer) -> ReadResult:
    """The documents of one page of the list. `facts`: total (documents), pages."""
    try:
        tree = json.loads(decode(answer.body, answer.headers.get("content-type", "")).text)
    except (ValueError, RecursionError):
        reason = (
            FetchReason.CHALLENGE
            if is_challenge(answer.body)
            else FetchReason.BLOCK_PAGE
            if is_refused(answer.body)
            else FetchReason.BAD_ANSWER
        )
        return failed_result(FetchOutcome.BROKEN, reason, f"200 with {answer.media_type or 'no type'}, but no JSON")
    if not isinstance(tree, dict) or not isinstance(tree.get("items"), list):
        return failed_result(FetchOutcome.BROKEN, FetchReason.BAD_ANSWER, "JSON, but not the portal's list of documents")
    facts = {"total": _count(tree.get("itemsTotalCount")), "pages": _count(tree.get("pagesTotalCount"))}
    entries = [e for item in tree["items"] if isinstance(item, dict) and (e := _document(item, answer.url)) is not None]
    if not entries:
        return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.EMPTY, "a valid list without documents", facts=facts)
    missing = len(tree["items"]) - len(entries)
    return ok_result(entries, f"{missing} documents without a number" if missing else None, partly=bool(missing), facts=facts)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and 0 <= value < 10**9 else 0


def _document(item: dict[str, Any], base: str) -> ListedEntry | None:
    number = str(item.get("eoNumber") or "").strip()
    if not number.isdigit() or len(number) > 40:
        return None
    title = str(item.get("complexName") or item.get("title") or item.get("name") or "")
    name = str(item.get("name") or "")
    parts = urlsplit(base)
    return ListedEntry(
        key=number,
        url=f"{parts.scheme}://{parts.netloc}/document/{number}",
        title=title or f"Документ {number}",
        html=name if name and name not in title else "",
        published=_day(item, number),
        lang="ru",
        notes=("the portal gives a day, no hour",),
    )


def _day(item: dict[str, Any], number: str) -> datetime | None:
    """The day of publication as midnight UTC. Midnight of Moscow would be the day before in UTC."""
    for text, form in (
        (str(item.get("viewDate") or ""), "%d.%m.%Y"),
        (str(item.get("publishDateShort") or "")[:10], "%Y-%m-%d"),
        (day_in(number) or "", "%Y%m%d"),
    ):
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None
