"""JSON to the one service that the operator names."""

from collections.abc import Iterator

import pytest

from app.tools.local_server import QuietHandler, answer, running
from db.enums import FetchReason
from monitor.fetch.http_types import CannotFetch
from monitor.fetch.service_client import ServiceClient


@pytest.fixture
def service() -> Iterator[str]:
    """Echoes JSON at /echo, redirects at /away, and answers rubbish elsewhere."""

    class Handler(QuietHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = {"/echo": 200, "/away": 307, "/broken": 200}.get(self.path, 404)
            packed = body if self.path == "/echo" else b"<html>"
            headers = {"Location": "http://10.0.0.1/"} if status == 307 else {}
            answer(self, packed, status, "application/json", headers)

        def do_GET(self) -> None:
            answer(self, b'["a"]', 200 if self.path == "/list" else 404, "application/json")

    with running(Handler) as address:
        yield address


def test_the_named_service_may_be_on_this_machine(service: str) -> None:
    client = ServiceClient(f"{service}/", seconds=5)
    assert client.post("/echo", {"a": "ы"}) == {"a": "ы"}
    client.close()


def test_it_gets_json_too(service: str) -> None:
    client = ServiceClient(service, seconds=5)
    assert client.get("list") == ["a"]
    with pytest.raises(CannotFetch, match="answered 404"):
        client.get("nothing")
    client.close()


def test_no_other_private_address_can_be_reached(service: str) -> None:
    client = ServiceClient("http://ajour.example:9", seconds=5)
    client.address = service  # as if the address had been changed under way
    with pytest.raises(CannotFetch) as refused:
        client.post("echo", {})
    assert refused.value.reason is FetchReason.FORBIDDEN_ADDRESS
    client.close()


@pytest.mark.parametrize(("path", "words"), [("away", "answered 307"), ("broken", "something else than JSON"), ("nothing", "answered 404")])
def test_an_answer_that_is_no_json_is_a_failure_and_no_redirect_is_followed(service: str, path: str, words: str) -> None:
    client = ServiceClient(service, seconds=5)
    with pytest.raises(CannotFetch, match=words):
        client.post(path, {})
    client.close()
