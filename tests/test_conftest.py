"""What a test does to the logging of the process does not reach the next test.

The two tests are one: whichever runs second would see what the first has left.
"""

import logging

import pytest
import structlog

from app.runtime.logs import configure

NAME = "ajour.test.shared"


@pytest.mark.parametrize("turn", [1, 2])
def test_logging_begins_anew(turn: int) -> None:
    log = logging.getLogger(NAME)
    assert (log.disabled, log.level, log.filters, logging.root.manager.disable) == (False, logging.NOTSET, [], logging.NOTSET)
    assert [h for h in logging.root.handlers if not type(h).__module__.startswith("_pytest")] == []
    assert structlog.get_config()["wrapper_class"] is not structlog.stdlib.BoundLogger
    configure("json", "debug")
    log.disabled = True
    log.addFilter(lambda _: False)
    log.setLevel(logging.CRITICAL)
    logging.disable(logging.ERROR)
