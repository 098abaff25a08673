"""Shared by all tests: nothing of the environment leaks in, nothing but loopback is reached, and
what is expensive is made once for all processes.
"""

import itertools
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import structlog
from sqlalchemy import Engine

from tests import databases, postgres, run_folder
from tests.parsed_files import keep_parsed
from tests.shared_statements import share_statements

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.cli_runner import Ran

SHARED = Path(__file__).resolve().parent.parent.parent / "shared"
_numbers = itertools.count()
# Fixture → marker of every test that uses it
MARKS = {
    "browser": "browser",
    "postgres_server": "postgres",
    "shared": "shared",
    "filled": "integration",  # a whole desk
    "ajour": "integration",  # a whole command
}
NO_UNIT_TEST = frozenset({"slow", "browser", "postgres", "integration"})
ADVISED = 1.0  # seconds of processor time that a unit test should not need


def pytest_configure(config: pytest.Config) -> None:
    keep_parsed()
    share_statements()
    if not hasattr(config, "workerinput"):  # the process that starts the others
        for folder in run_folder.abandoned():
            postgres.stop(folder)
            run_folder.end(folder)
        run_folder.begin()


def pytest_sessionfinish() -> None:
    """Keep what coverage has measured: a process of pytest-xdist that does not end in time is
    killed, and its exit handlers never run.
    """
    if "coverage" in sys.modules and (measuring := sys.modules["coverage"].Coverage.current()):
        measuring.save()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        postgres.stop(run_folder.path())
        run_folder.end(run_folder.path())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Processes of `-n auto`: one more than there are cores, because over half of the time of the
    tests is waiting for servers and other processes.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return cores + 1


@pytest.hookimpl(tryfirst=True)  # before `-m` selects by the markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for fixture, mark in MARKS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(mark)


@pytest.hookimpl(specname="pytest_collection_modifyitems", trylast=True)  # after the shuffle
def pytest_slow_ones_first(items: list[pytest.Item]) -> None:
    """Begin with the slow tests, so that at the end no process waits for another one's last
    test.
    """
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    began = time.process_time()
    try:
        return (yield)
    finally:
        if not NO_UNIT_TEST & {m.name for m in item.iter_markers()} and (used := time.process_time() - began) > ADVISED:
            item.user_properties.append(("unit_seconds", used))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name unit tests that are none: no failure, since a busy machine needs longer."""
    for report in terminalreporter.stats.get("passed", ()):
        for name, value in report.user_properties:
            if name == "unit_seconds":
                terminalreporter.write_line(f"{report.nodeid} took {value:.1f} s of processor time: make it cheaper, or mark it slow")


@pytest.fixture(autouse=True)
def clean_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No AJOUR_ setting of the machine reaches a test; data go to the test's own folder. A test
    that asks for no folder may not need one: making and removing it is half of what a small test
    costs.
    """
    for name in [n for n in os.environ if n.startswith("AJOUR_")]:
        monkeypatch.delenv(name)
    own = (
        request.getfixturevalue("tmp_path")
        if "tmp_path" in request.fixturenames
        else run_folder.path() / f"data-{os.getpid()}-{next(_numbers)}"
    )
    monkeypatch.setenv("AJOUR_DATA", str(own / "var"))


@pytest.fixture(autouse=True)
def logging_of_its_own() -> Iterator[None]:
    """Every test begins with this logging, and leaves none of its own to the next: commands and
    libraries set handlers, levels, filters and `disabled` for the whole process.
    """
    renderer = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    structlog.reset_defaults()
    # The default prints all variables of each frame, which took a test of many failures 50 s
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, structlog.processors.add_log_level, renderer])
    root, handlers = logging.root, logging.root.handlers[:]
    before = {logger: (logger.level, logger.filters[:]) for logger in _loggers()}
    yield
    root.handlers[:] = [h for h in root.handlers if h in handlers or type(h).__module__.startswith("_pytest")]
    logging.disable(logging.NOTSET)
    for logger in _loggers():
        level, filters = before.get(logger, (logging.NOTSET, []))
        logger.disabled, logger.filters[:] = False, filters
        if logger.level != level:
            logger.setLevel(level)


def _loggers() -> list[logging.Logger]:
    return [logging.root, *(logger for logger in logging.root.manager.loggerDict.values() if isinstance(logger, logging.Logger))]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    """A fresh, migrated SQLite database."""
    result = databases.sqlite(tmp_path / "test.db")
    yield result
    result.dispose()


@pytest.fixture
def ajour(monkeypatch: pytest.MonkeyPatch) -> Callable[..., "Ran"]:
    """Runs `ajour …` in this process."""
    from tests import cli_runner

    return partial(cli_runner.run, monkeypatch)


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """Address of the run's one PostgreSQL server, without a database name."""
    return postgres.server()


@pytest.fixture
def postgres_engine(postgres_server: str) -> Iterator[Engine]:
    """A fresh, migrated PostgreSQL database."""
    with postgres.fresh_engine(postgres_server) as made:
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator["Browser"]:
    """One headless Chromium for all tests of this process; the test is skipped where there is
    none.
    """
    # Half a second that only tests in a browser should pay
    from tests.e2e.desk_browser import browsing

    with browsing() as started:
        yield started


@pytest.fixture
def shared() -> Path:
    """The project's shared research data; the test is skipped where they are not beside the
    checkout.
    """
    if not SHARED.is_dir():
        pytest.skip("the shared research data are not beside this checkout (../shared)")
    return SHARED
