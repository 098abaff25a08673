"""`ajour evidence verify`: whether what was kept is still what was received."""

import hashlib
import zlib

import typer
from rich.progress import track
from sqlalchemy import select

from app.commands.common import DONE, NEEDS_A_PERSON, AsJson, err, out, print_json
from app.desk import Desk
from app.settings import load_settings
from db.engine import reading
from db.models import Capture
from db.operating import EMPTY

evidence_app = typer.Typer(help="What was received and is kept.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(evidence_app, name="evidence")


@evidence_app.command("verify")
def evidence_verify(as_json: AsJson = False) -> None:
    """Hash all kept bytes again and compare with the SHA-256 under which they were received."""
    desk = Desk(load_settings())
    with reading(desk.engine) as session:
        names = list(session.scalars(select(Capture.sha256).order_by(Capture.received_at)))
    wrong, emptied = list[dict[str, str]](), 0
    for name in track(names, "hashing", console=err, transient=True, disable=not err.is_terminal):
        with reading(desk.engine) as session:  # one at a time: evidence may be larger than memory
            capture = session.get_one(Capture, name)
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


def _fault(capture: Capture) -> str | None:
    """What is wrong with a capture, or None."""
    try:
        body = zlib.decompress(capture.deflated)
    except zlib.error as error:
        return f"cannot be inflated: {error}"
    if hashlib.sha256(body).hexdigest() != capture.sha256:
        return "its bytes have another hash"
    return None if len(body) == capture.size else f"{len(body)} bytes, {capture.size} were received"
