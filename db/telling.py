"""Queries about telling people: flags as they stood at a moment, subscribers, digests, what was told, the outbox, bounces, notices.

A digest of a past period must come out the same whenever it is made. So a flag's standing is rebuilt from rows that never change (assessments,
decisions, flag events) and not read from the flag, which only knows the present.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from db import source_states
from db.comparing import UNREAD, count_origins
from db.models import (
    Assessment,
    Bounce,
    Claim,
    ClaimVersion,
    Decision,
    Digest,
    Fetch,
    Flag,
    FlagEvent,
    Item,
    ItemVersion,
    Notice,
    Outbox,
    Report,
    Source,
    Story,
    Subscriber,
    Subscription,
    Told,
)
from db.stories import Witness
from db.watching import GOOD
from db.words import NO_STREAM, SEVERITY_RANK, Choice, FlagState, MailState, Severity, Watch

SCOPE = "telling"  # write transactions that decide what is told; one at a time, whatever the database
OUTBOX = "outbox"  # write transactions that lease and mark messages
_CHUNK = 400  # ids in one IN (…); SQLite allows 32,766 variables, plans stay good with few
T = TypeVar("T")


def chunks(values: Iterable[T], size: int = _CHUNK) -> Iterator[list[T]]:
    """`values` in lists of at most `size`."""
    part: list[T] = []
    for value in values:
        part.append(value)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


# ── flags as they stood ───────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class FlagThen:
    """A flag as it stood at a moment, with all that is told of it."""

    flag: Flag
    story: Story
    report: Report
    assessment: Assessment  # the strongest up to then
    claim: ClaimVersion | None  # as it stood before this flag's own decision changed it
    renewed: ClaimVersion | None  # the version that this flag's decision made
    section: str
    topic: str
    state: FlagState
    decision: Decision | None  # the newest up to then that still stands
    event: FlagEvent | None  # the newest happening, where it is newer than the decision
    witnesses: tuple[Witness, ...]
    origins: int
    further: tuple[tuple[Claim, ClaimVersion], ...] = ()  # other claims of the report that its decision holds for, as they stood before


def touched(session: Session, start: datetime, end: datetime) -> list[int]:
    """Ids of flags that something happened to within [start, end): raised, a witness more, an edit, a decision, a reopening."""
    queries = (
        select(Flag.id).where(Flag.raised_at >= start, Flag.raised_at < end),
        select(Decision.flag_id).where(Decision.made_at >= start, Decision.made_at < end),
        select(FlagEvent.flag_id).where(FlagEvent.at >= start, FlagEvent.at < end),
        select(Flag.id)
        .join(Item, Item.story_id == Flag.story_id)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(Assessment, (Assessment.item_version_id == ItemVersion.id) & (Assessment.report_id == Flag.report_id))
        # The first condition says nothing new (a flagged assessment moves its flag's changed_at), but it has an index; made_at has none.
        .where(Flag.changed_at >= start, Assessment.flagged, Assessment.made_at >= start, Assessment.made_at < end),
    )
    return sorted({i for q in queries for i in session.scalars(q)})


def grave(session: Session, flag_ids: Sequence[int]) -> list[int]:
    """Those of the flags that are of high severity now; a flag's severity never falls."""
    return [
        i
        for part in chunks(flag_ids)
        for i in session.scalars(select(Flag.id).where(Flag.id.in_(part), Flag.severity == Severity.HIGH.value))
    ]


def flags_then(session: Session, flag_ids: Sequence[int], at: datetime) -> list[FlagThen]:
    """The flags as they stood just before `at`; one that was not there yet is left out."""
    return [f for part in chunks(sorted(flag_ids)) for f in _flags_then(session, part, at)]


