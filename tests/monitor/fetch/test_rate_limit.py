"""Pauses between requests to one host, and staying away for as long as a host asks."""

from datetime import UTC, datetime

import pytest

from monitor.fetch.rate_limit import LONGEST_DELAY, LONGEST_WAIT, HostPaused, RateLimiter, retry_after


def test_retry_after_in_the_past_asks_for_nothing() -> None:
    assert retry_after("Fri, 31 Dec 1999 23:59:59 GMT") == 0.0


def test_requests_to_one_host_keep_their_distance_and_other_hosts_do_not_wait() -> None:
    now, slept = [0.0], list[float]()
    rate_limiter = RateLimiter(spacing=2.0, clock=lambda: now[0], sleep=slept.append)
    for host in ("a", "a", "b", "a"):
        with rate_limiter.slot(host):
            pass
    assert slept == [2.0, 4.0]


def test_a_host_that_asked_us_to_wait_is_left_alone_until_then() -> None:
    now = [0.0]
    rate_limiter = RateLimiter(clock=lambda: now[0], sleep=lambda _: None)
    rate_limiter.pause("a", 60)
    with pytest.raises(HostPaused), rate_limiter.slot("a"):
        pass
    now[0] = 61.0
    with rate_limiter.slot("a"):
        pass


def test_a_delay_that_robots_txt_asks_for_holds_for_that_host_and_is_capped() -> None:
    slept = list[float]()
    rate_limiter = RateLimiter(spacing=1.0, clock=lambda: 0.0, sleep=slept.append)
    rate_limiter.set_spacing("slow", 10.0)
    rate_limiter.set_spacing("trap", 86_400.0)
    for host in ("slow", "slow", "trap", "trap", "other", "other"):
        with rate_limiter.slot(host):
            pass
    assert slept == [10.0, LONGEST_DELAY, 1.0]


def test_a_shorter_wish_does_not_shorten_a_longer_one_and_a_day_is_the_most() -> None:
    now = [0.0]
    rate_limiter = RateLimiter(clock=lambda: now[0], sleep=lambda _: None)
    rate_limiter.pause("a", 10 * LONGEST_WAIT)
    rate_limiter.pause("a", 5)
    with pytest.raises(HostPaused) as caught, rate_limiter.slot("a"):
        pass
    assert caught.value.seconds == LONGEST_WAIT


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        ("99999999999999999999", LONGEST_WAIT),
        ("Tue, 24 Nov 2026 10:01:00 GMT", 60.0),
        ("soon", 0.0),
        ("", 0.0),
        (None, 0.0),
        ("-5", 0.0),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str | None, seconds: float) -> None:
    assert retry_after(value, datetime(2026, 11, 24, 10, 0, tzinfo=UTC)) == seconds
