"""Commands of telling people: `ajour digest …`, `ajour subscribers …`, `ajour outbox …`."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.table import Table
from sqlalchemy.orm import Session

from alerts import bounces, operators, outbox, runs, subscribing, urgent
from alerts.digest import build
from alerts.language import LANGUAGES
from alerts.mail import message_id
from alerts.office import Office
from alerts.render import render
from alerts.runs import mail_of
from alerts.wanted import Wanted, next_due
from app import post, show
from app.commands.common import DONE, NEEDS_A_PERSON, AsJson, out, print_json
from app.desk import Desk
from app.settings import WrongSettings, load_settings
from db import models, telling
from db.engine import reading, writing
from db.models import Outbox, Subscriber
from db.words import Ended, Links, MailKind, MailState, Rhythm

digest_app = typer.Typer(help="What subscribers are told.", no_args_is_help=True)
subscribers_app = typer.Typer(help="Who is told.", no_args_is_help=True)
outbox_app = typer.Typer(help="Messages on their way.", no_args_is_help=True)
Reader = Annotated[str, typer.Argument(help="The subscriber's number or address.")]
AsOf = Annotated[str | None, typer.Option("--as-of", help="As of this moment (2026-11-24 or 2026-11-24T06:00+01:00); default: now.")]


def register(app: typer.Typer) -> None:
    app.add_typer(digest_app, name="digest")
    app.add_typer(subscribers_app, name="subscribers")
    app.add_typer(outbox_app, name="outbox")


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise WrongSettings(f"--as-of {text!r} is no moment; write 2026-11-24 or 2026-11-24T06:00+01:00") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _reader(session: Session, who: str) -> Subscriber:
    row = session.get(Subscriber, int(who)) if who.isdigit() else telling.subscriber_by_address(session, who)
    if row is None:
        raise WrongSettings(f"there is no subscriber {who!r}; `ajour subscribers list` shows them")
    return row


@digest_app.command("preview")
def digest_preview(
    report: Annotated[list[str] | None, typer.Option(help="Only this report; may stand several times.")] = None,
    days: Annotated[int, typer.Option(help="Length of the period, in days.", min=1)] = 1,
    subscriber: Annotated[str | None, typer.Option(help="As this subscriber would get it: a number or an address.")] = None,
    as_of: AsOf = None,
    folder: Annotated[
        Path | None, typer.Option("--out", help="Write digest.html and digest.txt here instead of printing the text.")
    ] = None,
) -> None:
    """The digest as it would be sent at a moment. Sends nothing, changes nothing; the same moment always gives the same digest."""
    desk = Desk(load_settings())
    office = post.make_office(desk.settings)
    at = _moment(as_of)
    ids = [b.report.id for b in desk.baselines(report)] if report else None
    with reading(desk.engine) as session:
        if subscriber:
            digest = runs.preview(session, _reader(session, subscriber), at)
        else:
            digest = build(session, at - timedelta(days=days), at, ids)
    rendered = render(digest, office.links)
    if folder is None:
        typer.echo(f"{rendered.digest.subject}\n\n{rendered.text}")
        return
    show.write(folder / "digest.html", rendered.html)
    show.write(folder / "digest.txt", rendered.text)
    out.print(f"{rendered.digest.subject}\nwritten to {folder / 'digest.html'} and {folder / 'digest.txt'}", markup=False)


@digest_app.command("send")
def digest_send(
    test: Annotated[str | None, typer.Option(help="Send one subscriber the digest as of now, as a test; nothing counts as told.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make every digest and urgent message that is due, and send what waits: what `ajour run` does every minute."""
    desk = Desk(load_settings())
    office = post.make_office(desk.settings)
    made = runs.Made()
    if test:
        _send_test(desk, office, test)
    else:
        made = urgent.run_urgent(desk.engine, datetime.now(UTC), office, runs.run_due(desk.engine, datetime.now(UTC), office))
        operators.tell_operators(desk.engine, datetime.now(UTC), office, Path(desk.settings.data))
    with post.senders(desk.settings) as senders:
        sent = outbox.send_due(desk.engine, senders, lambda: datetime.now(UTC), office)
    if as_json:
        print_json({"made": made.__dict__, "sent": sent.__dict__})
    else:
        out.print(f"{made.digests} digests made, {made.mails} of them with a mail; {made.urgent} urgent messages.")
        out.print(f"{sent.sent} sent, {sent.failed} to be tried again, {sent.dead} given up, {sent.cancelled} cancelled.")
        for reader, why in made.unusable.items():
            out.print(f"reader {reader} gets nothing: {why}", markup=False)
        if sent.fault:
            out.print(f"stopped: {sent.fault}", markup=False)
        if not desk.settings.smtp_host:
            out.print("no mail server is set (AJOUR_SMTP_HOST): mails wait in the outbox")
    raise typer.Exit(NEEDS_A_PERSON if sent.fault or sent.dead or made.unusable else DONE)


