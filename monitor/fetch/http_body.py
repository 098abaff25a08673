"""The body of a response under a size limit, with gzip and deflate inflated in bounded steps.

A limit on a stream does not stop a decompressor that yields a gigabyte from one chunk, so the
inflater is asked for at most `STEP` bytes at a time.
"""

import time
import zlib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from db.enums import FetchReason
from monitor.fetch.http_types import CannotFetch, Limits

CODINGS = ("gzip", "x-gzip", "deflate")
STEP = 1 << 18  # bytes inflated at a time
GZIP_MAGIC = b"\x1f\x8b\x08"
MAGIC_BYTES = 8
TEXT_STARTS = (b"<", b"{", b"[")  # a plain body under the header of a compressed one
RATIO_FROM = 1 << 20  # bytes; smaller bodies may inflate by any factor


def read_body(chunks: Iterable[bytes], coding: str, limits: Limits, deadline: float, url: str) -> bytes:
    """The inflated body. `coding`: the Content-Encoding header; `deadline`: on the monotonic clock.
    Raises CannotFetch.
    """
    coding = coding.strip().lower()
    if coding not in ("", "identity", *CODINGS):
        raise CannotFetch(FetchReason.BAD_ANSWER, f"unasked content encoding {coding!r}")
    start, chunks = _peek(chunks)
    inflater = _inflater(coding, start)
    out, received = bytearray(), 0
    for chunk in chunks:
        received += len(chunk)
        if time.monotonic() > deadline:
            raise CannotFetch(FetchReason.TIMEOUT, f"still sending after {limits.seconds:.0f} s: {url}")
        out += _inflate(inflater, chunk, limits.body - len(out)) if inflater else chunk
        if max(len(out), received) > limits.body or (len(out) > RATIO_FROM and len(out) > limits.ratio * received):
            raise CannotFetch(FetchReason.TOO_LARGE, f"more than {limits.body:,} bytes, or inflates over {limits.ratio}-fold: {url}")
    if inflater and received and not inflater.eof:
        raise CannotFetch(FetchReason.BAD_ANSWER, f"the compressed body breaks off: {url}")
    return bytes(out)


def _peek(chunks: Iterable[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """(the first bytes of the body, the whole body)."""
    iterator, first = iter(chunks), b""
    for chunk in iterator:
        first += chunk
        if len(first) >= MAGIC_BYTES:
            break
    return first[:MAGIC_BYTES], chain([first] if first else [], iterator)


def _inflater(coding: str, start: bytes) -> Any:
    """The decompressor that the first bytes ask for; None for a plain body. Servers send either
    without the right header.
    """
    if start.startswith(GZIP_MAGIC):
        return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    if coding != "deflate":
        return None if start.lstrip()[:1] in TEXT_STARTS or coding in ("", "identity") else zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
    if start.lstrip()[:1] in TEXT_STARTS:
        return None
    # RFC 1950 §2.2
    has_header = len(start) > 1 and start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0
    return zlib.decompressobj(wbits=zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)


def _inflate(inflater: Any, chunk: bytes, room: int) -> bytes:
    """`chunk` inflated, stopped as soon as it exceeds `room` bytes."""
    out, data = bytearray(), chunk
    try:
        while data and len(out) <= room:
            out += inflater.decompress(data, STEP)
            data = inflater.unconsumed_tail
    except zlib.error as error:
        raise CannotFetch(FetchReason.BAD_ANSWER, f"the compressed body is broken: {error}") from error
    return bytes(out)
