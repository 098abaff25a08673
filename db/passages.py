"""The passages of an item that people see of a flag: its headline, its first sentences, and the
words around the evidence.

Here because three rooms need the same ones: `alerts` and `review` show them, and `monitor`
translates them.
"""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from db.invisible import ANNOTATIONS_AND_TAGS, C1_CONTROLS, HIDDEN, JOINERS, LINE_SEPARATORS, SURROGATES
from db.reason_codes import Reason

WEB_ADDRESS = re.compile(r"(?:https?://|www\.|t\.me/)\S+", re.IGNORECASE)
SHORTEST_QUOTE = 12  # characters; shorter quotations occur in many sentences
# Controls and line separators part words, so they become a space; half characters become U+FFFD;
# the rest goes.
_BREAKS = {*range(0x20), 0x7F, *C1_CONTROLS, *LINE_SEPARATORS}
CLEAN = {
    **dict.fromkeys((*HIDDEN, *JOINERS, *ANNOTATIONS_AND_TAGS)), **dict.fromkeys(SURROGATES, "\ufffd"), **dict.fromkeys(_BREAKS, " "),
}  # fmt: skip
_COMBINING_AT_MOST = 4  # stacked marks ("zalgo") spill over neighbouring lines


def passage_sha256(text: str) -> str:
    """SHA-256 of a passage, by which its translation is found."""
    return hashlib.sha256(text.encode()).hexdigest()


def line(text: str | None, most: int = 300) -> str:
    """One clean line of at most `most` characters; a cut is shown, and made between words where one
    is near.
    """
    clean = " ".join(_unstack(text or "").translate(CLEAN).split())
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


def headline(title: str, text: str, most: int = 150) -> str:
    """The title; for a post without one its first sentence, cut between words."""
    if title.strip():
        return line(title, 220)
    whole = line(text, 5000)
    sentence_end = re.search(r"[.!?…]\s", whole[:most])
    if sentence_end and sentence_end.start() > 20:
        return whole[: sentence_end.start() + 1]
    return whole if len(whole) <= most else f"{whole[:most].rsplit(' ', 1)[0]}…"


def mail_quote(title: str, text: str, about: str = "", most: int = 420) -> str:
    """The quote of a mail: whole sentences, from the one that holds `about` (the new value) where
    there is such a one, else from the beginning.
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


def first_change(changes: Sequence[dict[str, Any]], claim_id: str | None) -> dict[str, Any] | None:
    """The first change of this claim. A change of another claim would put a value beside a sentence
    that does not speak of it.
    """
    return next((c for c in changes if c.get("claim") == claim_id), None)


def desk_quote(
    text: str, changes: Sequence[dict[str, Any]], reasons: Sequence[Reason], before: int = 1, after: int = 2, most: int = 520
) -> str:
    """The quote of a card: an extract of at most about `most` characters.

    It starts `before` sentences ahead of the first sentence with a changed value, else the first
    one that a reason quotes, else the first of the text.
    """
    parts = sentences(text)
    if not parts:
        return ""
    relevant = [i for c in changes for i, s in enumerate(parts) if value_pattern(str(c["new"])).search(s)]
    quoted = [q.rstrip("…") for r in reasons for q in r.quoted() if len(q) >= SHORTEST_QUOTE]
    relevant = relevant or [i for q in quoted for i, s in enumerate(parts) if q.lower() in s.lower()]
    first = min(relevant, default=0)
    start = max(0, first - before)
    out, end = "", start
    while end < len(parts) and (end <= first + after or len(out) < most // 2) and len(out) + len(parts[end]) <= most:
        out += ("" if not out else " ") + parts[end].strip()
        end += 1
    out = out or parts[first][:most]
    return ("… " if start else "") + out + (" …" if end < len(parts) else "")


def sentences(text: str) -> list[str]:
    """Approximate sentences of a text. A line that starts with a lower-case letter continues the
    sentence.
    """
    return [s for s in re.split(r"(?<=[.!?…])\s+|\n\s*\n|\n(?=[^a-zа-яёіїє])", text) if s.strip()]


def value_pattern(value: str) -> re.Pattern[str]:
    """Pattern of a value: any case, any white space, ё or е."""
    words = [re.sub("[её]", "[её]", re.escape(w)) for w in value.split()] or ["(?!)"]
    return re.compile(r"\s+".join(words), re.IGNORECASE)
