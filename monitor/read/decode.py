"""Bytes to text. The encoding is decided on the bytes: what the header and the page say about it are hints, and they often lie.

Order (WHATWG, with a check that Russian pages need): byte order mark; UTF-8 if the bytes are valid UTF-8 with anything beyond ASCII in it; what the
document declares; what the header says; chardet over the encodings that Russian pages use; UTF-8 with replacements. A declared encoding is
refused when the text it gives does not look like a language (mojibake of Cyrillic reads as "Ïðèâåò" or "РџСЂРё").
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

import chardet

SCAN = 4096  # where a declaration may stand: WHATWG says 1024, real pages are sloppier
RUSSIAN = ("utf-8", "windows-1251", "koi8-r", "iso-8859-5", "ibm866")
_DECLARED = re.compile(rb"""(?:<\?xml[^>]*?encoding\s*=\s*|<meta[^>]*?charset\s*=\s*)["']?\s*([A-Za-z0-9_:.-]+)""", re.I)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]+)", re.I)
_TAG = re.compile(rb"<[^<>]*>")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MOJIBAKE = re.compile(r"[À-ÿ]{4,}|(?:[РС][\u0080-\u00bf\u0400-\u040f\u0450-\u045f‚ѓ„…†‡€‰‹’“”•–—™›°±µ¶·»]){3,}|[а-яё][А-ЯЁ]{3,}")
_WORST = 0.01  # share of characters that may be replaced or look wrong


@dataclass(frozen=True)
class Decoded:
    """Text, the encoding that won, and what is doubtful about it."""

    text: str
    encoding: str
    doubts: tuple[str, ...] = ()


def decode(body: bytes, content_type: str = "") -> Decoded:
    """The text of `body`. Never fails: what cannot be read is replaced, and said in `doubts`."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _judged(body[len(mark) :].decode(encoding, "replace"), encoding, declared=encoding)
    declared = _known(_first(_DECLARED.search(body[:SCAN]))) or _known(_header(content_type))
    tried = set[str]()
    for name in _candidates(body, declared, _known(_header(content_type))):
        if name is None or name in tried:
            continue
        tried.add(name)
        decoded = _judged(body.decode(name, "replace"), name, declared)
        if not any(d.startswith("unreadable") for d in decoded.doubts):
            return decoded
    return _judged(body.decode("utf-8", "replace"), "utf-8", declared)


def _candidates(body: bytes, declared: str | None, header: str | None) -> Iterator[str | None]:
    """Encodings in order of trust; the dear guesses are only made when the cheap ones gave nothing readable."""
    yield _utf8(body)
    yield declared
    yield header
    yield _guessed(body)
    if _cyrillic_bytes(body):
        yield from RUSSIAN


def _utf8(body: bytes) -> str | None:
    """Valid UTF-8 with multi-byte characters is UTF-8, whatever is declared. A character cut in half at the end is forgiven."""
    if body.isascii():
        return None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8" if error.start >= len(body) - 3 and error.reason == "unexpected end of data" else None
    return "utf-8"


def _first(match: re.Match[bytes] | None) -> str:
    return match.group(1).decode("ascii", "replace") if match else ""


def _header(content_type: str) -> str:
    match = _HEADER.search(content_type)
    return match.group(1) if match else ""


def _known(name: str) -> str | None:
    """Python's name of a text encoding, by the WHATWG rule that latin-1 means windows-1252; None for unknown and binary ones."""
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    if not getattr(found, "_is_text_encoding", True):
        return None
    return {"iso8859-1": "cp1252", "ascii": "cp1252", "utf-16": "utf-8", "utf-32": "utf-8"}.get(found.name, found.name)


def _guessed(body: bytes) -> str | None:
    found = chardet.detect(_TAG.sub(b" ", body[:50_000])).get("encoding")  # without tags: a declaration would be believed
    name = _known(str(found or ""))
    return name if name in {_known(n) for n in RUSSIAN} else None


def _cyrillic_bytes(body: bytes) -> bool:
    """Whether the text is mostly high bytes, as Russian is in every one-byte encoding; a French word or two is not."""
    text = _TAG.sub(b" ", body[:50_000])
    high, letters = sum(b >= 0x80 for b in text), sum(b >= 0x80 or chr(b).isalpha() for b in text)
    return high > 20 and high > 0.5 * letters


def _judged(text: str, encoding: str, declared: str | None) -> Decoded:
    sample = text[:50_000]
    wrong = sum(len(m) for m in _MOJIBAKE.findall(sample))
    letters = max(1, sum(map(str.isalpha, sample))) if wrong else 1
    replaced = sample.count("�")
    doubts = []
    if replaced / max(1, len(sample)) > _WORST or wrong / letters > 10 * _WORST:
        doubts.append(f"unreadable as {encoding}: {replaced} characters replaced, {wrong} look wrong")
    elif declared and declared != encoding:
        doubts.append(f"declared as {declared}, is {encoding}")
    return Decoded(text, encoding, tuple(doubts))
