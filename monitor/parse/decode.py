"""Bytes to text. The encoding is decided on the bytes; headers and declarations are hints and often
wrong.

Order (WHATWG, with checks that Russian pages need): byte order mark; UTF-16 by its zero bytes;
UTF-8 if the bytes are valid UTF-8 beyond ASCII; UTF-8 with foreign parts if valid UTF-8 outweighs
them; the encoding that the document declares; that of the header; chardet over the encodings of
Russian pages; UTF-8 with replacements. A declared encoding is refused if its text is mojibake
(Cyrillic reads as "Ïðèâåò" or "РџСЂРё").
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import chardet

SCAN = 4096  # bytes searched for a declaration; WHATWG says 1024, real pages need more
RUSSIAN = ("utf-8", "windows-1251", "koi8-r", "iso-8859-5", "ibm866")
_DECLARED = re.compile(rb"""(?:<\?xml[^>]*?encoding\s*=\s*|<meta[^>]*?charset\s*=\s*)["']?\s*([A-Za-z0-9_:.-]+)""", re.I)
_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w:.-]+)", re.I)
_TAG = re.compile(rb"<[^<>]*>")
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_MOJIBAKE = re.compile(r"[À-ÿ]{4,}|(?:[РС][\u0080-\u00bf\u0400-\u040f\u0450-\u045f‚ѓ„…†‡€‰‹’“”•–—™›°±µ¶·»]){3,}|[а-яё][А-ЯЁ]{3,}")
_CYRILLIC = re.compile("[а-яё]{3,}", re.I)
_TWICE = re.compile("[ÐÑ][\x80-\xbf–—‘’‚“”„†‡•…‰‹›€™ŒœŠšŽžŸƒˆ˜]|[РС][\x80-\xbf\u0402-\u040f\u0451-\u045f–—‘’‚“”„†‡•…‰‹›€№™]")
_SAMPLE = 50_000
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
# UTF-8 sequences of the characters that Russian, Ukrainian and Western pages use: Latin, Cyrillic,
# punctuation, symbols, emoji.
_UTF8_SEQUENCE = re.compile(
    rb"[\xc2-\xc5\xcc\xd0-\xd3][\x80-\xbf]|\xe2[\x80-\x9e][\x80-\xbf]|\xef[\xb8\xbb\xbf][\x80-\xbf]|\xf0\x9f[\x80-\xbf]{2}"
)
_REFERENCE = re.compile(rb"&#(?:[xX]([0-9a-fA-F]+)|([0-9]+));?")
_FEW = 8  # fewer bytes do not identify an encoding
_UTF16_SCAN = 1000  # bytes
_MAX_BAD = 0.01  # share of characters that may be replaced or look wrong


@dataclass(frozen=True)
class Decoded:
    """Text, the chosen encoding, and doubts about it."""

    text: str
    encoding: str
    doubts: tuple[str, ...] = ()


def decode(body: bytes, content_type: str = "") -> Decoded:
    """The text of `body`. Never fails: unreadable bytes are replaced and named in `doubts`."""
    for mark, encoding in _BOMS:
        if body.startswith(mark):
            return _checked(body[len(mark) :].decode(encoding, "replace"), encoding, declared=encoding)
    if (utf16 := _utf16(body)) is not None:
        return _checked(body.decode(utf16, "replace"), utf16, declared=utf16)
    declared = _known(_declared_name(_DECLARED.search(body[:SCAN]))) or _known(_header(content_type))
    if (mixed := _utf8_with_foreign_parts(body, declared)) is not None:
        return mixed
    tried = set[str]()
    for name in _candidates(body, declared, _known(_header(content_type))):
        if name is None or name in tried:
            continue
        tried.add(name)
        text = body.decode(name, "replace")
        decoded = (_encoded_twice(text) if name == "utf-8" else None) or _checked(text, name, declared)
        if not any(d.startswith("unreadable") for d in decoded.doubts):
            return decoded
    return _checked(body.decode("utf-8", "replace"), "utf-8", declared)


def without_impossible_references(markup: bytes) -> bytes:
    """`markup` with U+FFFD for references to no character (half ones, beyond Unicode): parsers fail
    on them.
    """
    return _REFERENCE.sub(lambda m: m.group() if _is_character(m.group(1), m.group(2)) else b"&#xFFFD;", markup)


def _is_character(hexadecimal: bytes | None, decimal: bytes | None) -> bool:
    digits = (hexadecimal or decimal or b"").lstrip(b"0")[:9]
    number = int(digits or b"0", 16 if hexadecimal else 10)
    return 0 < number <= 0x10FFFF and not 0xD800 <= number < 0xE000


def _encoded_twice(text: str) -> Decoded | None:
    """UTF-8 that was read as a one-byte encoding and encoded again ("РџСЂРё", "ÐŸÑ€Ð¸"), undone;
    else None.
    """
    if len(_TWICE.findall(text[:_SAMPLE])) < 10:
        return None
    for taken_for in ("cp1251", "cp1252"):
        read = text.encode(taken_for, _AS_IS).decode("utf-8", "replace")
        if len(_CYRILLIC.findall(read[:_SAMPLE])) > 3 and not _checked(read, "utf-8", None).doubts:
            return Decoded(read, "utf-8", (f"encoded twice, as UTF-8 and as {taken_for}",))
    return None


def _as_is(error: UnicodeError) -> tuple[bytes, int]:
    """Error handler: bytes without a character in the encoding were kept as the character of their
    number.
    """
    assert isinstance(error, UnicodeEncodeError)
    return bytes(ord(c) if ord(c) < 256 else ord("?") for c in error.object[error.start : error.end]), error.end


