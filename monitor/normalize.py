"""Invisible characters, look-alike letters and Unicode normal form.

Soft hyphens, zero-width characters, direction marks and Latin letters inside Cyrillic words
("пoвесткa" with a Latin o and a) come from editors' software, and from people who evade filters.

- Stored text (`without_invisible`) loses characters that no reader sees. It keeps joiners (emoji,
  some scripts) and the signs of a wrong encoding (C1 controls, U+FFFD), which must stay visible.
- Compared text (`legible`) loses those too, and look-alike letters become Cyrillic.
"""

import re
import unicodedata

from db.invisible import C1_CONTROLS, HIDDEN, JOINERS, REPLACEMENT, SURROGATES

_KEPT_IN_STORE = (*C1_CONTROLS, *JOINERS, REPLACEMENT)
_STORED = {**dict.fromkeys(HIDDEN), **dict.fromkeys(SURROGATES, "\ufffd")}
# A search is cheaper than a translation
_NEEDS_CHANGE = re.compile("[" + "".join(re.escape(chr(c)) for c in _STORED) + "]")
_COMPARED = dict.fromkeys((*HIDDEN, *_KEPT_IN_STORE, *SURROGATES))
_LATIN_TO_CYRILLIC = str.maketrans("aceopxykmthbiACEOPXYKMTHBI", "асеорхукмтнвіАСЕОРХУКМТНВІ")
_LOOK_ALIKES = "aceopxykmthbiACEOPXYKMTHBI"
_MIXED = re.compile(rf"\b(?=\w*[А-Яа-яЁёІіЇїЄєҐґ])(?=\w*[A-Za-z])[А-Яа-яЁёІіЇїЄєҐґ{_LOOK_ALIKES}]+\b")


def without_invisible(text: str) -> str:
    """`text` as it is stored: NFC, without invisible characters; half characters become U+FFFD."""
    normal = unicodedata.normalize("NFC", text)
    return normal.translate(_STORED) if _NEEDS_CHANGE.search(normal) else normal


def legible(text: str) -> str:
    """`text` as it is compared: NFC, no invisible characters, Latin look-alikes inside Cyrillic
    words made Cyrillic.
    """
    text = unicodedata.normalize("NFC", text).translate(_COMPARED)
    return _MIXED.sub(lambda m: m.group().translate(_LATIN_TO_CYRILLIC), text)


def without_capitals(line: str) -> str:
    """A headline in capitals, as channels write them, in sentence case; short ones (ТАСС, МВД)
    stay.
    """
    return line.capitalize() if len(line) > 20 and line.isupper() else line
