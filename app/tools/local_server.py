"""A web server on this machine whose pages are made at each request: for the canary, the demo,
benchmarks and tests.
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LOOPBACK = "127.0.0.1"
Answer = tuple[int, str, bytes]  # status, media type, body
NOT_FOUND: Answer = (404, "text/plain", b"")
_POLL_SECONDS = 0.02  # the end of a server waits for this long; the default is half a second


def answer(
    handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, kind: str = "text/html", headers: Mapping[str, str] | None = None
) -> None:
    """Send a whole answer with its length."""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in (headers or {}).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(body)


class QuietHandler(BaseHTTPRequestHandler):
    """A handler that logs nothing."""

    def log_message(self, *_: object) -> None:
        """No log: it would mix with the output of the command."""


@contextmanager
def running(handler: type[BaseHTTPRequestHandler], host: str = LOOPBACK) -> Iterator[str]:
    """A server with this handler on a free port of `host`; yields its address on 127.0.0.1."""
    server = ThreadingHTTPServer((host, 0), handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": _POLL_SECONDS}, daemon=True).start()
    try:
        yield f"http://{LOOPBACK}:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def serving(page: Callable[[str], Answer]) -> Iterator[str]:
    """A server on loopback that answers each GET with what `page` gives for its path; yields its
    address.
    """

    class AnswerHandler(QuietHandler):
        def do_GET(self) -> None:
            status, kind, body = page(self.path)
            answer(self, body, status, kind)

    with running(AnswerHandler) as address:
        yield address
