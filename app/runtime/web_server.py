"""uvicorn with a guard around its HTTP protocol: limits on connections and on the time of each
phase of a request.

uvicorn has no time limit for the head of a request, and accepts connections until the process has
no descriptor left; then the database, mails and `/live` fail too. Here each server has a share of
the descriptors, and connections that send nothing are closed:

- head of a request: HEAD_SECONDS from its first byte or from the opening of the connection;
- body: BODY_SECONDS more; response: RESPONSE_SECONDS more (readers that do not read);
- idle between two requests: uvicorn's keep-alive limit (5 s).

When a server has all its connections, a new one takes the place of the oldest that has no complete
request; if all are being answered, the new one is closed.
"""

import asyncio
import gc
import logging
import os
import resource
import socket
import time
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

import h11
import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

log = structlog.get_logger(__name__)
HEAD_SECONDS = 10.0
BODY_SECONDS = 30.0
RESPONSE_SECONDS = 600.0  # an evidence pack of 200 MB over 3 Mbit/s
ACCEPTED_AT_ONCE = 32  # connections that asyncio accepts before the guard counts them
KERNEL_QUEUE = 1024  # connections that wait in the kernel to be accepted
MOST_CONNECTIONS = 400  # of one server, if the process may open enough descriptors
# Descriptors that no desk connection takes: database, fetches, mails, parsers, /live
RESERVED = 512
# New objects until the collector looks for cycles (Python: 700); a page of the queue makes 50,000
OBJECTS_BEFORE_COLLECTION = 20_000
LOG_SECONDS = 60.0  # at most one line per server and kind in this time


def most_connections(soft_limit: int | None = None) -> int:
    """Connections that a server may have: the descriptors of the process less RESERVED, at most
    MOST_CONNECTIONS.
    """
    soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0] if soft_limit is None else soft_limit
    if soft == resource.RLIM_INFINITY:
        return MOST_CONNECTIONS
    return max(16, min(MOST_CONNECTIONS, soft - RESERVED))


class ConnectionGuard:
    """Counts the connections of one server, makes room at the limit and logs what it closed. Runs
    in the server's event loop.
    """

    def __init__(self, server: str, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.server, self.most = server, most
        self._clock = clock
        self._open: set[GuardedProtocol] = set()
        # Without a complete request, the oldest first
        self._waiting: dict[GuardedProtocol, None] = {}
        self._closed: Counter[str] = Counter()
        self._logged_at: float | None = None

    @property
    def open(self) -> int:
        return len(self._open)

    def opened(self, connection: "GuardedProtocol") -> None:
        """Count a new connection; at the limit close the oldest one without a request, else the new
        one.
        """
        if len(self._open) >= self.most:
            victim = next(iter(self._waiting), connection)
            self.close(victim, "limit")
            if victim is connection:
                return
        self._open.add(connection)

    def set_waiting(self, connection: "GuardedProtocol", waiting: bool) -> None:
        """Note whether the connection has no complete request."""
        if not waiting:
            self._waiting.pop(connection, None)
        elif connection in self._open:
            self._waiting.setdefault(connection)

    def lost(self, connection: "GuardedProtocol") -> None:
        """The connection is closed."""
        self._open.discard(connection)
        self._waiting.pop(connection, None)

    def close(self, connection: "GuardedProtocol", why: str) -> None:
        """Close a connection at once, without waiting for unsent data."""
        self.lost(connection)
        connection.transport.abort()
        self._closed[why] += 1
        now = self._clock()
        if self._logged_at is None or now - self._logged_at >= LOG_SECONDS:
            log.warning("connections_closed", server=self.server, closed=dict(self._closed), open=self.open, most=self.most)
            self._closed.clear()
            self._logged_at = now


class GuardedProtocol(H11Protocol):
    """uvicorn's HTTP/1.1 protocol with a deadline for each phase of a request."""

    guard: ClassVar[ConnectionGuard]
    _phase: tuple[str, int] = ("", 0)
    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.guard.opened(self)
        self._enter_phase()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        self.guard.lost(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._enter_phase()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._enter_phase()

    def _enter_phase(self) -> None:
        """Start the clock of the phase that the connection is in now, unless it runs already."""
        if self.transport.is_closing():
            self._cancel()
            return
        phase, seconds = self._current_phase()
        key = (phase, id(self.cycle))
        self.guard.set_waiting(self, phase in ("head", "idle"))
        if key == self._phase:
            return
        self._cancel()
        self._phase = key
        if seconds is not None:
            self._deadline = self.loop.call_later(seconds, self.guard.close, self, phase)

    def _current_phase(self) -> tuple[str, float | None]:
        state = self.conn.their_state
        if state is h11.IDLE:
            idle = self.timeout_keep_alive_task is not None  # uvicorn closes it
            return ("idle", None) if idle else ("head", HEAD_SECONDS)
        return ("body", BODY_SECONDS) if state is h11.SEND_BODY else ("response", RESPONSE_SECONDS)

    def _cancel(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class Throttle(logging.Filter):
    """Lets each kind of record pass once in LOG_SECONDS; the next one that passes says how many
    were left out.

    A kind is the logger, the message without its values, and the type of the exception.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._passed_at: dict[tuple[str, str, str], float] = {}
        self._left_out: Counter[tuple[str, str, str]] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[0] if record.exc_info else None
        kind = (record.name, str(record.msg), error.__name__ if error else "")
        now = self._clock()
        if now - self._passed_at.get(kind, float("-inf")) < LOG_SECONDS:
            self._left_out[kind] += 1
            return False
        self._passed_at[kind] = now
        if left_out := self._left_out.pop(kind, 0):
            record.msg = f"{record.msg} ({left_out} more like this in the last {LOG_SECONDS:.0f} s or longer)"
        return True


_throttle = Throttle()


@cache
def spare_collections() -> None:
    """Let the garbage collector of this process run less often, and never through what is loaded at
    the start: it took a quarter of the processor time of a page (27 of 97 ms; now 3 of 71).
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION, 20, 20)


class GuardedServer(uvicorn.Server):
    """uvicorn's server with a long kernel queue: asyncio takes the queue's length for the number it
    accepts at once.
    """

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        spare_collections()
        for listening in (s for server in getattr(self, "servers", ()) for s in server.sockets):
            with socket.socket(fileno=os.dup(listening.fileno())) as same:
                same.listen(KERNEL_QUEUE)


def guarded_server(app: ASGIApp, host: str, port: int, name: str, **options: Any) -> uvicorn.Server:
    """A guarded server that does not run yet. `name`: for the log. `options`: further ones of
    uvicorn.Config.
    """
    # Clients can cause any number of records
    for logger in map(logging.getLogger, ("uvicorn.error", "asyncio", "review.app")):
        logger.addFilter(_throttle)
    guard = ConnectionGuard(name, most_connections())
    # proxy headers are handled by the desk (AJOUR_DESK_PROXIES); uvicorn would trust every local
    # client
    protocol = type("Protocol", (GuardedProtocol,), {"guard": guard})
    config = uvicorn.Config(
        app, host=host, port=port, http=protocol, ws="none", backlog=ACCEPTED_AT_ONCE, access_log=False, server_header=False, proxy_headers=False, **options
    )  # fmt: skip
    return GuardedServer(config)
