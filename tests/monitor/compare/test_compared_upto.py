"""The mark follows behind: a version that becomes visible late is not skipped."""

import pytest

from monitor.compare.compared_upto import SETTLED, ComparedUpto


def test_a_version_that_becomes_visible_late_is_not_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr("monitor.compare.compared_upto.time.monotonic", lambda: clock[0])
    upto = ComparedUpto()
    upto.none_waits(10)
    assert upto.at() == 0, "version 9 may be in a transaction that is still open"
    clock[0] = SETTLED - 1
    upto.none_waits(12)
    assert upto.at() == 0
    clock[0] = SETTLED
    assert upto.at() == 10
    clock[0] = 2 * SETTLED
    assert upto.at() == 12
