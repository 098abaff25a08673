"""Ajour in processes of its own, at little cost: they come from a fork server that has loaded it
once.

A start costs a tenth of what a new interpreter costs; that one starts too is tested by
test_demo.py, test_container.py and test_commands.py.
"""

import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from monitor.parse import parser_pool

_OF_PARSERS = list(parser_pool.PRELOAD)
# A program has one fork server, which the parsers use too
parser_pool.PRELOAD[:] = ["tests.preloaded"]
# seconds: nothing here is a measurement, and a machine may be busy with other things
PATIENCE = 300


class Process:
    """`function(*given)` in a process of its own, from its start; what it prints goes to the file
    `output`.
    """

    def __init__(self, function: Callable[..., object], *given: object, environment: Mapping[str, str], output: Path) -> None:
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(parser_pool.PRELOAD)
        self.output = output
        self._process = context.Process(target=_begin, args=(function, given, dict(environment), output))
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    @property
    def code(self) -> int | None:
        """The exit code, negative for the signal that ended it; None while it runs."""
        return self._process.exitcode

    def said(self) -> str:
        """What it has printed so far, on both streams."""
        return self.output.read_text(encoding="utf-8") if self.output.exists() else ""

    def ended(self) -> int:
        """The exit code, once it has ended."""
        self._process.join(PATIENCE)
        assert self.code is not None, f"still running:\n{self.said()[-3000:]}"
        return self.code

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send it a signal; its exit code."""
        os.kill(self.pid, number)
        return self.ended()

    def kill(self) -> None:
        """End it if it still runs."""
        if self.code is None:
            self.stop(signal.SIGKILL)


def ajour(*words: str, environment: Mapping[str, str], output: Path) -> Process:
    """`ajour …` as a person starts it, with the light encoder. A worker looks for lost tasks every
    second, and waits two for a connection.
    """
    return Process(_ajour, words, environment=environment, output=output)


def _ajour(words: tuple[str, ...]) -> None:
    from app.cli.main import main
    from app.runtime import supervisor, workers
    from monitor.compare.signals import encoder
    from tests.fake_encoder import BagOfWords

    encoder.UniversalSentenceEncoder = BagOfWords  # type: ignore[misc, assignment]
    supervisor.RESCUE_SECONDS = 1.0
    workers.CONNECT_SECONDS = 2.0
    sys.argv = ["ajour", *words]
    main()


def _begin(function: Callable[..., object], given: tuple[object, ...], environment: dict[str, str], output: Path) -> None:
    parser_pool.PRELOAD[:] = _OF_PARSERS  # the process has a fork server of its own
    os.environ.clear()
    os.environ.update(environment)
    sink = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (1, 2):
        os.dup2(sink, stream)
    function(*given)
