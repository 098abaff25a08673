"""Bodies under limits: inflated in bounded steps, refused when they are too large, broken, or
late.
"""

import gzip
import time
import tracemalloc
import zlib

import brotli
import pytest
from backports import zstd

from db.enums import FetchReason
from monitor.fetch.http_body import read_body
from monitor.fetch.http_types import CannotFetch, Limits

LIMITS = Limits(body=2_000_000, ratio=50)
TEXT = "Повестки вручают через портал. ".encode() * 300


def read(chunks: list[bytes], coding: str = "", limits: Limits = LIMITS, seconds: float = 60.0) -> bytes:
    return read_body(chunks, coding, limits, time.monotonic() + seconds, "https://example.org/")


def reason(chunks: list[bytes], coding: str = "", limits: Limits = LIMITS, seconds: float = 60.0) -> FetchReason:
    with pytest.raises(CannotFetch) as caught:
        read(chunks, coding, limits, seconds)
    return caught.value.reason


def split(body: bytes, size: int = 7) -> list[bytes]:
    return [body[i : i + size] for i in range(0, len(body), size)]


@pytest.mark.parametrize(
    ("coding", "sent"),
    [
        ("", TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT)),
        (" X-GZIP ", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("br", brotli.compress(TEXT)),
        ("zstd", zstd.compress(TEXT)),
        ("br, gzip", gzip.compress(brotli.compress(TEXT))),
        ("gzip,gzip", gzip.compress(gzip.compress(TEXT))),
        ("gzip", gzip.compress(TEXT[:5000]) + gzip.compress(TEXT[5000:])),
        ("zstd", zstd.compress(TEXT[:5000]) + zstd.compress(TEXT[5000:])),
    ],
    ids=[
        "plain",
        "identity",
        "gzip",
        "old name of gzip",
        "deflate",
        "brotli",
        "zstd",
        "two codings",
        "gzip in gzip",
        "two members",
        "two frames",
    ],
)
def test_a_body_in_any_accepted_coding_is_read_whole_however_it_is_cut(coding: str, sent: bytes) -> None:
    assert read(split(sent), coding) == read([sent], coding) == TEXT


@pytest.mark.parametrize(
    ("coding", "sent"),
    [
        ("", gzip.compress(TEXT)),
        ("identity", gzip.compress(TEXT)),
        ("deflate", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)[2:-4]),
        ("gzip", b"<p>" + TEXT),
        ("br", b"<?xml?>" + TEXT),
        ("gzip, gzip", gzip.compress(b"<p>" + TEXT)),
        ("utf-8", TEXT),
        ("", zstd.compress(TEXT)),
        ("deflate", b'{"a": "' + TEXT),
    ],
    ids=[
        "gzip without header",
        "gzip as identity",
        "gzip as deflate",
        "raw deflate",
        "plain as gzip",
        "plain as brotli",
        "gzip, named twice",
        "a charset as coding",
        "zstd without header",
        "plain as deflate",
    ],
)
def test_a_body_in_another_coding_than_its_header_says_is_read(coding: str, sent: bytes) -> None:
    assert TEXT in read(split(sent), coding)


def test_a_bomb_without_header_is_refused() -> None:
    assert reason([gzip.compress(b"\0" * 100_000_000)]) is FetchReason.TOO_LARGE


def test_an_empty_body_is_empty_in_every_coding() -> None:
    assert read([], "gzip") == read([], "") == b""


@pytest.mark.parametrize(
    ("coding", "bomb"),
    [("gzip", gzip.compress(b"\0" * 100_000_000)), ("br", brotli.compress(b"\0" * 100_000_000, quality=5)), ("zstd", zstd.compress(b"\0" * 100_000_000)),
     ("gzip, gzip", gzip.compress(gzip.compress(b"\0" * 100_000_000)))],
    ids=["gzip", "brotli", "zstd", "gzip in gzip"],
)  # fmt: skip
def test_a_bomb_is_refused_before_it_takes_more_memory_than_the_limit(coding: str, bomb: bytes) -> None:
    tracemalloc.start()
    try:
        assert reason([bomb], coding) is FetchReason.TOO_LARGE
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_zstd_frame_that_asks_for_a_huge_window_is_refused() -> None:
    window: dict[int, int] = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.enable_long_distance_matching: 1}
    compressor = zstd.ZstdCompressor(options=window)
    packed = compressor.compress(TEXT * 400, mode=zstd.ZstdCompressor.FLUSH_BLOCK) + compressor.flush()
    assert reason([packed], "zstd") is FetchReason.BAD_ANSWER


def test_a_body_that_inflates_too_far_is_refused_though_it_is_under_the_limit() -> None:
    assert reason([gzip.compress(b"\0" * 1_500_000)], "gzip") is FetchReason.TOO_LARGE
    small = b"\0" * 500_000
    assert read([gzip.compress(small)], "gzip") == small, "below a megabyte any factor is ordinary"


def test_a_plain_body_over_the_limit_is_refused() -> None:
    assert reason([b"x" * 1_000_000] * 3) is FetchReason.TOO_LARGE


def test_a_body_that_breaks_off_or_is_broken_or_in_an_unasked_coding_is_a_bad_answer() -> None:
    packed = gzip.compress(TEXT)
    assert reason([packed[:-20]], "gzip") is FetchReason.BAD_ANSWER
    assert reason([b"no gzip at all"], "gzip") is FetchReason.BAD_ANSWER
    assert reason([brotli.compress(TEXT)[:-20]], "br") is FetchReason.BAD_ANSWER
    assert reason([zstd.compress(TEXT)[:-20]], "zstd") is FetchReason.BAD_ANSWER
    assert reason([b"\x1b\x00"], "compress") is FetchReason.BAD_ANSWER
    assert reason([packed], "gzip, gzip, gzip, gzip") is FetchReason.BAD_ANSWER


def test_a_body_still_arriving_after_the_deadline_is_a_timeout() -> None:
    assert reason([b"late"], seconds=-1.0) is FetchReason.TIMEOUT
