"""Quality of a captured page: a number from 0 to 1 with its reasons.

Rules for block pages have many false positives, so they do not decide alone. Each doubt has a
weight; quality is the product of the weights. A page below `LEAST` is not compared: it ends as
*suspiciously empty* or *blocked or broken*, with the heaviest doubt as its reason.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from db.enums import FetchReason
from monitor.parse.article_text import article_body
from monitor.parse.decode import decode

LEAST = 0.5  # quality
MAX_HEAD = 160  # characters of title and heading; error pages have short ones
_CHALLENGE = re.compile(
    r"just a moment|ddos-guard|checking (if|your browser)|qrator|g-recaptcha|h-captcha|smart-?captcha|id_captcha_frame|spsc_encrypted|запросы отправляли вы, а не робот|вы не робот|cf-chl|cf-turnstile|verify you are human"
    r"|enable javascript and cookies|проверка браузера|проверяем ваш браузер|я не робот|подтвердите, что вы не робот|are you a robot",
    re.I,
)
_REFUSED = re.compile(
    r"доступ (ограничен|запрещ[её]н|закрыт|заблокирован)|ресурс заблокирован|сайт заблокирован|access (denied|to this (page|site|resource) (is|has been) (denied|blocked))"
    r"|you have been blocked|request blocked|not available in your (country|region)|недоступ\w+ в ваш\w+ (стране|регионе)|роскомнадзор\w* .{0,40}заблокирован",
    re.I,
)
_LOGIN = re.compile(r"<input[^>]+type\s*=\s*[\"']?password", re.I)
_MAINTENANCE = re.compile(
    r"технические работы|ведутся работы|сайт (временно )?недоступен|under maintenance|temporarily unavailable|bad gateway|service unavailable",
    re.I,
)
_ERROR = re.compile(  # not "404" alone: outlets are called so, and 404 may be a number of days
    r"(страниц\w+|документ|материал|раздел) (не (найден|существует)\w*|удал[её]н\w*)|ошибка 404|page (not|cannot be) found|404 (not found|error)|(^|\| )404\s*($|[-–—:|.])"
    r"|сторінк\w+ не знайдено",
    re.I,
)
_ARTICLE_MARKUP = re.compile(
    r"<article\b|property\s*=\s*[\"']?og:type[\"']?[^>]+content\s*=\s*[\"']?article|itemprop\s*=\s*[\"']?articleBody|\"@type\"\s*:\s*\[?\s*\"\w*Article\"",
    re.I,
)
# Characters of sentences from which a page has an article; robot checks and block pages have less
LEAST_PROSE = 400
LONG_PROSE = 800  # from this length on, even a title that is only a message does not count
# From this length on, a login form or a robot check is only a form beside the text
LEAST_BESIDE_FORM = 150
_LOGIN_WALL = re.compile(
    r"(войдите|авторизуйтесь|зарегистрируйтесь|увійдіть|log ?in|sign in|subscribe|anmelden|log ind|inloggen)[^.]{0,40}(чтобы|щоб|to (continue|read|view)|um |for at|om )"
    r"|только (для|после) (зарегистрированн|подписчик|авторизац|вход)\w*|после входа",
    re.I,
)
LEAST_FLASH = 80  # characters, where the markup names the page an article
_START = 500  # first characters of a page without an article, which say what it is
_ERROR_PAGE = 6000  # characters of text; error pages have less
_NAME_WORDS = 4  # words of a title beside a message: the name of the site
_GOES_ON = re.compile(r"\w*,?\s+\w+\s+\w")  # the message is the beginning of a headline
_SENTENCE = 25  # characters
_SENTENCE_ENDS = (".", "!", "?", "…", "»", '"', "”")
_PROSE_SCAN = 500_000  # characters
_BLOCK = re.compile(r"</?(?:p|div|li|td|tr|table|section|article|main|aside|h[1-6]|br|blockquote|body|header)\b[^>]{0,2000}>", re.I)
_NOT_PROSE = re.compile(r"<(script|style|noscript|form|nav|footer|template|select|button)\b.*?</\1>|<!--.*?-->", re.I | re.S)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.I | re.S)
_HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.I | re.S)
_TAGS = re.compile(r"<script.*?</script>|<style.*?</style>|<[^>]{0,2000}>", re.I | re.S)


@dataclass(frozen=True)
class PageDoubt:
    """One reason to doubt a capture. `weight`: factor of the quality."""

    reason: FetchReason
    says: str
    weight: float


@dataclass(frozen=True)
class PageQuality:
    """Quality from 0 to 1 and the doubts behind it."""

    value: float
    doubts: tuple[PageDoubt, ...]

    @property
    def usable(self) -> bool:
        return self.value >= LEAST

    @property
    def heaviest(self) -> PageDoubt | None:
        return min(self.doubts, key=lambda d: d.weight, default=None)

    @property
    def says(self) -> tuple[str, ...]:
        return tuple(d.says for d in self.doubts)


def weigh(doubts: Iterable[PageDoubt]) -> PageQuality:
    """Quality: the product of the weights of `doubts`."""
    collected, value = tuple(doubts), 1.0
    for doubt in collected:
        value *= doubt.weight
    return PageQuality(round(value, 3), collected)


def judge_page(html: str, requested_url: str, answered_url: str) -> PageQuality:
    """Whether an HTML page with status 200 is the requested page.

    What the page says of itself counts only where it has no article: an article may be about
    blocked sites, and a good page may have a login form or a robot check for comments. A title
    that is nothing but the message ("Страница не найдена") counts even beside other text.
    """
    title, heading, text = _first_match(_TITLE, html), _first_match(_HEADING, html), _plain_text(html)
    head, prose = f"{title} {heading}", prose_length(html)
    has_article = prose >= LEAST_PROSE or (is_article_page(html) and max(prose, len(article_body(html))) >= LEAST_FLASH)
    start = "" if has_article else text[:_START]

    def page_says(pattern: re.Pattern[str]) -> bool:
        named = _is_message(pattern, title, heading) and prose < LONG_PROSE
        return named or bool(not has_article and (pattern.search(head) or pattern.search(start)))

    return weigh(filter(None, (
        _doubt_if(page_says(_CHALLENGE) or bool(prose < LEAST_BESIDE_FORM and _CHALLENGE.search(html[:20_000])), FetchReason.CHALLENGE, "a robot check in place of the page", 0.1),
        _doubt_if(page_says(_REFUSED), FetchReason.BLOCK_PAGE, "the page says that access is refused", 0.1),
        _doubt_if(bool(_LOGIN.search(html)) and (prose < LEAST_BESIDE_FORM or bool(not has_article and _LOGIN_WALL.search(text))), FetchReason.BLOCK_PAGE, "the page asks to log in", 0.3),
        _doubt_if(_is_not_found(title, heading, has_article) and len(text) < _ERROR_PAGE, FetchReason.SOFT_404, "the page says that there is nothing here", 0.1),
        _doubt_if(page_says(_MAINTENANCE), FetchReason.BLOCK_PAGE, "the site says that it is out of order", 0.2),
        _doubt_if(to_front_page(requested_url, answered_url), FetchReason.FRONT_PAGE, f"{requested_url} leads to the front page", 0.2),
        _doubt_if(len(text) < 200 and not has_article and not (heading and prose >= LEAST_FLASH), FetchReason.EMPTY, f"{len(text)} characters of text in {len(html)} of markup", 0.4),
    )))  # fmt: skip


def _is_message(pattern: re.Pattern[str], *heads: str) -> bool:
    """Whether a title or heading is only the message, perhaps with the name of the site; headlines
    have more words.
    """
    return any(
        match is not None
        and len((head[: match.start()] + head[match.end() :]).split()) <= _NAME_WORDS
        and not _GOES_ON.match(head[match.end() :])
        for head in heads
        for match in [pattern.search(head)]
    )


def _is_not_found(title: str, heading: str, has_article: bool) -> bool:
    head = f"{title} {heading}"
    return _is_message(_ERROR, title, heading) or bool(not has_article and len(head) < 120 and _ERROR.search(head))


def prose_length(html: str) -> int:
    """Characters in blocks that are sentences, outside scripts, forms, menus and footers."""
    blocks = (" ".join(_TAGS.sub(" ", block).split()) for block in _BLOCK.split(_NOT_PROSE.sub(" ", html[:_PROSE_SCAN])))
    return sum(len(block) for block in blocks if len(block) >= _SENTENCE and block.endswith(_SENTENCE_ENDS))


def main_heading(html: str) -> str:
    """The text of the first <h1>; empty if there is none."""
    return _first_match(_HEADING, html)


def is_article_page(html: str) -> bool:
    """Whether the markup names the page an article; then a text of a few words is a news flash."""
    return bool(_ARTICLE_MARKUP.search(html))


def judge_list(html: str, titles: Collection[str]) -> PageDoubt | None:
    """A doubt about a page that lists links (error pages list "popular" ones), or None.

    Only the page's own title and heading count, not the headlines on it (`titles`).
    """
    heading = _first_match(_HEADING, html)
    head = (
        _first_match(_TITLE, html)
        if any(heading in title or title in heading for title in titles)
        else f"{_first_match(_TITLE, html)} {heading}"
    )
    if len(head) > MAX_HEAD:
        return None
    return (
        _doubt_if(bool(_CHALLENGE.search(head)), FetchReason.CHALLENGE, "a robot check in place of the page", 0.1)
        or _doubt_if(bool(_REFUSED.search(head)), FetchReason.BLOCK_PAGE, "the page says that access is refused", 0.1)
        or _doubt_if(bool(_ERROR.search(head)), FetchReason.SOFT_404, "the page says that there is nothing here", 0.1)
        or _doubt_if(bool(_MAINTENANCE.search(head)), FetchReason.BLOCK_PAGE, "the site says that it is out of order", 0.2)
    )


def to_front_page(requested_url: str, answered_url: str) -> bool:
    """Whether a deep address ended at the site's front page, as many sites answer instead of
    404.
    """
    return (
        urlsplit(requested_url).path.rstrip("/") != ""
        and urlsplit(answered_url).path.rstrip("/") == ""
        and not urlsplit(answered_url).query
    )


def is_challenge(body: bytes) -> bool:
    """Whether the body is a robot check (Cloudflare, DDoS-Guard, Qrator, a captcha) and no page
    that contains one.
    """
    html = decode(body[:100_000]).text
    return bool(_CHALLENGE.search(html[:20_000])) and prose_length(html) < LEAST_PROSE


def is_refused(body: bytes) -> bool:
    """Whether the body is a page that says that access is refused."""
    return bool(_REFUSED.search(decode(body[:20_000]).text))


def _doubt_if(condition: bool, reason: FetchReason, says: str, weight: float) -> PageDoubt | None:
    return PageDoubt(reason, says, weight) if condition else None


def _first_match(pattern: re.Pattern[str], html: str) -> str:
    match = pattern.search(html[:200_000])
    return " ".join(_TAGS.sub(" ", match.group(1)).split())[:300] if match else ""


def _plain_text(html: str) -> str:
    return " ".join(_TAGS.sub(" ", html).split())
