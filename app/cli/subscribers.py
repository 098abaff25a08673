"""`ajour subscribers …`: people who get digests, and their subscriptions."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from pydantic import ValidationError
from rich.table import Table

from alerts import subscriptions
from alerts.preferences import Preferences, next_due
from app.cli.common import AsJson, out, print_json
from app.cli.subscriber_args import LANGUAGE_HELP, One, Reader, find_reader, find_subscription
from app.runtime import mail_setup
from app.runtime.container import Container
from app.runtime.settings import WrongSettings, load_settings
from db import notifications, subscribers
from db import reports as db_known
from db.engine import reading, writing
from db.enums import EndReason, LinkPolicy, Rhythm
from db.field_problems import field_problems
from db.models import SubscriberRow, SubscriptionRow

subscribers_app = typer.Typer(no_args_is_help=True)


@subscribers_app.command("add")
def subscribers_add(
    address: Annotated[str, typer.Argument(help="E-mail address.")],
    report: Annotated[list[str] | None, typer.Option(help="Only this report; may be given several times. Default: all.")] = None,
    topic: Annotated[list[str] | None, typer.Option(help="Only this topic; may be given several times. Default: all.")] = None,
    severity: Annotated[str, typer.Option(help="Lowest severity that is reported: low, medium or high.")] = "low",
    rhythm: Annotated[Rhythm, typer.Option()] = Rhythm.DAILY,
    hour: Annotated[int, typer.Option(min=0, max=23, help="Hour of the digest, in the subscriber's time zone.")] = 6,
    weekday: Annotated[int, typer.Option(min=0, max=6, help="Day of weekly digests; Monday is 0.")] = 0,
    day: Annotated[
        list[int] | None,
        typer.Option(min=0, max=6, help="Day of daily digests; Monday is 0. May be given several times. Default: every day."),
    ] = None,
    zone: Annotated[str, typer.Option(help="Time zone.")] = "Europe/Brussels",
    language: Annotated[str, typer.Option(help=LANGUAGE_HELP)] = "en",
    links: Annotated[LinkPolicy, typer.Option(help="Which links the mails have.")] = LinkPolicy.DIRECT,
    confirmed_only: Annotated[bool, typer.Option("--confirmed-only", help="Leave out flags that nobody has decided.")] = False,
    no_urgent: Annotated[bool, typer.Option("--no-urgent", help="No urgent messages; the digest only.")] = False,
    no_translations: Annotated[bool, typer.Option("--no-translations", help="No machine translations beside the original.")] = False,
    ask: Annotated[bool, typer.Option("--ask", help="Send a confirmation request first, instead of vouching for the address.")] = False,
) -> None:
    """Add a subscriber, or a subscription of a known one. You vouch for the address, unless
    --ask.
    """
    container = Container(load_settings())
    ids = tuple(b.report.id for b in container.desk_baselines(report)) if report else ()
    fields = {
        "reports": ids, "topics": tuple(topic or ()), "severity": severity, "rhythm": rhythm, "hour": hour, "weekday": weekday, "links": links,
        **({"days": tuple(day)} if day else {}),
        "unreviewed": not confirmed_only, "urgent": not no_urgent, "translations": not no_translations,
    }  # fmt: skip
    now = datetime.now(UTC)
    try:
        preferences = Preferences.model_validate(fields)
        with writing(container.engine, notifications.SCOPE) as session:
            if unknown := set(topic or ()) - set(db_known.topics(session)):
                known = ", ".join(db_known.topics(session)) or "none yet: `ajour cycle` reads the baselines"
                raise WrongSettings(f"no claim has the topic {', '.join(sorted(unknown))}; there are: {known}")
            row = subscriptions.add(session, address, preferences, now, language=language, zone=zone, confirmed=not ask)
            if ask:
                subscriptions.request(session, row, now, mail_setup.make_mail_config(container.settings))
    except (subscriptions.CannotSubscribe, ValidationError) as error:
        raise WrongSettings("; ".join(field_problems(error)) if isinstance(error, ValidationError) else str(error)) from error
    first = f"{next_due(preferences, zone, now):%Y-%m-%d %H:%M}Z"
    state = "asked to confirm" if ask else f"subscribed; first digest {first}"
    out.print(f"reader {row.subscriber_id}, subscription {row.id}: {state}", markup=False)


@subscribers_app.command("list")
def subscribers_list(as_json: AsJson = False) -> None:
    """List all subscribers and subscriptions, also ended ones."""
    now = datetime.now(UTC)
    with reading(Container(load_settings()).engine) as session:
        rows = subscribers.subscribers(session)
        by_reader = subscribers.all_subscriptions(session, [r.id for r in rows])
    if as_json:
        print_json([{**_columns(r), "subscriptions": [_columns(s) for s in by_reader[r.id]]} for r in rows])
        return
    table = Table(
        "reader",
        "address",
        "no.",
        "state",
        "rhythm",
        "hour",
        "zone",
        "lang",
        "reports",
        "topics",
        "least",
        "links",
        box=None,
        pad_edge=False,
    )
    for r in rows:
        for s in by_reader[r.id]:
            preferences = s.preferences
            table.add_row(
                str(r.id), r.address or "(forgotten)", str(s.id), _state(r, s, now), str(preferences.get("rhythm")), f"{preferences.get('hour', 0):02d}:00", s.zone, s.language,
                ", ".join(preferences.get("reports", ())) or "all", ", ".join(preferences.get("topics", ())) or "all", str(preferences.get("severity")), str(preferences.get("links")),
            )  # fmt: skip
    out.print(table)


def _columns(row: SubscriberRow | SubscriptionRow) -> dict[str, Any]:
    return {c.name: getattr(row, c.name) for c in row.__table__.columns}


def _state(r: SubscriberRow, s: SubscriptionRow, now: datetime) -> str:
    if s.ended_at:
        return f"ended {s.ended_at:%Y-%m-%d} ({s.ended_reason})"
    if r.suspended_at:
        return f"suspended ({r.suspended_reason})"
    if not s.confirmed_at:
        return "not confirmed yet"
    return f"paused until {r.paused_until:%Y-%m-%d}" if r.paused_until and r.paused_until > now else "active"


@subscribers_app.command("pause")
def subscribers_pause(who: Reader, weeks: Annotated[int, typer.Option(min=1, max=52)] = 2) -> None:
    """Send nothing for some weeks; the next digest covers the whole time."""
    with writing(Container(load_settings()).engine, notifications.SCOPE) as session:
        row = find_reader(session, who)
        subscriptions.pause(row, datetime.now(UTC) + timedelta(weeks=weeks))
    out.print(f"reader {row.id} paused until {row.paused_until:%Y-%m-%d}")


@subscribers_app.command("resume")
def subscribers_resume(who: Reader) -> None:
    """End a pause, or a suspension after bounces."""
    with writing(Container(load_settings()).engine, notifications.SCOPE) as session:
        row = find_reader(session, who)
        unsent = subscriptions.resume(session, row, datetime.now(UTC))
    out.print(f"reader {row.id} gets mail again{f'; {unsent} undelivered messages are sent now' if unsent else ''}")


@subscribers_app.command("remove")
def subscribers_remove(
    who: Reader, subscription: One = None, forget: Annotated[bool, typer.Option("--forget", help="Delete the address at once.")] = False
) -> None:
    """End all subscriptions of a subscriber, or one."""
    with writing(Container(load_settings()).engine, notifications.SCOPE) as session:
        row, now = find_reader(session, who), datetime.now(UTC)
        if subscription is None:
            subscriptions.end(session, row, now, EndReason.OPERATOR, forget=forget)
        else:
            subscriptions.end_one(session, find_subscription(session, row, subscription), now, EndReason.OPERATOR, forget=forget)
    out.print(f"reader {row.id}: {f'subscription {subscription} ended' if subscription else 'ended'}")


@subscribers_app.command("link")
def subscribers_link(who: Reader) -> None:
    """Print the address of the subscriber's own page."""
    container = Container(load_settings())
    mail_config = mail_setup.make_mail_config(container.settings)
    with reading(container.engine) as session:
        row = find_reader(session, who)
    typer.echo(mail_config.links.preferences(mail_config.links.token(row)) or "AJOUR_PUBLIC_URL is not set: there is no page from outside")
