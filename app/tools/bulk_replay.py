"""Replay of large archives on all cores, with bounded memory, resumable. The output equals that of
one core.

Comparing an item depends only on the item, so worker processes do it in parallel. The story of an
item depends on the items before it, so one process finds stories in order of time. Results are kept
in a small SQLite file beside the output; an interrupted run continues from it. Memory holds a chunk
per worker, the stories of three weeks, and for each item its id, its date and its position in the
file.

All items are checked before any is compared, as in app.tools.replay_items. The work file names the
items, the comparer and the encoder; a work file of others is discarded.
"""

import hashlib
import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any, BinaryIO

from app.runtime.container import Container
from app.runtime.settings import Settings
from app.tools.replay_items import WrongItems, checked, line_of
from db.engine import CannotOpen
from monitor.compare.pipeline import Comparison, PackedStories
from monitor.compare.reading.annotate import Document
from monitor.compare.stories.fingerprint import pack
from monitor.compare.types import PreparedReport

CHUNK = 64
SMALL = 400  # below this number of items, one process is faster
Progress = Callable[[int], None]


# A line out without its story, and the item's packed fingerprint
_Line = tuple[dict[str, Any], bytes]


MakeContainer = Callable[[Settings], Container]


@cache
def _comparison(make_container: MakeContainer, settings: Settings, baseline: str, desk: bool, before: str | None) -> Comparison:
    """Created once in each worker process."""
    container = make_container(settings)
    return Comparison([container.prepared(baseline, desk=desk, before=before)], container.words, container.encoder)


def _compare(
    make_container: MakeContainer, settings: Settings, baseline: str, desk: bool, before: str | None, documents: Sequence[Document]
) -> list[_Line]:
    return _lines(_comparison(make_container, settings, baseline, desk, before), documents)


def _lines(comparison: Comparison, documents: Sequence[Document]) -> list[_Line]:
    return [(line_of(c.assessments[0], ""), pack(c.fingerprint)) for c in comparison.compare_all(documents)]


@dataclass(frozen=True)
class Archive:
    """A checked file of items. `places`: (date, offset, length) of each item."""

    path: Path
    places: list[tuple[str, int, int]]

    def __len__(self) -> int:
        return len(self.places)

    def in_time(self) -> list[int]:
        """Positions in order of time, undated items last."""
        return sorted(range(len(self.places)), key=lambda i: (self.places[i][0] or "9999", i))

    def documents(self, at: Sequence[int]) -> list[Document]:
        """The items at these positions."""
        with self.path.open("rb") as file:
            return [self._one(file, *self.places[i][1:]) for i in at]

    def _one(self, file: BinaryIO, offset: int, length: int) -> Document:
        file.seek(offset)
        [(_, document)] = checked(self.path, [file.read(length)])
        return document


def open_archive(path: Path) -> Archive:
    """Check every line of `path`. Raises WrongItems with every faulty line (the first twenty)."""
    places, spans = [], list[tuple[int, int]]()
    try:
        with path.open("rb") as file:
            if b"\0" in file.read(8192):
                raise WrongItems(f"{path}: is a binary file. Give a text file, one JSON object a line")
            file.seek(0)
            for number, document in checked(path, _raw_lines(file, spans)):
                places.append((document.published, *spans[number - 1]))
    except OSError as error:
        raise WrongItems(f"{path}: cannot be read: {error.strerror}. Check the path and its rights") from error
    return Archive(path, places)


def _raw_lines(file: BinaryIO, spans: list[tuple[int, int]]) -> Iterator[bytes]:
    """The lines of a file; appends (offset, length) of each to `spans`. Lines end with LF, CR LF or
    CR.
    """
    offset, rest = 0, b""
    while block := file.read(1 << 20):
        lines = (rest + block).splitlines(keepends=True)
        # May continue in the next block
        rest = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
        for line in lines:
            spans.append((offset, len(line)))
            offset += len(line)
            yield line
    if rest:
        spans.append((offset, len(rest)))
        yield rest


def replay_archive(
    archive: Archive,
    baseline: str,
    out: Path,
    settings: Settings,
    progress: Progress = lambda _: None,
    workers: int | None = None,
    make_container: MakeContainer = Container,
    *,
    desk: bool = False,
    before: str | None = None,
) -> int:
    """Write the assessments of the archive's items to `out`, in the order of its lines. Returns the
    number of flags. Raises CannotOpen.

    `progress` is called with the number of finished items, including those of an earlier run. The
    output file appears complete or not at all. Worker processes call `make_container` too, so it
    must be picklable. `desk`: compare with the report as the desk has it, not as its file says.
    `before`: only with its claims of editions before that month (YYYY-MM).
    """
    container = make_container(settings)
    prepared = container.prepared(baseline, desk=desk, before=before)
    work = out.with_name(f"{out.name}.work")
    try:
        # An unwritable path fails now, not at the end
        out.with_name(f"{out.name}.part").open("w").close()
        with closing(_open_work_file(work, _work_name(archive.path, prepared, container))) as work_db:
            done = work_db.execute("SELECT count(*) FROM done").fetchone()[0]
            progress(done)
            stories = _stories(work_db, prepared)
            remaining = archive.in_time()[done:]
            count = workers or (os.cpu_count() or 1)
            in_parallel = count > 1 and len(remaining) > SMALL
            for at, batch in (
                _in_worker_processes(archive, remaining, partial(_compare, make_container, settings, baseline, desk, before), count)
                if in_parallel
                else _in_this_process(archive, remaining, Comparison([prepared], container.words, container.encoder))
            ):
                _store_chunk(work_db, stories, at, batch)
                done += len(batch)
                progress(done)
            flags = _write(work_db, out, len(archive))
        _remove_work_file(work)
    except OSError as error:
        raise CannotOpen(f"cannot write {out}: {error.strerror or error}") from error
    except sqlite3.Error as error:
        raise CannotOpen(f"cannot write {work}: {error}") from error
    except BrokenProcessPool as error:
        raise CannotOpen(
            f"a worker process was killed, perhaps out of memory; finished items are in {work}; run the same command again to continue"
        ) from error
    return flags