def _flags_then(session: Session, ids: list[int], at: datetime) -> list[FlagThen]:
    rows = session.execute(
        select(Flag, Story, Report).join(Story, Story.id == Flag.story_id).join(Report, Report.id == Flag.report_id).where(Flag.id.in_(ids)).order_by(Flag.id)
    ).all()  # fmt: skip
    stories = {s.id for _, s, _ in rows}
    told = _tellings(session, stories, at)
    judged = _assessments(session, stories, at)
    decisions, events = _decisions(session, ids, at), _events(session, ids, at)
    strongest = {f.id: _strongest(judged.get((s.id, f.report_id), [])) for f, s, _ in rows}
    claim_ids = {i for ds in decisions.values() for d in ds for i in (d.claim_id, *d.facts.get("also", ())) if i}
    claim_ids |= {a.claims[0]["id"] for a in strongest.values() if a and a.claims}
    claims, versions = _claims(session, claim_ids, at)
    found = []
    for flag, story, report in rows:
        best = strongest[flag.id]
        if best is None or story.id not in told:
            continue
        standing, decision, event = _standing(decisions.get(flag.id, []), events.get(flag.id, []))
        claim_id = (decision.claim_id if decision and decision.claim_id else None) or (best.claims[0]["id"] if best.claims else None)
        claim, renewed = _before_and_after(versions.get(claim_id or "", []), decision)
        newest = {a.item_version_id: a for a in judged[(story.id, flag.report_id)]}
        witnesses = tuple(Witness(i, v, s, newest.get(v.id)) for i, v, s in told[story.id].newest)
        row = claims.get(claim_id or "")
        found.append(
            FlagThen(
                flag,
                story,
                report,
                best,
                claim,
                renewed,
                row.section if row else "",
                row.topic if row else "other",
                standing,
                decision,
                event,
                witnesses,
                count_origins(told[story.id].origins),
                _further(claims, versions, decision),
            )
        )
    return found


def _further(
    claims: dict[str, Claim], versions: dict[str, list[ClaimVersion]], decision: Decision | None
) -> tuple[tuple[Claim, ClaimVersion], ...]:
    ids = decision.facts.get("also", ()) if decision is not None else ()
    before = [(claims[i], _before_and_after(versions.get(i, []), decision)[0]) for i in ids if i in claims]
    return tuple((claim, version) for claim, version in before if version is not None)


@dataclass
class _Telling:
    newest: list[tuple[Item, ItemVersion, Source]]
    origins: list[tuple[str | None, str, str]]


def _tellings(session: Session, stories: set[int], at: datetime) -> dict[int, _Telling]:
    """story id → its items in their newest version up to then, in order of time, and what their origins are counted from."""
    rows = session.execute(
        select(Item, ItemVersion, Source)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(Source, Source.id == Item.source_id)
        .where(Item.story_id.in_(stories), ItemVersion.seen_at < at)
        .order_by(func.coalesce(Item.published_at, Item.first_seen_at), Item.id, ItemVersion.number)
    )
    newest: dict[int, dict[int, tuple[Item, ItemVersion, Source]]] = defaultdict(dict)
    origins: dict[int, list[tuple[str | None, str, str]]] = defaultdict(list)
    for item, version, source in rows:
        assert item.story_id is not None
        newest[item.story_id][item.id] = (item, version, source)
        if version.number == 1:
            origins[item.story_id].append((version.origin, item.source_id, version.content_hash))
    return {story: _Telling(list(items.values()), origins[story]) for story, items in newest.items()}


def _assessments(session: Session, stories: set[int], at: datetime) -> dict[tuple[int, str], list[Assessment]]:
    """(story id, report id) → its flagged assessments up to then, oldest first."""
    rows = session.execute(
        select(Item.story_id, Assessment)
        .join(ItemVersion, ItemVersion.item_id == Item.id)
        .join(Assessment, Assessment.item_version_id == ItemVersion.id)
        .where(Item.story_id.in_(stories), Assessment.flagged, Assessment.made_at < at)
        .order_by(Assessment.id)
    )
    found: dict[tuple[int, str], list[Assessment]] = defaultdict(list)
    for story, row in rows:
        assert story is not None
        found[(story, row.report_id)].append(row)
    return found


