"""What the HTTP client's values say of themselves."""

import pytest

from monitor.fetch.http_types import DIRECT, ConnectionProfile, HttpAnswer


@pytest.mark.parametrize(
    ("profile", "description"),
    [
        (DIRECT, None),
        (ConnectionProfile(proxy="socks5h://user:secret@proxy.example:1080"), "through the proxy proxy.example:1080"),
        (ConnectionProfile(ca="root.pem"), "certificate checked against root.pem only"),
        (ConnectionProfile(tls="legacy"), "old ciphers allowed"),
        (ConnectionProfile(ca="root.pem", tls="insecure"), "certificate not checked: the transport is not authenticated"),
        (
            ConnectionProfile(proxy="http://proxy.example:3128", tls="legacy"),
            "through the proxy http://proxy.example:3128; old ciphers allowed",
        ),
    ],
)
def test_an_unusual_way_is_said_without_the_proxys_password(profile: ConnectionProfile, description: str | None) -> None:
    assert profile.description == description


@pytest.mark.parametrize(
    ("header", "media_type"), [("Text/HTML; charset=utf-8", "text/html"), ("application/rss+xml", "application/rss+xml"), ("", "")]
)
def test_a_media_type_has_no_parameters(header: str, media_type: str) -> None:
    assert HttpAnswer("https://example.org/", 200, {"content-type": header}, b"", None).media_type == media_type
    assert HttpAnswer("https://example.org/", 200, {}, b"", None).media_type == ""
