"""Commands of telling people: `ajour digest …`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from alerts.digest import build, render_html, render_text
from app import show
from app.commands.common import out
from app.desk import Desk
from app.settings import load_settings
from db.engine import reading

digest_app = typer.Typer(help="What subscribers are told.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.add_typer(digest_app, name="digest")


@digest_app.command("preview")
def digest_preview(
    report: Annotated[list[str] | None, typer.Option(help="Only this report; may stand several times.")] = None,
    days: Annotated[int, typer.Option(help="Length of the period, in days, up to now.", min=1)] = 1,
    folder: Annotated[
        Path | None, typer.Option("--out", help="Write digest.html and digest.txt here instead of printing the text.")
    ] = None,
) -> None:
    """The digest as it would be sent now. Sends nothing, changes nothing."""
    desk = Desk(load_settings())
    ids = [b.report.id for b in desk.baselines(report)] if report else None
    now = datetime.now(UTC)
    with reading(desk.engine) as session:
        digest = build(session, now - timedelta(days=days), now, ids)
    if folder is None:
        typer.echo(render_text(digest))
        return
    show.write(folder / "digest.html", render_html(digest))
    show.write(folder / "digest.txt", render_text(digest))
    out.print(f"{digest.subject}\nwritten to {folder / 'digest.html'} and {folder / 'digest.txt'}")
