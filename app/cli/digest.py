"""`ajour digest …`: preview, make and send digests."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from alerts import digest_runs as alerts_digest_runs
from alerts import operator_alerts, urgent
from alerts.digest import build
from alerts.digest_runs import SharedRendering, mail_of
from alerts.i18n import LANGUAGES
from alerts.mail import outbox
from alerts.mail.mail_config import MailConfig
from alerts.mail.mime import message_id
from alerts.mail.render import render
from app.cli.common import DONE, NEEDS_A_PERSON, AsJson, out, print_json
from app.cli.subscriber_args import LANGUAGE_HELP, One, find_reader, find_subscription, send_again
from app.runtime import mail_setup
from app.runtime.container import Container
from app.runtime.settings import WrongSettings, load_settings
from app.tools.files import write
from db import digests, models, notifications
from db import outbox as db_outbox
from db.engine import reading, writing
from db.enums import MailKind
from db.models import OutboxRow, SubscriberRow

digest_app = typer.Typer(no_args_is_help=True)
AsOf = Annotated[str | None, typer.Option("--as-of", help="As of this moment (2026-11-24 or 2026-11-24T06:00+01:00); default: now.")]


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongSettings(f"--as-of {text!r} is not a date or time; write 2026-11-24 or 2026-11-24T06:00+01:00") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


@digest_app.command("preview")
def digest_preview(
    report: Annotated[list[str] | None, typer.Option(help="Only this report; may be given several times.")] = None,
    days: Annotated[int, typer.Option(help="Length of the period, in days.", min=1)] = 1,
    subscriber: Annotated[str | None, typer.Option(help="For this subscriber: a number or an address.")] = None,
    subscription: One = None,
    as_of: AsOf = None,
    language: Annotated[str | None, typer.Option(help=LANGUAGE_HELP)] = None,
    folder: Annotated[
        Path | None, typer.Option("--out", help="Write digest.html and digest.txt here instead of printing the text.")
    ] = None,
) -> None:
    """Show the digest as it would be sent at a moment. Sends and changes nothing; the same moment
    always gives the same digest.
    """
    container = Container(load_settings())
    mail_config = mail_setup.make_mail_config(container.settings)
    at = _moment(as_of)
    ids = [b.report.id for b in container.desk_baselines(report)] if report else None
    with reading(container.engine) as session:
        if subscriber:
            reader = find_reader(session, subscriber)
            digest = alerts_digest_runs.preview(session, reader, find_subscription(session, reader, subscription), at)
        else:
            digest = build(session, at - timedelta(days=days), at, ids)
    if language is not None:
        if language not in LANGUAGES:
            raise WrongSettings(f"there is no catalogue for {language!r}; there are: {', '.join(LANGUAGES)}")
        digest = replace(digest, language=language)
    rendered = render(digest, mail_config.links)
    if folder is None:
        typer.echo(f"{rendered.subject}\n\n{rendered.text}")
        return
    write(folder / "digest.html", rendered.html)
    write(folder / "digest.txt", rendered.text)
    out.print(f"{rendered.subject}\nwritten to {folder / 'digest.html'} and {folder / 'digest.txt'}", markup=False)


@digest_app.command("send")
def digest_send(
    test: Annotated[
        str | None, typer.Option(help="Send one subscriber the digest as of now, as a test; it does not count as sent.")
    ] = None,
    subscription: One = None,
    as_json: AsJson = False,
) -> None:
    """Make every digest and urgent message that is due, and send what waits, as `ajour run` does
    every minute.
    """
    container = Container(load_settings())
    mail_config = mail_setup.make_mail_config(container.settings)
    result = alerts_digest_runs.DigestRunResult()
    if test:
        _send_test(container, mail_config, test, subscription)
    else:
        result = urgent.run_urgent(container.engine, datetime.now(UTC), mail_config)
        result = alerts_digest_runs.run_due(container.engine, datetime.now(UTC), mail_config, result)
        operator_alerts.alert_operators(container.engine, datetime.now(UTC), mail_config, Path(container.settings.data))
    with mail_setup.senders(container.settings) as senders:
        sent = outbox.send_due(container.engine, senders, lambda: datetime.now(UTC), mail_config)
    if as_json:
        print_json({"made": result.__dict__, "sent": sent.__dict__})
    else:
        out.print(f"{result.digests} digests made, {result.mails} of them with a mail; {result.urgent} urgent messages.")
        out.print(f"{sent.sent} sent, {sent.failed} to be retried, {sent.dead} given up, {sent.cancelled} cancelled.")
        for number, why in result.unusable.items():
            out.print(f"subscription {number} cannot be used: {why}", markup=False)
        if sent.fault:
            out.print(f"stopped: {sent.fault}", markup=False)
        if not container.settings.smtp_host:
            out.print("no mail server is set (AJOUR_SMTP_HOST): mails wait in the outbox")
    raise typer.Exit(NEEDS_A_PERSON if sent.fault or sent.dead or result.unusable else DONE)


def _send_test(container: Container, mail_config: MailConfig, who: str, number: int | None) -> None:
    now = datetime.now(UTC)
    with writing(container.engine, notifications.SCOPE) as session:
        reader = find_reader(session, who)
        subscription = find_subscription(session, reader, number)
        rendered = render(alerts_digest_runs.preview(session, reader, subscription, now), mail_config.links, personal=True)
        key = f"test:{reader.id}:{now:%Y%m%dT%H%M%S.%fZ}"
        subject = rendered.subject.replace("[Ajour]", "[Ajour, test]")
        shared = SharedRendering(subject, rendered.html, rendered.text, subscription.language)
        message = outbox.deflate(mail_of(shared, reader, subscription, key, mail_config, now))
        outbox.put(
            session, key=key, kind=MailKind.TEST, message=message, message_id=message_id(mail_config.mail_head, mail_config.links, key), now=now,
            subscriber_id=reader.id, subject=subject,
        )  # fmt: skip


@digest_app.command("runs")
def digest_runs(
    subscriber: Annotated[str | None, typer.Option(help="Only this subscriber's.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 30,
    as_json: AsJson = False,
) -> None:
    """List digests: period, subject, state of the mail."""
    with reading(Container(load_settings()).engine) as session:
        rows = digests.digests(session, limit, find_reader(session, subscriber).id if subscriber else None)
    if as_json:
        print_json([_run(d, s, o) for d, s, o in rows])
        return
    table = Table("run", "reader", "subscription", "rhythm", "from", "to", "mail", "entries", "subject", box=None, pad_edge=False)
    for d, s, o in rows:
        table.add_row(
            str(d.id), s.address or f"reader {s.id}", str(d.subscription_id), d.rhythm, f"{d.period_start:%Y-%m-%d %H:%M}Z", f"{d.period_end:%Y-%m-%d %H:%M}Z",
            o.state if o else "none: nothing to report", str(len(d.entries)), (d.subject or "").replace("[", "\\["),
        )  # fmt: skip
    out.print(table)


def _run(d: models.DigestRow, s: SubscriberRow, o: OutboxRow | None) -> dict[str, Any]:
    return {
        "id": d.id, "subscriber": s.id, "subscription": d.subscription_id, "rhythm": d.rhythm, "from": d.period_start, "to": d.period_end, "subject": d.subject, "entries": d.entries,
        "mail": o and {"id": o.id, "state": o.state, "message_id": o.message_id, "sent_at": o.sent_at},
    }  # fmt: skip


@digest_app.command("resend")
def digest_resend(run: Annotated[int, typer.Argument(help="Number of the digest run.")]) -> None:
    """Send the mail of a digest again: the same message with the same Message-ID."""
    container = Container(load_settings())
    with writing(container.engine, db_outbox.OUTBOX) as session:
        send_again(digests.mail_of_digest(session, run), f"run {run} has no mail")
    out.print("Put back into the outbox; the next send job sends it.")
