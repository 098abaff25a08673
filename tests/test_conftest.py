"""What a test does to the logging of the process does not reach the next test, and which tests are
unit tests is said in one way.
"""

import logging
import re
from pathlib import Path

import pytest
import structlog

from app.runtime.logs import configure
from tests.conftest import NO_UNIT_TEST

ROOT = Path(__file__).resolve().parents[1]
NAME = "ajour.test.shared"


@pytest.mark.parametrize("turn", [1, 2])
def test_logging_starts_clean_in_every_test(turn: int) -> None:
    """The two are one test: whichever runs second would see what the first has left."""
    log = logging.getLogger(NAME)
    assert (log.disabled, log.level, log.filters, logging.root.manager.disable) == (False, logging.NOTSET, [], logging.NOTSET)
    assert [h for h in logging.root.handlers if not type(h).__module__.startswith("_pytest")] == []
    assert structlog.get_config()["wrapper_class"] is not structlog.stdlib.BoundLogger
    configure("json", "debug")
    log.disabled = True
    log.addFilter(lambda _: False)
    log.setLevel(logging.CRITICAL)
    logging.disable(logging.ERROR)


def test_the_markers_of_no_unit_test_are_those_of_the_makefile_and_the_guide() -> None:
    unit = next(line for line in (ROOT / "Makefile").read_text(encoding="utf-8").splitlines() if line.startswith("UNIT "))
    assert set(re.findall(r"not (\w+)", unit)) == NO_UNIT_TEST
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)` \|", guide, re.MULTILINE)) == NO_UNIT_TEST


def test_a_test_that_plays_a_whole_command_is_an_integration_test(ajour: object, request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("integration")
