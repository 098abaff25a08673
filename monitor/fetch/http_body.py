"""The body of a response under a size limit, with gzip, deflate, brotli and zstd inflated in
bounded steps.

A limit on a stream does not stop a decompressor that yields a gigabyte from one chunk, so each
decompressor is asked for at most `STEP` bytes at a time.
"""

import time
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Protocol

import brotli
from backports import zstd

from db.enums import FetchReason
from monitor.fetch.http_types import CannotFetch, Limits

ACCEPTED = "gzip, br, zstd"  # the Accept-Encoding header; deflate is read, but has two meanings
MOST_CODINGS = 3  # of one body, one within the other
STEP = 1 << 18  # bytes inflated at a time
GZIP_MAGIC = b"\x1f\x8b\x08"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
MAGIC_BYTES = 8
TEXT_STARTS = (b"<", b"{", b"[")  # a plain body under the header of a compressed one
# The same for brotli, which has no magic bytes and may begin with any of the above
MARKUP_STARTS = (b"<?xml", b"<!doc", b"<html", b"<rss", b"<feed", b'{"', b'[{"')
RATIO_FROM = 1 << 20  # bytes; smaller bodies may inflate by any factor
ZSTD_WINDOW = 23  # log2 of the largest window in bytes: 8 MB, as RFC 9659 demands for HTTP
# What servers write for it
_NO_CODING = ("", "identity", "none", "utf-8", "8bit", "binary", "text")
_NAMES = {"x-gzip": "gzip", "x-deflate": "deflate"}


class Inflater(Protocol):
    """A decompressor that yields bounded pieces."""

    @property
    def complete(self) -> bool:
        """Whether the end of the compressed data was reached."""

    def inflate(self, data: bytes, room: int) -> bytes:
        """`data` inflated, stopped as soon as it exceeds `room` bytes. Raises an error of the
        library for broken data.
        """


class _Zlib:
    def __init__(self, wbits: int) -> None:
        self._wbits, self._stream = wbits, zlib.decompressobj(wbits=wbits)

    @property
    def complete(self) -> bool:
        return self._stream.eof

    def inflate(self, data: bytes, room: int) -> bytes:
        out = bytearray()
        while data and len(out) <= room:
            out += self._stream.decompress(data, STEP)
            data = self._stream.unconsumed_tail
            # A body of several members
            if self._stream.eof and self._stream.unused_data.startswith(GZIP_MAGIC):
                data, self._stream = self._stream.unused_data, zlib.decompressobj(wbits=self._wbits)
        return bytes(out)


class _Brotli:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()

    @property
    def complete(self) -> bool:
        return bool(self._stream.is_finished())

    def inflate(self, data: bytes, room: int) -> bytes:
        out = bytearray(b"" if self.complete else self._stream.process(data, output_buffer_limit=STEP))
        while not self.complete and not self._stream.can_accept_more_data() and len(out) <= room:
            out += self._stream.process(b"", output_buffer_limit=STEP)
        return bytes(out)


class _Zstd:
    def __init__(self) -> None:
        self._stream, self._rest = self._frame(), b""

    @staticmethod
    def _frame() -> zstd.ZstdDecompressor:
        return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: ZSTD_WINDOW})

    @property
    def complete(self) -> bool:
        return self._stream.eof

    def inflate(self, data: bytes, room: int) -> bytes:
        out = bytearray()
        while len(out) <= room:
            if self._stream.eof:
                self._rest += data
                if not self._rest.startswith(ZSTD_MAGIC):
                    break
                # A body of several frames
                data, self._rest, self._stream = self._rest, b"", self._frame()
            out += self._stream.decompress(data, STEP)
            data = self._stream.unused_data if self._stream.eof else b""
            if self._stream.needs_input and not self._stream.eof:
                break
        return bytes(out)


class _Nested:
    """A coding within another one: a plain body is passed on, because proxies name a coding
    twice.
    """

    def __init__(self, named: str) -> None:
        self._named, self._begun = named, False
        self._inner: Inflater | None = None

    @property
    def complete(self) -> bool:
        return self._inner is None or self._inner.complete

    def inflate(self, data: bytes, room: int) -> bytes:
        if data and not self._begun:
            self._inner, self._begun = _inflater(self._named, data[:MAGIC_BYTES]), True
        return data if self._inner is None else self._inner.inflate(data, room)


def read_body(chunks: Iterable[bytes], coding: str, limits: Limits, deadline: float, url: str) -> bytes:
    """The inflated body. `coding`: the Content-Encoding header; `deadline`: on the monotonic clock.
    Raises CannotFetch.
    """
    start, chunks = _peek(chunks)
    stages = _stages(coding, start)
    out, received = bytearray(), 0
    for chunk in chunks:
        received += len(chunk)
        if time.monotonic() > deadline:
            raise CannotFetch(FetchReason.TIMEOUT, f"still sending after {limits.seconds:.0f} s: {url}")
        out += _inflated(stages, chunk, limits.body - len(out))
        if max(len(out), received) > limits.body or (len(out) > RATIO_FROM and len(out) > limits.ratio * received):
            raise CannotFetch(FetchReason.TOO_LARGE, f"more than {limits.body:,} bytes, or inflates over {limits.ratio}-fold: {url}")
    if received and not all(stage.complete for stage in stages):
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


def _stages(coding: str, start: bytes) -> list[Inflater]:
    """The decompressors, outermost coding first; none for a plain body. Servers send plain and
    compressed bodies without the right header, so the first bytes decide where they can.

    Raises CannotFetch for a coding that cannot be read.
    """
    named = [_NAMES.get(c, c) for part in coding.lower().split(",") if (c := part.strip()) not in _NO_CODING]
    outer = _inflater(named[-1] if named else "", start)
    if outer is None:
        return []
    if len(named) > MOST_CODINGS:
        raise CannotFetch(FetchReason.BAD_ANSWER, f"packed {len(named)} times: {coding[:100]!r}")
    return [outer, *(_Nested(c) for c in reversed(named[:-1]))]


def _inflater(named: str, start: bytes) -> Inflater | None:
    """The decompressor for a body that begins with `start`; None for a plain body. Raises
    CannotFetch for an unknown coding.
    """
    if start.startswith(GZIP_MAGIC):
        return _Zlib(zlib.MAX_WBITS | 16)
    if start.startswith(ZSTD_MAGIC):
        return _Zstd()
    text = start.lstrip().lower()
    if not named or text.startswith(MARKUP_STARTS if named == "br" else TEXT_STARTS):
        return None
    if named == "deflate":
        # RFC 1950 §2.2
        has_header = len(start) > 1 and start[0] & 0x0F == 8 and int.from_bytes(start[:2], "big") % 31 == 0
        return _Zlib(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
    if named == "br":
        return _Brotli()
    if named == "zstd":
        return _Zstd()
    if named == "gzip":
        return _Zlib(zlib.MAX_WBITS | 32)
    raise CannotFetch(FetchReason.BAD_ANSWER, f"unasked content encoding {named[:100]!r}")


def _inflated(stages: Sequence[Inflater], chunk: bytes, room: int) -> bytes:
    """`chunk` through all stages, each stopped as soon as it exceeds `room` bytes."""
    data = chunk
    try:
        for stage in stages:
            data = stage.inflate(data, room)
    except (zlib.error, brotli.error, zstd.ZstdError, EOFError) as error:
        raise CannotFetch(FetchReason.BAD_ANSWER, f"the compressed body is broken: {error}") from error
    return data
