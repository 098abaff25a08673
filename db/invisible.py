"""Characters that no reader sees: the one table, for what is stored, compared, mailed and put into
headers.

Here because the rooms that use it meet only in `db`. Each use adds what its medium cannot hold.
"""

import re

HIDDEN = (
    *range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), 0x7F,  # C0 controls except tab and line breaks
    # Soft hyphen, grapheme joiner, zero widths, byte order mark
    0xAD, 0x34F, 0x180E, 0x200B, *range(0x2060, 0x2065), 0xFEFF,
    0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2065, 0x2070),  # direction marks
)  # fmt: skip
# A sign of a wrong encoding: kept in the store, where people must be able to see it
C1_CONTROLS = range(0x80, 0xA0)
JOINERS = (0x200C, 0x200D)  # of emoji and some scripts
REPLACEMENT = 0xFFFD
# Half characters ("&#xD800;", "\\ud800" in JSON): not text, and no database stores them
SURROGATES = range(0xD800, 0xE000)
LINE_SEPARATORS = (0x2028, 0x2029)
# Can hide text from the reader of a mail
ANNOTATIONS_AND_TAGS = (*range(0xFFF9, 0xFFFC), *range(0xE0000, 0xE0080))
# PostgreSQL stores no NUL, neither database an unpaired surrogate
_REFUSED = re.compile("[\x00\ud800-\udfff]")


def is_storable(text: str) -> bool:
    """Whether both databases store `text` as it is. Called for every value that is written: a
    search by expression takes ten times as long.
    """
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def storable(text: str) -> str:
    """`text` as both databases store it: characters that one of them refuses become U+FFFD."""
    return text if is_storable(text) else _REFUSED.sub("\ufffd", text)
