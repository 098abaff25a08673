"""What the commands of telling people share: finding a subscriber, putting a message back."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from alerts import outbox
from app.settings import WrongSettings
from db import telling
from db.models import Outbox, Subscriber

Reader = Annotated[str, typer.Argument(help="The subscriber's number or address.")]


def find_reader(session: Session, who: str) -> Subscriber:
    row = session.get(Subscriber, int(who)) if who.isdigit() else telling.subscriber_by_address(session, who)
    if row is None:
        raise WrongSettings(f"there is no subscriber {who!r}; `ajour subscribers list` shows them")
    return row


def send_again(row: Outbox | None, otherwise: str) -> None:
    if row is None:
        raise WrongSettings(otherwise)
    try:
        outbox.again(row, datetime.now(UTC))
    except ValueError as error:
        raise WrongSettings(str(error)) from error
