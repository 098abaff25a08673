"""Urgent entries and corrections in chat channels: bundled, at most one message per PAUSE and A_DAY
per day and channel.

What comes in between waits for the next message; nothing is dropped. Corrections do not wait.
Messages are in English.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from alerts.digest import Correction, corrections_of, news_of
from alerts.digest_entry import DigestEntry, by_story, flags_of, sent_facts
from alerts.mail.chat import queue_chat
from alerts.mail.mail_config import MailConfig
from alerts.subject import subject_tag
from db import notifications, outbox
from db.engine import writing
from db.enums import FlagState, MailKind
from db.models import ChannelNotificationRow

PAUSE = timedelta(minutes=10)
A_DAY = 24
SHOWN = 8  # entries of a message in full
LINES = 32  # and as one line; the rest waits for the next message


def notify_channels(
    engine: Engine, urgent: Sequence[DigestEntry], others: Sequence[DigestEntry], now: datetime, since: datetime, mail_config: MailConfig
) -> None:
    """Queue one message per channel for what is new to it. `others`: entries that may have to be
    corrected.
    """
    if not mail_config.channels:
        return
    with writing(engine, notifications.SCOPE) as session:
        for channel in mail_config.channels:
            _notify(session, channel, urgent, others, now, since, mail_config)


def _notify(
    session: Session, channel: str, urgent: Sequence[DigestEntry], others: Sequence[DigestEntry], now: datetime, since: datetime, mail_config: MailConfig
) -> None:  # fmt: skip
    known = notifications.channel_notifications(session, channel, since)
    corrections = list(corrections_of(others, known))
    sent = outbox.chat_messages(session, channel, MailKind.URGENT.value, now - timedelta(days=1))
    may_send = len(sent) < A_DAY and (not sent or now - sent[-1] >= PAUSE)
    news = by_story(news_of(urgent, known, unreviewed=True)) if may_send else []
    if not news and not corrections:
        return
    kind = MailKind.URGENT if news else MailKind.CORRECTION
    key = f"{kind.value}:{now:%Y%m%dT%H%M%S.%fZ}"
    row = queue_chat(session, channel, key, _title(news, corrections), _body(news, corrections, mail_config), now, kind)
    if row is None:
        return
    entries = [*flags_of(news[: SHOWN + LINES]), *(c.entry for c in corrections)]
    session.flush()
    session.add_all(
        ChannelNotificationRow(channel=channel, flag_id=e.flag_id, outbox_id=row.id, facts=_facts(e, known, now), at=now) for e in entries
    )


def _facts(e: DigestEntry, known: dict[int, ChannelNotificationRow], now: datetime) -> dict[str, object]:
    before = known[e.flag_id].facts if e.flag_id in known else {}
    confirmed_at = before.get("confirmed_at") or ""
    if e.state is FlagState.CONFIRMED:
        confirmed_at = confirmed_at or now.isoformat()
    return {**sent_facts(e, "en"), "confirmed_at": confirmed_at if e.state in (FlagState.CONFIRMED, FlagState.OPEN) else ""}


def _headline(e: DigestEntry) -> str:
    return e.headline("en")[0]


def _sent_headline(c: Correction) -> str:
    return c.was or _headline(c.entry)


def _title(news: Sequence[DigestEntry], corrections: Sequence[Correction]) -> str:
    tag = subject_tag(simulated=any(e.simulated for e in (*news, *(c.entry for c in corrections))))
    if not news:
        more = f" (and {len(corrections) - 1} more)" if len(corrections) > 1 else ""
        return f"{tag} Correction: {_sent_headline(corrections[0])}{more}"
    if len(news) == 1:
        return f"{tag} Urgent, {_state(news[0])}: {_headline(news[0])}"
    return f"{tag} {len(news)} urgent changes: {_headline(news[0])}"


def _state(e: DigestEntry) -> str:
    return "confirmed" if e.state is FlagState.CONFIRMED else "not yet reviewed"


def _body(news: Sequence[DigestEntry], corrections: Sequence[Correction], mail_config: MailConfig) -> str:
    parts = [_correction(c, mail_config) for c in corrections]
    parts += [_entry(e, mail_config) for e in news[:SHOWN]]
    if lines := news[SHOWN : SHOWN + LINES]:
        parts.append("\n".join(f"{_headline(e)}{f' – {e.title}' if e.gist else ''} ({_state(e)})" for e in lines))
    if (more := len(news) - SHOWN - LINES) > 0:
        parts.append(f"{more} more follow in the next message. {mail_config.links.queue()}".strip())
    return "\n\n".join(parts)


def _entry(e: DigestEntry, mail_config: MailConfig) -> str:
    v, t = e.sources[0], e.translation("en")
    lines = [
        f"{_headline(e)} ({_state(e)})",
        e.title if e.gist else "",
        f"Machine translation, {t.title_engine}: {t.title}" if t and t.title else "",
        f"{e.report} {e.section} ({e.claim_id}): {e.claim_text.statement}",
        f"{v.outlet}, {v.tier_words}; {e.relation_words}",
        mail_config.links.flag(e.flag_id),
    ]
    return "\n".join(x for x in lines if x)


def _correction(c: Correction, mail_config: MailConfig) -> str:
    sent = f"{c.notified_at:%d %B %Y, %H:%M} UTC"
    text = {
        "withdrawn": f"Withdrawn: on {sent} we wrote that it is confirmed; it no longer is.",
        "reopened": f"Open again: the decision that we reported on {sent} is being reviewed.",
        "set_aside": f"Set aside: on {sent} we sent it as not yet reviewed; people judged that it is no change.",
    }[c.kind]
    return "\n".join(
        x for x in (text, _sent_headline(c), c.entry.title if c.entry.gist else "", mail_config.links.flag(c.entry.flag_id)) if x
    )
