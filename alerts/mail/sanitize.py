"""Cleans foreign text for mails: takes out what could forge a header, a line or the reading
direction, and nothing else.

Titles and quotes come from outlets that may be hostile. The templates escape HTML; here it is about
what survives escaping: line breaks in a subject (header injection), characters that reverse or hide
text (Unicode bidi controls, UTS #39), and web addresses for a reader who must not be led to the
outlet. The table of characters is `db.invisible`.
"""

import re
import unicodedata
from urllib.parse import urlsplit

from db.invisible import ANNOTATIONS_AND_TAGS, C1_CONTROLS, HIDDEN, JOINERS, LINE_SEPARATORS, SURROGATES

# Controls and line separators part words, so they become a space; half characters become U+FFFD;
# the rest goes.
_BREAKS = {*range(0x20), 0x7F, *C1_CONTROLS, *LINE_SEPARATORS}
_CLEAN = {
    **dict.fromkeys((*HIDDEN, *JOINERS, *ANNOTATIONS_AND_TAGS)), **dict.fromkeys(SURROGATES, "\ufffd"), **dict.fromkeys(_BREAKS, " "),
}  # fmt: skip
_NOT_IN_AN_ADDRESS = re.compile(r"[\s<>\"\\^`{|}]")
_ADDRESS = re.compile(r"(?:https?://|www\.|t\.me/)\S+", re.IGNORECASE)
_COMBINING_AT_MOST = 4  # stacked marks ("zalgo") spill over neighbouring lines


def line(text: str | None, most: int = 300) -> str:
    """One clean line of at most `most` characters; a cut is shown, and made between words where one
    is near.
    """
    clean = " ".join(_unstack(text or "").translate(_CLEAN).split())
    if len(clean) <= most:
        return clean
    cut = clean[: most - 1]
    words, _, part = cut.rpartition(" ")
    return f"{(words if len(part) < 25 else cut).rstrip()}…"


def _unstack(text: str) -> str:
    if not any(unicodedata.combining(c) for c in text):
        return text
    kept, run = [], 0
    for c in unicodedata.normalize("NFC", text):
        run = run + 1 if unicodedata.combining(c) else 0
        if run <= _COMBINING_AT_MOST:
            kept.append(c)
    return "".join(kept)


def address(url: str | None) -> str | None:
    """The URL if it can stand in a mail: http or https, with a host, without credentials or blanks;
    None otherwise.
    """
    if not url or len(url) > 2000 or url.translate(_CLEAN) != url or _NOT_IN_AN_ADDRESS.search(url):
        return None
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in ("http", "https") and host and "@" not in parts.netloc else None


def without_addresses(text: str) -> str:
    """The text with every web address in it struck out, for readers who want no links: mail
    programs make links of bare addresses.
    """
    return _ADDRESS.sub("[…]", text)


def headline(title: str, text: str, most: int = 150) -> str:
    """The title; for a post without one its first sentence, cut between words."""
    if title.strip():
        return line(title, 220)
    whole = line(text, 5000)
    sentence_end = re.search(r"[.!?…]\s", whole[:most])
    if sentence_end and sentence_end.start() > 20:
        return whole[: sentence_end.start() + 1]
    return whole if len(whole) <= most else f"{whole[:most].rsplit(' ', 1)[0]}…"


def quote(title: str, text: str, about: str = "", most: int = 420) -> str:
    """The original's own words: whole sentences, from the one that holds `about` (the new value)
    where there is such a one, else from the beginning.
    """
    whole = line(text, 100_000) or line(title)
    opening = headline(title, text).rstrip("…")
    if opening and whole.startswith(opening) and len(whole) > len(opening) + 80:
        whole = whole[len(opening) :].lstrip(" .…")  # it stands above the quote already
    position = whole.find(about) if about else -1
    start = max((whole.rfind(end, 0, position) for end in (". ", "! ", "? ", "… ")), default=-1) if position > most // 2 else -1
    part = whole[start + 2 :] if start >= 0 else whole
    lead = "… " if start >= 0 else ""
    if len(part) <= most:
        return lead + part
    cut = part[:most]
    end = max(cut.rfind(". "), cut.rfind("! "), cut.rfind("? "))
    return lead + (cut[: end + 1] if end > most // 3 else f"{cut.rsplit(' ', 1)[0]} …")
