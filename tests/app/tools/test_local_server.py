"""A web server of this machine: pages by path, quiet, gone at the end of the block."""

import urllib.error
import urllib.request

import pytest

from app.tools.local_server import NOT_FOUND, QuietHandler, answer, running, serving


def test_a_page_is_sent_with_status_type_and_length_and_nothing_is_logged(capfd: pytest.CaptureFixture[str]) -> None:
    with serving(lambda path: (200, "text/plain", path.encode()) if path == "/here" else NOT_FOUND) as address:
        with urllib.request.urlopen(f"{address}/here", timeout=30) as found:
            assert (found.read(), found.headers["Content-Type"], found.headers["Content-Length"]) == (b"/here", "text/plain", "5")
        with pytest.raises(urllib.error.HTTPError, match="404"):
            urllib.request.urlopen(f"{address}/there", timeout=30)
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(f"{address}/here", timeout=30)
    assert capfd.readouterr() == ("", "")


def test_a_handler_of_its_own_answers_with_headers_of_its_own() -> None:
    class Handler(QuietHandler):
        def do_GET(self) -> None:
            answer(self, b"", 202, headers={"X-Seen": self.headers["Host"]})

    with running(Handler, host="0.0.0.0") as address, urllib.request.urlopen(address, timeout=30) as found:
        assert (found.status, f"http://{found.headers['X-Seen']}") == (202, address)
