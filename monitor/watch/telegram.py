"""`telegram`: a channel's public preview, https://t.me/s/<channel>.

What must be told apart (all answer 200): a channel without public preview (its page is a landing page), a name nobody has, a throttled empty page, and a
quiet channel. Every post is an entry, also one whose text the preview withholds. The date is that of the post's own link, never of a video in it.
"""

import re
from datetime import datetime

from bs4 import BeautifulSoup, Tag

from db.words import Outcome, Reason
from monitor.read.dates import read_date
from monitor.watch.client import Answer
from monitor.watch.entries import Entry, Yield, blind, well

WITHHELD = "text withheld in the public preview"


def read_preview(answer: Answer) -> Yield:
    """The posts of a preview page, oldest first, or why there are none."""
    soup = BeautifulSoup(answer.body, "lxml")
    posts = [p for p in soup.select("div.tgme_widget_message[data-post]") if isinstance(p, Tag)]
    if not posts:
        return _why_none(soup, answer)
    entries, service = [], 0
    for post in posts:
        if "service_message" in (post.get("class") or []):
            service += 1
        elif (entry := _post(post)) is not None:
            entries.append(entry)
    if not entries:
        return blind(Outcome.SUSPICIOUS, Reason.EMPTY, f"{service} service messages and no post")
    return well(entries)


def _why_none(soup: BeautifulSoup, answer: Answer) -> Yield:
    if soup.select_one(".tgme_page_icon .tgme_icon_user") or soup.select_one("meta[name=robots][content*=noindex]"):
        return blind(Outcome.BROKEN, Reason.NO_SUCH_CHANNEL, "no channel of this name")
    if soup.select_one(".tgme_page_action, .tgme_page_extra, .tgme_page_photo_image"):
        return blind(Outcome.BROKEN, Reason.NO_PREVIEW, "the channel exists, but has no public preview")
    if soup.select_one(".tme_no_messages_found, .tgme_channel_info, .tgme_channel_history"):
        return blind(Outcome.SUSPICIOUS, Reason.EMPTY, "a preview page without posts: throttled, or an empty channel")
    return blind(Outcome.BROKEN, Reason.NOT_A_FEED, f"{answer.status} with {len(answer.body)} bytes, but no preview page")


def _post(post: Tag) -> Entry | None:
    name, _, number = str(post.get("data-post")).rpartition("/")
    if not name or not number.isdigit():
        return None
    text = _text(post)
    when, edited = _date(post)
    forwarded = post.select_one(".tgme_widget_message_forwarded_from_name")
    notes = []
    if not text.strip() and post.select_one(".message_media_not_supported, .message_media_not_supported_wrap"):
        notes.append(WITHHELD)
    if album := _album(post, int(number)):
        notes.append(f"album of posts {', '.join(map(str, album))}")
    if when is None:
        notes.append("no date on the post")
    return Entry(
        key=f"{name.lower()}/{number}",
        url=f"https://t.me/{name}/{number}",
        html=text,
        published=when,
        origin=_forward(forwarded) if forwarded else None,
        notes=(*notes, *(["edited"] if edited else [])),
    )


def _text(post: Tag) -> str:
    """The post's own words: not a quoted reply, not a link preview, not the interface."""
    body = post.select_one("div.js-message_text") or next(
        (t for t in post.select("div.tgme_widget_message_text") if not t.find_parent(class_="tgme_widget_message_reply")), None
    )
    poll = post.select_one(".tgme_widget_message_poll_question")
    return "\n".join(str(x) for x in (body, poll) if x is not None)


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
    found = {
        int(m.group(1))
        for a in post.select("a.tgme_widget_message_photo_wrap[href], a.tgme_widget_message_video_player[href]")
        if (m := re.search(r"/(\d+)(?:\?|$)", str(a["href"])))
    }
    return sorted(found - {own})
