"""Cookies live for one chain of redirects."""

from http.server import BaseHTTPRequestHandler

from app.tools.local_server import answer as send
from monitor.fetch.cookies import Cookies
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import HttpAnswer
from tests.monitor.serving import Site


def setting(*lines: str) -> HttpAnswer:
    return HttpAnswer("https://example.org/", 302, {"set-cookie": "\n".join(lines)}, b"", None)


def test_cookies_go_back_to_the_host_that_set_them() -> None:
    cookies = Cookies()
    cookies.store("https://www.example.org/", setting("a=1; Path=/; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2; HttpOnly", "a=3"))
    assert cookies.header("https://example.org/feed") == "a=3; b=2"
    assert cookies.header("http://example.org/feed") == ""
    assert cookies.header("https://other.example/feed") == ""


def test_a_line_that_is_no_cookie_is_skipped() -> None:
    cookies = Cookies()
    cookies.store("https://example.org/", setting("", ";;;", "=x", "привет=1", "good=1"))
    assert cookies.header("https://example.org/") == "good=1"


def test_a_page_that_sets_a_cookie_and_redirects_to_itself_is_read(site: Site, client: Client) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("Cookie") == "seen=1":
            send(handler, b"the page")
        else:
            send(handler, b"", 302, headers={"Location": "/", "Set-Cookie": "seen=1; Path=/"})

    site.pages["/"] = page
    assert client.get(site.url("/")).body == b"the page"
    site.asked.clear()
    client.get(site.url("/"))
    assert "cookie" not in site.asked[0][1], "the next request starts without cookies"
