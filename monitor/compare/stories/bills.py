"""`bills`: the bill or the article of an act that an item about a pending rule names. It links the
stories of one bill's stages.
"""

import re
from functools import cache

from pydantic import RootModel

from monitor.compare.reading.word_files import FOLDER, Regex, Word, either
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


def named_bills(plain: str) -> frozenset[str]:
    """Numbers of bills ("733010-8") and articles of acts ("коап 21.5") in plain text (see
    tokenize.plain).
    """
    acts, article = _article()
    articles = {f"{act} {m[1]}" for m in article.finditer(plain) for n, act in enumerate(acts) if m[f"a{n}"]}
    return frozenset(articles) | frozenset(_NUMBER.findall(plain))
