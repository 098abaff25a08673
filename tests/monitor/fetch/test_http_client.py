"""The client against a server that means harm, and against one that asks for manners. Nothing may
harm, nothing may pass as read.
"""

import gzip
import socket
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler

import httpcore
import pytest

from app.tools.local_server import answer
from db.enums import FetchReason
from monitor.fetch.http_client import Client
from monitor.fetch.http_types import CannotFetch, ConnectionProfile
from tests.monitor.conftest import LIMITS, SHORT
from tests.monitor.serving import Site


def refused(client: Client, url: str, **more: object) -> CannotFetch:
    with pytest.raises(CannotFetch) as caught:
        client.get(url, **more)  # type: ignore[arg-type]
    return caught.value


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://0/", "http://2130706433/", "http://0x7f.1/", "http://[::ffff:127.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/", "http://100.64.0.1/", "http://10.0.0.1/", "http://192.168.1.1/", "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/", "file:///etc/passwd", "ftp://example.org/", "http://127.0.0.1\\@example.org/", "http://user:pw@example.org/",
        "http://example.org:22/", "http://example.org/\r\nHost: inner", "gopher://example.org/", "http:///nohost", "http://[broken/",
    ],
)  # fmt: skip
def test_addresses_inside_or_malformed_are_never_dialled(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    dialled = []
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", lambda *args, **_: dialled.append(args[1]))
    error = refused(Client("Ajour/test", SHORT), url)
    assert error.reason in (FetchReason.FORBIDDEN_ADDRESS, FetchReason.DNS)
    assert dialled == []


def test_a_name_that_changes_its_address_after_the_check_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([["93.184.216.34", "10.0.0.7"]])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: [(2, 1, 6, "", (a, 80)) for a in next(answers)])
    assert refused(Client("Ajour/test", LIMITS), "http://rebind.example/").reason is FetchReason.FORBIDDEN_ADDRESS


@pytest.mark.slow
def test_a_name_server_that_does_not_answer_costs_no_more_than_the_wall_clock_and_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: stuck.wait(60) and [])
    client = Client("Ajour/test", SHORT)
    try:
        error = refused(client, "http://slow-names.example/")
    finally:
        stuck.set()
    assert error.reason is FetchReason.DNS
    assert "did not answer within" in error.detail


def test_a_redirect_inward_is_refused_on_its_own_hop(site: Site, client: Client) -> None:
    site.say("/", "", 302, Location="http://169.254.169.254/latest/")
    assert refused(client, site.url("/"), hosts={"169.254.169.254"}).reason is FetchReason.FORBIDDEN_ADDRESS


def test_a_redirect_to_a_host_that_is_not_the_sources_is_not_followed(site: Site, client: Client) -> None:
    site.say("/", "", 302, Location="http://elsewhere.example/")
    assert refused(client, site.url("/")).reason is FetchReason.OFFSITE_REDIRECT


def test_a_redirect_to_a_file_is_refused(site: Site, client: Client) -> None:
    site.say("/", "", 302, Location="file:///etc/passwd")
    assert refused(client, site.url("/")).reason in (FetchReason.OFFSITE_REDIRECT, FetchReason.FORBIDDEN_ADDRESS)


def test_redirects_in_a_circle_and_without_end_are_given_up(site: Site, client: Client) -> None:
    site.say("/a", "", 302, Location="/b")
    site.say("/b", "", 302, Location="/a")
    for n in range(9):
        site.say(f"/on{n}", "", 302, Location=f"/on{n + 1}")
    assert refused(client, site.url("/a")).reason is FetchReason.BAD_ANSWER
    assert refused(client, site.url("/on0")).reason is FetchReason.BAD_ANSWER
    assert len(site.asked) < 12


def test_the_chain_of_redirects_is_kept_with_the_answer(site: Site, client: Client) -> None:
    site.say("/old", "", 301, Location="/new")
    site.say("/new", "text")
    got = client.get(site.url("/old"))
    assert (got.url, got.redirects, got.address) == (site.url("/new"), (site.url("/old"),), "127.0.0.1")


@pytest.mark.slow
def test_a_server_that_drips_its_body_is_cut_off_at_the_wall_clock(site: Site, hasty_client: Client) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000000")
        handler.end_headers()
        for _ in range(600):  # each comes in time, all together never would
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.1)

    site.pages["/"] = page
    assert refused(hasty_client, site.url("/")).reason is FetchReason.TIMEOUT


@pytest.mark.slow
def test_a_server_that_drips_its_headers_is_cut_off_too(site: Site, hasty_client: Client) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        for n in range(600):
            handler.wfile.write(f"{'HTTP/1.1 200 OK' if n == 0 else f'X-{n}: y'}\r\n".encode())
            handler.wfile.flush()
            time.sleep(0.1)

    site.pages["/"] = page
    assert refused(hasty_client, site.url("/")).reason is FetchReason.TIMEOUT


def test_an_endless_body_is_cut_at_the_cap(site: Site, client: Client) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 65536)

    site.pages["/"] = page
    assert refused(client, site.url("/")).reason is FetchReason.TOO_LARGE


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_is_not_inflated(coding: str, site: Site, client: Client) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000) if coding == "gzip" else zlib.compress(b"\0" * 50_000_000)
    site.say("/", bomb, Content_Encoding=coding)
    assert refused(client, site.url("/")).reason is FetchReason.TOO_LARGE


