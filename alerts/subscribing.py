"""How a subscription begins, changes, rests and ends. Every function acts in the caller's transaction.

Nobody is written to whose address was not confirmed: by its owner, through a link that was mailed there (double opt-in), or by an operator who vouches for
it. The form answers the same whether an address is known or not, and cannot be used to flood a mailbox.
"""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerts import outbox
from alerts.language import LANGUAGES
from alerts.mail import Letter, check_address, message_id, write
from alerts.messages import confirm_message
from alerts.office import Office
from alerts.wanted import Wanted, known_zone
from db import telling
from db.models import Feedback, Flag, Subscriber
from db.words import Ended, MailKind, Usefulness

CONFIRM_WITHIN = timedelta(days=7)
ASK_AGAIN = timedelta(hours=1)  # one confirmation request an hour to an address
ASKS_AN_HOUR = 60  # in all: more is somebody playing with the form
ADDRESS_KEPT = timedelta(days=28)  # after the end
MESSAGE_KEPT = timedelta(days=30)  # after sending; what was told stays


class CannotSubscribe(ValueError):
    """The message says, for people, what is wrong with what was given."""


def add(
    session: Session,
    address: str,
    wanted: Wanted,
    now: datetime,
    *,
    language: str = "en",
    zone: str = "Europe/Brussels",
    confirmed: bool = False,
) -> Subscriber:
    """A new subscription; `confirmed` when somebody vouches for the address. Raises CannotSubscribe."""
    try:
        address = check_address(address)
    except ValueError as error:
        raise CannotSubscribe(str(error)) from error
    if language not in LANGUAGES:
        raise CannotSubscribe(f"language {language!r} is not one of {', '.join(LANGUAGES)}")
    if not known_zone(zone):
        raise CannotSubscribe(f"there is no time zone {zone!r}; write it like Europe/Brussels")
    old = telling.subscriber_by_address(session, address)
    if old is not None and old.ended_at is None:
        raise CannotSubscribe(f"{address} is subscribed already (reader {old.id})")
    if old is not None:
        old.address = None  # its story has ended; the address belongs to the new row
        session.flush()
    row = Subscriber(
        address=address, language=language, zone=zone, wanted=wanted.model_dump(mode="json"), generation=0, created_at=now,
        confirmed_at=now if confirmed else None,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def may_sign_up(office: Office, address: str) -> bool:
    """Whether the form is open for an address."""
    domain = address.rpartition("@")[2].lower()
    return "*" in office.signup or any(domain == d.lower() for d in office.signup)


def ask(session: Session, address: str, wanted: Wanted, now: datetime, office: Office, language: str, zone: str) -> None:
    """Somebody filled in the form. What happens cannot be told from outside: a known, confirmed address gets nothing, an unknown one a request to confirm.

    Raises CannotSubscribe only for what is wrong with the form itself.
    """
    try:
        address = check_address(address)
    except ValueError as error:
        raise CannotSubscribe(str(error)) from error
    row = telling.subscriber_by_address(session, address)
    if not may_sign_up(office, address) or telling.confirmations_since(session, now - ASK_AGAIN) >= ASKS_AN_HOUR:
        return
    if row is None or row.ended_at is not None:
        row = add(session, address, wanted, now, language=language, zone=zone)
    elif row.confirmed_at is not None and row.suspended_at is None:
        return
    request(session, row, now, office)


def request(session: Session, row: Subscriber, now: datetime, office: Office) -> bool:
    """Put "please confirm" into the outbox, at most once an hour for an address. False where it was too soon."""
    if telling.confirmations_since(session, now - ASK_AGAIN, row.id):
        return False
    assert row.address is not None
    until = now + CONFIRM_WITHIN
    message = confirm_message(row.language, row.address, office.links.confirm(office.links.confirmation(row, until)), until, row.zone)
    key = f"confirm:{row.id}:{now:%Y%m%dT%H%M%SZ}"
    letter = Letter(row.address, message.subject, message.text, message.html, key, now, row.language)
    outbox.put(
        session, key=key, kind=MailKind.CONFIRM, message=outbox.deflate(write(letter, office.letterhead, office.links)), now=now, subscriber_id=row.id, subject=message.subject,
        message_id=message_id(office.letterhead, office.links, key),
    )  # fmt: skip
    return True


def to_confirm(session: Session, signed: str, now: datetime, office: Office) -> Subscriber | None:
    """The subscription a confirmation link is for; None where the link is not ours, too old, or overtaken."""
    value = office.links.check("confirm", signed)
    parts = value.split(".") if value else []
    if len(parts) != 3 or not all(p.isdigit() for p in parts) or int(parts[2]) < now.timestamp():
        return None
    row = session.get(Subscriber, int(parts[0]))
    return row if row is not None and row.generation == int(parts[1]) and row.ended_at is None else None


def confirm(session: Session, row: Subscriber, now: datetime) -> None:
    """The address's owner says yes; also lifts a suspension, for mail to it has just arrived."""
    row.confirmed_at = row.confirmed_at or now
    if row.suspended_at is not None:
        resume(session, row, now)


def reader(session: Session, token: str, office: Office) -> Subscriber | None:
    """Whose signed link it is; None for one that is not ours or void."""
    found = office.links.reader(token)
    row = session.get(Subscriber, found[0]) if found else None
    return row if row is not None and found is not None and row.generation == found[1] else None


def change(row: Subscriber, wanted: Wanted, language: str, zone: str) -> None:
    """New preferences. Raises CannotSubscribe."""
    if language not in LANGUAGES or not known_zone(zone):
        raise CannotSubscribe("there is no such language or time zone")
    row.wanted, row.language, row.zone = wanted.model_dump(mode="json"), language, zone


def pause(row: Subscriber, until: datetime) -> None:
    """Nothing is sent until then; the digest after it tells of the whole time."""
    row.paused_until = until


def resume(session: Session, row: Subscriber, now: datetime) -> int:
    """End a pause or a suspension. Messages of the last 30 days that did not reach the address go out now: what they tell counts as told.

    Returns how many.
    """
    row.paused_until = row.suspended_at = row.suspended_reason = None
    unsent = telling.unsent(session, row.id, now - MESSAGE_KEPT)
    for message in unsent:
        outbox.again(message, now)
    return len(unsent)


def end(row: Subscriber, now: datetime, reason: Ended, *, forget: bool = False) -> None:
    """The subscription ends, at once. `forget`: the address too; otherwise it is kept for ADDRESS_KEPT, so that a mistake can be explained."""
    if row.ended_at is None:
        row.ended_at, row.ended_reason = now, reason.value
    if forget:
        row.address = None


def say(session: Session, row: Subscriber, flag_id: int, verdict: Usefulness, now: datetime) -> bool:
    """A reader's word on an entry; False where there is no such flag."""
    if session.get(Flag, flag_id) is None:
        return False
    session.add(Feedback(subscriber_id=row.id, flag_id=flag_id, verdict=verdict.value, made_at=now))
    return True


def keep_house(session: Session, now: datetime) -> dict[str, int]:
    """What privacy asks for, once a day or oftener: requests that were never confirmed end, old addresses and message texts go. Returns counts."""
    never = telling.never_confirmed(session, now - CONFIRM_WITHIN)
    for row in never:
        end(row, now, Ended.NEVER_CONFIRMED, forget=True)
    return {
        "never_confirmed": len(never),
        "addresses": telling.forget_addresses(session, now - ADDRESS_KEPT),
        "messages": telling.empty_old_messages(session, now - MESSAGE_KEPT),
    }
