"""A local web server whose pages are functions: for answers that no well-behaved server gives."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Page = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Site:
    """`pages`: path (with its query) → what answers there. `asked`: (path, headers) of each
    request, in order.
    """

    address: str = ""
    pages: dict[str, Page] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return self.address + path

    def say(self, path: str, body: bytes | str, status: int = 200, kind: str = "text/html; charset=utf-8", **headers: str) -> str:
        """Answer `path` with this; returns its address."""
        raw = body.encode() if isinstance(body, str) else body
        self.pages[path] = lambda handler: answer(handler, raw, status, kind, headers)
        return self.url(path)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


def answer(
    handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, kind: str = "text/html", headers: dict[str, str] | None = None
) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    for name, value in (headers or {}).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def running(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server with this handler on a free port of 127.0.0.1: its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def serving() -> Iterator[Site]:
    """The server on a free port of 127.0.0.1."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            site.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
            page = site.pages.get(self.path) or site.pages.get(self.path.split("?")[0])
            try:
                if page is None:
                    answer(self, b"nothing here", 404, "text/plain")
                else:
                    page(self)
            except OSError:
                self.close_connection = True  # the client had enough

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with running(Handler) as site.address:
        yield site
