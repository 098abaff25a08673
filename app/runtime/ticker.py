"""The ticker of `ajour run`: calls each function repeatedly, each in a thread of its own.

It waits by the monotonic clock. A scheduler that computes the next wall-clock time would stop for
three days when a clock that was three days ahead is corrected. Late calls never pile up and never
overlap: the pause begins when the call has ended.
"""

import threading
from collections.abc import Callable


class Ticker:
    """Threads that call functions until `stop`."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._stop = threading.Event()

    def add(self, name: str, seconds: float, call: Callable[[], None]) -> None:
        """Call `call` when the ticker starts and `seconds` after each end. `call` must not
        raise.
        """

        def run() -> None:
            call()
            while not self._stop.wait(seconds):
                call()

        self._threads.append(threading.Thread(target=run, name=f"job {name}", daemon=True))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin no further call, and wait for the ones that run."""
        self._stop.set()
        for thread in self._threads:
            if thread.is_alive():
                thread.join()
