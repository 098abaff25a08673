"""Rate limits per host: spacing, concurrency, and pauses that a host asked for (Retry-After).

Shared by all threads of the process. When a source is due next is stored in the database.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 86_400.0  # seconds; a longer Retry-After is a mistake or a trap
LONGEST_DELAY = 30.0  # seconds; a longer Crawl-delay would starve the host's other sources


class HostPaused(Exception):
    """The host asked for a pause (Retry-After) that ends in `seconds`."""

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(f"{host} asked for a pause; {seconds:.0f} s remain")
        self.seconds = seconds


@dataclass
class _Host:
    gate: threading.Semaphore
    lock: threading.Lock = field(default_factory=threading.Lock)
    next_at: float = 0.0  # when the next request may start
    not_before: float = 0.0  # end of the pause that the host asked for
    spacing: float = 0.0


@dataclass
class RateLimiter:
    """Hands out request slots per host.

    spacing: seconds between the starts of two requests to one host.
    at_once: concurrent requests to one host.
    """

    spacing: float = 1.0
    at_once: int = 2
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _hosts: dict[str, _Host] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def slot(self, host: str) -> Iterator[None]:
        """Wait for a request slot of the host and hold it. Raises HostPaused during a pause."""
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

    def pause(self, host: str, seconds: float) -> None:
        """No requests to the host for `seconds`, at most a day."""
        known = self._host(host)
        with known.lock:
            known.not_before = max(known.not_before, self.clock() + min(seconds, LONGEST_WAIT))

    def set_spacing(self, host: str, seconds: float) -> None:
        """Seconds between requests, as robots.txt asks (Crawl-delay); capped at `LONGEST_DELAY`."""
        self._host(host).spacing = min(seconds, LONGEST_DELAY)

    def _host(self, host: str) -> _Host:
        with self._lock:
            return self._hosts.setdefault(host, _Host(threading.Semaphore(self.at_once)))


def retry_after(value: str | None, now: datetime | None = None) -> float:
    """Seconds of a Retry-After header (RFC 9110 §10.2.3: seconds or a date); 0 if absent, at most a
    day.
    """
    text = (value or "").strip()
    if text.isdigit():
        return min(float(text[:12]), LONGEST_WAIT)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return min(max(0.0, (when - (now or datetime.now(UTC))).total_seconds()), LONGEST_WAIT)
