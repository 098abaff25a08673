"""`ajour evidence …`: verify the stored captures, and export them as WARC."""

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from sqlalchemy import Engine, select

from app.cli.common import DONE, MACHINE, NEEDS_A_PERSON, AsJson, err, out, print_json
from app.runtime.container import Container
from app.runtime.settings import load_settings
from db.engine import reading
from db.evidence import StoredCapture, fetches_kept, kept_of
from db.models import CaptureRow
from db.ops import EMPTY
from monitor.fetch.warc import verify_warc, write_warc

evidence_app = typer.Typer(no_args_is_help=True)


@evidence_app.command("verify")
def evidence_verify(as_json: AsJson = False) -> None:
    """Hash all kept bytes again and compare with the SHA-256 under which they were received."""
    container = Container(load_settings())
    with reading(container.engine) as session:
        names = list(session.scalars(select(CaptureRow.sha256).order_by(CaptureRow.received_at)))
    wrong, emptied = list[dict[str, str]](), 0
    for name in track(names, "hashing", console=err, transient=True, disable=not err.is_terminal):
        with reading(container.engine) as session:  # one at a time: evidence may be larger than memory
            capture = session.get_one(CaptureRow, name)
        if capture.deflated == EMPTY and capture.size:
            emptied += 1
        elif fault := _fault(capture):
            wrong.append({"sha256": name, "url": capture.url, "received_at": str(capture.received_at), "fault": fault})
    if as_json:
        print_json({"captures": len(names), "emptied": emptied, "wrong": wrong})
    else:
        for row in wrong:
            out.print(f"{row['sha256']} {row['url']} of {row['received_at']}: {row['fault']}", markup=False, soft_wrap=True)
        out.print(
            f"{len(names)} captures: {len(names) - emptied - len(wrong)} as received, {emptied} emptied by retention, {len(wrong)} not as received."
        )
    raise typer.Exit(NEEDS_A_PERSON if wrong else DONE)


@evidence_app.command("export")
def evidence_export(
    warc: Annotated[Path, typer.Option(help="The file to write, e.g. evidence.warc.gz.")],
    source: Annotated[str | None, typer.Option(help="Only captures of this source (its id).")] = None,
    flag: Annotated[int | None, typer.Option(help="Only captures behind the items of this flag (its number).")] = None,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on (UTC).")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Before this day (UTC).")] = None,
    as_json: AsJson = False,
) -> None:
    """Write captures as WARC 1.1 and read them back, for archives and their tools."""
    engine = Container(load_settings()).engine
    with reading(engine) as session:
        fetches = fetches_kept(session, source_id=source, since=_utc(since), until=_utc(until), flag_id=flag)
    part = warc.with_name(warc.name + ".part")
    try:
        with part.open("wb") as file:
            written = write_warc(_kept(engine, fetches), file, warc.name, f"Ajour {version('ajour')}")
        records, faults = verify_warc(part)
        part.replace(warc)
    except OSError as error:
        err.print(f"cannot write {warc}: {error.strerror}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(MACHINE) from error
    faults += [] if records == written.records else [f"{written.records} records written, {records} read back"]
    if as_json:
        said = {"answers": written.answers, "repeated": written.repeated, "emptied": written.emptied, "records": records, "faults": faults}
        print_json({"file": str(warc), **said})
    else:
        for fault in faults:
            out.print(fault, markup=False, soft_wrap=True)
        out.print(
            f"{warc}: {written.answers} answers in {records} records ({written.repeated} with bytes that are there already, "
            f"{written.emptied} emptied by retention); read back, {len(faults)} faults.",
            markup=False, soft_wrap=True,
        )  # fmt: skip
    raise typer.Exit(NEEDS_A_PERSON if faults else DONE)


def _kept(engine: Engine, fetches: Sequence[int]) -> Iterator[StoredCapture]:
    for fetch_id in track(fetches, "writing", console=err, transient=True, disable=not err.is_terminal):
        with reading(engine) as session:  # one at a time: evidence may be larger than memory
            kept = kept_of(session, fetch_id)
        yield from kept


def _utc(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day else None


def _fault(capture: CaptureRow) -> str | None:
    """What is wrong with a capture, or None."""
    try:
        body = zlib.decompress(capture.deflated)
    except zlib.error as error:
        return f"cannot be inflated: {error}"
    if hashlib.sha256(body).hexdigest() != capture.sha256:
        return "its bytes have another hash"
    return None if len(body) == capture.size else f"{len(body)} bytes, {capture.size} were received"
