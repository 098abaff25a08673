"""`bills`: which bill, or which article of which act, an item about a rule on its way names; by these, stories that are stages of one bill are linked."""

import re

_ACTS = {
    "коап": r"коап\w*|кодекс\w* об административных|administrative code",
    "упк": r"упк|уголовно-процессуальн\w+ кодекс\w*",
    "ук": r"ук(?: рф)?|уголовн\w+ кодекс\w*|criminal code",
    "кас": r"кас(?: рф)?",
    "о воинской обязанности": r"(?:федеральн\w+ )?закон\w* [«\"]?о воинской обязанности",
    "о статусе военнослужащих": r"(?:федеральн\w+ )?закон\w* [«\"]?о статусе военнослужащих",
    "об обороне": r"(?:федеральн\w+ )?закон\w* [«\"]?об обороне",
    "о гражданстве": r"(?:федеральн\w+ )?закон\w* [«\"]?о гражданстве",
    "о порядке выезда": r"(?:федеральн\w+ )?закон\w* [«\"]?о порядке выезда",
    "о профилактике правонарушений": r"(?:федеральн\w+ )?закон\w* [«\"]?об? (?:основах системы профилактики|профилактике|основах профилактики)",
}
_NUMBER = re.compile(r"(?<![\w-])(\d{5,7}-\d)(?![\w-])")
_ACT = "|".join(f"(?P<a{n}>{pattern})" for n, pattern in enumerate(_ACTS.values()))
_ARTICLE = re.compile(
    rf"(?<!\w)(?:ст\.|стат(?:ья|ье|ьи|ью|ей)|article)\s*(\d+(?:\.\d+)*)\s+(?:(?:действующего|of|the|russian)\s+){{0,3}}(?:{_ACT})(?!\w)"
)


def named_bills(plain: str) -> frozenset[str]:
    """Numbers of bills ("733010-8") and articles of acts ("коап 21.5") in plain text (see text.plain)."""
    articles = {f"{act} {m[1]}" for m in _ARTICLE.finditer(plain) for n, act in enumerate(_ACTS) if m[f"a{n}"]}
    return frozenset(articles) | frozenset(_NUMBER.findall(plain))
