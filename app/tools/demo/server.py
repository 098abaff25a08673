"""A local web server that simulates outlets in their real formats: RSS 2.0, Atom, windows-1251 RSS,
Telegram previews.

Two sources fail on purpose: one answers with a robot check, one channel with an empty page, so that
the demo also shows how failures are reported.
"""

import html
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import yaml

from app.tools.local_server import NOT_FOUND, Answer, serving

OUTLETS = Path(__file__).with_name("outlets.yml")
FAILING = {
    "holod": (
        "text/html; charset=utf-8",
        "<html><head><title>DDoS-Guard</title></head><body>Checking your browser before accessing holod.media</body></html>",
    ),
    "tg-pchikov": (
        "text/html; charset=utf-8",
        '<html><body><main class="tgme_main"><div class="tme_no_messages_found">Channel with no posts found</div></main></body></html>',
    ),
}


def outlets() -> list[dict[str, Any]]:
    """The outlets of outlets.yml."""
    return list(yaml.safe_load(OUTLETS.read_text(encoding="utf-8"))["outlets"])


def pages() -> dict[str, tuple[str, bytes]]:
    """Path → (content type, body) of everything the server answers."""
    pages_by_path = {f"/{source}": (kind, body.encode()) for source, (kind, body) in FAILING.items()}
    makers = {"rss": _rss, "atom": _atom, "telegram": _telegram}
    for outlet in outlets():
        pages_by_path[f"/{outlet['source']}"] = makers[outlet["format"]](outlet)
    return pages_by_path


def _e(text: str) -> str:
    return html.escape(text, quote=True)


def _paragraphs(text: str) -> str:
    return "".join(f"<p>{_e(p)}</p>" for p in text.split("\n\n") if p.strip())


def _when(item: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(item["published"])


def _rss(outlet: dict[str, Any]) -> tuple[str, bytes]:
    charset = outlet.get("charset", "utf-8")
    items = "".join(
        f"<item><title>{_e(i['title'])}</title><link>{_e(i['url'])}</link><guid>{_e(i['url'])}</guid>"
        f"<pubDate>{format_datetime(_when(i))}</pubDate><description><![CDATA[{_paragraphs(i['text'])}]]></description></item>"
        for i in sorted(outlet["items"], key=_when, reverse=True)
    )
    body = f'<?xml version="1.0" encoding="{charset}"?><rss version="2.0"><channel><title>{_e(outlet["name"])}</title><link>https://example.org/</link>{items}</channel></rss>'
    return f"application/rss+xml; charset={charset}", body.encode(charset, "xmlcharrefreplace")


def _atom(outlet: dict[str, Any]) -> tuple[str, bytes]:
    entries = "".join(
        f'<entry><title>{_e(i["title"])}</title><link href="{_e(i["url"])}"/><id>{_e(i["url"])}</id><published>{i["published"]}</published>'
        f'<updated>{i["published"]}</updated><content type="html">{_e(_paragraphs(i["text"]))}</content></entry>'
        for i in sorted(outlet["items"], key=_when, reverse=True)
    )
    body = f'<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>{_e(outlet["name"])}</title><id>urn:demo</id>{entries}</feed>'
    return "application/atom+xml; charset=utf-8", body.encode()


def _telegram(outlet: dict[str, Any]) -> tuple[str, bytes]:
    channel = outlet.get("channel", outlet["source"].removeprefix("tg-").replace("-", "_"))
    posts = "".join(_post(channel, i) for i in outlet["items"])
    head = f'<div class="tgme_channel_info"><div class="tgme_channel_info_header_title"><span>{_e(outlet["name"])}</span></div></div>'
    body = f'<!DOCTYPE html><html><body><main class="tgme_main">{head}<section class="tgme_channel_history js-message_history">{posts}</section></main></body></html>'
    return "text/html; charset=utf-8", body.encode()


def _post(channel: str, item: dict[str, Any]) -> str:
    number, when = item["post"], _when(item).astimezone(UTC).isoformat()
    forward = item.get("forwarded_from")
    origin = (
        f'<div class="tgme_widget_message_forwarded_from">Forwarded from <a class="tgme_widget_message_forwarded_from_name" href="{_e(forward["url"])}"><span>{_e(forward["name"])}</span></a></div>'
        if forward
        else ""
    )
    album = "".join(
        f'<a class="tgme_widget_message_photo_wrap grouped_media_wrap" href="https://t.me/{channel}/{n}?single"></a>'
        for n in item.get("album", [])
    )
    text = (
        '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported">Please open Telegram to view this post</div></div>'
        if item.get("withheld")
        else f'<div class="tgme_widget_message_text js-message_text" dir="auto">{_e(item["text"]).replace(chr(10), "<br/>")}</div>'
    )
    edited = "edited " if item.get("edited") else ""
    return (
        f'<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message js-widget_message" data-post="{channel}/{number}">'
        f'<div class="tgme_widget_message_bubble">{origin}{album}{text}<div class="tgme_widget_message_footer"><span class="tgme_widget_message_meta">{edited}'
        f'<a class="tgme_widget_message_date" href="https://t.me/{channel}/{number}"><time datetime="{when}" class="time">{when[11:16]}</time></a></span></div></div></div></div>'
    )


@contextmanager
def simulated_outlets() -> Iterator[str]:
    """The server on a free port of 127.0.0.1; yields its address."""
    pages_by_path = pages()

    def page(path: str) -> Answer:
        if path not in pages_by_path:
            return NOT_FOUND
        return 200, *pages_by_path[path]

    with serving(page) as address:
        yield address
