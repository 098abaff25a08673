"""Text that XML-based file formats can hold."""

import re

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def printable(text: str) -> str:
    """`text` with the replacement character for what XML 1.0 cannot hold."""
    return _UNPRINTABLE.sub("\ufffd", text)