def _strongest(rows: Sequence[Assessment]) -> Assessment | None:
    """As db.comparing raises a flag: the gravest, then the surest; of equals the first."""
    return max(rows, key=lambda a: (SEVERITY_RANK[a.severity], a.score, -a.id), default=None)


def _decisions(session: Session, flags: list[int], at: datetime) -> dict[int, list[Decision]]:
    found: dict[int, list[Decision]] = defaultdict(list)
    for row in session.scalars(select(Decision).where(Decision.flag_id.in_(flags), Decision.made_at < at).order_by(Decision.id)):
        found[row.flag_id].append(row)
    return found


def _events(session: Session, flags: list[int], at: datetime) -> dict[int, list[FlagEvent]]:
    found: dict[int, list[FlagEvent]] = defaultdict(list)
    for row in session.scalars(select(FlagEvent).where(FlagEvent.flag_id.in_(flags), FlagEvent.at < at).order_by(FlagEvent.id)):
        found[row.flag_id].append(row)
    return found


def _standing(decisions: Sequence[Decision], events: Sequence[FlagEvent]) -> tuple[FlagState, Decision | None, FlagEvent | None]:
    """State, the decision behind it, and what has happened since: the newest of both histories says where the flag stands."""
    standing: list[Decision] = []
    for row in decisions:
        if row.choice != Choice.UNDO:
            standing.append(row)
        elif standing:
            standing.pop()
    newest = decisions[-1] if decisions else None
    event = events[-1] if events and (newest is None or events[-1].at >= newest.made_at) else None
    state = event.state_after if event else (newest.state_after if newest else None)
    return FlagState(state or FlagState.OPEN), standing[-1] if standing else None, event


def _claims(session: Session, ids: set[str], at: datetime) -> tuple[dict[str, Claim], dict[str, list[ClaimVersion]]]:
    claims = {c.id: c for c in session.scalars(select(Claim).where(Claim.id.in_(ids)))}
    versions: dict[str, list[ClaimVersion]] = defaultdict(list)
    for row in session.scalars(select(ClaimVersion).where(ClaimVersion.claim_id.in_(ids)).order_by(ClaimVersion.number)):
        if row.since < at or not versions[row.claim_id]:  # a claim registered after the period still has to be named
            versions[row.claim_id].append(row)
    return claims, versions


def _before_and_after(versions: Sequence[ClaimVersion], decision: Decision | None) -> tuple[ClaimVersion | None, ClaimVersion | None]:
    made = next((v for v in versions if decision is not None and v.decision_id == decision.id), None)
    before = [v for v in versions if made is None or v.number < made.number]
    known = before or list(versions)
    return (known[-1] if known else None), made


def last_good_looks(session: Session, source_ids: Sequence[str], before: datetime) -> dict[str, datetime]:
    """source id → its last good fetch before a moment; sources that were never read well are left out."""
    good = [o.value for o in GOOD]
    found = {}
    for source in source_ids:  # one index probe each; a GROUP BY would read the whole history
        at = session.scalar(
            select(Fetch.started_at)
            .where(Fetch.source_id == source, Fetch.started_at < before, Fetch.outcome.in_(good))
            .order_by(Fetch.started_at.desc())
            .limit(1)
        )
        if at is not None:
            found[source] = at
    return found


def last_looks(session: Session, source_ids: Sequence[str], before: datetime) -> dict[str, Fetch]:
    """source id → its last fetch before a moment."""
    found = {}
    for source in source_ids:
        row = session.scalar(
            select(Fetch).where(Fetch.source_id == source, Fetch.started_at < before).order_by(Fetch.started_at.desc()).limit(1)
        )
        if row is not None:
            found[source] = row
    return found


