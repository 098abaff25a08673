"""The web as a whole: the subscribers' pages stand under the desk's middleware."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.runtime.settings import load_settings
from app.runtime.web import create_app, find_pages
from tests.monitor.document_files import pdf

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def visitor(engine: Engine, tmp_path: Path) -> TestClient:
    """A browser without a session."""
    settings = load_settings(data=tmp_path, signup_domains="*", secret="k" * 32)
    return TestClient(create_app(settings, engine), base_url="http://127.0.0.1:8000", follow_redirects=False)


@pytest.mark.parametrize("path", ["/s/subscribe", "/s/p/nonsense", "/s/style.css", "/s/nowhere"])
def test_subscribers_pages_carry_the_safe_headers(visitor: TestClient, path: str) -> None:
    headers = visitor.get(path).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["referrer-policy"] == "no-referrer", "the address holds the token"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == ("public, max-age=3600" if path.endswith(".css") else "no-store")


def test_a_subscribers_page_allows_no_script(visitor: TestClient) -> None:
    answer = visitor.get("/s/subscribe")
    assert answer.status_code == 200
    assert "script-src" not in answer.headers["content-security-policy"]


def test_large_bodies_are_refused(visitor: TestClient) -> None:
    assert visitor.post("/s/subscribe", content=b"a=" + b"x" * 300_000, headers=FORM).status_code == 413

    def stream() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    assert visitor.post("/s/subscribe", content=stream(), headers=FORM).status_code == 413, "a body without a length is counted as it comes"


def test_unknown_hosts_and_other_sites_are_refused(visitor: TestClient) -> None:
    assert visitor.get("/s/subscribe", headers={"host": "evil.example"}).status_code == 400
    assert visitor.post("/s/subscribe", data={"address": "a@example.org"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403


def test_the_whole_web_mounts_the_subscribers_pages_without_opening_the_desk(tmp_path: Path) -> None:
    client = TestClient(create_app(load_settings(data=tmp_path)), base_url="http://127.0.0.1:8000", follow_redirects=False)
    assert client.get("/s/nothing").status_code in (400, 403, 404), "theirs to answer, nobody is asked to sign in"
    assert client.get("/queue").status_code == 401
    assert client.get("/queue", headers={"accept": "text/html"}).headers["location"] == "/sign-in?next=%2Fqueue"


def test_the_pages_of_a_quote_are_found_in_a_process_of_its_own() -> None:
    body = pdf("Призвать граждан в возрасте от 18 до 30 лет.", pages=2)
    assert find_pages(body, "граждан в возрасте от 18 до 30 лет") == [1, 2]
    with pytest.raises(ValueError, match="PDF that cannot be read"):
        find_pages(b"%PDF-1.7 broken", "quote")
