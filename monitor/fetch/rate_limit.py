"""Manners towards hosts: a pause between two requests to one host, few at once, and staying away for as long as a host asks.

One home for all of it, shared by all threads of the process. The long memory (when a source is due again) lives in the database.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 86_400.0  # seconds; a Retry-After beyond a day is a mistake or a trap
LONGEST_DELAY = 30.0  # seconds between two requests that a robots.txt may ask for; more would starve the host's other sources


class HostPaused(Exception):
    """The host asked us to wait, and the time is not over. `seconds` are left."""

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(f"{host} asked us to wait; {seconds:.0f} s are left")
        self.seconds = seconds


@dataclass
class _Host:
    gate: threading.Semaphore
    lock: threading.Lock = field(default_factory=threading.Lock)
    next_at: float = 0.0  # when the next request may start
    not_before: float = 0.0  # the host's own wish
    spacing: float = 0.0


@dataclass
class RateLimiter:
    """`turn` is all there is to a request: it waits until the host may be asked again.

    spacing: seconds between the starts of two requests to one host. at_once: requests to one host at the same time.
    """

    spacing: float = 1.0
    at_once: int = 2
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Hold one of the host's places. Raises StayAway while the host wants no visit."""
        known = self._host(host)
        with known.gate:
            with known.lock:
                now = self.clock()
                if now < known.not_before:
                    raise HostPaused(host, known.not_before - now)
                start = max(now, known.next_at)
                known.next_at = start + max(self.spacing, known.spacing)
            if start > now:
                self.sleep(start - now)
            yield

    def stay_away(self, host: str, seconds: float) -> None:
        """The host wants no visit for `seconds`."""
        known = self._host(host)
        with known.lock:
            known.not_before = max(known.not_before, self.clock() + min(seconds, LONGEST_WAIT))

    def slow_down(self, host: str, seconds: float) -> None:
        """The host's robots.txt asks for this pause (Crawl-delay)."""
        self._host(host).spacing = min(seconds, LONGEST_DELAY)

    def _host(self, host: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(host, _Host(threading.Semaphore(self.at_once)))


def retry_after(value: str | None, now: datetime | None = None) -> float:
    """Seconds that a Retry-After asks for (RFC 9110 §10.2.3: seconds or a date), 0 where it says nothing, a day at most."""
    text = (value or "").strip()
    if text.isdigit():
        return min(float(text[:12]), LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max(0.0, (when - (now or datetime.now(UTC))).total_seconds()), LONGEST_WAIT)
