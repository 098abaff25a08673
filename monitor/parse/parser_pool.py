"""Parser processes with limits on memory and time.

Threads cannot be killed, and some parsers hold the interpreter's lock. A call that takes longer
than `seconds` is killed and its process replaced; the others continue. Processes start from a fork
server that has loaded the parsers, so that a new one takes milliseconds.
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
    """Parsing was stopped: time limit, memory limit, or the process died."""


@dataclass
class Parsers:
    """Pool of parser processes. Thread-safe. `processes` 0 runs calls in this process, for tests
    only.
    """

    processes: int = 2
    seconds: float = 10.0  # the slowest captured page takes 1.5 s
    memory: int = 1 << 30  # bytes of data per process
    _pool: Any = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, function: Callable[..., Any], *args: Any) -> Any:
        """`function(*args)` in a parser process. Raises ParserStopped and what the function
        raises.
        """
        if not self.processes:
            return function(*args)
        try:
            return self._started().schedule(function, args=args, timeout=self.seconds).result()
        except BrokenProcessPool as error:
            raise ParserStopped(f"no parser process could be started: {error}") from error
        except LateError as error:
            raise ParserStopped(f"not read within {self.seconds:.0f} s") from error
        except ProcessExpired as error:
            raise ParserStopped(f"the parser process died: {error}") from error
        except MemoryError as error:
            raise ParserStopped(f"reading needs more than {self.memory >> 20} MB") from error

    def _started(self) -> Any:
        with self._lock:
            if self._pool is None or not self._usable():
                context = multiprocessing.get_context("forkserver")
                context.set_forkserver_preload(PRELOAD)
                self._pool = ProcessPool(
                    max_workers=self.processes, max_tasks=2000, initializer=_limit_process, initargs=[self.memory], context=context
                )
            return self._pool

    def _usable(self) -> bool:
        """A pool that failed to start a process refuses all further work; it must be replaced."""
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


def _limit_process(memory: int) -> None:
    """Set the limits of a parser process; the parent handles keyboard interrupts."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.setrecursionlimit(3000)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
