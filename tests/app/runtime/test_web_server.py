"""The guard round the web server: idle and slow connections are closed, others are answered, logs
stay short.
"""

import gc
import logging
import resource
import socket
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import cast

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from app.runtime import web_server
from app.runtime.health import Serving
from app.runtime.web_server import ConnectionGuard, GuardedProtocol, Throttle, most_connections

PATIENCE = 60.0  # seconds: nothing here is a measurement, and a machine may be busy
HALF = b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: "
WHOLE = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


async def answer(request: Request) -> Response:
    return PlainTextResponse(f"{len(await request.body())} bytes")


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., int]]:
    """Starts a guarded server with the given limits; returns its port."""
    with ExitStack() as stack:

        def start(most: int = 50, head: float = 60.0, body: float = 60.0, response: float = 60.0) -> int:
            for name, value in (("HEAD_SECONDS", head), ("BODY_SECONDS", body), ("RESPONSE_SECONDS", response), ("MOST_CONNECTIONS", most)):
                monkeypatch.setattr(web_server, name, value)
            monkeypatch.setattr(web_server, "most_connections", lambda: most)
            serving = Serving(Starlette(routes=[Route("/", answer, methods=["GET", "POST"])]), "127.0.0.1:0", "test")
            serving.start()
            stack.callback(serving.stop)
            return serving.port

        yield start


def connect(port: int, first: bytes = b"") -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
    made.sendall(first)
    return made


def is_closed(connection: socket.socket, seconds: float = PATIENCE) -> bool:
    """Whether the server closes the connection within `seconds`."""
    connection.settimeout(seconds)
    try:
        while connection.recv(65_536):
            pass
    except TimeoutError:
        return False
    except ConnectionError:
        return True
    return True


def fetch(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as response:
        return cast(bytes, response.read()).decode()


@pytest.mark.parametrize("sent", [b"", b"G", HALF, b"GET / HTTP/1.1\r\n"])
def test_a_request_without_a_complete_head_is_closed(serve: Callable[..., int], sent: bytes) -> None:
    port = serve(head=0.3)
    with connect(port, sent) as slow:
        assert is_closed(slow)
    assert fetch(port) == "0 bytes"


def test_dripping_bytes_do_not_prolong_the_time(serve: Callable[..., int]) -> None:
    port = serve(head=0.5)

    def drip(slow: socket.socket) -> None:
        for _ in range(1000):  # much longer than the limit
            slow.sendall(b"x")
            time.sleep(0.05)

    with connect(port, HALF) as slow, pytest.raises(ConnectionError):
        drip(slow)


def test_a_half_request_after_a_whole_one_is_closed_too(serve: Callable[..., int]) -> None:
    port = serve(head=0.4)
    with connect(port, WHOLE) as slow:
        assert slow.recv(4096).startswith(b"HTTP/1.1 200")
        slow.sendall(HALF)
        assert is_closed(slow)


def test_a_body_that_does_not_come_is_closed(serve: Callable[..., int]) -> None:
    port = serve(body=0.3)
    with connect(port, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc") as slow:
        assert is_closed(slow)


@pytest.mark.slow
def test_requests_that_come_in_time_are_answered_on_one_connection(serve: Callable[..., int]) -> None:
    port = serve(head=3.0, body=3.0, response=3.0)
    with connect(port) as patient:
        for n in range(7):  # longer together than any limit, and each much shorter
            patient.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n")
            time.sleep(0.5)
            patient.sendall(b"abc")
            answered = b""
            while b"3 bytes" not in answered:
                part = patient.recv(4096)
                assert part, f"closed after {n} requests"
                answered += part


def test_a_new_connection_takes_the_place_of_the_oldest_that_sends_nothing(serve: Callable[..., int]) -> None:
    port = serve(most=5)
    with ExitStack() as stack, capture_logs() as logs:
        idle = [stack.enter_context(connect(port, HALF)) for _ in range(12)]
        assert fetch(port) == "0 bytes"
        assert all(is_closed(c) for c in idle[:7])
        assert not is_closed(idle[-1], 0.2)
    closed = [entry for entry in logs if entry["event"] == "connections_closed"]
    assert len(closed) == 1, "one line, however many were closed"
    assert closed[0]["server"] == "test"


class Connection:
    """A connection as the guard sees it."""

    def __init__(self) -> None:
        self.aborted = False
        self.transport = self

    def abort(self) -> None:
        self.aborted = True


def test_connections_that_are_being_answered_keep_their_place() -> None:
    guard = ConnectionGuard("desk", 2)
    busy = [cast(GuardedProtocol, Connection()) for _ in range(2)]
    for connection in busy:
        guard.opened(connection)
        guard.set_waiting(connection, waiting=False)
    new = cast(GuardedProtocol, Connection())
    guard.opened(new)
    assert [cast(Connection, c).aborted for c in (*busy, new)] == [False, False, True]
    assert guard.open == 2


def test_closed_connections_are_logged_once_a_minute_with_their_number() -> None:
    now = 0.0
    guard = ConnectionGuard("desk", 1, clock=lambda: now)
    with capture_logs() as logs:
        for _ in range(100):
            guard.close(cast(GuardedProtocol, Connection()), "head")
        now = 61.0
        guard.close(cast(GuardedProtocol, Connection()), "limit")
    assert [entry["closed"] for entry in logs] == [{"head": 1}, {"head": 99, "limit": 1}]


@pytest.mark.parametrize(("soft", "most"), [(1024, 400), (20_000, 400), (800, 288), (512, 16), (64, 16), (resource.RLIM_INFINITY, 400)])
def test_descriptors_are_kept_for_everything_else(soft: int, most: int) -> None:
    assert most_connections(soft) == most


def test_the_garbage_collector_of_a_server_leaves_what_was_loaded_alone() -> None:
    web_server.spare_collections.cache_clear()
    before = gc.get_threshold()
    try:
        web_server.spare_collections()
        assert gc.get_freeze_count() > 0
        assert gc.get_threshold()[0] == web_server.OBJECTS_BEFORE_COLLECTION
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


def test_a_kind_of_record_passes_once_a_minute_and_then_says_how_many_were_left_out() -> None:
    now = 0.0
    throttle = Throttle(clock=lambda: now)

    def record(message: str, *values: object) -> logging.LogRecord:
        return logging.LogRecord("uvicorn.error", logging.WARNING, "", 0, message, values, None)

    assert throttle.filter(record("Invalid HTTP request received."))
    assert [throttle.filter(record("Invalid HTTP request received.")) for _ in range(1000)] == [False] * 1000
    assert throttle.filter(record("error while answering %s", "/a"))
    assert not throttle.filter(record("error while answering %s", "/b"))
    now = 61.0
    last = record("Invalid HTTP request received.")
    assert throttle.filter(last)
    assert last.getMessage() == "Invalid HTTP request received. (1000 more like this in the last 60 s or longer)"


def test_invalid_requests_do_not_fill_the_log(serve: Callable[..., int], caplog: pytest.LogCaptureFixture) -> None:
    web_server._throttle._passed_at.clear()
    port = serve()
    with caplog.at_level(logging.WARNING, "uvicorn.error"):
        for _ in range(50):
            with connect(port, b"\x16\x03\x01\r\n\r\n") as broken:
                assert is_closed(broken)
    assert len([r for r in caplog.records if "Invalid HTTP" in r.getMessage()]) <= 1
