"""Shows colleagues that another person has a flag open."""

import logging
from datetime import datetime

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session
from starlette.background import BackgroundTask
from starlette.responses import Response

from db import presence
from db.engine import reading, writing
from review.context import DeskContext

SCOPE = "presence"
log = logging.getLogger(__name__)


def of_flag(flag_id: int) -> str:
    """How a flag is named in `db.presence`."""
    return f"flag {flag_id}"


def others_at(session: Session, flag_id: int | None, user_id: int, now: datetime) -> list[presence.Opened]:
    """The colleagues who have the flag open; none without a flag."""
    return presence.others(session, of_flag(flag_id), user_id, now) if flag_id is not None else []


def recording_presence(response: Response, context: DeskContext, flag_id: int | None, user_id: int) -> Response:
    """`response`, after which it is recorded that the user has the flag open. Pages do not wait for
    the write to the database.
    """
    if flag_id is not None:
        response.background = BackgroundTask(_record, context, of_flag(flag_id), user_id)
    return response


def _record(context: DeskContext, subject: str, user_id: int) -> None:
    now = context.now()
    try:
        with reading(context.engine) as session:
            if presence.is_noted(session, subject, user_id, now):
                return
        with writing(context.engine, SCOPE) as session:
            presence.arrive(session, subject, user_id, now)
    except OperationalError as error:  # only a hint is lost
        log.warning("could not note who opened %s: %s", subject, error.orig)
