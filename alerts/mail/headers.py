"""Header fields of a mail, written as bytes by us: encoded words (RFC 2047), folding (RFC 5322,
2.2.3), and a last check.

`email.message.EmailMessage` is not used for writing. It decodes what looks like an encoded word in
a value that is set, so that a title such as `=?utf-8?q?x=0d=0aBcc:_a=40b.test?=` becomes a header
field of its own, and it loses spaces where it folds (both measured on Python 3.11 and 3.12). It
also rewrites a long `List-Unsubscribe` as encoded words, which no mailbox provider reads (RFC 8058
asks for plain URIs), and takes half of the time that a digest costs.
"""

import base64
import re

LINE = 76  # characters of a folded line (RFC 2047, section 2)
MOST_PLAIN = 998  # bytes of a line (RFC 5322, section 2.1.1)
_WORD = 75  # characters of one encoded word, with its delimiters
_FRAME = len("=?utf-8?b??=")
# controls, line separators, half characters
_NOT_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_PLAIN = re.compile(r"[!-~]+(?: [!-~]+)*")  # printable ASCII, single spaces
# "[Ajour]": stays readable for people's mail filters
_TAG = re.compile(r"(\[[!-Z^-~]{1,20}(?: [!-Z^-~]{1,20})?\]) (?=\S)")
# RFC 2047, section 5 (3)
_QUOTABLE = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
# A display name that needs no quotes (RFC 5322, 3.2.3)
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+")
_FIELD = re.compile(rb"[A-Za-z][A-Za-z0-9-]*:(?: [\x21-\x7e][\x20-\x7e]*)?(?:\r\n [\x21-\x7e][\x20-\x7e]*)*\r\n")


def text_header(name: str, value: str) -> bytes:
    """An unstructured field (Subject) from any text. Never raises for `value`: forbidden characters
    become U+FFFD or a space.
    """
    return _checked(_folded(f"{name}:", _text_parts(name, _text(value))))


def mailbox_header(name: str, display_name: str, address: str) -> bytes:
    """A field with one mailbox (From). Raises ValueError for an address that is not plain ASCII."""
    # Printable ASCII without blanks and angle brackets
    if not re.fullmatch(r"[!-;=?-~]+@[!-;=?-~]+", address):
        raise ValueError(f"{name}: {address!r} is no address")
    phrase = _text(display_name)
    if not phrase:
        return _checked(f"{name}: {address}\r\n".encode("ascii"))
    long = len(phrase) > LINE  # a word that is longer than a line cannot be folded
    if "=?" not in phrase and not long and _ATOMS.fullmatch(phrase):
        parts = [phrase]
    elif "=?" not in phrase and not long and _PLAIN.fullmatch(phrase):
        parts = ['"{}"'.format(re.sub(r'(["\\])', r"\\\1", phrase))]
    else:
        parts = _encoded_words(phrase, LINE - len(name) - 2)
    return _checked(_folded(f"{name}:", [*parts, f"<{address}>"]))


def plain_header(name: str, value: str) -> bytes:
    """A field that programs read: as it is, on one line. Raises ValueError for what is not plain
    ASCII or too long.
    """
    line = f"{name}: {value}"
    if not (line.isascii() and line.isprintable()) or len(line) > MOST_PLAIN:
        raise ValueError(f"not to be written as a header: {line[:120]!a}")
    return _checked(f"{line}\r\n".encode("ascii"))


def _text(value: str) -> str:
    """The value without what no header may hold: surrogates become U+FFFD, controls and line breaks
    a space.
    """
    return _NOT_TEXT.sub(lambda m: "\ufffd" if m[0] >= "\ud800" else " ", value).strip()


def _text_parts(name: str, value: str) -> list[str]:
    """Words to fold between. Encoded unless the value is plain ASCII that cannot be mistaken for an
    encoded word.
    """
    if not value:
        return []
    words, first = value.split(" "), LINE - len(name) - 2
    plain = _PLAIN.fullmatch(value) and "=?" not in value and max(map(len, words)) <= first
    if plain:
        return words
    tag = _TAG.match(value)
    if tag is None or "=?" in tag[1]:
        return _encoded_words(value, first)
    return [*tag[1].split(" "), *_encoded_words(value[tag.end() :], first - len(tag[0]))]


def _encoded_words(value: str, first: int) -> list[str]:
    """The value as encoded words, each of whole characters, in the shorter of both encodings.

    The first has at most `first` characters, because the name of the field is on its line; the
    others have 75.
    """
    quoted, packed = len(_quoted(value)), len(value.encode()) * 4 / 3
    return _split(value, "q" if quoted <= packed else "b", first)


def _split(value: str, encoding: str, most: int) -> list[str]:
    words: list[str] = []
    start = used = 0
    for at, character in enumerate(value):
        size = len(_quoted(character)) if encoding == "q" else len(character.encode())
        room = most - _FRAME if encoding == "q" else (most - _FRAME) // 4 * 3
        if used + size > room:
            words.append(_encoded_word(value[start:at], encoding))
            start, used, most = at, 0, _WORD
        used += size
    return [*words, _encoded_word(value[start:], encoding)]


def _encoded_word(part: str, encoding: str) -> str:
    content = _quoted(part) if encoding == "q" else base64.b64encode(part.encode()).decode("ascii")
    return f"=?utf-8?{encoding}?{content}?="


def _quoted(part: str) -> str:
    return "".join(chr(b) if b in _QUOTABLE else "_" if b == 0x20 else f"={b:02X}" for b in part.encode())


def _folded(line: str, parts: list[str]) -> bytes:
    """The parts after `line`, one space apart, on lines of at most LINE characters where a part is
    no longer than that.
    """
    lines = []
    for part in parts:
        if len(line) + 1 + len(part) > LINE and not line.endswith(":"):
            lines.append(line)
            line = ""
        line = f"{line} {part}"
    return "\r\n".join([*lines, line, ""]).encode("ascii")


def _checked(field: bytes) -> bytes:
    """The last check: one field, printable ASCII, CR and LF only where it is folded. Raises
    ValueError.
    """
    if not _FIELD.fullmatch(field) or any(len(line) > MOST_PLAIN for line in field.split(b"\r\n")):
        raise ValueError(f"not to be written as a header: {field[:120]!r}")
    return field
