"""Commands for operators: `ajour run`, `worker`, `backup`, `restore`, `export`, `import`, `report`,
`canary`, `db …`.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from app.cli.common import NEEDS_A_PERSON, WRONG_INPUT, AsJson, err, need, out, print_json
from app.runtime import logs
from app.runtime.container import Container
from app.runtime.settings import Settings, load_settings
from db import schema
from db.engine import address, connect, reading
from db.schema_check import schema_faults

db_app = typer.Typer(no_args_is_help=True)
Archive = Annotated[Path, typer.Argument(help="The zip file.")]


def run_command(
    watch: Annotated[bool, typer.Option("--watch/--no-watch", help="Fetch, compare and mail; --no-watch serves the desk only.")] = True,
    desk: Annotated[bool, typer.Option("--desk/--no-desk", help="Serve the review desk.")] = True,
) -> None:
    """Run everything in one process: fetch, compare, mail, review desk. Stops within 20 s on
    SIGTERM or Ctrl-C.
    """
    _exit_on_sigterm()
    from app.runtime.server import run

    run(_settings_with_logging(), watch=watch, desk=desk, ready=_print_addresses)


def worker(
    queue: Annotated[
        list[str] | None, typer.Option(help="schedule, watch, compare, send or translate; may be given several times; default: all.")
    ] = None,
    at_once: Annotated[
        int | None, typer.Option(help="Tasks at the same time; default: AJOUR_WORKERS for watch, 2 for send, 1 for compare.", min=1, max=64)
    ] = None,
) -> None:
    """Run a worker that shares the work with other processes and machines (PostgreSQL). Any number
    may run, of any queue. Needs the extra `postgres`.
    """
    _exit_on_sigterm()
    need("postgres", "procrastinate", "ajour worker")
    from app.runtime.workers import QUEUES, work

    queues = queue or list(QUEUES)
    if wrong := sorted(set(queues) - set(QUEUES)):
        err.print(f"no queue {', '.join(wrong)}; there are: {', '.join(QUEUES)}", style="red", markup=False)
        raise typer.Exit(WRONG_INPUT)
    work(_settings_with_logging(), queues, at_once, _print_addresses)


def _exit_on_sigterm() -> None:
    """End with code 0 on a SIGTERM during the start; `finally` blocks run. Process 1 of a container
    ignores the signal otherwise. The server sets its own handler later.
    """

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)


def _settings_with_logging() -> Settings:
    settings = load_settings()
    logs.configure(settings.log, settings.log_level)
    return settings


def _print_addresses(addresses: dict[str, str]) -> None:
    for name, where in addresses.items():
        err.print(f"{name}: {where}", markup=False, soft_wrap=True)


@contextmanager
def _report_refusal() -> Iterator[None]:
    """Report a refused archive as a message and exit code 2."""
    from db.backup import UnsafeArchive
    from db.export_import import CannotImport

    try:
        yield
    except (UnsafeArchive, CannotImport) as error:
        err.print(f"refused: {error}", style="red", markup=False, soft_wrap=True)
        sys.exit(WRONG_INPUT)


def backup(
    to: Annotated[Path | None, typer.Argument(help="Target file; default: in the folder `backups` of the data folder.")] = None,
    as_json: AsJson = False,
) -> None:
    """Back up the database into one zip file while everything runs. The file is read back and
    compared.
    """
    from db.backup import examine, write_backup

    settings = load_settings()
    path = to or Path(settings.data) / "backups" / f"by-hand-{datetime.now(UTC):%Y%m%dT%H%M%S}.zip"
    with _report_refusal():
        write_backup(connect(settings.database_url), path)
        manifest = examine(path)
    if as_json:
        print_json({"path": str(path), **vars(manifest)})
    else:
        out.print(
            f"{path}: {sum(manifest.rows.values())} rows of schema {manifest.revision}, {path.stat().st_size} bytes, read back and verified",
            soft_wrap=True,
        )


def restore(
    archive: Archive,
    replace: Annotated[bool, typer.Option("--replace", help="Rename the present database and put the backup in its place.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Only verify the archive.")] = False,
) -> None:
    """Restore a backup. Nothing is changed until the whole archive is verified. Ajour must not be
    running.
    """
    from app.runtime.lock import sole
    from db import backup as backups

    settings = load_settings()
    with _report_refusal():
        if check:
            manifest = backups.examine(archive)
            out.print(
                f"{archive}: verified; {sum(manifest.rows.values())} rows of schema {manifest.revision}, made {manifest.made_at}",
                soft_wrap=True,
            )
            return
        with sole(Path(settings.data)):
            manifest = backups.restore(archive, settings.database_url, replace=replace)
    out.print(f"restored: {sum(manifest.rows.values())} rows as of {manifest.made_at}; `ajour doctor` shows its state", soft_wrap=True)


def export(archive: Archive) -> None:
    """Export all rows of all tables into one zip file that `ajour import` reads into SQLite or
    PostgreSQL.
    """
    from db.backup import write_tables

    engine = Container(load_settings()).engine
    part = archive.with_name(f"{archive.name}.part")
    try:
        manifest = write_tables(engine, part)
        part.replace(archive)
    finally:
        part.unlink(missing_ok=True)
    out.print(f"{archive}: {sum(manifest.rows.values())} rows of {len(manifest.rows)} tables", soft_wrap=True)


def import_command(archive: Archive) -> None:
    """Fill an empty database (AJOUR_DATABASE) with an export; every row is read back and compared
    before the commit.
    """
    from app.runtime.lock import sole
    from db.backup import import_tables

    settings = load_settings()
    with _report_refusal(), sole(Path(settings.data)):
        manifest = import_tables(archive, connect(settings.database_url))
    shown = address(settings.database_url).render_as_string(hide_password=True)
    out.print(f"{shown}: {sum(manifest.rows.values())} rows of {len(manifest.rows)} tables, read back and compared", soft_wrap=True)


def report(
    to: Annotated[Path, typer.Argument(help="The HTML file to write.")] = Path("report.html"),
    days: Annotated[int, typer.Option(help="Days back from today.", min=1, max=3660)] = 30,
) -> None:
    """Write one HTML page: items, flags, decisions, lag and source health over time. No network, no
    scripts.
    """
    from app.tools.files import write
    from app.tools.report import render

    with reading(Container(load_settings()).engine) as session:
        page = render(session, days, datetime.now(UTC))
    write(to, page)
    out.print(f"written to {to}", soft_wrap=True)


def canary() -> None:
    """Run a planted change through the whole pipeline now, in a separate database; it must become a
    flag.
    """
    from app.tools.canary import CanarySilent, run_canary

    try:
        out.print(run_canary(load_settings()))
    except CanarySilent as error:
        err.print(str(error), style="red", markup=False)
        raise typer.Exit(NEEDS_A_PERSON) from error


@db_app.command("upgrade")
def upgrade() -> None:
    """Migrate the database to the schema of this version, after a backup; on PostgreSQL also the
    tables of the queue.
    """
    settings = load_settings()
    engine = Container(settings).engine
    if engine.dialect.name == "postgresql":
        from app.runtime.task_queue import make_tables

        make_tables(settings, engine)
    out.print(f"schema {schema.revision(engine)}")


@db_app.command("status")
def status(as_json: AsJson = False) -> None:
    """Show the schema of the database and of this version, and what is missing, changed or foreign
    in it. Changes nothing.
    """
    engine = connect(load_settings().database_url)
    current, head = schema.revision(engine), schema.head()
    faults: list[str] = []
    if current == head:
        with engine.connect() as connection:
            faults = schema_faults(connection)
    if as_json:
        print_json({"database": current, "version": head, "faults": faults})
    else:
        out.print(f"database: {current or 'empty'}; this version: {head}")
        for fault in faults:
            out.print(fault, markup=False)
    raise typer.Exit(0 if current == head and not faults else NEEDS_A_PERSON)


def alive() -> None:
    """Request /live of the Ajour on this machine: the health check of the container."""
    from app.runtime.health import split
    from monitor.fetch.http_client import Client
    from monitor.fetch.http_types import CannotFetch

    _, port = split(load_settings().health)
    try:
        Client("ajour-alive", allow_loopback=True).get(f"http://127.0.0.1:{port}/live")
    except CannotFetch as error:
        err.print(str(error), markup=False)
        raise typer.Exit(NEEDS_A_PERSON) from error