def report_titles(session: Session) -> list[tuple[str, str]]:
    """(id, title) of every report, in the order of their ids."""
    return [(i, t) for i, t in session.execute(select(Report.id, Report.title).order_by(Report.id))]


def topics(session: Session) -> list[str]:
    """The topics that listed claims have."""
    return list(session.scalars(select(Claim.topic).where(Claim.listed).distinct().order_by(Claim.topic)))


# ── subscribers ───────────────────────────────────────────────────────────────────────────────────────────────────────


def reachable(now: datetime) -> tuple[Any, ...]:
    """The ONE place where "may be written to" is coded: confirmed, not ended, not suspended, not paused."""
    return (
        Subscriber.address.is_not(None),
        Subscriber.confirmed_at.is_not(None),
        Subscriber.ended_at.is_(None),
        Subscriber.suspended_at.is_(None),
        or_(Subscriber.paused_until.is_(None), Subscriber.paused_until <= now),
    )


def readers(session: Session, now: datetime, after: int = 0, limit: int = 200) -> list[Subscriber]:
    """Subscribers who may be written to, by id, from `after` on: read in parts, so that memory stays flat."""
    return list(session.scalars(select(Subscriber).where(*reachable(now), Subscriber.id > after).order_by(Subscriber.id).limit(limit)))


def subscriber_by_address(session: Session, address: str) -> Subscriber | None:
    return session.scalar(select(Subscriber).where(func.lower(Subscriber.address) == address.lower()))


def subscribers(session: Session) -> list[Subscriber]:
    """All of them, also ended ones."""
    return list(session.scalars(select(Subscriber).order_by(Subscriber.id)))


def subscriptions(session: Session, subscriber_ids: Iterable[int]) -> dict[int, list[Subscription]]:
    """subscriber id → their subscriptions that are confirmed and have not ended, the oldest first."""
    found: dict[int, list[Subscription]] = defaultdict(list)
    for part in chunks(subscriber_ids):
        query = select(Subscription).where(
            Subscription.subscriber_id.in_(part), Subscription.confirmed_at.is_not(None), Subscription.ended_at.is_(None)
        )
        for row in session.scalars(query.order_by(Subscription.id)):
            found[row.subscriber_id].append(row)
    return found


def all_subscriptions(session: Session, subscriber_ids: Iterable[int]) -> dict[int, list[Subscription]]:
    """subscriber id → all their subscriptions, also ended ones and those that wait to be confirmed, the oldest first."""
    found: dict[int, list[Subscription]] = defaultdict(list)
    for part in chunks(subscriber_ids):
        for row in session.scalars(select(Subscription).where(Subscription.subscriber_id.in_(part)).order_by(Subscription.id)):
            found[row.subscriber_id].append(row)
    return found


def never_confirmed(session: Session, created_before: datetime) -> list[Subscription]:
    """Subscriptions that were asked for before a moment and never confirmed."""
    return list(
        session.scalars(
            select(Subscription).where(
                Subscription.confirmed_at.is_(None), Subscription.ended_at.is_(None), Subscription.created_at < created_before
            )
        )
    )


def forget_addresses(session: Session, ended_before: datetime) -> int:
    """Null the addresses of subscriptions that ended before a moment; the rows stay. Returns how many."""
    rows = list(session.scalars(select(Subscriber).where(Subscriber.ended_at < ended_before, Subscriber.address.is_not(None))))
    for row in rows:
        row.address = None
    return len(rows)


# ── digests and what was told ─────────────────────────────────────────────────────────────────────────────────────────


def last_ends(session: Session, subscription_ids: Sequence[int]) -> dict[int, datetime]:
    """subscription id → end of the last period a digest was made for."""
    rows = session.execute(
        select(Digest.subscription_id, func.max(Digest.period_end))
        .where(Digest.subscription_id.in_(subscription_ids))
        .group_by(Digest.subscription_id)
    )
    return {k: v for k, v in rows}  # noqa: C416


