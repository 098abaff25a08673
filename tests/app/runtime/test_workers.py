"""Jobs of one worker that wait for their turn are run together."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("procrastinate", reason="procrastinate is not here (the extra ajour[postgres])")
from app.runtime.workers import Combined


class Work:
    """Notes what it is given; the first call waits until it may go on."""

    def __init__(self) -> None:
        self.calls: list[list[int]] = []
        self.begun, self.may_end = threading.Event(), threading.Event()

    def __call__(self, ids: Sequence[int]) -> None:
        self.calls.append(sorted(ids))
        self.begun.set()
        assert self.may_end.wait(30)
        if 13 in ids:
            raise ValueError("thirteen")


def test_jobs_that_wait_are_run_together_and_each_raises_what_befell_it() -> None:
    work = Work()
    combined = Combined(work)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(combined.run, [1, 2])
        assert work.begun.wait(30)
        others = [pool.submit(combined.run, ids) for ids in ([3], [13])]
        while len(combined._waiting) < 2:
            threading.Event().wait(0.01)
        work.may_end.set()
        first.result(30)
        for other in others:
            with pytest.raises(ValueError, match="thirteen"):
                other.result(30)
    assert work.calls == [[1, 2], [3, 13]]
    combined.run([4])
    assert work.calls[-1] == [4]
