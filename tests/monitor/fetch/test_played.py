"""The client whose only answer is a file."""

import gzip
from pathlib import Path

import pytest

from db.enums import FetchReason
from monitor.fetch.http_types import CannotFetch, HttpAnswer
from monitor.fetch.played import PlayedClient, answer_of, raw_bytes

URL = "https://example.org/feed"


def client(file: Path, body: bytes) -> PlayedClient:
    file.write_bytes(body)
    return PlayedClient("test", file=file)


def test_a_plain_file_is_the_body_of_a_good_answer(tmp_path: Path) -> None:
    answer = client(tmp_path / "1.json", b"{}").get(URL)
    assert (answer.status, answer.media_type, answer.body, answer.url) == (200, "application/json", b"{}", URL)


def test_no_other_page_can_be_had(tmp_path: Path) -> None:
    played = client(tmp_path / "1.html", b"page")
    played.get(URL)
    with pytest.raises(CannotFetch) as refused:
        played.get("https://example.org/other")
    assert refused.value.reason is FetchReason.CONNECT


def test_there_is_no_robots_txt(tmp_path: Path) -> None:
    assert client(tmp_path / "1.html", b"page").get(URL, robots=True).body == b"page"


def test_a_raw_answer_is_unpacked(tmp_path: Path) -> None:
    head = b'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nETag: "a"\r\n\r\n'
    answer = client(tmp_path / "1.http", head + gzip.compress("Слово".encode())).get(URL)
    assert (answer.body.decode(), answer.headers["etag"]) == ("Слово", '"a"')


def test_a_chunked_raw_answer_is_joined(tmp_path: Path) -> None:
    raw = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert client(tmp_path / "1.http", raw).get(URL).body == b"abcde"


@pytest.mark.parametrize("raw", [b"no answer at all", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort"], ids=["no head", "cut"])
def test_bytes_that_are_no_answer_are_a_bad_answer(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(CannotFetch) as refused:
        client(tmp_path / "1.http", raw).get(URL)
    assert refused.value.reason is FetchReason.BAD_ANSWER


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    headers = {"content-type": "text/html; charset=utf-8", "content-encoding": "br", "content-length": "3", "etag": "x"}
    file = tmp_path / "kept.http"
    file.write_bytes(raw_bytes(HttpAnswer(URL, 403, headers, "Нет доступа".encode(), None)))
    again = answer_of(file, URL)
    assert (again.status, again.body.decode()) == (403, "Нет доступа")
    assert again.headers == {"content-type": "text/html; charset=utf-8", "etag": "x"}
