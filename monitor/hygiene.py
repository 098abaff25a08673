"""Text as it was meant: no invisible characters, no look-alike letters, one form of each accent.

Soft hyphens, zero-width characters and direction marks get into text by editors and by people who want to slip past filters; so do Latin letters inside Cyrillic
words ("пoвесткa" with a Latin o and a). Comparison must see the word either way.
"""

import re
import unicodedata

_INVISIBLE = dict.fromkeys(
    [*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0), 0xAD, 0x34F, 0x61C, 0x180E, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2060, 0x2070), 0xFEFF, 0xFFFD]
)  # fmt: skip
_LATIN_TO_CYRILLIC = str.maketrans("aceopxykmthbiACEOPXYKMTHBI", "асеорхукмтнвіАСЕОРХУКМТНВІ")
_LOOK_ALIKES = "aceopxykmthbiACEOPXYKMTHBI"
_MIXED = re.compile(rf"\b(?=\w*[А-Яа-яЁёІіЇїЄєҐґ])(?=\w*[A-Za-z])[А-Яа-яЁёІіЇїЄєҐґ{_LOOK_ALIKES}]+\b")


def legible(text: str) -> str:
    """`text` without what the eye does not see; words of two alphabets in one, where the Latin letters are look-alikes, in Cyrillic."""
    text = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    return _MIXED.sub(lambda m: m.group().translate(_LATIN_TO_CYRILLIC), text)


def spoken(line: str) -> str:
    """`line` as it would be spoken: a whole headline in capitals, as channels write them, in ordinary letters. Short ones (ТАСС, МВД) stay."""
    return line.capitalize() if len(line) > 20 and line.isupper() else line
