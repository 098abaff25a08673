"""`ajour decisions …`: the append-only log of decisions."""

import json
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

from app.cli.common import DONE, NEEDS_A_PERSON, err, out
from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.files import write
from db import decision_log, labelled_items
from db.engine import reading

decisions_app = typer.Typer(no_args_is_help=True)


@decisions_app.command("verify")
def decisions_verify(
    head: Annotated[str | None, typer.Option(help="A head noted earlier: shows whether rows were cut off at the end.")] = None,
) -> None:
    """Verify the hash chain of the decision log from its first row to its last."""
    with reading(Container(load_settings()).engine) as session:
        chain = decision_log.verify(session)
        known = head is None or head == decision_log.GENESIS or any(d.hash == head for d in decision_log.log(session))
    if chain.broken is not None:
        err.print(
            f"broken at decision {chain.broken.decision_id}: {chain.broken.why}; the {chain.length} rows before it are valid",
            style="red",
            markup=False,
            soft_wrap=True,
        )
        raise typer.Exit(NEEDS_A_PERSON)
    if not known:
        err.print(
            f"{chain.length} rows are valid, but none has the hash {head}: the log was cut off, or is another one",
            style="red",
            markup=False,
            soft_wrap=True,
        )
        raise typer.Exit(NEEDS_A_PERSON)
    out.print(f"{chain.length} decisions, the chain is valid; head {chain.head}", soft_wrap=True)
    raise typer.Exit(DONE)


@decisions_app.command("export")
def decisions_export(
    folder: Annotated[Path, typer.Option("--out", help="Folder for <report>.items.jsonl and <report>.labels.jsonl.")],
) -> None:
    """Write decided flags and judged audit items as labelled data for `ajour fit`."""
    lines: dict[str, list[labelled_items.LabelledItem]] = {}
    with reading(Container(load_settings()).engine) as session:
        for row in chain(labelled_items.labelled(session), labelled_items.audited(session)):
            lines.setdefault(row.report_id, []).append(row)
    for report, rows in lines.items():
        write(folder / f"{report}.items.jsonl", "".join(json.dumps(r.item, ensure_ascii=False) + "\n" for r in rows))
        write(folder / f"{report}.labels.jsonl", "".join(json.dumps(r.label, ensure_ascii=False) + "\n" for r in rows))
        out.print(f"{report}: {len(rows)} items, {sum(bool(r.label['flag']) for r in rows)} of them updates")
    if not lines:
        out.print("there are no decisions yet")
