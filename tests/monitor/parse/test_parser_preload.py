"""What parser processes share: everything is loaded before they are forked."""

import sys

import pytest

from monitor.kinds.registry import KINDS
from monitor.parse.parser_pool import Parsers


def _loaded(names: list[str]) -> list[str]:
    """Runs in a parser process: those of `names` that are loaded there."""
    return [name for name in names if name in sys.modules]


@pytest.mark.slow
def test_parsers_and_libraries_are_loaded_before_the_first_answer_comes() -> None:
    modules = sorted({name.split(":")[0] for kind in KINDS.values() for name in kind.functions})
    wanted = [*modules, "trafilatura", "dateparser", "feedparser", "lxml.etree"]
    with Parsers(processes=1) as parsers:
        assert parsers.run(_loaded, wanted) == wanted
