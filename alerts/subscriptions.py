"""How a subscription begins, changes, pauses and ends. Every function acts in the caller's
transaction.

An address gets mail only after it was confirmed: by its owner, through a mailed link (double
opt-in), or by an operator who vouches for it. A person may have several subscriptions; address,
pause, suspension and links belong to the person. The form answers the same for known and unknown
addresses, and cannot be used to flood a mailbox.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerts.i18n import LANGUAGES, _, catalogue
from alerts.mail import outbox, sanitize
from alerts.mail.mail_config import MailConfig
from alerts.mail.mime import Email, check_address, message_id, write
from alerts.mail.other_mails import confirm_message
from alerts.preferences import Preferences
from alerts.time_zones import known_zone
from db import outbox as db_outbox
from db import subscribers
from db.enums import EndReason, MailKind, Rating
from db.models import FeedbackRow, FlagRow, SubscriberRow, SubscriptionRow

CONFIRM_WITHIN = timedelta(days=7)
REQUEST_PAUSE = timedelta(hours=1)  # one confirmation request an hour to an address
REQUESTS_PER_HOUR = 60  # in all; more is an abuse of the form
MOST = 12  # subscriptions of one person; more is a script
ADDRESS_KEPT = timedelta(days=28)  # after the end
MESSAGE_KEPT = timedelta(days=30)  # after sending; notifications stay


class CannotSubscribe(ValueError):
    """The input cannot be used. The message is for people: English as str(), other languages by
    `text`.
    """

    def __init__(self, reason: str, **given: object) -> None:
        self.reason, self.given = reason, given
        super().__init__(reason % given)

    def text(self, language: str) -> str:
        return catalogue(language).gettext(self.reason) % self.given


def add(
    session: Session,
    address: str,
    preferences: Preferences,
    now: datetime,
    *,
    language: str = "en",
    zone: str = "Europe/Brussels",
    confirmed: bool = False,
) -> SubscriptionRow:
    """A new subscription, of a new person or one more of a known one; `confirmed` when an operator
    vouches for it. Raises CannotSubscribe.
    """
    try:
        address = check_address(address)
    except ValueError as error:
        raise CannotSubscribe(_("%(address)s is no e-mail address that can be written to"), address=sanitize.line(address, 80)) from error
    _check(language, zone)
    person = subscribers.subscriber_by_address(session, address)
    if person is not None and person.ended_at is not None:
        person.address = None  # its subscriptions have ended; the address moves to the new row
        session.flush()
        person = None
    if person is None:
        person = SubscriberRow(address=address, generation=0, created_at=now)
        session.add(person)
        session.flush()
    if confirmed:
        person.confirmed_at = person.confirmed_at or now
    return add_to(session, person, preferences, now, language=language, zone=zone, confirmed=confirmed)


def add_to(
    session: Session, person: SubscriberRow, preferences: Preferences, now: datetime, *, language: str, zone: str, confirmed: bool = True
) -> SubscriptionRow:
    """One more subscription of a person. Raises CannotSubscribe, also where they have just that
    one, or too many.
    """
    _check(language, zone)
    active, requested = _active(session, person), preferences.model_dump(mode="json")
    if duplicate := next((s for s in active if s.preferences == requested and s.zone == zone), None):
        raise CannotSubscribe(
            _("%(address)s is subscribed to just this already (subscription %(number)s)"), address=person.address, number=duplicate.id
        )
    if len(active) >= MOST:
        raise CannotSubscribe(
            _("%(address)s has %(number)s subscriptions already; end or change one of them"), address=person.address, number=len(active)
        )
    row = SubscriptionRow(
        subscriber_id=person.id,
        language=language,
        zone=zone,
        preferences=requested,
        created_at=now,
        confirmed_at=now if confirmed else None,
    )
    session.add(row)
    session.flush()
    return row


def _check(language: str, zone: str) -> None:
    if language not in LANGUAGES:
        raise CannotSubscribe(_("language %(name)s is not one of %(known)s"), name=language, known=", ".join(LANGUAGES))
    if not known_zone(zone):
        raise CannotSubscribe(_("there is no time zone %(name)s; write it like Europe/Brussels"), name=zone)


def _active(session: Session, person: SubscriberRow) -> list[SubscriptionRow]:
    """All that have not ended, also those that wait to be confirmed."""
    return [s for s in subscribers.all_subscriptions(session, [person.id])[person.id] if s.ended_at is None]


def may_sign_up(mail_config: MailConfig, address: str) -> bool:
    """Whether the form is open for an address."""
    domain = address.rpartition("@")[2].lower()
    return "*" in mail_config.signup or any(domain == d.lower() for d in mail_config.signup)


def sign_up(
    session: Session, address: str, preferences: Preferences, now: datetime, mail_config: MailConfig, language: str, zone: str
) -> None:
    """Handle a filled-in form. The answer never depends on the address, which gets a request to
    confirm, or nothing.

    Raises CannotSubscribe only for what is wrong with the form itself.
    """
    try:
        address = check_address(address)
    except ValueError as error:
        raise CannotSubscribe(_("%(address)s is no e-mail address that can be written to"), address=sanitize.line(address, 80)) from error
    _check(language, zone)
    if not may_sign_up(mail_config, address) or db_outbox.confirmations_since(session, now - REQUEST_PAUSE) >= REQUESTS_PER_HOUR:
        return
    person = subscribers.subscriber_by_address(session, address)
    if person is not None and db_outbox.confirmations_since(session, now - REQUEST_PAUSE, person.id):
        return
    try:
        row = add(session, address, preferences, now, language=language, zone=zone)
    except CannotSubscribe:
        # The same subscription, or too many: a person who lost the mail gets the link again
        assert person is not None
        row = _active(session, person)[-1]
    request(session, row, now, mail_config)


def request(session: Session, row: SubscriptionRow, now: datetime, mail_config: MailConfig) -> bool:
    """Queue a request to confirm, at most once an hour for an address. False where it was too
    soon.
    """
    person = session.get_one(SubscriberRow, row.subscriber_id)
    if db_outbox.confirmations_since(session, now - REQUEST_PAUSE, person.id):
        return False
    assert person.address is not None
    until = now + CONFIRM_WITHIN
    url = mail_config.links.confirm(mail_config.links.confirmation(person, row, until))
    message = confirm_message(row.language, person.address, url, until, row.zone)
    key = f"confirm:{row.id}:{now:%Y%m%dT%H%M%SZ}"
    mail = Email(person.address, message.subject, message.text, message.html, key, now, row.language)
    outbox.put(
        session, key=key, kind=MailKind.CONFIRM, message=outbox.deflate(write(mail, mail_config.mail_head, mail_config.links)), now=now, subscriber_id=person.id,
        subject=message.subject, message_id=message_id(mail_config.mail_head, mail_config.links, key),
    )  # fmt: skip
    return True


def to_confirm(session: Session, signed: str, now: datetime, mail_config: MailConfig) -> tuple[SubscriberRow, SubscriptionRow] | None:
    """The person and the subscription of a confirmation link; None for a link that is not ours, too
    old, or invalidated.
    """
    value = mail_config.links.check("confirm", signed)
    parts = value.split(".") if value else []
    if len(parts) != 3 or not all(p.isdecimal() for p in parts) or int(parts[2]) < now.timestamp():
        return None
    row = session.get(SubscriptionRow, int(parts[0]))
    person = session.get(SubscriberRow, row.subscriber_id) if row is not None and row.ended_at is None else None
    if row is None or person is None or person.ended_at is not None or person.generation != int(parts[1]):
        return None
    return person, row


def confirm(session: Session, person: SubscriberRow, row: SubscriptionRow, now: datetime) -> None:
    """Confirm a subscription by its owner. Also ends a suspension, because mail to the address has
    just arrived.
    """
    person.confirmed_at = person.confirmed_at or now
    row.confirmed_at = row.confirmed_at or now
    if person.suspended_at is not None:
        resume(session, person, now)


@dataclass(frozen=True)
class LinkHolder:
    """Who opened a signed link."""

    person: SubscriberRow
    # The subscription whose mail had the link, also one that has ended; None: a link for all
    of: SubscriptionRow | None
    all: tuple[SubscriptionRow, ...]  # active ones, the oldest first
    language: str

    @property
    def subscription(self) -> SubscriptionRow | None:
        """The active subscription that the link is for; None for a link for all."""
        return self.of if self.of in self.all else None

    @property
    def meant(self) -> tuple[SubscriptionRow, ...]:
        """The active subscriptions that the link is for."""
        return self.all if self.of is None else tuple(s for s in self.all if s is self.of)


def link_holder(session: Session, token: str, mail_config: MailConfig) -> LinkHolder | None:
    """Whose signed link it is; None for one that is not ours or void."""
    bearer = mail_config.links.bearer(token)
    person = session.get(SubscriberRow, bearer.reader) if bearer else None
    if person is None or bearer is None or person.generation != bearer.generation:
        return None
    ever = subscribers.all_subscriptions(session, [person.id])[person.id]
    of = next((s for s in ever if s.id == bearer.subscription), None)
    active = tuple(s for s in ever if s.ended_at is None and s.confirmed_at is not None)
    language = next((s.language for s in (of, *active, *reversed(ever)) if s is not None), "en")
    return LinkHolder(person, of, active, language)


def change(row: SubscriptionRow, preferences: Preferences, language: str, zone: str) -> None:
    """New preferences. Raises CannotSubscribe."""
    _check(language, zone)
    row.preferences, row.language, row.zone = preferences.model_dump(mode="json"), language, zone


def pause(row: SubscriberRow, until: datetime) -> None:
    """Nothing is sent until then; the next digest covers the whole pause."""
    row.paused_until = until


def resume(session: Session, row: SubscriberRow, now: datetime) -> int:
    """End a pause or a suspension. Messages of the last 30 days that did not reach the address are
    queued again.

    Returns how many.
    """
    row.paused_until = row.suspended_at = row.suspended_reason = None
    unsent = db_outbox.unsent(session, row.id, now - MESSAGE_KEPT)
    for message in unsent:
        outbox.requeue(message, now)
    return len(unsent)


def end(session: Session, person: SubscriberRow, now: datetime, reason: EndReason, *, forget: bool = False) -> None:
    """All of a person's subscriptions end, at once. `forget`: the address too; otherwise it is kept
    for ADDRESS_KEPT, so that a mistake can be explained.
    """
    for row in _active(session, person):
        row.ended_at, row.ended_reason = now, reason.value
    if person.ended_at is None:
        person.ended_at, person.ended_reason = now, reason.value
    if forget:
        person.address = None


def end_one(session: Session, row: SubscriptionRow, now: datetime, reason: EndReason, *, forget: bool = False) -> None:
    """One subscription ends; the person with it where it was their last."""
    if row.ended_at is None:
        row.ended_at, row.ended_reason = now, reason.value
    person = session.get_one(SubscriberRow, row.subscriber_id)
    if not _active(session, person):
        end(session, person, now, reason, forget=forget)


def unsubscribe(session: Session, holder: LinkHolder, now: datetime, *, everything: bool = False, forget: bool = False) -> None:
    """End what a signed link is for: one subscription, or all where it is for all or
    `everything`.
    """
    if holder.of is None or everything:
        end(session, holder.person, now, EndReason.UNSUBSCRIBED, forget=forget)
    else:
        end_one(session, holder.of, now, EndReason.UNSUBSCRIBED, forget=forget)


def record_feedback(session: Session, row: SubscriberRow, flag_id: int, verdict: Rating, now: datetime) -> bool:
    """Store a reader's feedback on an entry. False where there is no such flag."""
    if session.get(FlagRow, flag_id) is None:
        return False
    session.add(FeedbackRow(subscriber_id=row.id, flag_id=flag_id, verdict=verdict.value, made_at=now))
    return True


def apply_retention(session: Session, now: datetime) -> dict[str, int]:
    """Apply the retention times; call it once a day or more often. Requests that were never
    confirmed end, old addresses and texts of messages are deleted. Returns counts.
    """
    never = subscribers.never_confirmed(session, now - CONFIRM_WITHIN)
    for row in never:
        end_one(session, row, now, EndReason.NEVER_CONFIRMED, forget=True)
    return {
        "never_confirmed": len(never),
        "addresses": subscribers.forget_addresses(session, now - ADDRESS_KEPT),
        "messages": db_outbox.empty_old_messages(session, now - MESSAGE_KEPT),
    }