def last_mailed(session: Session, subscription_ids: Sequence[int]) -> dict[int, datetime]:
    """subscription id → end of the last period that was told by mail."""
    rows = session.execute(
        select(Digest.subscription_id, func.max(Digest.period_end))
        .where(Digest.subscription_id.in_(subscription_ids), Digest.mailed)
        .group_by(Digest.subscription_id)
    )
    return {k: v for k, v in rows}  # noqa: C416


def told(
    session: Session, subscriber_ids: Sequence[int], flag_ids: Sequence[int], before: datetime | None = None
) -> dict[int, dict[int, Told]]:
    """subscriber id → flag id → the newest that was told of it (before a moment)."""
    found: dict[int, dict[int, Told]] = defaultdict(dict)
    for part in chunks(flag_ids):
        query = select(Told).where(Told.subscriber_id.in_(subscriber_ids), Told.flag_id.in_(part)).order_by(Told.revision)
        if before is not None:
            query = query.where(Told.at < before)
        for row in session.scalars(query):
            found[row.subscriber_id][row.flag_id] = row
    return found


def last_told(session: Session, subscriber_ids: Sequence[int]) -> dict[int, int]:
    """subscriber id → id of the newest telling; left out where there is none."""
    rows = session.execute(
        select(Told.subscriber_id, func.max(Told.id)).where(Told.subscriber_id.in_(subscriber_ids)).group_by(Told.subscriber_id)
    )
    return {k: v for k, v in rows}  # noqa: C416


def last_period_end(session: Session, subscription_id: int, before: datetime) -> datetime | None:
    """End of the subscription's last digest period that ended before a moment."""
    return session.scalar(select(func.max(Digest.period_end)).where(Digest.subscription_id == subscription_id, Digest.period_end < before))


def urgent_sent(session: Session, subscriber_ids: Sequence[int], kind: str, since: datetime, until: datetime) -> dict[int, int]:
    """subscriber id → messages of a kind that were put into the outbox within [since, until)."""
    rows = session.execute(
        select(Outbox.subscriber_id, func.count())
        .where(Outbox.subscriber_id.in_(subscriber_ids), Outbox.kind == kind, Outbox.created_at >= since, Outbox.created_at < until)
        .group_by(Outbox.subscriber_id)
    )
    return {i: n for i, n in rows if i is not None}


def mail_of_digest(session: Session, digest_id: int) -> Outbox | None:
    """The message of a digest run; None where there is no such run, or it had nothing to tell."""
    return session.scalar(select(Outbox).where(Outbox.digest_id == digest_id))


def digests(session: Session, limit: int = 50, subscriber_id: int | None = None) -> list[tuple[Digest, Subscriber, Outbox | None]]:
    """The newest digest runs with their reader and their message."""
    query = (
        select(Digest, Subscriber, Outbox)
        .join(Subscriber, Subscriber.id == Digest.subscriber_id)
        .outerjoin(Outbox, Outbox.digest_id == Digest.id)
        .order_by(Digest.id.desc())
        .limit(limit)
    )
    if subscriber_id is not None:
        query = query.where(Digest.subscriber_id == subscriber_id)
    return [(d, s, o) for d, s, o in session.execute(query)]


# ── the outbox ────────────────────────────────────────────────────────────────────────────────────────────────────────


