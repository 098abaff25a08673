"""Which addresses are the same item."""

import pytest
from w3lib.url import canonicalize_url

from monitor.parse.identity import canonical_url, identity_key


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://example.org/a?utm_source=tg&id=5&fbclid=x", "https://example.org/a?id=5"),
        ("https://example.org/a?rec_id=7&_ga=2.1&pk_source=x&id=5", "https://example.org/a?id=5"),
        ("https://example.org/a?b=2&a=1#comments", "https://example.org/a?a=1&b=2"),
        (" https://www.example.org/a ", "https://www.example.org/a"),
    ],
)
def test_the_same_article_has_one_address(url: str, canonical: str) -> None:
    assert canonical_url(url) == canonical


def test_an_address_that_cannot_be_parsed_stays_as_it_is() -> None:
    assert canonical_url("http://[broken/") == "http://[broken/"


@pytest.mark.parametrize(
    "other",
    [
        "http://example.org/news/1", "https://www.example.org/news/1/", "https://example.org/news/1?utm_source=main&utm_content=b2",
        "https://example.org/news/1;jsessionid=AA0", "https://example.org/news/1?PHPSESSID=f00", "https://example.org/news/1?from=main_3",
        "https://EXAMPLE.org:443/news/1/index.html", "https://example.org/news/1?yclid=5&fbclid=6",
    ],
)  # fmt: skip
def test_one_article_has_one_key(other: str) -> None:
    assert identity_key(other) == "https://example.org/news/1"


@pytest.mark.parametrize(
    "other", ["https://example.org/news/2", "https://example.org/news/1?id=2", "https://example.org/news/1#update-2", "77"]
)
def test_another_article_has_another_key(other: str) -> None:
    assert identity_key(other) != "https://example.org/news/1"


def test_a_key_that_is_no_address_stays() -> None:
    assert identity_key("tag:example.org,2026:5/") == "tag:example.org,2026:5/"


@pytest.mark.parametrize("url", ["https://example.org/", "http://www.example.org/news/2026/a-b_c.html", "https://example.org/a/b/~c"])
def test_an_address_that_needs_no_change_is_what_the_library_makes_of_it(url: str) -> None:
    assert canonical_url(url) == canonicalize_url(url) == url
    assert identity_key(url) == identity_key(f"{url}?utm_source=x")
