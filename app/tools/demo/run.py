"""Runs the demo: one ordinary cycle against the simulated outlets, from an empty database."""

import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from rich.console import Console
from rich.progress import Progress

from alerts.digest import build
from alerts.digest_entry import DigestEntry
from alerts.mail.render import render
from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.demo.server import FAILING, outlets, simulated_outlets
from app.tools.files import write
from db.engine import reading
from db.enums import FetchOutcome
from monitor.sources import Source

SHOWN = 12  # flags printed in full


def run_demo(folder: Path, out: Console, bar: Progress) -> None:
    """Fetch, compare, flag, write the digest; print a summary and the first flags. The database is
    new each time; the vectors of the claims are reused.
    """
    started = time.monotonic()
    _remove_old_database(folder / "demo.db", out)
    with simulated_outlets() as address:
        container = Container(
            load_settings(
                data=folder, database=f"sqlite:///{folder / 'demo.db'}", sources=write_watch_list(folder, address), allow_loopback=True
            )
        )
        tasks = {name: bar.add_task(name, total=None) for name in ("preparing", "watching", "comparing")}
        monitor = container.monitor()
        monitor.register()
        bar.update(tasks["preparing"], total=1, completed=1)
        done = monitor.cycle(lambda name, at, total: bar.update(tasks[name], completed=at, total=total or None))
        bar.stop()
    now = datetime.now(UTC)
    with reading(container.engine) as session:
        digest = build(session, now - timedelta(days=1), now + timedelta(seconds=1), cap=1000)
        capped = build(session, now - timedelta(days=1), now + timedelta(seconds=1))
    shown = render(capped)
    write(folder / "digest.html", shown.html)
    write(folder / "digest.txt", shown.text)
    out.print(
        "[bold]Ajour, demo.[/] Ten outlets are simulated on this machine in their real formats; the texts are our own retellings of real reports.\n"
    )
    good = done.outcomes.get(FetchOutcome.NEW_ITEMS, 0)
    out.print(
        f"{done.fetched} sources fetched over HTTP, {good} read, {done.fetched - good} not read; {done.new} items; {done.compared} compared with two reports; {len(digest.waiting)} stories flagged."
    )
    not_read = ", ".join(f"{b.name} ({b.reason.replace('_', ' ')})" for b in digest.coverage.unread)
    out.print(f"Not read: {not_read}.\n", soft_wrap=True)
    for number, entry in enumerate(digest.waiting[:SHOWN], start=1):
        _print(out, number, entry)
    if len(digest.waiting) > SHOWN:
        out.print(f"… and {len(digest.waiting) - SHOWN} more.\n")
    out.print(f"Digest: [bold]{folder / 'digest.html'}[/] and [bold]{folder / 'digest.txt'}[/]", soft_wrap=True)
    out.print(
        f"Done in {time.monotonic() - started:.1f} s. Next: `ajour serve --demo` (the review desk), `ajour replay --help`, `ajour sources list`, `ajour doctor`."
    )


def _remove_old_database(path: Path, out: Console) -> None:
    """Delete the database of the last demo; rename it if people have signed in or decided in it."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as db:
            used = bool(db.execute('SELECT EXISTS (SELECT 1 FROM "user") OR EXISTS (SELECT 1 FROM decision)').fetchone()[0])
    except sqlite3.Error:
        used = False  # damaged, or of another version: nothing that could be opened again
    if not used:
        for old in path.parent.glob("demo.db*"):
            if ".kept-" not in old.name:
                old.unlink()
        return
    name = f"demo.db.kept-{datetime.now(UTC):%Y%m%dT%H%M%S}"
    for suffix in ("", "-wal", "-shm"):
        old = path.with_name(path.name + suffix)
        if old.exists():
            old.rename(path.with_name(name + suffix))
    out.print(f"The last demo's database has users or decisions; it is kept as {path.with_name(name)}", soft_wrap=True)


def _print(out: Console, number: int, e: DigestEntry) -> None:
    colour = {"high": "red", "medium": "yellow", "low": "cyan"}.get(e.severity, "white")
    out.print(
        f"[bold]{number}.[/] [{colour}]{e.severity}[/] · {e.relation_words}{f' · {e.stage_words}' if e.stage_words else ''} · score {e.score:.2f}",
        soft_wrap=True,
    )
    out.print(f"   [bold]{_plain(e.headline('en')[0])}[/]", soft_wrap=True)
    out.print(f"   claim  {e.claim_id}, {_plain(e.report)} section {e.section}: {_plain(e.claim_text.statement)}", soft_wrap=True)
    out.print(
        f"   says   {_plain('; '.join(f'{v.outlet} ({v.tier_words})' for v in e.sources[:4]))} – {e.origins} independent origin{'s' if e.origins != 1 else ''}",
        soft_wrap=True,
    )
    out.print(f"   source {e.sources[0].url}", soft_wrap=True)
    out.print(f"   why    {_plain('; '.join(r.text() for r in e.reasons[:4]))}\n", soft_wrap=True)


def _plain(text: str) -> str:
    return text.replace("[", "\\[")


def write_watch_list(folder: Path, address: str) -> Path:
    """sources.yml of the demo: the real rows of the simulated outlets, with the address of the
    local server.
    """
    real = {s.id: s for s in Container(load_settings()).sources}
    rows = []
    for name in [o["source"] for o in outlets()] + list(FAILING):
        played_as = next((o["format"] for o in outlets() if o["source"] == name), None)
        rows.append(_simulated(real[name], f"{address}/{name}", played_as))
    path = folder / "sources.yml"
    write(path, yaml.safe_dump({"sources": rows}, allow_unicode=True, sort_keys=False))
    return path


def _simulated(source: Source, url: str, played_as: str | None) -> dict[str, object]:
    """The row of a simulated outlet: the address and kind of its stand-in, and a name that says
    what it is. Names for citations are left out, because there is nothing to cite.
    """
    kind = {"rss": "feed", "atom": "feed", "telegram": "telegram"}.get(played_as or "", source.kind)
    row = source.model_dump(mode="json", exclude_none=True, exclude={"native", "cite"})
    return {**row, "name": f"{source.name} (simulated)", "url": url, "kind": kind, "mirrors": [], "simulated": True}
