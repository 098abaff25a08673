"""`ajour evidence …`: verify the stored captures, and export them as WARC."""

import logging
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import track
from sqlalchemy import Engine

from app.cli.common import DONE, MACHINE, NEEDS_A_PERSON, WRONG_INPUT, AsJson, bar, err, out, print_json
from app.runtime.container import Container
from app.runtime.settings import load_settings
from db.engine import reading, writing
from db.erasure import NameMatches, UnclearName, erase, name_pattern, search
from db.evidence import StoredCapture, captures_of_fetch, erase_captures, fetches_with_captures
from db.integrity import CheckedCounts, Fault, verify
from monitor.fetch.warc import verify_warc, write_warc

log = logging.getLogger(__name__)
evidence_app = typer.Typer(no_args_is_help=True)


@evidence_app.command("verify")
def evidence_verify(as_json: AsJson = False) -> None:
    """Verify everything that is stored: captures, texts, claims, references, triggers, the decision
    log.

    Every capture that a fetch rests on must exist; bytes and texts are hashed again.
    """
    engine, checked, faults = Container(load_settings()).engine, CheckedCounts(), list[Fault]()
    with bar() as shown:
        task = shown.add_task("verifying", total=None)
        for fault in verify(engine, checked):
            faults.append(fault)
            shown.update(task, completed=len(faults))
    if as_json:
        print_json({**vars(checked), "wrong": [vars(f) for f in faults]})
    else:
        for fault in faults:
            out.print(f"{fault.what}: {fault.why}", markup=False, soft_wrap=True)
        out.print(
            f"{checked.captures} captures ({checked.emptied} emptied by retention or erasure), {checked.versions} texts, {checked.claims} claim versions "
            f"and {checked.decisions} decisions checked; {len(faults)} faults.", soft_wrap=True,
        )  # fmt: skip
    raise typer.Exit(NEEDS_A_PERSON if faults else DONE)


@evidence_app.command("erase")
def evidence_erase(
    sha256: Annotated[list[str], typer.Argument(help="Hash of a capture; several may be given.")],
    reason: Annotated[str, typer.Option(help="Why, for the log.")],
) -> None:
    """Delete the bytes of captures, e.g. on a request of a person named in them. Hash, size,
    address and time stay, so `ajour evidence verify` still knows what was there.
    """
    engine = Container(load_settings()).engine
    with writing(engine) as session:
        if missing := erase_captures(session, sha256):
            err.print(f"there is no capture {', '.join(missing)}; nothing was erased", style="red", markup=False, soft_wrap=True)
            raise typer.Exit(WRONG_INPUT)
    log.warning("captures %s were erased: %s", ", ".join(sha256), reason)
    out.print(f"the bytes of {len(sha256)} captures were erased; erase them from backups too", soft_wrap=True)


@evidence_app.command("erase-person")
def evidence_erase_person(
    name: Annotated[
        list[str], typer.Argument(help="A name as it is written; * at the end of a word: any ending. - reads names from stdin, one a line.")
    ],
    reason: Annotated[str, typer.Option(help="Why; kept and shown with the texts. Do not write the name here.")],
    yes: Annotated[bool, typer.Option("--yes", help="Erase. Without it, only what would be erased is shown.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase a private person's name from all received texts, on that person's request.

    Texts get [erased] in place of the name; captures and messages that hold it lose their bytes.
    Decisions, notes and claims that people wrote, and addresses of items, stay and are listed.
    """
    names = [line.strip() for line in sys.stdin if line.strip()] if name == ["-"] else name
    try:
        pattern = name_pattern(names)
    except UnclearName as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(WRONG_INPUT) from error
    if not names or pattern.search(reason):
        err.print("give a name, and a reason that does not hold it", style="red")
        raise typer.Exit(WRONG_INPUT)
    engine = Container(load_settings()).engine
    with bar() as shown:
        shown.add_task("searching", total=None)
        matches = search(engine, pattern)
    number = erase(engine, matches, pattern, reason, datetime.now(UTC)) if yes and matches.counts else None
    if number is not None:
        log.warning("erasure %s: %s; %s", number, matches.counts, reason)
    if as_json:
        print_json({"erasure": number, "forms": matches.forms, "counts": matches.counts, "kept": matches.kept})
    else:
        _print_matches(matches, number)
    raise typer.Exit(NEEDS_A_PERSON if matches.kept else DONE)


def _print_matches(matches: NameMatches, number: int | None) -> None:
    counts = ", ".join(f"{n} in {table}" for table, n in matches.counts.items()) or "nothing"
    out.print(f"found as: {', '.join(f'{form} ({n})' for form, n in matches.forms.most_common()) or '-'}", markup=False, soft_wrap=True)
    if number is not None:
        out.print(f"erasure {number}: {counts}. Erase the name from backups and exports too.", markup=False, soft_wrap=True)
    else:
        out.print(f"would be erased: {counts}." + (" Add --yes to erase it." if matches.counts else ""), markup=False, soft_wrap=True)
    for table, keys in matches.kept.items():
        out.print(f"kept, to be checked by a person: {table} {', '.join(map(str, keys[:20]))}", markup=False, soft_wrap=True)


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
        fetches = fetches_with_captures(session, source_id=source, since=_utc(since), until=_utc(until), flag_id=flag)
    part = warc.with_name(warc.name + ".part")
    try:
        with part.open("wb") as file:
            written = write_warc(_captures(engine, fetches), file, warc.name, f"Ajour {version('ajour')}")
        records, faults = verify_warc(part)
        part.replace(warc)
    except OSError as error:
        err.print(f"cannot write {warc}: {error.strerror}", style="red", markup=False, soft_wrap=True)
        raise typer.Exit(MACHINE) from error
    faults += [] if records == written.records else [f"{written.records} records written, {records} read back"]
    if as_json:
        counts = {
            "answers": written.answers,
            "repeated": written.repeated,
            "emptied": written.emptied,
            "records": records,
            "faults": faults,
        }
        print_json({"file": str(warc), **counts})
    else:
        for fault in faults:
            out.print(fault, markup=False, soft_wrap=True)
        out.print(
            f"{warc}: {written.answers} answers in {records} records ({written.repeated} with bytes that are there already, "
            f"{written.emptied} emptied by retention); read back, {len(faults)} faults.",
            markup=False, soft_wrap=True,
        )  # fmt: skip
    raise typer.Exit(NEEDS_A_PERSON if faults else DONE)


def _captures(engine: Engine, fetches: Sequence[int]) -> Iterator[StoredCapture]:
    for fetch_id in track(fetches, "writing", console=err, transient=True, disable=not err.is_terminal):
        with reading(engine) as session:  # one at a time: evidence may be larger than memory
            captures = captures_of_fetch(session, fetch_id)
        yield from captures


def _utc(day: datetime | None) -> datetime | None:
    return day.replace(tzinfo=UTC) if day else None