def lease(session: Session, now: datetime, owner: str, limit: int, seconds: int, channel: str) -> list[Outbox]:
    """Take up to `limit` messages of a channel whose turn has come, most pressing first; nobody else gets them until the lease runs out.

    Also taken: messages whose earlier lease ran out. Their sender died between leasing and marking, so whether they went out is not known.
    """
    waiting = Outbox.state.in_((MailState.QUEUED.value, MailState.FAILED.value)) & (Outbox.not_before <= now)
    uncertain = (Outbox.state == MailState.SENDING.value) & (Outbox.leased_until < now)
    query = (
        select(Outbox)
        .where(Outbox.channel == channel, or_(waiting, uncertain))
        .order_by(Outbox.priority, Outbox.not_before, Outbox.id)
        .limit(limit)
    )
    if session.get_bind().dialect.name == "postgresql":
        query = query.with_for_update(skip_locked=True)
    rows = list(session.scalars(query))
    for row in rows:
        if row.state == MailState.SENDING:
            row.last_error = f"uncertain: the sender stopped between taking it and noting the answer (lease until {row.leased_until:%Y-%m-%d %H:%M}Z); sent again with the same Message-ID"
        row.state, row.lease, row.leased_until = MailState.SENDING.value, owner, now + timedelta(seconds=seconds)
        row.attempts += 1
    return rows


def of_ended_subscription(session: Session, row: Outbox) -> bool:
    """Whether a message is the digest of a subscription that has ended since."""
    query = select(Subscription.ended_at).join(Digest, Digest.subscription_id == Subscription.id).where(Digest.id == row.digest_id)
    return row.digest_id is not None and session.scalar(query) is not None


def has_key(session: Session, key: str) -> bool:
    """Whether a message with this key was ever put into the outbox."""
    return session.scalar(select(Outbox.id).where(Outbox.key == key)) is not None


def mark(session: Session, outbox_id: int, owner: str, **values: Any) -> bool:
    """Note how a leased message fared, if the lease is still ours; False where another has taken it over."""
    done = session.execute(
        update(Outbox)
        .where(Outbox.id == outbox_id, Outbox.lease == owner, Outbox.state == MailState.SENDING.value)
        .values(lease=None, leased_until=None, **values)
    )
    return bool(done.rowcount)  # type: ignore[attr-defined]


def unsent(session: Session, subscriber_id: int, since: datetime) -> list[Outbox]:
    """Digests and urgent messages to a subscriber, made since a moment and still kept, that were given up, cancelled, came back, or wait for the end of a pause."""
    states = (MailState.DEAD.value, MailState.CANCELLED.value, MailState.QUEUED.value)
    query = select(Outbox).where(
        Outbox.subscriber_id == subscriber_id, Outbox.state.in_(states), Outbox.kind.in_(("digest", "urgent")), Outbox.created_at >= since,
        Outbox.message.is_not(None),
    )  # fmt: skip
    return list(session.scalars(query.order_by(Outbox.id)))


def oldest_waiting(session: Session, now: datetime) -> datetime | None:
    """Since when the longest waiting message should have been on its way. One that waits for its next try waits; one whose reader paused does not."""
    due = Outbox.state.in_((MailState.QUEUED.value, MailState.SENDING.value)) & (Outbox.not_before <= now)
    moments = (
        session.scalar(select(func.min(Outbox.not_before)).where(due)),
        session.scalar(select(func.min(Outbox.created_at)).where(Outbox.state == MailState.FAILED.value)),
    )
    return min((m for m in moments if m is not None), default=None)


def given_up(session: Session, since: datetime) -> int:
    """Messages made since a moment that were given up."""
    return session.scalar(select(func.count()).where(Outbox.state == MailState.DEAD.value, Outbox.created_at >= since)) or 0


def uncompared(session: Session, since: datetime, before: datetime) -> int:
    """Items first seen in [since, before) that no report has been compared with."""
    query = select(func.count()).select_from(ItemVersion).join(Item, Item.id == ItemVersion.item_id)
    return session.scalar(query.where(Item.first_seen_at >= since, Item.first_seen_at < before, UNREAD)) or 0


def dead_letters(session: Session) -> list[Outbox]:
    """All messages that were given up and are still kept, the oldest first."""
    query = select(Outbox).where(Outbox.state == MailState.DEAD.value, Outbox.message.is_not(None))
    return list(session.scalars(query.order_by(Outbox.id)))


