"""Chat channels (Matrix, Slack, ntfy, Telegram, webhooks, another mailbox …) through Apprise, which
is an extra: `pip install ajour[notify]`.

A channel is a name and an Apprise address in the settings. The address contains secrets, so the
database stores the name only.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from alerts.mail import outbox, sanitize
from alerts.mail.smtp import Envelope, MailRefused, MailServerFault
from db import outbox as db_outbox
from db.enums import MailKind
from db.models import OutboxRow

CHANNEL = "chat"


def queue_chat(
    session: Session, channel: str, key: str, title: str, body: str, now: datetime, kind: MailKind = MailKind.URGENT
) -> OutboxRow | None:
    """Queue a message for a channel, once per key; None where the key was used before."""
    key = f"chat:{channel}:{key}"[:120]
    if db_outbox.has_key(session, key):
        return None
    # A channel may be a mailbox: no title is an encoded word
    title = sanitize.line(title, 200).replace("=?", "= ?")
    message = outbox.deflate(packed(title, body))
    return outbox.put(
        session, key=key, kind=kind, message=message, message_id=key, now=now, channel=CHANNEL, recipient=channel, subject=title
    )


def packed(title: str, body: str) -> bytes:
    """A message in the form that ChatSender reads."""
    return json.dumps({"title": title, "body": body}, ensure_ascii=False).encode()


class ChatSender:
    """Delivers to channels by name. Raises SendingError like every sender."""

    def __init__(self, channels: Mapping[str, str]) -> None:
        self._channels = dict(channels)

    def send(self, envelope: Envelope) -> None:
        address = self._channels.get(envelope.to)
        if address is None:
            raise MailRefused(550, f"no channel is named {envelope.to!r} in AJOUR_CHANNELS", address=False)
        content: dict[str, Any] = json.loads(envelope.message)
        target = _apprise()
        if not target.add(address):
            raise MailRefused(550, f"the address of channel {envelope.to!r} is not one that Apprise understands", address=False)
        if not target.notify(title=content["title"], body=content["body"]):
            raise MailRefused(450, f"channel {envelope.to!r} did not take the message", address=False)


def _apprise() -> Any:
    try:
        import apprise
    except ModuleNotFoundError as error:
        raise MailServerFault("chat channels need the extra `ajour[notify]`; install it") from error
    return apprise.Apprise()
