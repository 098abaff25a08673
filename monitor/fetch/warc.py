"""Export of evidence as WARC 1.1 (ISO 28500), gzipped record by record.

Each answer is a `resource` record, not a `response`: only the decoded body is stored, and headers
made up afterwards would be no evidence. A `metadata` record beside it holds status, redirects,
unusual connection settings, and the fetch and source it belongs to. Repeated bytes are written once
and then referenced (`revisit`). Digests are SHA-256, the hash under which the bytes are stored.
"""

import base64
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import IO

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.utils import Digester
from warcio.warcwriter import WARCWriter

from db.evidence import StoredCapture

CONFORMS = "https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"


@dataclass
class WarcSummary:
    """Counts of a written file."""

    answers: int = 0
    repeated: int = 0  # answers whose bytes are already in the file
    emptied: int = 0  # answers whose bytes were removed by retention: metadata only
    records: int = 0
    # SHA-256 → address and date of the record with the bytes
    _seen: dict[str, tuple[str, str]] = field(default_factory=dict)


class _Writer(WARCWriter):  # type: ignore[misc]
    """warcio's writer with SHA-256 in place of SHA-1."""

    @staticmethod
    def _create_digester() -> Digester:
        return Digester("sha256")


def write_warc(evidence: Iterable[StoredCapture], file: IO[bytes], name: str, software: str) -> WarcSummary:
    """Write `evidence` to `file`, one answer in memory at a time. `name`: file name for the first
    record.
    """
    writer, written = _Writer(file, gzip=True, warc_version="1.1"), WarcSummary()
    about = {"software": software, "format": "WARC File Format 1.1", "conformsTo": CONFORMS}
    writer.write_record(writer.create_warcinfo_record(name, about))
    written.records = 1
    for kept in evidence:
        written.answers += 1
        bytes_in = _write_bytes(writer, kept, written) if kept.body is not None else None
        written.emptied += kept.body is None
        _write_metadata(writer, kept, bytes_in)
        written.records += 1 + (bytes_in is not None)
    return written


def _write_bytes(writer: _Writer, kept: StoredCapture, written: WarcSummary) -> str:
    """Write the bytes, or a reference to the record with the same bytes; return the record's id."""
    assert kept.body is not None
    digest = "sha256:" + base64.b32encode(bytes.fromhex(kept.sha256)).decode("ascii")
    head = {"WARC-Date": _date(kept.received_at)} | ({"WARC-IP-Address": kept.address} if kept.address else {})
    before = written._seen.get(kept.sha256)
    if before is not None:
        record = writer.create_revisit_record(kept.url, digest, *before, warc_headers_dict=head)
        written.repeated += 1
    else:
        record = writer.create_warc_record(
            kept.url, "resource", BytesIO(kept.body), len(kept.body), kept.media_type or "application/octet-stream", head
        )
        written._seen[kept.sha256] = (kept.url, _date(kept.received_at))
    writer.write_record(record)
    return str(record.rec_headers.get_header("WARC-Record-ID"))


def _write_metadata(writer: _Writer, kept: StoredCapture, bytes_in: str | None) -> None:
    fetch = kept.fetch
    known = [
        ("source", fetch.source_id),
        ("fetch", f"{fetch.id}, answer {kept.position + 1}"),
        ("fetchTimeMs", round((fetch.ended_at - fetch.started_at).total_seconds() * 1000)),
        ("outcome", f"{fetch.outcome} ({fetch.reason})"),
        ("quality", fetch.quality),
        *(("doubt", doubt) for doubt in fetch.doubts or ()),
        ("status", kept.status),
        *(("via", redirect) for redirect in kept.redirects),
        ("transport", kept.transport),
        ("sha256", kept.sha256),
        ("size", kept.size),
        ("kept", "no: the bytes were emptied by retention" if kept.body is None else None),
    ]
    lines = "".join(f"{name}: {' '.join(str(value).split())}\r\n" for name, value in known if value is not None).encode()
    head = {"WARC-Date": _date(kept.received_at)} | ({"WARC-Concurrent-To": bytes_in} if bytes_in else {})
    writer.write_record(writer.create_warc_record(kept.url, "metadata", BytesIO(lines), len(lines), "application/warc-fields", head))


def _date(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def verify_warc(file: Path) -> tuple[int, list[str]]:
    """(number of records, problems): broken or cut records, and digests that do not match."""
    count, faults = 0, list[str]()
    with file.open("rb") as stream:
        try:
            for record in ArchiveIterator(stream, check_digests=True):
                count += 1
                size = 0
                while piece := record.raw_stream.read(1 << 20):
                    size += len(piece)
                name, announced = (record.rec_headers.get_header(h) for h in ("WARC-Record-ID", "Content-Length"))
                faults += [f"{name}: {problem}" for problem in record.digest_checker.problems]
                faults += [f"{name}: {size} bytes, {announced} announced"] if str(size) != announced else []
        except (ArchiveLoadFailed, OSError, zlib.error) as error:
            faults.append(f"record {count + 1}: {error}")
    return count, faults