def outbox(session: Session, states: Sequence[str] | None = None, limit: int = 100) -> list[tuple[Outbox, Subscriber | None]]:
    """Messages, newest first."""
    query = select(Outbox, Subscriber).outerjoin(Subscriber, Subscriber.id == Outbox.subscriber_id).order_by(Outbox.id.desc()).limit(limit)
    if states:
        query = query.where(Outbox.state.in_(states))
    return [(o, s) for o, s in session.execute(query)]


def outbox_counts(session: Session) -> dict[str, int]:
    """state → number of messages."""
    return {k: v for k, v in session.execute(select(Outbox.state, func.count()).group_by(Outbox.state))}  # noqa: C416


def empty_old_messages(session: Session, sent_before: datetime) -> int:
    """Drop the bodies of messages that went out before a moment; what was told stays in `told` and `digest`. Returns how many."""
    states = (MailState.SENT.value, MailState.CANCELLED.value)
    done = session.execute(
        update(Outbox)
        .where(Outbox.state.in_(states), Outbox.message.is_not(None), func.coalesce(Outbox.sent_at, Outbox.created_at) < sent_before)
        .values(message=None, recipient=None)
    )
    return int(done.rowcount)  # type: ignore[attr-defined]


def confirmations_since(session: Session, since: datetime, subscriber_id: int | None = None) -> int:
    """Confirmation requests put into the outbox since a moment (to one subscriber): what limits how often a form can make us write."""
    query = select(func.count()).select_from(Outbox).where(Outbox.kind == "confirm", Outbox.created_at >= since)
    if subscriber_id is not None:
        query = query.where(Outbox.subscriber_id == subscriber_id)
    return session.scalar(query) or 0


# ── bounces, feedback, notices ────────────────────────────────────────────────────────────────────────────────────────


def outbox_by_message_id(session: Session, message_id: str) -> Outbox | None:
    return session.scalar(select(Outbox).where(Outbox.message_id == message_id).limit(1))


def failures(session: Session, subscriber_id: int, since: datetime) -> int:
    """Different messages to a subscriber that came back since a moment."""
    query = select(func.count(func.distinct(Bounce.outbox_id))).where(Bounce.subscriber_id == subscriber_id, Bounce.received_at >= since)
    return session.scalar(query) or 0


def bounces(session: Session, limit: int = 100) -> list[tuple[Bounce, Subscriber | None]]:
    """The newest bounces."""
    query = select(Bounce, Subscriber).outerjoin(Subscriber, Subscriber.id == Bounce.subscriber_id).order_by(Bounce.id.desc()).limit(limit)
    return [(b, s) for b, s in session.execute(query)]


def notices(session: Session) -> dict[str, Notice]:
    """key → notice, also those that are over."""
    return {n.key: n for n in session.scalars(select(Notice))}


def forget_notices(session: Session, over_before: datetime) -> None:
    """Remove notices that have been over for long."""
    session.execute(delete(Notice).where(Notice.over_at.is_not(None), Notice.over_at < over_before))


def acknowledged_sources(session: Session, now: datetime) -> set[str]:
    """Ids of sources that are ill and that a person has said they know of."""
    states = source_states.current(session)
    return {i for i, s in states.items() if s.state == Watch.ACKNOWLEDGED and (s.until is None or now < s.until)}


def first_looks(session: Session, source_ids: Sequence[str]) -> dict[str, datetime]:
    """source id → when it was looked at first."""
    rows = session.execute(
        select(Fetch.source_id, func.min(Fetch.started_at)).where(Fetch.source_id.in_(source_ids)).group_by(Fetch.source_id)
    )
    return {k: v for k, v in rows}  # noqa: C416


def watched_sources(session: Session) -> list[Source]:
    """Listed sources that are some kind of stream."""
    return list(session.scalars(select(Source).where(Source.listed, Source.kind != NO_STREAM).order_by(Source.tier, Source.name)))
