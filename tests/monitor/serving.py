"""A local web server whose pages are functions: for answers that no well-behaved server gives."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from app.tools.local_server import QuietHandler, answer, running

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
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        raw = body.encode() if isinstance(body, str) else body
        self.pages[path] = lambda handler: answer(handler, raw, status, kind, named)
        return self.url(path)

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]


@contextmanager
def serving() -> Iterator[Site]:
    """The server on a free port of 127.0.0.1."""
    site = Site()

    class Handler(QuietHandler):
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

    with running(Handler) as site.address:
        yield site
