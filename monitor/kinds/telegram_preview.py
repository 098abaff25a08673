"""`telegram`: a channel's public preview, https://t.me/s/<channel>.

These cases must be distinguished (all answer 200): a channel without public preview (its page is a
landing page), an unused name, a channel that may not be shown, a throttled empty page, and a quiet
channel. Every post is an entry, also one whose text the preview withholds. The date is that of the
post's own link, never of a video in it. Both the markup of 2021-2023 and that of 2026 are read.
"""

import base64
import json
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from bs4 import BeautifulSoup, Tag

from db.enums import FetchOutcome, FetchReason
from monitor.fetch.http_types import HttpAnswer
from monitor.kinds.results import ListedEntry, ReadResult, failed_result, ok_result
from monitor.parse.dates import read_date
from monitor.parse.decode import decode
from monitor.parse.nesting_guard import MAX_DEPTH, too_deep
from monitor.parse.page_checks import is_challenge

WITHHELD = "text withheld in the public preview"
# Sentences of Telegram's own; a channel's description may speak of violations and blocks itself.
_RESTRICTED = re.compile(
    r"\b(?:channel|group|chat|bot|message)s?\b.{0,40}\b(?:can.?t|cannot|couldn.?t) be (?:displayed|shown)|\bviolated? (?:telegram|the terms|local law)"
    r"|\b(?:channel|group|chat|bot)\b.{0,20}\b(?:is|was|has been) (?:unavailable|blocked|restricted|banned)|\bcopyright (?:holder|infring)"
    r"|\b(?:канал|группа|чат|бот)\b.{0,40}\b(?:недоступ(?:ен|на)|заблокирован\w?|не может быть (?:показан|отобра\w+)|ограничен\w?)\b.{0,80}\b(?:нарушен|нарушает|стран|закон|авторск)",
    re.I | re.S,
)
# Labels of the medium, not of the text
_FALLBACK = re.compile(r"not supported|too big|не поддержива\w+|слишком (?:велик|больш)\w*", re.I)
_TOO_BIG = re.compile(r"too big|слишком (?:велик|больш)\w*", re.I)
FEW_WORDS = 40  # characters of own words below which a post also shows the title of its link
_ADDRESS = re.compile(r"(?:https?://|www\.|t\.me/)\S+")
# Documents, whose names describe the post; names of songs do not
_PAPER = re.compile(r"\.(?:pdf|docx?|rtf|odt|xlsx?|zip|tiff?)\s*$", re.I)
CLASS = "tgme_widget_message_"
# Classes and tag names, most important medium first; the first that is present names the post
_TYPES = (
    ("sticker", {f"{CLASS}sticker_wrap", f"{CLASS}sticker", f"{CLASS}tgsticker"}),
    ("poll", {f"{CLASS}poll"}),
    ("location", {f"{CLASS}location_wrap", f"{CLASS}location", f"{CLASS}venue"}),
    ("audio", {f"{CLASS}voice", f"{CLASS}voice_player", "<audio>"}),
    ("document", {f"{CLASS}document_wrap", f"{CLASS}document"}),
    ("round-video", {f"{CLASS}roundvideo", f"{CLASS}roundvideo_player"}),
)
_PHOTO = {f"{CLASS}photo_wrap"}
_VIDEO = {f"{CLASS}video_player", f"{CLASS}video_wrap", "<video>"}
_NAMED = ", ".join(
    f".{CLASS}{x}" for x in ("document_title", "venue_title", "location_title", "game_title", "invoice_title", "contact_name")
)


def read_preview(answer: HttpAnswer) -> ReadResult:
    """The posts of a preview page, oldest first, or why there are none. `facts`: numbers, service,
    albums, title, channel, more.
    """
    if too_deep(answer.body):
        return failed_result(FetchOutcome.BROKEN, FetchReason.TOO_DEEP, f"tags nested more than {MAX_DEPTH} deep")
    soup = BeautifulSoup(decode(answer.body, answer.headers.get("content-type", "")).text, "lxml")
    posts = [p for p in soup.select("div.tgme_widget_message[data-post]") if isinstance(p, Tag)]
    if not posts:
        return _why_none(soup, answer)
    entries = [e for p in posts if not _is_service(p) and (e := _post(p)) is not None]
    facts = _facts(soup, posts)
    if not entries and facts["service"]:
        return ok_result([], "service messages only", facts=facts)
    if not entries:
        return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.EMPTY, f"{len(posts)} posts, none with a number")
    return ok_result(entries, facts=facts)


def _is_service(post: Tag) -> bool:
    return "service_message" in (post.get("class") or [])


