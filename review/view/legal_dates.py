"""Dates of signing, publication and entry into force that a text names. They are shown as written,
never computed.
"""

import re

_DAY = r"(?:\d{1,2}(?:-?го)?\s+[а-яёіїє]+(?:\s+20\d\d(?:\s+(?:года|г\.|року))?)?|\d{1,2}\.\d{1,2}\.20\d\d|\d{1,2}\s+[A-Z][a-z]+\s+20\d\d|[A-Z][a-z]+\s+\d{1,2},\s+20\d\d)"
_PATTERNS = {
    "signed": rf"(?:подписа\w+|підписа\w+|signed)[^.\n]{{0,40}}?(?P<d>{_DAY})|(?P<d2>{_DAY})[^.\n]{{0,30}}?(?:подписа\w+|підписа\w+|signed)",
    "published": rf"(?:официально\s+)?(?:опубликова\w+|оприлюднен\w+|published)[^.\n]{{0,40}}?(?P<d>{_DAY})",
    "in force": rf"(?:вступ\w+\s+в\s+силу|набира\w+\s+чинності|заработа\w+|начн[её]т\s+действовать|(?:takes?|into)\s+(?:effect|force))[^.\n]{{0,40}}?(?P<d>{_DAY}|после\s+(?:официального\s+)?опубликования|через\s+\w+\s+дн\w+)",
}
_COMPILED = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _PATTERNS.items()}


def dates(text: str) -> dict[str, str]:
    """ "signed", "published", "in force" → the date as the text writes it; missing ones are left
    out.
    """
    by_kind = {}
    for name, pattern in _COMPILED.items():
        match = pattern.search(text[:20_000])
        if match:
            by_kind[name] = match["d"] or match.groupdict().get("d2") or ""
    return by_kind
