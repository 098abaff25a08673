"""Invisible characters, look-alike letters and Unicode normal form.

Soft hyphens, zero-width characters, direction marks and Latin letters inside Cyrillic words
("пoвесткa" with a Latin o and a) come from editors, and from people who want to evade filters.

- Stored text (`without_invisible`) loses characters that no reader sees. It keeps joiners (emoji,
  some scripts) and the signs of a wrong encoding (C1 controls, U+FFFD), which must stay visible.
- Compared text (`legible`) loses those too, and look-alike letters become Cyrillic.
"""

import re
import unicodedata

_HIDDEN = (
    *range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F,  # C0 controls except tab and line breaks
    0xAD, 0x34F, 0x180E, 0x200B, *range(0x2060, 0x2065), 0xFEFF,  # soft hyphen, grapheme joiner, zero widths, byte order mark
    0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2065, 0x2070),  # direction marks
)  # fmt: skip
_KEPT_IN_STORE = (*range(0x80, 0xA0), 0x200C, 0x200D, 0xFFFD)
_SURROGATES = range(0xD800, 0xE000)  # half characters ("&#xD800;", "\\ud800" in JSON): not text, and no database stores them
_STORED = {**dict.fromkeys(_HIDDEN), **dict.fromkeys(_SURROGATES, "\ufffd")}
_COMPARED = dict.fromkeys((*_HIDDEN, *_KEPT_IN_STORE, *_SURROGATES))
_LATIN_TO_CYRILLIC = str.maketrans("aceopxykmthbiACEOPXYKMTHBI", "асеорхукмтнвіАСЕОРХУКМТНВІ")
_LOOK_ALIKES = "aceopxykmthbiACEOPXYKMTHBI"
_MIXED = re.compile(rf"\b(?=\w*[А-Яа-яЁёІіЇїЄєҐґ])(?=\w*[A-Za-z])[А-Яа-яЁёІіЇїЄєҐґ{_LOOK_ALIKES}]+\b")


def without_invisible(text: str) -> str:
    """`text` as it is stored: NFC, without invisible characters; half characters become U+FFFD."""
    return unicodedata.normalize("NFC", text).translate(_STORED)


def legible(text: str) -> str:
    """`text` as it is compared: NFC, no invisible characters, Latin look-alikes inside Cyrillic words made Cyrillic."""
    text = unicodedata.normalize("NFC", text).translate(_COMPARED)
    return _MIXED.sub(lambda m: m.group().translate(_LATIN_TO_CYRILLIC), text)


def spoken(line: str) -> str:
    """A headline in capitals, as channels write them, in sentence case; short ones (ТАСС, МВД) stay."""
    return line.capitalize() if len(line) > 20 and line.isupper() else line