def test_an_endless_stream_that_inflates_to_nothing_is_cut(site: Site, client: Client) -> None:
    # A stored deflate block of length 0: input without output
    empty_block = b"\x00\x00\x00\xff\xff"

    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Encoding", "gzip")
        handler.end_headers()
        handler.wfile.write(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")
        while True:
            handler.wfile.write(empty_block * 10_000)

    site.pages["/"] = page
    assert refused(client, site.url("/")).reason is FetchReason.TOO_LARGE


@pytest.mark.parametrize(
    ("coding", "body"),
    [("gzip", gzip.compress(b"whole text" * 500)[:-20]), ("gzip", b"not gzip at all"), ("br", b"\x1b\x00"), ("zstd", b"(\xb5/\xfd")],
    ids=["gzip that breaks off", "not gzip", "brotli", "zstd"],
)
def test_a_body_that_cannot_be_inflated_is_a_bad_answer(coding: str, body: bytes, site: Site, client: Client) -> None:
    site.say("/", body, Content_Encoding=coding)
    assert refused(client, site.url("/")).reason is FetchReason.BAD_ANSWER


def test_a_body_shorter_than_announced_is_a_bad_answer(site: Site, client: Client) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        handler.wfile.write(b"only this")
        handler.close_connection = True

    site.pages["/"] = page
    assert refused(client, site.url("/")).reason is FetchReason.BAD_ANSWER


def test_an_unrequested_304_is_a_bad_answer(site: Site, client: Client) -> None:
    site.say("/", b"", 304)
    assert refused(client, site.url("/")).reason is FetchReason.BAD_ANSWER
    assert client.get(site.url("/"), headers={"If-None-Match": '"x"'}).status == 304


@pytest.mark.parametrize(
    ("status", "reason"), [(403, "http_403"), (404, "http_404"), (410, "http_410"), (451, "http_4xx"), (500, "http_5xx"), (503, "http_5xx")]
)
def test_each_status_has_its_reason(status: int, reason: str, site: Site, client: Client) -> None:
    site.say("/", "no", status)
    error = refused(client, site.url("/"))
    assert (error.reason.value, error.answer and error.answer.status) == (reason, status)


def test_retry_after_is_heard_in_seconds_and_as_a_date_and_capped(site: Site, client: Client) -> None:
    site.say("/s", "", 429, Retry_After="120")
    site.say("/d", "", 503, Retry_After="Fri, 31 Dec 2100 23:59:59 GMT")
    site.say("/x", "", 429, Retry_After="soon")
    assert [refused(client, site.url(p)).wait for p in ("/s", "/d", "/x")] == [120.0, 86_400.0, 0.0]


def test_robots_txt_is_obeyed_where_it_is_asked_and_read_once(site: Site, client: Client) -> None:
    site.say("/robots.txt", "User-agent: *\nDisallow: /private/\n", kind="text/plain")
    site.say("/private/page", "secret")
    site.say("/open", "text")
    assert client.get(site.url("/open"), robots=True).status == 200
    assert refused(client, site.url("/private/page"), robots=True).reason is FetchReason.ROBOTS
    # What is offered to software does not ask
    assert client.get(site.url("/private/page")).status == 200
    assert site.paths().count("/robots.txt") == 1


@pytest.mark.parametrize(
    ("status", "body", "allowed"), [(404, "", True), (403, "", True), (503, "", False), (200, "<html>not the file</html>", True)]
)
def test_a_robots_txt_that_is_not_there_allows_and_one_that_fails_forbids(
    status: int, body: str, allowed: bool, site: Site, client: Client
) -> None:
    site.say("/robots.txt", body, status, kind="text/plain")
    assert client.robots(site.url("/page")).allow(site.url("/page")) is allowed


def test_a_source_may_have_a_proxy_of_its_own_and_the_evidence_says_so(site: Site, client: Client) -> None:
    def page(handler: BaseHTTPRequestHandler) -> None:
        answer(handler, handler.path.encode())

    site.pages["http://far.example/feed"] = page
    got = client.get("http://far.example/feed", profile=ConnectionProfile(proxy=site.address))
    assert got.body == b"http://far.example/feed"
    assert got.transport is not None
    assert "through the proxy" in got.transport


def test_a_ca_bundle_that_cannot_be_read_is_a_tls_trouble_not_a_crash(site: Site, client: Client) -> None:
    assert refused(client, site.url("/"), profile=ConnectionProfile(ca="/nowhere/ca.pem")).reason is FetchReason.TLS


def test_a_host_that_does_not_answer_is_named_as_what_it_is(client: Client) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert refused(client, f"http://127.0.0.1:{port}/").reason is FetchReason.CONNECT


@pytest.mark.parametrize(("statuses", "moved"), [((301, 308), True), ((301, 302), False), ((307, 301), False)])
def test_only_a_chain_of_permanent_redirects_is_a_move(site: Site, client: Client, statuses: tuple[int, int], moved: bool) -> None:
    site.say("/old", "", statuses[0], Location="/older")
    site.say("/older", "", statuses[1], Location="/new")
    site.say("/new", "here")
    assert client.get(site.url("/old")).moved is moved
    assert client.get(site.url("/new")).moved is False