def _work_name(items: Path, prepared: PreparedReport, container: Container) -> str:
    with items.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return f"{digest} {prepared.digest} {prepared.model.threshold} {container.encoder.name}"


def _open_work_file(work: Path, name: str) -> sqlite3.Connection:
    """The work file for `name`. One for another name, or a damaged one, is deleted."""
    for attempt in (1, 2):
        work_db = sqlite3.connect(work, isolation_level=None)
        try:
            work_db.execute("PRAGMA journal_mode=WAL")
            work_db.execute("PRAGMA synchronous=NORMAL")
            work_db.execute(
                "CREATE TABLE IF NOT EXISTS done (at INTEGER PRIMARY KEY, place INTEGER, line TEXT NOT NULL, flag INTEGER, fingerprint BLOB)"
            )
            work_db.execute("CREATE TABLE IF NOT EXISTS named (name TEXT NOT NULL)")
            stored_name = work_db.execute("SELECT name FROM named").fetchone()
            if stored_name is None:
                work_db.execute("INSERT INTO named VALUES (?)", (name,))
            if stored_name in (None, (name,)):
                return work_db
        except sqlite3.DatabaseError:
            if attempt == 2:
                raise
        work_db.close()
        _remove_work_file(work)
    raise sqlite3.DatabaseError(f"{work} cannot be made")


def _remove_work_file(work: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        work.with_name(work.name + suffix).unlink(missing_ok=True)


def _stories(work_db: sqlite3.Connection, prepared: PreparedReport) -> PackedStories:
    """The stories of the stored items, in the order in which they were placed."""
    rows = work_db.execute("SELECT line, fingerprint FROM done WHERE fingerprint IS NOT NULL ORDER BY place")
    lines = ((json.loads(line), packed) for line, packed in rows)
    return PackedStories(prepared.model, ((line["story"], line["id"], packed) for line, packed in lines))


def _in_this_process(archive: Archive, remaining: Sequence[int], comparison: Comparison) -> Iterator[tuple[Sequence[int], list[_Line]]]:
    for start in range(0, len(remaining), CHUNK):
        at = remaining[start : start + CHUNK]
        yield at, _lines(comparison, archive.documents(at))


def _in_worker_processes(
    archive: Archive, remaining: Sequence[int], compare: Callable[[Sequence[Document]], list[_Line]], workers: int
) -> Iterator[tuple[Sequence[int], list[_Line]]]:
    """Chunks in order of time. The number of chunks in progress is limited to a few more than the
    workers.
    """
    pool = ProcessPoolExecutor(workers, mp_context=get_context("spawn"))
    try:
        running: list[tuple[Sequence[int], Future[list[_Line]]]] = []
        starts = iter(range(0, len(remaining), CHUNK))
        while True:
            while len(running) < workers + 2 and (start := next(starts, None)) is not None:
                at = remaining[start : start + CHUNK]
                running.append((at, pool.submit(compare, archive.documents(at))))
            if not running:
                return
            at, future = running.pop(0)
            yield at, future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


# Newest items whose fingerprints stay in the work file: over three weeks of the largest watch list
FINGERPRINTS_KEPT = 20_000


def _store_chunk(work_db: sqlite3.Connection, stories: PackedStories, at: Sequence[int], batch: Sequence[_Line]) -> None:
    """Place a chunk and store it in one transaction."""
    first = work_db.execute("SELECT coalesce(max(place), -1) + 1 FROM done").fetchone()[0]
    rows = []
    for number, (index, (line, packed)) in enumerate(zip(at, batch, strict=True)):
        line["story"] = stories.place(line["id"], packed)
        rows.append((index, first + number, json.dumps(line, ensure_ascii=False), int(line["flag"]), packed))
    work_db.execute("BEGIN")
    work_db.executemany("INSERT INTO done VALUES (?, ?, ?, ?, ?)", rows)
    work_db.execute(
        "UPDATE done SET fingerprint = NULL WHERE place <= ? AND place > ?",
        (first - FINGERPRINTS_KEPT, first - FINGERPRINTS_KEPT - 2 * CHUNK),
    )
    work_db.execute("COMMIT")


def _write(work_db: sqlite3.Connection, out: Path, count: int) -> int:
    """Write all lines in the order of the items. Returns the number of flags."""
    part, flags = out.with_name(f"{out.name}.part"), 0
    with part.open("w", encoding="utf-8") as file:
        written = 0
        for line, flag in work_db.execute("SELECT line, flag FROM done ORDER BY at"):
            file.write(f"{line}\n")
            flags += flag
            written += 1
        assert written == count, f"{written} lines of {count}"
        file.flush()
        os.fsync(file.fileno())
    part.replace(out)
    return flags
