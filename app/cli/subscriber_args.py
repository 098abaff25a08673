"""Shared by the commands for subscribers: find a subscriber, requeue a message."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from alerts.i18n import language_names
from alerts.mail import outbox
from app.runtime.settings import WrongSettings
from db import subscribers
from db.models import OutboxRow, SubscriberRow, SubscriptionRow

LANGUAGE_HELP = f"Language of the mails: {', '.join(f'{code} {name}' for code, name in language_names().items())}."
Reader = Annotated[str, typer.Argument(help="The subscriber's number or address.")]
One = Annotated[int | None, typer.Option("--subscription", help="Number of one of their subscriptions, where they have several.")]


def find_reader(session: Session, who: str) -> SubscriberRow:
    row = session.get(SubscriberRow, int(who)) if who.isdigit() else subscribers.subscriber_by_address(session, who)
    if row is None:
        raise WrongSettings(f"there is no subscriber {who!r}; `ajour subscribers list` shows them")
    return row


def find_subscription(session: Session, reader: SubscriberRow, number: int | None) -> SubscriptionRow:
    """The subscription of that number, or the only one. Raises WrongSettings."""
    active = [s for s in subscribers.all_subscriptions(session, [reader.id])[reader.id] if s.ended_at is None]
    matching = active if number is None else [s for s in active if s.id == number]
    if len(matching) == 1:
        return matching[0]
    numbers = ", ".join(str(s.id) for s in active) or "none"
    raise WrongSettings(f"reader {reader.id} has the subscriptions {numbers}; name one with --subscription")


def send_again(row: OutboxRow | None, otherwise: str) -> None:
    if row is None:
        raise WrongSettings(otherwise)
    try:
        outbox.requeue(row, datetime.now(UTC))
    except ValueError as error:
        raise WrongSettings(str(error)) from error
