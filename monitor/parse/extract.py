"""The words of an article's or a page's own text, without menus, teasers and the rest of the page: trafilatura.

Loaded when it is first needed: it brings 20 MB that only the parsers' processes use, and they have them from the start (`monitor.parse.parser_preload`).
"""

from typing import Any

from monitor.parse.clean_entry import tidy


def main_text(html: str, url: str, **how: Any) -> str:
    """The text, a line for each paragraph; empty where there is none. `how`: options of `trafilatura.extract`."""
    import trafilatura

    return tidy(str(trafilatura.extract(html, url=url, include_comments=False, **how) or ""))