def _send_test(desk: Desk, office: Office, who: str) -> None:
    now = datetime.now(UTC)
    with writing(desk.engine, telling.SCOPE) as session:
        reader = _reader(session, who)
        rendered = render(runs.preview(session, reader, now), office.links, personal=True)
        key = f"test:{reader.id}:{now:%Y%m%dT%H%M%S.%fZ}"
        subject = rendered.digest.subject.replace("[Ajour]", "[Ajour, test]")
        message = outbox.deflate(mail_of(reader, subject, rendered.html, rendered.text, key, office, now))
        outbox.put(
            session, key=key, kind=MailKind.TEST, message=message, message_id=message_id(office.letterhead, office.links, key), now=now,
            subscriber_id=reader.id, subject=subject,
        )  # fmt: skip


@digest_app.command("runs")
def digest_runs(
    subscriber: Annotated[str | None, typer.Option(help="Only this subscriber's.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 30,
    as_json: AsJson = False,
) -> None:
    """Digests that were made: period, subject, and how their mail fares."""
    with reading(Desk(load_settings()).engine) as session:
        rows = telling.digests(session, limit, _reader(session, subscriber).id if subscriber else None)
    if as_json:
        print_json([_run(d, s, o) for d, s, o in rows])
        return
    table = Table("run", "reader", "rhythm", "from", "to", "mail", "entries", "subject", box=None, pad_edge=False)
    for d, s, o in rows:
        table.add_row(
            str(d.id), s.address or f"reader {s.id}", d.rhythm, f"{d.period_start:%Y-%m-%d %H:%M}Z", f"{d.period_end:%Y-%m-%d %H:%M}Z",
            o.state if o else "none: nothing to tell", str(len(d.entries)), (d.subject or "").replace("[", "\\["),
        )  # fmt: skip
    out.print(table)


def _run(d: models.Digest, s: Subscriber, o: Outbox | None) -> dict[str, Any]:
    return {
        "id": d.id, "subscriber": s.id, "rhythm": d.rhythm, "from": d.period_start, "to": d.period_end, "subject": d.subject, "entries": d.entries,
        "mail": o and {"id": o.id, "state": o.state, "message_id": o.message_id, "sent_at": o.sent_at},
    }  # fmt: skip


@digest_app.command("resend")
def digest_resend(run: Annotated[int, typer.Argument(help="Number of the digest run.")]) -> None:
    """Send a digest's mail once more, the same message with the same Message-ID."""
    desk = Desk(load_settings())
    with writing(desk.engine, telling.OUTBOX) as session:
        row = next((o for d, _, o in telling.digests(session, 1_000_000) if d.id == run and o), None)
        _again(row, f"run {run} has no mail")
    out.print("Put back into the outbox; it goes out with the next round.")


def _again(row: Outbox | None, otherwise: str) -> None:
    if row is None:
        raise WrongSettings(otherwise)
    try:
        outbox.again(row, datetime.now(UTC))
    except ValueError as error:
        raise WrongSettings(str(error)) from error


@subscribers_app.command("add")
def subscribers_add(
    address: Annotated[str, typer.Argument(help="E-mail address.")],
    report: Annotated[list[str] | None, typer.Option(help="Only this report; may stand several times. Default: all.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="Only this topic; may stand several times. Default: all.")] = None,
    severity: Annotated[str, typer.Option(help="The least that is told: low, medium or high.")] = "low",
    rhythm: Annotated[Rhythm, typer.Option()] = Rhythm.DAILY,
    hour: Annotated[int, typer.Option(min=0, max=23, help="Hour of the digest, in the reader's own time.")] = 6,
    weekday: Annotated[int, typer.Option(min=0, max=6, help="Day of weekly digests; Monday is 0.")] = 0,
    zone: Annotated[str, typer.Option(help="Time zone.")] = "Europe/Brussels",
    language: Annotated[str, typer.Option(help=" or ".join(LANGUAGES))] = "en",
    links: Annotated[Links, typer.Option(help="Which links the mails carry.")] = Links.DIRECT,
    confirmed_only: Annotated[bool, typer.Option("--confirmed-only", help="Leave out what nobody has judged yet.")] = False,
    no_urgent: Annotated[bool, typer.Option("--no-urgent", help="Nothing at once; the digest only.")] = False,
    ask: Annotated[bool, typer.Option("--ask", help="Mail a request to confirm first, instead of vouching for the address.")] = False,
) -> None:
    """Subscribe somebody. You vouch for the address, unless --ask."""
    desk = Desk(load_settings())
    ids = tuple(b.report.id for b in desk.baselines(report)) if report else ()
    given = {
        "reports": ids, "topics": tuple(topic or ()), "severity": severity, "rhythm": rhythm, "hour": hour, "weekday": weekday, "links": links,
        "unreviewed": not confirmed_only, "urgent": not no_urgent,
    }  # fmt: skip
    now = datetime.now(UTC)
    try:
        wanted = Wanted.model_validate(given)
        with writing(desk.engine, telling.SCOPE) as session:
            if unknown := set(topic or ()) - set(telling.topics(session)):
                known = ", ".join(telling.topics(session)) or "none yet: `ajour cycle` reads the baselines"
                raise WrongSettings(f"no claim has the topic {', '.join(sorted(unknown))}; there are: {known}")
            row = subscribing.add(session, address, wanted, now, language=language, zone=zone, confirmed=not ask)
            if ask:
                subscribing.request(session, row, now, post.make_office(desk.settings))
    except (subscribing.CannotSubscribe, ValidationError) as error:
        raise WrongSettings(str(error)) from error
    first = f"{next_due(wanted, zone, now):%Y-%m-%d %H:%M}Z"
    out.print(f"reader {row.id}: {'asked to confirm' if ask else f'subscribed; first digest {first}'}", markup=False)


@subscribers_app.command("list")
def subscribers_list(as_json: AsJson = False) -> None:
    """Everybody, also those whose subscription ended."""
    now = datetime.now(UTC)
    with reading(Desk(load_settings()).engine) as session:
        rows = telling.subscribers(session)
    if as_json:
        print_json([{c.name: getattr(r, c.name) for c in Subscriber.__table__.columns} for r in rows])
        return
    table = Table(
        "reader", "address", "state", "rhythm", "hour", "zone", "lang", "reports", "topics", "least", "links", box=None, pad_edge=False
    )
    for r in rows:
        w = r.wanted
        table.add_row(
            str(r.id), r.address or "(forgotten)", _state(r, now), str(w.get("rhythm")), f"{w.get('hour', 0):02d}:00", r.zone, r.language,
            ", ".join(w.get("reports", ())) or "all", ", ".join(w.get("topics", ())) or "all", str(w.get("severity")), str(w.get("links")),
        )  # fmt: skip
    out.print(table)


def _state(r: Subscriber, now: datetime) -> str:
    if r.ended_at:
        return f"ended {r.ended_at:%Y-%m-%d} ({r.ended_reason})"
    if r.suspended_at:
        return f"suspended ({r.suspended_reason})"
    if not r.confirmed_at:
        return "not confirmed yet"
    return f"paused until {r.paused_until:%Y-%m-%d}" if r.paused_until and r.paused_until > now else "active"


@subscribers_app.command("pause")
def subscribers_pause(who: Reader, weeks: Annotated[int, typer.Option(min=1, max=52)] = 2) -> None:
    """Send nothing for some weeks; the digest after that tells of the whole time."""
    with writing(Desk(load_settings()).engine, telling.SCOPE) as session:
        row = _reader(session, who)
        subscribing.pause(row, datetime.now(UTC) + timedelta(weeks=weeks))
    out.print(f"reader {row.id} paused until {row.paused_until:%Y-%m-%d}")


@subscribers_app.command("resume")
def subscribers_resume(who: Reader) -> None:
    """End a pause, or a suspension after bounces."""
    with writing(Desk(load_settings()).engine, telling.SCOPE) as session:
        row = _reader(session, who)
        subscribing.resume(row)
    out.print(f"reader {row.id} is written to again")


@subscribers_app.command("remove")
def subscribers_remove(who: Reader, forget: Annotated[bool, typer.Option("--forget", help="Forget the address at once.")] = False) -> None:
    """End a subscription."""
    with writing(Desk(load_settings()).engine, telling.SCOPE) as session:
        row = _reader(session, who)
        subscribing.end(row, datetime.now(UTC), Ended.OPERATOR, forget=forget)
    out.print(f"reader {row.id}: ended")


@subscribers_app.command("link")
def subscribers_link(who: Reader) -> None:
    """The reader's own page, for handing on when a mail was lost."""
    desk = Desk(load_settings())
    office = post.make_office(desk.settings)
    with reading(desk.engine) as session:
        row = _reader(session, who)
    typer.echo(office.links.preferences(office.links.token(row)) or "AJOUR_PUBLIC_URL is not set: there is no page from outside")


@outbox_app.command("list")
def outbox_list(
    state: Annotated[list[MailState] | None, typer.Option(help="Only messages that stand so; may stand several times.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    as_json: AsJson = False,
) -> None:
    """Messages, newest first. Exit code 1 when some were given up."""
    with reading(Desk(load_settings()).engine) as session:
        rows, counts = telling.outbox(session, [s.value for s in state] if state else None, limit), telling.outbox_counts(session)
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


def _to(o: Outbox, s: Subscriber | None) -> str:
    return o.recipient or (s.address if s and s.address else f"reader {o.subscriber_id}")


def _message(o: Outbox, s: Subscriber | None) -> dict[str, Any]:
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
    """Messages that were given up: the dead letters."""
    outbox_list([MailState.DEAD], 500, as_json)


@outbox_app.command("show")
def outbox_show(message: Annotated[int, typer.Argument(help="Number of the message.")]) -> None:
    """A message as it goes over the wire."""
    with reading(Desk(load_settings()).engine) as session:
        row = session.get(Outbox, message)
        body = outbox.message_of(row) if row else None
    if body is None:
        raise WrongSettings(f"there is no message {message}, or its text is no longer kept")
    typer.echo(body.decode("utf-8", "replace").replace("\r\n", "\n"))


@outbox_app.command("retry")
def outbox_retry(message: Annotated[int, typer.Argument(help="Number of the message.")]) -> None:
    """Send a message that was given up (or any other) once more, with the Message-ID it has."""
    with writing(Desk(load_settings()).engine, telling.OUTBOX) as session:
        _again(session.get(Outbox, message), f"there is no message {message}")
    out.print("Put back into the outbox; it goes out with the next round.")


@outbox_app.command("bounces")
def outbox_bounces(
    path: Annotated[
        Path | None, typer.Argument(help="A Maildir, a file with one mail, or - for stdin. Without it: the bounces so far.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Act on mail that came back (DSN): suspends addresses that do not exist or keep failing."""
    desk = Desk(load_settings())
    if path is None:
        _bounces(desk, as_json)
        return
    office, now = post.make_office(desk.settings), datetime.now(UTC)
    if str(path) == "-":
        import sys

        with writing(desk.engine, telling.SCOPE) as session:
            said = [bounces.receive(session, sys.stdin.buffer.read(bounces.MOST_BYTES), office, now)]
    elif path.exists():
        said = bounces.receive_all(desk.engine, path, office, now)
    else:
        raise WrongSettings(f"there is no {path}")
    out.print("\n".join(said) or "nothing new came back", markup=False)


def _bounces(desk: Desk, as_json: bool) -> None:
    with reading(desk.engine) as session:
        rows = telling.bounces(session)
    if as_json:
        print_json(
            [
                {"at": b.received_at, "subscriber": b.subscriber_id, "status": b.status, "permanent": b.permanent, "detail": b.detail}
                for b, _ in rows
            ]
        )
        return
    table = Table("at", "reader", "status", "for good", "detail", box=None, pad_edge=False)
    for b, s in rows:
        table.add_row(f"{b.received_at:%Y-%m-%d %H:%M}Z", (s.address if s else None) or f"reader {b.subscriber_id}", b.status, "yes" if b.permanent else "no", b.detail.replace("[", "\\["))  # fmt: skip
    out.print(table)
