"""robots.txt: what is kept, for how long, and what stands in place of the file."""

import pytest

from monitor.fetch.robots import KEEP, MAX_BYTES, Robots

PAGE = "https://example.org/private/page"


class Site:
    """A robots.txt that counts how often it is fetched, on a clock that the test moves."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body, self.now = status, body, 0.0
        self.fetched = list[str]()
        self.robots = Robots(self.fetch, clock=lambda: self.now)

    def fetch(self, url: str) -> tuple[int, bytes]:
        self.fetched.append(url)
        return self.status, self.body


@pytest.mark.parametrize(
    ("status", "body", "allowed"),
    [
        (200, b"User-agent: *\nDisallow: /private/", False), (200, b"User-agent: Ajour\nAllow: /\n\nUser-agent: *\nDisallow: /", True),
        (404, b"", True), (403, b"", True), (500, b"", False), (0, b"", False), (301, b"", False),
        (200, b"<html>User-agent: *\nDisallow: /</html>", True), (200, b"", True), (200, b"\xff\xfe\x00 no text", True),
        (200, b"# " + b"x" * MAX_BYTES + b"\nUser-agent: *\nDisallow: /", True),
    ],
)  # fmt: skip
def test_a_page_is_allowed_or_not_by_what_the_site_answers(status: int, body: bytes, allowed: bool) -> None:
    assert Site(status, body).robots.rules(PAGE).allow(PAGE) is allowed


def test_the_file_is_fetched_once_a_day_for_each_site() -> None:
    site = Site(200, b"User-agent: *\nCrawl-delay: 7")
    for url in (PAGE, "https://example.org/other", "http://example.org/", "https://www.example.org/"):
        assert site.robots.rules(url).delay == 7
    assert site.fetched == ["https://example.org/robots.txt", "http://example.org/robots.txt", "https://www.example.org/robots.txt"]
    site.now = KEEP + 1
    site.robots.rules(PAGE)
    assert len(site.fetched) == 4


def test_a_file_that_failed_is_tried_again_within_the_hour_and_then_allows() -> None:
    site = Site(503, b"")
    assert not site.robots.rules(PAGE).allow(PAGE)
    site.status, site.now = 404, KEEP / 24 - 1
    assert not site.robots.rules(PAGE).allow(PAGE)
    site.now += 2
    assert site.robots.rules(PAGE).allow(PAGE)
