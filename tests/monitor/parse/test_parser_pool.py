"""Parsers in processes of their own: one that is stuck, greedy or dead does not stop the others."""

import os
import re
from collections.abc import Iterator

import pytest

from monitor.parse.parser_pool import Parsers, ParserStopped


@pytest.fixture(scope="module")
def parsers() -> Iterator[Parsers]:
    with Parsers(processes=1, memory=1 << 29) as made:
        made.run(len, [1])  # the fork server loads the parsers
        yield made


@pytest.mark.slow
def test_a_parser_that_never_ends_is_stopped_and_the_next_one_works(parsers: Parsers, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as short:
        short.setattr(parsers, "seconds", 1.0)
        with pytest.raises(ParserStopped, match="not read within"):
            parsers.run(re.match, r"(a+)+$", "a" * 60 + "b")
    assert parsers.run(len, [1, 2]) == 2


def test_a_parser_that_wants_too_much_memory_is_stopped(parsers: Parsers) -> None:
    with pytest.raises(ParserStopped, match="MB"):
        parsers.run(bytearray, 1 << 30)
    assert parsers.run(len, [1]) == 1


def test_a_parser_that_takes_its_process_with_it_is_replaced(parsers: Parsers) -> None:
    with pytest.raises(ParserStopped, match="died"):
        parsers.run(os._exit, 3)
    assert parsers.run(len, [1]) == 1


def test_what_a_parser_raises_comes_back_as_it_is(parsers: Parsers) -> None:
    with pytest.raises(ZeroDivisionError):
        parsers.run(divmod, 1, 0)