def _facts(soup: BeautifulSoup, posts: list[Tag]) -> dict[str, Any]:
    numbers = [n for p in posts if (n := _number(p)) is not None]
    title = soup.select_one(".tgme_channel_info_header_title, .tgme_header_title, .tgme_page_title")
    return {
        "numbers": sorted(set(numbers)),
        "service": sorted(n for p in posts if _is_service(p) and (n := _number(p)) is not None),
        "albums": {n: album for p in posts if (n := _number(p)) is not None and (album := _album(p, n))},
        "title": title.get_text(" ", strip=True)[:200] if title else "",
        "channel": _channel_number(posts),
        "more": bool(soup.select_one("a.tme_messages_more[data-before], a[href*='before=']")),
    }


def _channel_number(posts: list[Tag]) -> int | None:
    """The channel's own number, which outlives its name: data-view is base64 of {"c": -number,
    …}.
    """
    for post in posts:
        packed = str(post.get("data-view") or "")
        try:
            seen = json.loads(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))) if 0 < len(packed) < 2000 else None
        except (ValueError, RecursionError):
            continue
        if isinstance(seen, dict) and isinstance(seen.get("c"), int):
            return int(seen["c"])
    return None


def _number(post: Tag) -> int | None:
    number = str(post.get("data-post")).rpartition("/")[2]
    return int(number) if number.isdigit() and len(number) < 12 else None


def _why_none(soup: BeautifulSoup, answer: HttpAnswer) -> ReadResult:
    if is_challenge(answer.body):
        return failed_result(FetchOutcome.BROKEN, FetchReason.CHALLENGE, "a robot check in place of the preview")
    notice = soup.select_one(".tgme_page_description, .tme_no_messages_found, .tgme_channel_restricted")
    if notice and _RESTRICTED.search(notice.get_text(" ")):
        return failed_result(
            FetchOutcome.BROKEN, FetchReason.RESTRICTED, f"the channel may not be shown: {notice.get_text(' ', strip=True)[:200]}"
        )
    action = soup.select_one(".tgme_page_action")
    if action and re.search(r"send message|start bot|написать|запустить", action.get_text(" "), re.I):
        return failed_result(
            FetchOutcome.BROKEN, FetchReason.NO_SUCH_CHANNEL, "no channel of this name: it is unused, a person's or a bot's"
        )
    if soup.select_one(".tgme_page_icon .tgme_icon_user") or (
        soup.select_one("meta[name=robots][content*=noindex]") and not soup.select_one(".tgme_page_extra, .tgme_page_photo_image")
    ):
        return failed_result(FetchOutcome.BROKEN, FetchReason.NO_SUCH_CHANNEL, "no channel of this name")
    if soup.select_one(".tgme_page_action, .tgme_page_extra, .tgme_page_photo_image"):
        return failed_result(FetchOutcome.BROKEN, FetchReason.NO_PREVIEW, "the channel exists, but has no public preview")
    if soup.select_one(".tme_no_messages_found, .tgme_channel_info, .tgme_channel_history"):
        return failed_result(FetchOutcome.SUSPICIOUS, FetchReason.EMPTY, "a preview page without posts: throttled, or an empty channel")
    return failed_result(FetchOutcome.BROKEN, FetchReason.NOT_A_FEED, f"{answer.status} with {len(answer.body)} bytes, but no preview page")


def _post(post: Tag) -> ListedEntry | None:
    name = str(post.get("data-post")).rpartition("/")[0]
    number = _number(post)
    if not name or number is None:
        return None
    has = _marks_of(post)
    text = _text(post, has)
    when, edited = _date(post)
    forwarded = post.select_one(f".{CLASS}forwarded_from_name") if f"{CLASS}forwarded_from_name" in has else None
    return ListedEntry(
        key=f"{name.lower()}/{number}",
        url=f"https://t.me/{name}/{number}",
        title=_title(post, has, text),
        html=text,
        published=when,
        origin=_forward(forwarded) if forwarded else None,
        notes=tuple(_notes(post, has, number, text, when, edited)),
    )


def _marks_of(post: Tag) -> frozenset[str]:
    """The classes and tag names within a post, collected once: each CSS selector would walk through
    all of it.
    """
    return frozenset(name for tag in post.find_all(True) for name in (f"<{tag.name}>", *(tag.get("class") or ())))


def _notes(post: Tag, has: frozenset[str], number: int, text: str, when: datetime | None, edited: bool) -> Iterable[str]:
    kind = _type(has)
    if kind != "text":
        yield f"{kind} post"
    if not text and _is_withheld(post, has):
        yield WITHHELD
    elif _not_shown(post, has):
        yield "media not shown in the public preview"
    if album := _album(post, number):
        yield f"album of posts {', '.join(map(str, album))}"
    if f"{CLASS}from_author" in has and (author := post.select_one(f".{CLASS}from_author")):
        yield f"signed by {author.get_text(' ', strip=True)[:80]}"
    if f"{CLASS}reply" in has and (reply := post.select_one(f"a.{CLASS}reply[href]")):
        yield f"reply to {reply['href']}"
    if when is None:
        yield "no date on the post"
    if edited:
        yield "edited"


