"""Main text of a page (trafilatura): without menus, teasers and other boilerplate.

trafilatura is imported on first use: it takes 20 MB that only parser processes need, and they load
it at start (`monitor.parse.parser_preload`).
"""

from typing import Any

from monitor.parse.clean_entry import tidy


def main_text(html: str, url: str, **how: Any) -> str:
    """The text, a line for each paragraph; empty where there is none. `how`: options of
    `trafilatura.extract`.
    """
    import trafilatura

    return tidy(str(trafilatura.extract(html, url=url, include_comments=False, **how) or ""))
