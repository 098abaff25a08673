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

LEAST = 0.5  # quality
MAX_HEAD = 160  # characters of title and heading; error pages have short ones
_CHALLENGE = re.compile(
    r"just a moment|ddos-guard|checking (if|your browser)|qrator|g-recaptcha|h-captcha|smartcaptcha|cf-chl|cf-turnstile|verify you are human"
    r"|enable javascript and cookies|проверка браузера|проверяем ваш браузер|я не робот|подтвердите, что вы не робот|are you a robot",
    re.I,
)
_REFUSED = re.compile(
    r"доступ (ограничен|запрещ[её]н|закрыт|заблокирован)|ресурс заблокирован|сайт заблокирован|access (denied|to this (page|site|resource) (is|has been) (denied|blocked))"
    r"|you have been blocked|request blocked|not available in your (country|region)|недоступ\w+ в ваш\w+ (стране|регионе)|роскомнадзор\w* .{0,40}заблокирован",
    re.I,
)
_LOGIN = re.compile(r"<input[^>]+type\s*=\s*[\"']?password", re.I)
_NOT_FOUND = re.compile(
    r"страниц\w+ не (найден|существует)|документ не найден|материал (не найден|удал[её]н)|ошибка 404|page (not|cannot be) found|not found|404|сторінк\w+ не знайдено",
    re.I,
)
_MAINTENANCE = re.compile(
    r"технические работы|ведутся работы|сайт (временно )?недоступен|under maintenance|temporarily unavailable|bad gateway|service unavailable",
    re.I,
)
_ERROR = re.compile(  # stricter than _NOT_FOUND: outlets are called "404"
    r"страниц\w+ не (найден|существует)|(документ|материал|раздел) не найден|ошибка 404|page (not|cannot be) found|404 (not found|error)|(^|\| )404\s*($|[-–—:|.])"
    r"|сторінк\w+ не знайдено",
    re.I,
)
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


def judge_page(html: str, asked: str, answered: str) -> PageQuality:
    """Whether an HTML page with status 200 is the requested page.

    Short pages are judged more strictly: a long article may be about blocked pages.
    """
    title, heading, text = _of(_TITLE, html), _of(_HEADING, html), _plain(html)
    head, short = f"{title} {heading}", len(text) < 1500
    return weigh(filter(None, (
        _if(bool(_CHALLENGE.search(html[:20_000])) and (short or bool(_CHALLENGE.search(head))), FetchReason.CHALLENGE, "a robot check in place of the page", 0.1),
        _if(bool(_REFUSED.search(head) or (short and _REFUSED.search(text))), FetchReason.BLOCK_PAGE, "the page says that access is refused", 0.1),
        _if(bool(_LOGIN.search(html)) and short, FetchReason.BLOCK_PAGE, "the page asks to log in", 0.3),
        _if(bool(_NOT_FOUND.search(head) and len(head) < 120) and len(text) < 6000, FetchReason.SOFT_404, "the page says that there is nothing here", 0.1),
        _if(bool(_MAINTENANCE.search(head) or (short and _MAINTENANCE.search(text))), FetchReason.BLOCK_PAGE, "the site says that it is out of order", 0.2),
        _if(to_front_page(asked, answered), FetchReason.FRONT_PAGE, f"{asked} leads to the front page", 0.2),
        _if(len(text) < 200, FetchReason.EMPTY, f"{len(text)} characters of text in {len(html)} of markup", 0.4),
    )))  # fmt: skip


def judge_list(html: str, titles: Collection[str]) -> PageDoubt | None:
    """A doubt about a page that lists links (error pages list "popular" ones), or None.

    Only the page's own title and heading count, not the headlines on it (`titles`).
    """
    heading = _of(_HEADING, html)
    head = _of(_TITLE, html) if any(heading in title or title in heading for title in titles) else f"{_of(_TITLE, html)} {heading}"
    if len(head) > MAX_HEAD:
        return None
    return (
        _if(bool(_CHALLENGE.search(head)), FetchReason.CHALLENGE, "a robot check in place of the page", 0.1)
        or _if(bool(_REFUSED.search(head)), FetchReason.BLOCK_PAGE, "the page says that access is refused", 0.1)
        or _if(bool(_ERROR.search(head)), FetchReason.SOFT_404, "the page says that there is nothing here", 0.1)
        or _if(bool(_MAINTENANCE.search(head)), FetchReason.BLOCK_PAGE, "the site says that it is out of order", 0.2)
    )


def to_front_page(asked: str, answered: str) -> bool:
    """Whether a deep address ended at the site's front page, as many sites answer instead of 404."""
    return urlsplit(asked).path.rstrip("/") != "" and urlsplit(answered).path.rstrip("/") == "" and not urlsplit(answered).query


def is_challenge(body: bytes) -> bool:
    """Whether the body is a robot check (Cloudflare, DDoS-Guard, Qrator, a captcha)."""
    return bool(_CHALLENGE.search(body[:20_000].decode("utf-8", "replace")))


def is_refused(body: bytes) -> bool:
    """Whether the body is a page that says that access is refused."""
    return bool(_REFUSED.search(body[:20_000].decode("utf-8", "replace")))


def _if(true: bool, reason: FetchReason, says: str, weight: float) -> PageDoubt | None:
    return PageDoubt(reason, says, weight) if true else None


def _of(pattern: re.Pattern[str], html: str) -> str:
    match = pattern.search(html[:200_000])
    return " ".join(_TAGS.sub(" ", match.group(1)).split())[:300] if match else ""


def _plain(html: str) -> str:
    return " ".join(_TAGS.sub(" ", html).split())