def _is_withheld(post: Tag, has: frozenset[str]) -> bool:
    """The preview says "open Telegram to view this post". In the markup of 2026, readable posts
    have a hidden copy of this text too, and each player has a text for browsers that cannot play
    it.
    """
    if "media_supported_cont" in has:
        return False
    labels = post.select(".message_media_not_supported_label") or post.select(
        ".message_media_not_supported, .message_media_not_supported_wrap"
    )
    return any(not _FALLBACK.search(label.get_text(" ")) for label in labels)


def _not_shown(post: Tag, has: frozenset[str]) -> bool:
    """Whether the preview leaves a medium out: the player is marked so, or says that it is too
    big.
    """
    if "media_supported_cont" in has or "message_media_not_supported_label" not in has:
        return False
    return "not_supported" in has or any(_TOO_BIG.search(x.get_text(" ")) for x in post.select(".message_media_not_supported_label"))


def post_type(post: Tag) -> str:
    """text, photo, video, multimedia, audio, document, location, poll, round-video, sticker,
    service.
    """
    return "service" if _is_service(post) else _type(_marks_of(post))


def _type(has: frozenset[str]) -> str:
    named = next((name for name, marks in _TYPES if marks & has), None)
    if named:
        return named
    photo, video = bool(_PHOTO & has), bool(_VIDEO & has)
    if photo and video:
        return "multimedia"
    return "photo" if photo else "video" if video else "text"


def _title(post: Tag, has: frozenset[str], html: str) -> str:
    """The title of a post: a caption if it has no words, the title of its link if it has few
    ("Details:"), else empty.
    """
    words = " ".join(re.findall(r"\w+", _ADDRESS.sub(" ", re.sub(r"<[^>]*>", " ", html))))
    if not words:
        return _caption(post, has, bool(html))
    return _linked_title(post) if len(words) < FEW_WORDS and "link_preview_title" in has else ""


def _linked_title(post: Tag) -> str:
    """Title and description of the page that a post links to; empty if the preview shows none."""
    linked, about = post.select_one(".link_preview_title"), post.select_one(".link_preview_description")
    return ": ".join(dict.fromkeys(x.get_text(" ", strip=True) for x in (linked, about) if x is not None)) if linked else ""


def _caption(post: Tag, has: frozenset[str], has_text: bool) -> str:
    """The caption of a post without words: the name of its file or place, the title of its link, or
    the kind of post.
    """
    if named := post.select_one(_NAMED):
        return named.get_text(" ", strip=True)
    if linked := _linked_title(post):
        return linked
    if has_text:
        return ""
    if place := post.select_one("a.tgme_widget_message_location_wrap[href]"):
        at = re.search(r"[?&]q=(-?\d{1,3}(?:\.\d+)?),(-?\d{1,3}(?:\.\d+)?)", str(place["href"]))
        return f"[location] {float(at[1]):.5f}, {float(at[2]):.5f}" if at else "[location]"
    kind = _type(has)
    return "[withheld]" if _is_withheld(post, has) else f"[{kind}]" if kind != "text" else "[post]"


def _text(post: Tag, has: frozenset[str]) -> str:
    """The post's own words: not a quoted reply, not a link preview, not the interface."""
    body = (post.select_one("div.js-message_text") if "js-message_text" in has else None) or next(
        (t for t in post.select(f"div.{CLASS}text") if not t.find_parent(class_=f"{CLASS}reply")), None
    )
    poll = post.select_one(f".{CLASS}poll_question") if f"{CLASS}poll" in has else None
    options = post.select(f".{CLASS}poll_option_text") if poll else []
    files = post.select(f".{CLASS}document_title") if body is not None and f"{CLASS}document_title" in has else []
    words = [str(x) for x in (body, poll, *options) if x is not None and x.get_text(strip=True)]
    return "\n".join([*words, *(f"<p>[{x.get_text(' ', strip=True)}]</p>" for x in files if words and _PAPER.search(x.get_text()))])


def _date(post: Tag) -> tuple[datetime | None, bool]:
    stamp = post.select_one("a.tgme_widget_message_date time[datetime]")
    meta = post.select_one(".tgme_widget_message_meta")
    edited = bool(meta and re.search(r"\bedited\b|изменено", meta.get_text(" ")))
    return (read_date(str(stamp["datetime"])) if stamp else None), edited


def _forward(tag: Tag) -> str:
    link = tag.get("href")
    return f"{tag.get_text(' ', strip=True)} {link}" if link else tag.get_text(" ", strip=True)


def _album(post: Tag, own: int) -> list[int]:
    """Numbers of posts that belong to this one's album."""
    numbers = {
        int(m.group(1))
        for a in post.select("a.tgme_widget_message_photo_wrap[href], a.tgme_widget_message_video_player[href]")
        if (m := re.search(r"/(\d{1,11})(?:\?|$)", str(a["href"])))
    }
    return sorted(numbers - {own})
