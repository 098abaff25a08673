"""Parsers run in processes of their own, with a limit on memory and time: a thread cannot be killed, and several parsers hold the interpreter's lock.

A parser that takes longer than `seconds` is killed and its process replaced; the others go on. The processes come from a fork server that has loaded
the parsers once, so that a new one costs milliseconds.
"""

import multiprocessing
import resource
import signal
import sys
import threading
from collections.abc import Callable
from concurrent.futures import TimeoutError as LateError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from typing import Any

from pebble import ProcessExpired, ProcessPool

PRELOAD = ["monitor.parse.parser_preload"]


class ParserStopped(Exception):
    """Reading was stopped: it took too long, or too much memory, or took its process with it."""


@dataclass
class Parsers:
    """`run(function, …)` in another process. Thread-safe. `processes` 0 runs them here: for tests of parsers, never for the open net."""

    processes: int = 2
    seconds: float = 10.0  # the slowest page of the captured material takes 1.5 s
    memory: int = 1 << 30  # bytes of data one process may hold
    _pool: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """What `function(*args)` gives. Raises ParserStopped, and whatever the function raises."""
        if not self.processes:
            return function(*args)
        try:
            return self._started().schedule(function, args=args, timeout=self.seconds).result()
        except BrokenProcessPool as error:
            raise ParserStopped(f"no process for the parser: {error}") from error
        except LateError as error:
            raise ParserStopped(f"not read within {self.seconds:.0f} s") from error
        except ProcessExpired as error:
            raise ParserStopped(f"the parser's process died: {error}") from error
        except MemoryError as error:
            raise ParserStopped(f"reading needs more than {self.memory >> 20} MB") from error

    def _started(self) -> Any:
        with self._lock:
            if self._pool is None or not self._usable():
                context = multiprocessing.get_context("forkserver")
                context.set_forkserver_preload(PRELOAD)
                self._pool = ProcessPool(
                    max_workers=self.processes, max_tasks=2000, initializer=_confine, initargs=[self.memory], context=context
                )
            return self._pool

    def _usable(self) -> bool:
        """A pool that once could not start a process (out of memory, say) refuses everything from then on; another one is made."""
        try:
            return bool(self._pool.active)
        except (BrokenProcessPool, OSError, RuntimeError):
            return False

    def close(self) -> None:
        with self._lock:
            if self._pool is not None:
                self._pool.stop()
                self._pool.join()
                self._pool = None

    def __enter__(self) -> "Parsers":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _confine(memory: int) -> None:
    """Limits of a parser's process; an interrupt from the keyboard is the parent's business."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setrecursionlimit(3000)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