_AS_IS = "ajour: bytes as they are"
codecs.register_error(_AS_IS, _as_is)


def _candidates(body: bytes, declared: str | None, header: str | None) -> Iterator[str | None]:
    """Encodings in order of trust, lazily: guesses are expensive."""
    yield _utf8(body)
    yield declared
    yield header
    yield _guessed(body)
    if _cyrillic_bytes(body):
        yield from RUSSIAN


def _utf8(body: bytes) -> str | None:
    """ "utf-8" for valid UTF-8 beyond ASCII, whatever is declared; a character cut at the end is
    allowed.
    """
    if body.isascii():
        return None
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8" if error.start >= len(body) - 3 and error.reason == "unexpected end of data" else None
    return "utf-8"


def _utf16(body: bytes) -> str | None:
    """UTF-16 without a byte order mark: every second byte is the high byte of Latin (0) or Cyrillic
    (4) letters.
    """
    start = body[:_UTF16_SCAN]
    even, odd = (sum(part.count(high) for high in (0, 4)) for part in (start[::2], start[1::2]))
    if max(even, odd) < 0.3 * len(start) or min(even, odd) > 0.1 * max(even, odd):
        return None
    encoding = "utf-16-le" if odd > even else "utf-16-be"
    return encoding if "<" in start.decode(encoding, "replace") else None


def _utf8_with_foreign_parts(body: bytes, declared: str | None) -> Decoded | None:
    """UTF-8 into which text of another encoding was inserted, each part in its own; None if UTF-8
    does not prevail.

    Counted are sequences of the characters that pages use, because bytes of other encodings are now
    and then valid UTF-8 by chance.
    """
    if body.isascii() or _utf8(body):
        return None
    runs = _HIGH_RUN.findall(body)
    valid = sum(len(s) for run in runs for s in _UTF8_SEQUENCE.findall(run))
    if valid <= sum(map(len, runs)) - valid:
        return None
    foreign = [run for run in runs if _is_foreign(run)]
    encoding = _encoding_of_parts(b" ".join(foreign))
    decoded = _HIGH_RUN.sub(lambda m: m.group().decode(encoding if _is_foreign(m.group()) else "utf-8", "replace").encode(), body)
    judged = _checked(decoded.decode(), "utf-8", declared)
    count = sum(map(len, foreign))
    doubt = f"{count} bytes are not UTF-8, read as {encoding}" if count else "some bytes are not UTF-8"
    return replace(judged, doubts=(doubt, *judged.doubts))


def _is_foreign(run: bytes) -> bool:
    """Whether most bytes of a run of high bytes are not UTF-8; a cut character in UTF-8 is not
    foreign text.
    """
    return 2 * sum(map(len, _UTF8_SEQUENCE.findall(run))) < len(run)


def _encoding_of_parts(parts: bytes) -> str:
    """The Cyrillic one-byte encoding in which `parts` have most small letters, as running text has;
    windows-1251 for a few bytes.
    """

    def small_letters(name: str) -> int:
        return sum(c.islower() and "а" <= c <= "ё" for c in parts.decode(name, "replace"))

    return "cp1251" if len(parts) < _FEW else max(("cp1251", "koi8-r", "ibm866", "iso8859-5"), key=small_letters)


def _declared_name(match: re.Match[bytes] | None) -> str:
    return match.group(1).decode("ascii", "replace") if match else ""


def _header(content_type: str) -> str:
    match = _HEADER.search(content_type)
    return match.group(1) if match else ""


def _known(name: str) -> str | None:
    """Python's name of a text encoding; latin-1 means windows-1252 (WHATWG). None if unknown or
    binary.

    Also knows names that pages use and Python does not: "x-mac-cyrillic", "win1251", "cp-1251".
    """
    windows = re.fullmatch(r"(?:x-)?(?:windows|win|cp|ansi)?[-_ ]?(125\d)", name, re.I)
    try:
        codec = codecs.lookup(f"cp{windows[1]}" if windows else name.lower().removeprefix("x-"))
    except (LookupError, ValueError):
        return None
    if not getattr(codec, "_is_text_encoding", True):
        return None
    return {"iso8859-1": "cp1252", "ascii": "cp1252", "utf-16": "utf-8", "utf-32": "utf-8"}.get(codec.name, codec.name)


def _guessed(body: bytes) -> str | None:
    # Without tags: a declaration would be believed
    guess = chardet.detect(_TAG.sub(b" ", body[:_SAMPLE])).get("encoding")
    name = _known(str(guess or ""))
    return name if name in {_known(n) for n in RUSSIAN} else None


def _cyrillic_bytes(body: bytes) -> bool:
    """Whether most letters are high bytes, as in Russian text in any one-byte encoding."""
    text = _TAG.sub(b" ", body[:_SAMPLE])
    high, letters = sum(b >= 0x80 for b in text), sum(b >= 0x80 or chr(b).isalpha() for b in text)
    return high > 20 and high > 0.5 * letters


def _checked(text: str, encoding: str, declared: str | None) -> Decoded:
    sample = text[:_SAMPLE]
    wrong = sum(len(m) for m in _MOJIBAKE.findall(sample))
    letters = max(1, sum(map(str.isalpha, sample))) if wrong else 1
    replaced = sample.count("�")
    doubts = []
    if replaced / max(1, len(sample)) > _MAX_BAD or wrong / letters > 10 * _MAX_BAD:
        doubts.append(f"unreadable as {encoding}: {replaced} characters replaced, {wrong} look wrong")
    elif declared and declared != encoding:
        doubts.append(f"declared as {declared}, is {encoding}")
    return Decoded(text, encoding, tuple(doubts))
