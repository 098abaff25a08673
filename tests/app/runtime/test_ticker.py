"""The ticker calls each function again and again, whatever the wall clock says."""

import threading
import time

import pytest

from app.runtime.ticker import Ticker


def test_each_function_is_called_again_and_a_slow_one_delays_no_other() -> None:
    ticker, calls, release = Ticker(), list[str](), threading.Event()

    def slow() -> None:
        release.wait(60)

    ticker.add("fast", 0.01, lambda: calls.append("fast"))
    ticker.add("slow", 0.01, slow)
    ticker.start()
    deadline = time.monotonic() + 60
    while calls.count("fast") < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    release.set()
    ticker.stop()
    count = len(calls)
    assert count >= 3
    time.sleep(0.05)
    assert len(calls) == count, "nothing is called after stop"


def test_a_jump_of_the_wall_clock_stops_no_call(monkeypatch: pytest.MonkeyPatch) -> None:
    ticker, called = Ticker(), threading.Semaphore(0)
    ticker.add("job", 0.01, called.release)
    ticker.start()
    assert called.acquire(timeout=60)
    for jump in (3 * 86400, -6 * 86400):
        monkeypatch.setattr(time, "time", lambda real=time.time(), jump=jump: real + jump)
        for _ in range(3):
            assert called.acquire(timeout=60)
    ticker.stop()


def test_a_ticker_that_was_never_started_can_be_stopped() -> None:
    ticker = Ticker()
    ticker.add("job", 1, lambda: None)
    ticker.stop()
