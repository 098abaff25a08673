"""Nesting depth of tags, counted on the bytes before any parser runs.

libxml2 silently drops text below 254 levels; other parsers take minutes for 200,000 levels. No page
needs a thousand.
"""

import re

MAX_DEPTH = 1000
_TAG = re.compile(rb"<(/?)([a-zA-Z][a-zA-Z0-9:_-]*)([^<>]*)")
_OPEN_ENDED = frozenset(b"br img hr meta link input source wbr p li area base col embed param track td th tr dd dt option".split())


def too_deep(markup: bytes | str) -> bool:
    """Whether tags nest more than MAX_DEPTH deep. Markup with fewer tags is not counted."""
    if isinstance(markup, str):
        return markup.count("<") > MAX_DEPTH and too_deep(markup.encode("utf-8", "replace"))
    return markup.count(b"<") > MAX_DEPTH and depth(markup) > MAX_DEPTH


def depth(body: bytes, most: int = MAX_DEPTH) -> int:
    """Depth of nested tags; stops counting beyond `most`. Tags that HTML leaves unclosed do not
    count.
    """
    deep = deepest = 0
    for match in _TAG.finditer(body):
        closing, name, rest = match.groups()
        if rest.endswith(b"/") or name.lower() in _OPEN_ENDED:
            continue
        deep = max(0, deep - 1) if closing else deep + 1
        if deep > deepest:
            deepest = deep
            if deepest > most:
                return deepest
    return deepest
