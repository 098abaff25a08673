"""`ajour outbox …`: messages that wait, were sent or failed."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from alerts.mail import bounces, outbox
from app.cli.common import DONE, NEEDS_A_PERSON, AsJson, out, print_json
from app.cli.subscriber_args import send_again
from app.runtime import mail_setup
from app.runtime.container import Container
from app.runtime.settings import WrongSettings, load_settings
from db import notifications
from db import outbox as db_outbox
from db.engine import reading, writing
from db.enums import MailState
from db.models import OutboxRow, SubscriberRow

outbox_app = typer.Typer(no_args_is_help=True)


@outbox_app.command("list")
def outbox_list(
    state: Annotated[list[MailState] | None, typer.Option(help="Only messages in this state; may be given several times.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """List messages, newest first. Exit code 1 when some were given up."""
    with reading(Container(load_settings()).engine) as session:
        rows, counts = db_outbox.outbox(session, [s.value for s in state] if state else None, limit), db_outbox.outbox_counts(session)
    if as_json:
        print_json({"counts": counts, "messages": [_message(o, s) for o, s in rows]})
    else:
        table = Table("id", "kind", "to", "state", "tries", "made", "sent", "subject", "last error", box=None, pad_edge=False)
        for o, s in rows:
            table.add_row(
                str(o.id), o.kind, _to(o, s), o.state, str(o.attempts), f"{o.created_at:%m-%d %H:%M}Z", f"{o.sent_at:%m-%d %H:%M}Z" if o.sent_at else "",
                (o.subject or "").replace("[", "\\["), (o.last_error or "").replace("[", "\\["),
            )  # fmt: skip
        out.print(table)
        out.print(", ".join(f"{n} {name}" for name, n in sorted(counts.items())) or "the outbox is empty")
    raise typer.Exit(NEEDS_A_PERSON if counts.get(MailState.DEAD.value) else DONE)


def _to(o: OutboxRow, s: SubscriberRow | None) -> str:
    return o.recipient or (s.address if s and s.address else f"reader {o.subscriber_id}")


def _message(o: OutboxRow, s: SubscriberRow | None) -> dict[str, Any]:
    names = (
        "id",
        "key",
        "kind",
        "channel",
        "state",
        "attempts",
        "created_at",
        "not_before",
        "sent_at",
        "subject",
        "message_id",
        "last_error",
    )
    return {"to": _to(o, s), **{n: getattr(o, n) for n in names}}


@outbox_app.command("dead")
def outbox_dead(as_json: AsJson = False) -> None:
    """List messages that were given up (dead letters)."""
    outbox_list([MailState.DEAD], 500, as_json)


@outbox_app.command("show")
def outbox_show(message: Annotated[int, typer.Argument(help="Number of the message.")]) -> None:
    """Show a message as it is sent."""
    with reading(Container(load_settings()).engine) as session:
        row = session.get(OutboxRow, message)
        body = outbox.message_of(row) if row else None
    if body is None:
        raise WrongSettings(f"there is no message {message}, or its text was deleted")
    typer.echo(body.decode("utf-8", "replace").replace("\r\n", "\n"))


@outbox_app.command("retry")
def outbox_retry(
    message: Annotated[int | None, typer.Argument(help="Number of the message.")] = None,
    all_dead: Annotated[bool, typer.Option("--all-dead", help="Every message that was given up and is still kept.")] = False,
) -> None:
    """Send a message again, with the same Message-ID."""
    if (message is None) == (not all_dead):
        raise WrongSettings("give the number of a message, or --all-dead")
    with writing(Container(load_settings()).engine, db_outbox.OUTBOX) as session:
        rows = db_outbox.dead_letters(session) if all_dead else [session.get(OutboxRow, message)]
        for row in rows:
            send_again(row, f"there is no message {message}")
    out.print(
        f"{len(rows)} put back into the outbox; the next send job sends them."
        if all_dead
        else "Put back into the outbox; the next send job sends it."
    )


@outbox_app.command("bounces")
def outbox_bounces(
    path: Annotated[
        Path | None, typer.Argument(help="A Maildir, a file with one mail, or - for stdin. Default: list the bounces so far.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Process bounced mail (DSN): suspends addresses that do not exist or keep failing."""
    container = Container(load_settings())
    if path is None:
        _bounces(container, as_json)
        return
    mail_config, now = mail_setup.make_mail_config(container.settings), datetime.now(UTC)
    if str(path) == "-":
        import sys

        with writing(container.engine, notifications.SCOPE) as session:
            results = [bounces.receive(session, sys.stdin.buffer.read(bounces.MOST_BYTES), mail_config, now)]
    elif path.exists():
        results = bounces.receive_all(container.engine, path, mail_config, now)
    else:
        raise WrongSettings(f"there is no {path}")
    out.print("\n".join(results) or "no new bounces", markup=False)


def _bounces(container: Container, as_json: bool) -> None:
    with reading(container.engine) as session:
        rows = db_outbox.bounces(session)
    if as_json:
        print_json(
            [
                {"at": b.received_at, "subscriber": b.subscriber_id, "status": b.status, "permanent": b.permanent, "detail": b.detail}
                for b, _ in rows
            ]
        )
        return
    table = Table("at", "reader", "status", "permanent", "detail", box=None, pad_edge=False)
    for b, s in rows:
        reader = (s.address if s else None) or f"reader {b.subscriber_id}"
        permanent = "yes" if b.permanent else "no"
        table.add_row(f"{b.received_at:%Y-%m-%d %H:%M}Z", reader, b.status, permanent, b.detail.replace("[", "\\["))
    out.print(table)
