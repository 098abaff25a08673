"""`listing`: an HTML page that lists links to articles, found by CSS selectors (`select`) or by
structure.

By structure: links inside the site, outside menus, that read like a headline are grouped by how
their addresses are built; each group with a good share of the headline text is part of the list.
Whether a box is a menu is decided by its name and by its share of the links: a box that holds most
headlines is the list. A page that lists nothing, asks to log in, or is an error page with status
200, is never "nothing new".
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from bs4 import BeautifulSoup, Tag

from db.enums import FetchOutcome, FetchReason
from monitor.fetch.fetch_session import FetchSession
from monitor.fetch.http_types import HttpAnswer
from monitor.kinds.results import ListedEntry, ReadResult, failed_result, ok_result
from monitor.parse.dates import read_date
from monitor.parse.decode import decode
from monitor.parse.nesting_guard import MAX_DEPTH, too_deep
from monitor.parse.page_checks import PageQuality, judge_list, judge_page, weigh
from monitor.parse.relative_time import AGO, DAY, HOUR

MAX_ENTRIES = 300
# Number of links from which a page is a list whatever its words, unless its title or heading says
# otherwise
LONG = 5
LEAST_TITLE = 15  # characters of a headline; less is a menu word
MOST_LINKS = 3  # of one article: its picture, headline and section
# Share of the page's headlines: a box with more of them is the list, whatever its class
LIST_SHARE = 0.5
# Average characters of the links in a box that is named like a menu and is not one
LEAST_HEADLINE = 25
COUNTED = 0.8  # share of links whose text ends in a number from which the numbers are counters
# Share of the best group's headline text that another group needs to be part of the list
GROUP_SHARE = 0.15
_MENU = ("nav", "header", "footer", "form")
_MENU_CLASS = re.compile(
    r"(^|[-_ ])(nav|menu|footer|breadcrumbs?|pagination|pager|share|social|cookie|sidebar-menu|tags?|promo|partners?|advert\w*|reklama|sponsor\w*)([-_ ]|$)",
    re.I,
)
_LABEL = re.compile(
    r"^\W*(читать|читайте|подробн\w+|далее|дальше|узнать больше|перейти|открыть|смотреть|продолжение|полн\w+ (текст|верси\w+)|детальніше|докладніше|читати"
    r"|read (more|full|on|the)|continue reading|learn more|more|full (story|text)|mehr|weiterlesen|læs (mere|hele)|lees (meer|verder))\b.{0,40}$",
    re.I,
)
_TITLE_CLASS = re.compile(r"title|head(ing|line)|zagolov|name|caption", re.I)
_ASIDE_CLASS = re.compile(r"date|time|categor|rubric|author|views|count|tag|label|meta|badge", re.I)
# Russian, Ukrainian, English, German, Danish, Dutch; the beginnings of the names
_MONTHS = (
    "январ|феврал|март|апрел|ма[йя]|июн|июл|август|сентябр|октябр|ноябр|декабр|січ|лют|берез|квіт|трав|черв|лип|серп|верес|жовт|листоп|груд"
    "|jan|feb|mar|mär|mrt|maart|apr|ma[iyj]|mei|jun|jul|aug|sep|o[kc]t|nov|de[cz]"
)
_CLOCK = r"(?:,?\s+(?:(?:в|о|um|om|at|kl)\b\.?\s*)?\d{1,2}[:.]\d\d\b(?:\s*(?:uhr|uur)\b)?)?"
_NUMERIC_DATE = rf"(?:\d{{2}}\.\d{{2}}\.\d{{4}}|\d{{1,2}}/\d{{1,2}}/\d{{4}}|\d{{2}}-\d{{2}}-\d{{4}}|\d{{4}}-\d\d-\d\d)\b{_CLOCK}"
_WORD_DATE = rf"(?:\d{{1,2}}\.?\s+(?:{_MONTHS})\w*\.?,?\s+\d{{4}}|(?:{_MONTHS})\w*\.?\s+\d{{1,2}},\s+\d{{4}})\b{_CLOCK}"
_DATE = re.compile(rf"\b(?:{_NUMERIC_DATE}|{_WORD_DATE})", re.I)
# A date that a list writes beside a headline. One within it, behind a preposition or before "года"
# is a part of it.
_DATE_EDGE = re.compile(
    rf"^\W*(?:{_NUMERIC_DATE}|{_WORD_DATE})(?!\s*(?:года?|г\.|року))\W*|\s*[|·•,(\[—–]\s*(?:{_NUMERIC_DATE}|{_WORD_DATE})\W*$"
    rf"|(?<!\s(?:до|от|по|на|со|за|ab|am))(?<!\s[ск])(?<!\s(?:bis|vom|til|tot|den|від))\s+{_NUMERIC_DATE}\W*$",
    re.I,
)
# At an edge of the title, with an hour or a comma: "Указ вступил в силу сегодня" keeps its word.
_WHEN_EDGE = re.compile(
    rf"^\W*(?:{AGO}|{DAY}(?:{HOUR}|\s*[,|·])|\d{{1,2}}:\d{{2}}(?=\s+\w)|\d{{2}}\.\d{{2}}(?=\s+[^\W\d]))\W*|\W*(?:{AGO}|{DAY}{HOUR})\W*$",
    re.I,
)
# A mark that a list puts before a headline for some hours
_BADGE = re.compile(
    r"^\W*(?:новое|нове|новинка|обновлено|оновлено|срочно|молния|важно|new|updated|breaking|neu|eilmeldung|nyt|nieuw|breaking)\b(?!\s+\w{1,2}\s)\W*",
    re.I,
)
_COUNTER, _YEAR = re.compile(r"\s\d{1,4}$"), re.compile(r"\s(?:19|20)\d\d$")
_FILE = re.compile(r"\.(jpe?g|png|gif|svg|webp|mp[34]|css|js|ico|zip)$", re.I)


@dataclass(frozen=True)
class _Link:
    url: str
    title: str
    tag: Tag


def fetch(session: FetchSession) -> ReadResult:
    """Fetch a listing: one conditional request."""
    answer = session.get(session.url, conditional=True)
    select = {k: v for k, v in session.source.select.model_dump().items() if v}
    return session.unchanged(answer) or session.not_shrunk(session.read(read_listing, answer, session.url, select))


def read_listing(answer: HttpAnswer, requested_url: str, select: Mapping[str, str] | None = None) -> ReadResult:
    """The articles that a page lists, or why there are none. `select`: CSS selectors links, title,
    date.
    """
    if too_deep(answer.body):
        return failed_result(FetchOutcome.BROKEN, FetchReason.TOO_DEEP, f"tags nested more than {MAX_DEPTH} deep")
    decoded = decode(answer.body, answer.headers.get("content-type", ""))
    soup = BeautifulSoup(decoded.text, "lxml")
    base = _base(soup, answer.url)
    links = _selected(soup, base, select) if select and select.get("links") else _by_structure(soup, base)
    quality = judge_page(decoded.text, requested_url, answer.url)
    if not links or _asks_to_log_in(soup):
        return _why_none(quality, len(answer.body))
    if not quality.usable and len(links) < LONG:
        return _why_none(quality, len(answer.body))
    if len(links) >= LONG and (doubt := judge_list(decoded.text, [x.title for x in links])):
        return _why_none(weigh([doubt]), len(answer.body))
    counters = _have_counters(links)
    entries = [_entry(link, select or {}, counters) for link in links[:MAX_ENTRIES]]
    return ok_result(entries, doubts=(*decoded.doubts, *(quality.says if len(links) < LONG else ())), facts={"links": len(links)})


def _why_none(quality: PageQuality, size: int) -> ReadResult:
    worst = quality.heaviest
    if worst and worst.reason is not FetchReason.EMPTY:
        broken = worst.reason in (FetchReason.CHALLENGE, FetchReason.BLOCK_PAGE)
        return failed_result(FetchOutcome.BROKEN if broken else FetchOutcome.SUSPICIOUS, worst.reason, worst.says, doubts=quality.says)
    return failed_result(
        FetchOutcome.SUSPICIOUS,
        FetchReason.EMPTY,
        f"no list of links in {size} bytes: an error page, or a page made by script",
        doubts=quality.says,
    )


def _base(soup: BeautifulSoup, url: str) -> str:
    base = soup.select_one("base[href]")
    joined = urljoin(url, str(base["href"])) if base else url
    return joined if _host(joined) == _host(url) else url  # a page may not send its links elsewhere


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def _selected(soup: BeautifulSoup, base: str, select: Mapping[str, str]) -> list[_Link]:
    """Links by the selectors of sources.yml. `links` selects the link or the box around it."""
    links = []
    for box in soup.select(select["links"]):
        link = box if box.name == "a" else box.select_one("a[href]")
        if link is None or not (url := _address(link, base)):
            continue
        named = box.select_one(select["title"]) if select.get("title") else None
        links.append(_Link(url, _squeeze(named.get_text(" ")) if named else _headline(link), box))
    return _one_per_address(links)


def _by_structure(soup: BeautifulSoup, base: str) -> list[_Link]:
    """Headlines among all links of the page."""
    inside = [(url, a) for a in soup.select("a[href]") if (url := _address(a, base)) and _inside(url, base)]
    labels = _labels(inside)
    titled = [_Link(url, title, a) for url, a in inside if len(title := _headline(a, labels)) >= LEAST_TITLE]
    menus = _menus(titled)
    candidates = _one_per_address(link for link in titled if not any(id(parent) in menus for parent in _boxes(link.tag)))
    groups: dict[str, list[_Link]] = defaultdict(list)
    for link in candidates:
        groups[_pattern(link.url)].append(link)
    weights = {p: sum(min(len(x.title), 120) for x in g) * (1 if _deep(p) else 0.2) for p, g in groups.items() if len(g) >= 2}
    if not weights:
        return []
    best = max(weights.values())
    chosen = {p for p, w in weights.items() if w >= GROUP_SHARE * best}
    return [x for x in candidates if _pattern(x.url) in chosen]


def _labels(links: Iterable[tuple[str, Tag]]) -> set[str]:
    """Texts that links to three or more pages share, such as "read more": they are not
    headlines.
    """
    pages: dict[str, set[str]] = defaultdict(set)
    for url, a in links:
        pages[_squeeze(a.get_text(" ")).lower()].add(url)
    return {text for text, urls in pages.items() if len(urls) >= 3}


def _menus(links: Sequence[_Link]) -> set[int]:
    """Ids of the boxes that are menus: named like one, and not holding the headlines of the page.

    Boxes of the same name and class count together: the <header> of each card is one kind of box.
    """
    links_by_box: dict[tuple[str, str], list[_Link]] = defaultdict(list)
    boxes: dict[tuple[str, str], set[int]] = defaultdict(set)
    for link in links:
        named = {(box.name, " ".join(box.get("class") or [])): box for box in _boxes(link.tag)}
        for name, box in named.items():
            links_by_box[name].append(link)
            boxes[name].add(id(box))
    total = len({link.url for link in links})
    return {box for name, links_inside in links_by_box.items() if not _is_list(links_inside, total) for box in boxes[name]}


def _is_list(inside: Sequence[_Link], total: int) -> bool:
    titles = {link.url: link.title for link in inside}
    return len(titles) >= LIST_SHARE * total and sum(map(len, titles.values())) >= LEAST_HEADLINE * len(titles)


def _boxes(a: Tag) -> Iterator[Tag]:
    """The boxes around a link that are named like a menu, from the inside out."""
    for parent in a.parents:
        if parent.name in ("article", "main", "body"):
            return  # classes of the body describe the state of the page ("cookie-scroll-lock")
        if parent.name in _MENU or _MENU_CLASS.search(" ".join(parent.get("class") or [])):
            yield parent


def _have_counters(links: Sequence[_Link]) -> bool:
    """Whether nearly all links end in a bare number: then the number counts comments or views."""
    counted = sum(bool(_COUNTER.search(x.title)) and not _YEAR.search(x.title) for x in links)
    return len(links) >= LONG and counted >= COUNTED * len(links)


def _asks_to_log_in(soup: BeautifulSoup) -> bool:
    """Whether the page is a login form with some links around it."""
    head = " ".join(tag.get_text(" ") for tag in soup.select("title, h1"))
    return bool(soup.select_one("input[type=password i]")) and bool(
        re.search(r"\b(войти|вход|войдите|авториз\w+|увійти|вхід|log ?in|sign ?in|anmelden|log ind|inloggen)\b", head, re.I)
    )


def _address(a: Tag, base: str) -> str:
    href = str(a.get("href") or "").strip()
    if not href or href.startswith(("#", "javascript:", "mailto:", "tel:", "data:")):
        return ""
    try:
        url = urljoin(base, href).split("#")[0]
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.hostname and not _FILE.search(parts.path) and len(url) < 2000 else ""


def _inside(url: str, base: str) -> bool:
    """On the site, or on a site of the same domain; and not the listing itself or a page of it."""
    site, host = _host(base), _host(url)
    parts, listing = urlsplit(url), urlsplit(base)
    if host != site and not host.endswith("." + site) and not site.endswith("." + host):
        return False
    return (parts.path.rstrip("/"), parts.query) != (listing.path.rstrip("/"), listing.query) and parts.path.rstrip("/") != ""


def _headline(a: Tag, labels: Collection[str] = ()) -> str:
    """The headline of a link: its own text, without date and section; that of its card where the
    text is a label; the alt text of its picture.
    """
    inner = a.find(re.compile(r"^h[1-6]$")) or a.find(class_=_TITLE_CLASS)
    box = inner if isinstance(inner, Tag) and len(inner.get_text(strip=True)) >= LEAST_TITLE else a
    text = _title_text(" ".join(s for s in box.find_all(string=True) if not _is_aside(s.parent, box)))
    if text and not _LABEL.match(text) and _squeeze(a.get_text(" ")).lower() not in labels:
        return text
    named = _squeeze(str(a.get("title") or a.get("aria-label") or ""))
    if named and not _LABEL.match(named):
        return _title_text(named)
    picture = a.select_one("img[alt]")
    alt = _title_text(str(picture["alt"])) if picture else ""
    return (
        _card_headline(a)
        or (alt if not _LABEL.match(alt) else "")
        or ("" if _LABEL.match(text) else text if text.lower() not in labels else "")
    )


def _card_headline(a: Tag) -> str:
    """The heading of the card around a link: of the nearest box that has a heading and links to no
    other article.
    """
    for box in list(a.parents)[:5]:
        if box.name in ("body", "main") or _holds_others(box):
            return ""
        heading = box.find(re.compile(r"^h[1-6]$")) or box.find(class_=_TITLE_CLASS) or box.find(["strong", "b"])
        if isinstance(heading, Tag) and len(text := _title_text(heading.get_text(" "))) >= LEAST_TITLE:
            return text
    return ""


def _title_text(text: str) -> str:
    """One line without the date and the "2 hours ago" at its edges."""
    return _squeeze(_WHEN_EDGE.sub(" ", _DATE_EDGE.sub("", _squeeze(text)))).strip(" ,|·–—-")


def _is_aside(tag: Tag | None, box: Tag) -> bool:
    """Whether a string belongs to a date, a section name or a counter within `box`."""
    while tag is not None and tag is not box:
        if tag.name == "time" or (
            _ASIDE_CLASS.search(" ".join(tag.get("class") or [])) and not _TITLE_CLASS.search(" ".join(tag.get("class") or []))
        ):
            return True
        tag = tag.parent
    return False


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def _one_per_address(links: Iterable[_Link]) -> list[_Link]:
    """One link per address, in order of the page, with the longest of its titles (a picture and a
    headline often link to the same article).
    """
    best: dict[str, _Link] = {}
    for link in links:
        if link.url not in best or len(link.title) > len(best[link.url].title):
            best[link.url] = link if link.url not in best else _Link(link.url, link.title, link.tag)
    return list(best.values())


def _pattern(url: str) -> str:
    """The pattern of an address: numbers become #, slugs ~; words stay.
    /news/2026/01/chto-delat → /news/#/#/~
    """
    segments = [s for s in urlsplit(url).path.split("/") if s]
    query = "?" + "&".join(sorted(p.split("=")[0] for p in urlsplit(url).query.split("&") if p)) if urlsplit(url).query else ""
    return "/" + "/".join(_sign(s, last=i == len(segments) - 1) for i, s in enumerate(segments)) + query


def _sign(segment: str, last: bool) -> str:
    if re.fullmatch(r"\d+", segment):
        return "#"
    if last or len(segment) > 25 or re.search(r"\d{3}|-.*-", segment):
        return "~"
    return segment


def _deep(pattern: str) -> bool:
    """Whether addresses of this pattern can be articles: a number, a slug under a section, or a
    query that names one.
    """
    return "#" in pattern or "?" in pattern or pattern.count("/") >= 2


def _entry(link: _Link, select: Mapping[str, str], counters: bool) -> ListedEntry:
    when = _when(link.tag, select.get("date"))
    compared = _BADGE.sub("", _COUNTER.sub("", link.title) if counters else link.title)
    return ListedEntry(
        key=link.url,
        url=link.url,
        title=link.title,
        compared_title=compared if compared != link.title else None,
        published=when,
        notes=() if when else ("no date in the listing",),
    )


def _when(tag: Tag, selector: str | None) -> datetime | None:
    """The date inside the link, or in the nearest box around it that holds no other article."""
    for box in [tag, *list(tag.parents)[:4]]:
        if _holds_others(box):
            return None
        for stamp in box.select(selector) if selector else box.find_all("time"):
            if when := read_date(str(stamp.get("datetime") or "")) or read_date(stamp.get_text(" ", strip=True)):
                return when
        if written := _DATE.search(box.get_text(" ")):
            return read_date(written.group())
    return None


def _holds_others(box: Tag) -> bool:
    """Whether a box has more links than one article has."""
    seen = set[str]()
    for a in box.find_all("a", href=True):
        seen.add(str(a["href"]))
        if len(seen) > MOST_LINKS:
            return True
    return False
