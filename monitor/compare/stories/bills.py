"""`bills`: the acts that an item names.

Bills and articles of acts link the stories of one bill's stages (`named_bills`). Numbers and days
of decrees tell stories apart (`named_decrees`, `other_acts`).
"""

import re
from functools import cache

from pydantic import RootModel

from monitor.compare.reading.values import read_values
from monitor.compare.reading.word_files import FOLDER, Regex, Word, WordFile, either
from monitor.strict_yaml import load

_NUMBER = re.compile(r"(?<![\w-])(\d{5,7}-\d)(?![\w-])")


class _Acts(RootModel[dict[Word, list[Regex]]]):
    """act_names.yml: act → the patterns by which texts name it."""


@cache
def _article() -> tuple[tuple[str, ...], re.Pattern[str]]:
    """(names of the acts, an article of one of them: act number n is the group `an`)."""
    acts, _ = load(FOLDER / "act_names.yml", _Acts)
    named = either([f"(?P<a{n}>{either(patterns)})" for n, patterns in enumerate(acts.root.values())])
    return tuple(acts.root), re.compile(
        rf"(?<!\w)(?:ст\.|стат(?:ья|ье|ьи|ью|ей)|article)\s*(\d+(?:\.\d+)*)\s+(?:(?:действующего|of|the|russian)\s+){{0,3}}{named}(?!\w)"
    )


class _Decrees(WordFile):
    """decree_words.yml."""

    acts: list[Regex]
    dated: list[Word]


@cache
def _decree() -> re.Pattern[str]:
    """A decree with its day (groups `day`: the text after "of") or its number (group `number`)."""
    words, _ = load(FOLDER / "decree_words.yml", _Decrees)
    dated = either([re.escape(w) for w in words.dated])
    return re.compile(
        rf"(?<!\w){either(words.acts)}(?:\s+[^\s.№]+){{0,4}}?\s+(?:{dated}\s+(?P<day>\d[^.;\n]{{2,18}})|(?:№|no\.|nr\.)\s?(?P<number>\d+)(?![\d-]))"
    )


def named_decrees(plain: str) -> frozenset[str]:
    """What tells acts apart in plain text: numbers ("№ 647") and days ("12-30") of decrees, and
    bills.
    """
    named = set(_NUMBER.findall(plain))
    for m in _decree().finditer(plain):
        if m["number"]:
            named.add(f"№ {m['number']}")
        elif day := next((v for v in read_values(m["day"], None) if v.kind == "date" and v.unit == "day" and v.start == 0), None):
            named.add(f"{int(day.high) // 100 % 100:02}-{int(day.high) % 100:02}")
    return frozenset(named)


def other_acts(a: frozenset[str], b: frozenset[str]) -> bool:
    """Whether both name acts of one form (numbers, days or bills), none in common: two acts."""
    if a & b:
        return False
    return bool({_form(x) for x in a} & {_form(x) for x in b})


def _form(act: str) -> str:
    return "number" if act.startswith("№") else "day" if len(act) == 5 else "bill"


def named_bills(plain: str) -> frozenset[str]:
    """Numbers of bills ("733010-8") and articles of acts ("коап 21.5") in plain text (see
    tokenize.plain).
    """
    acts, article = _article()
    articles = {f"{act} {m[1]}" for m in article.finditer(plain) for n, act in enumerate(acts) if m[f"a{n}"]}
    return frozenset(articles) | frozenset(_NUMBER.findall(plain))
