"""The tables. Names are those of docs/glossary.md; times are UTC; history is append-only.

`APPEND_ONLY` names the tables whose rows are never changed or removed: the migration puts a trigger on each that
refuses UPDATE (and DELETE where the row is evidence), so that a slip in the code cannot rewrite history.
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, MetaData, String, UniqueConstraint, false
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import DateTime, TypeDecorator

APPEND_ONLY = (
    "fetch",
    "item_version",
    "assessment",
    "claim_version",
    "decision",
    "source_version",
    "flag_event",
    "fetch_page",
    "source_state",
    "part",
    "part_change",
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Refuses naive values going in, returns aware UTC coming out (SQLite keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}  # noqa: RUF012


class Source(Base):
    """An outlet, law portal or channel on the watch list, with the state of watching it."""

    __tablename__ = "source"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(String(16))
    url: Mapped[str]
    tier: Mapped[int]
    config: Mapped[dict[str, Any]]
    listed: Mapped[bool] = mapped_column(default=True)  # False once its row left sources.yml; its history stays
    etag: Mapped[str | None]
    last_modified: Mapped[str | None]
    next_due_at: Mapped[datetime | None] = mapped_column(index=True)
    failures: Mapped[int] = mapped_column(default=0)  # bad outcomes in a row; slows down, never disables
    last_fetch_at: Mapped[datetime | None]
    last_good_at: Mapped[datetime | None]
    last_outcome: Mapped[str | None] = mapped_column(String(24))
    last_reason: Mapped[str | None] = mapped_column(String(40))
    last_quality: Mapped[float | None]  # 0-1, see monitor.watch.quality
    leased_until: Mapped[datetime | None]  # somebody looks at it now; a lease that ran out is nobody's
    lease_owner: Mapped[str | None] = mapped_column(String(120))
    full_read_at: Mapped[datetime | None]  # last answer that came whole, not as 304
    body_sha256: Mapped[str | None] = mapped_column(String(64))  # of the last answer that was read to the end
    route: Mapped[str | None]  # the mirror or fallback in use; None: the first address
    probed_at: Mapped[datetime | None]  # when the first address was last tried while another is in use
    memo: Mapped[dict[str, Any] | None]  # what the kind's module remembers between looks


class SourceVersion(Base):
    """A source's profile as it stood from a moment on: a flag can show what was known of the outlet at the time."""

    __tablename__ = "source_version"
    __table_args__ = (UniqueConstraint("source_id", "digest"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    digest: Mapped[str] = mapped_column(String(64))
    config: Mapped[dict[str, Any]]
    since: Mapped[datetime]


class Capture(Base):
    """Bytes as they were received: evidence. Content-addressed, stored once, deflated."""

    __tablename__ = "capture"
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    deflated: Mapped[bytes] = mapped_column(LargeBinary)
    size: Mapped[int]
    media_type: Mapped[str | None]
    url: Mapped[str]  # the address that answered
    received_at: Mapped[datetime]


class Fetch(Base):
    """One attempt to read a source, and the one outcome it ended in."""

    __tablename__ = "fetch"
    __table_args__ = (Index("ix_fetch_source_started", "source_id", "started_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str | None]
    url: Mapped[str]  # the address that answered, or that was tried last
    address: Mapped[str | None] = mapped_column(String(64))  # the IP address that answered
    status: Mapped[int | None]
    size: Mapped[int] = mapped_column(default=0)
    seen: Mapped[int] = mapped_column(default=0)  # entries in the answer
    new: Mapped[int] = mapped_column(default=0)
    edited: Mapped[int] = mapped_column(default=0)
    capture_sha256: Mapped[str | None] = mapped_column(ForeignKey("capture.sha256"))
    quality: Mapped[float | None]
    doubts: Mapped[list[Any] | None]  # why the quality is below 1


class FetchPage(Base):
    """One answer of a fetch whose bytes are kept. A fetch of several pages has several; redirects and transport belong to the evidence."""

    __tablename__ = "fetch_page"
    __table_args__ = (UniqueConstraint("fetch_id", "position"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    fetch_id: Mapped[int] = mapped_column(ForeignKey("fetch.id"))
    position: Mapped[int]
    url: Mapped[str]
    status: Mapped[int | None]
    address: Mapped[str | None] = mapped_column(String(64))
    redirects: Mapped[list[Any]]  # the addresses that led here, in order
    transport: Mapped[str | None]  # what is unusual: a proxy, a CA of its own, a certificate nobody checked
    capture_sha256: Mapped[str] = mapped_column(ForeignKey("capture.sha256"))
    received_at: Mapped[datetime]


class SourceState(Base):
    """How watching a source stands from a moment on. One row per change: said once, and once more on recovery."""

    __tablename__ = "source_state"
    __table_args__ = (Index("ix_source_state_source_id_id", "source_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(40))
    detail: Mapped[str | None]
    since: Mapped[datetime] = mapped_column(index=True)
    until: Mapped[datetime | None]  # of an acknowledgement
    by: Mapped[str | None] = mapped_column(String(80))  # who acknowledged


class Gap(Base):
    """Post numbers of a channel for which there is no item, and why: service message, part of an album, or unknown."""

    __tablename__ = "gap"
    __table_args__ = (UniqueConstraint("source_id", "first"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    first: Mapped[int]
    last: Mapped[int]
    why: Mapped[str] = mapped_column(String(16))
    noted_at: Mapped[datetime]


class Part(Base):
    """One part of a watched page (an article of a law, or the whole text) as it stood from a moment on."""

    __tablename__ = "part"
    __table_args__ = (UniqueConstraint("source_id", "key", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    key: Mapped[str] = mapped_column(String(200))
    number: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]
    marks: Mapped[list[Any] | None]  # amending acts that the part names
    content_hash: Mapped[str] = mapped_column(String(64))
    fetch_id: Mapped[int] = mapped_column(ForeignKey("fetch.id"))
    seen_at: Mapped[datetime]


class PartChange(Base):
    """The difference between two versions of a part, as the item that reports it; tied to the claims whose law it is."""

    __tablename__ = "part_change"
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"), index=True)
    key: Mapped[str] = mapped_column(String(200))
    what: Mapped[str] = mapped_column(String(16))  # changed, repealed, new, gone
    act: Mapped[str | None] = mapped_column(String(80))
    article: Mapped[str | None] = mapped_column(String(40))
    old: Mapped[str]
    new: Mapped[str]
    marks: Mapped[list[Any]]  # amending acts that the new wording names and the old one did not
    claims: Mapped[list[Any]]  # ids of the claims whose law names this article
    seen_at: Mapped[datetime]


class Unread(Base):
    """An item whose source gave a title only, worth reading on its own page; the row goes when the page was read or given up."""

    __tablename__ = "unread"
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(String(40))  # why the last attempt failed


class Item(Base):
    """One thing an outlet published, known by the key the outlet gives it. Its texts are in ItemVersion."""

    __tablename__ = "item"
    # The index finds a source's newest items: without it, a quiet source's are looked for through the whole store.
    __table_args__ = (UniqueConstraint("source_id", "key"), Index("ix_item_source_newest", "source_id", "id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    key: Mapped[str]
    url: Mapped[str] = mapped_column(index=True)  # canonical
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    first_seen_at: Mapped[datetime] = mapped_column(index=True)
    story_id: Mapped[int | None] = mapped_column(ForeignKey("story.id"), index=True)
    missing_since: Mapped[datetime | None]  # not there any more at one look; one look proves nothing
    gone_at: Mapped[datetime | None]  # still not there at a later, independent look: taken down


class ItemVersion(Base):
    """One text state of an item. An edit is a new row, never an overwrite."""

    __tablename__ = "item_version"
    __table_args__ = (UniqueConstraint("item_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    number: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]
    lang: Mapped[str | None] = mapped_column(String(8))
    edited_at: Mapped[datetime | None]
    origin: Mapped[str | None]  # where the item itself says it comes from: a forward, "сообщает ТАСС"
    notes: Mapped[list[Any]]  # what reading had to say: text withheld, date missing, truncated …
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    entry_hash: Mapped[str | None] = mapped_column(String(64))  # what the source's own list said, where the text is from the item's page
    fetch_id: Mapped[int] = mapped_column(ForeignKey("fetch.id"))
    seen_at: Mapped[datetime]


class Report(Base):
    """A COI report whose claims are watched."""

    __tablename__ = "report"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    title: Mapped[str]
    publisher: Mapped[str]
    published: Mapped[str] = mapped_column(String(10))
    research_closed: Mapped[str] = mapped_column(String(10))
    language: Mapped[str] = mapped_column(String(8))
    url: Mapped[str | None]


class Claim(Base):
    """One checkable statement of a report. What it says is in ClaimVersion."""

    __tablename__ = "claim"
    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    report_id: Mapped[str] = mapped_column(ForeignKey("report.id"), index=True)
    position: Mapped[int]
    section: Mapped[str]
    topic: Mapped[str] = mapped_column(String(40), index=True)
    listed: Mapped[bool] = mapped_column(default=True)


class ClaimVersion(Base):
    """A claim as it stood from a moment on: from the baseline file, or from a confirmed update."""

    __tablename__ = "claim_version"
    __table_args__ = (UniqueConstraint("claim_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[str] = mapped_column(ForeignKey("claim.id"))
    number: Mapped[int]
    statement: Mapped[str]
    body: Mapped[dict[str, Any]]  # the whole entry of the baseline file
    digest: Mapped[str] = mapped_column(String(64))
    decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))
    since: Mapped[datetime]


class Story(Base):
    """One event as told by any number of items; the unit of review."""

    __tablename__ = "story"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(40), unique=True)  # named after its first item: "s" + digest
    title: Mapped[str]
    first_at: Mapped[datetime] = mapped_column(index=True)
    last_at: Mapped[datetime] = mapped_column(index=True)
    items: Mapped[int] = mapped_column(default=0)
    origins: Mapped[int] = mapped_column(default=0)  # independent ones


class StoryBill(Base):
    """A bill, or an article of an act, that a story's items name while it is on its way: by it stages of one bill are linked."""

    __tablename__ = "story_bill"
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id"), primary_key=True)
    bill: Mapped[str] = mapped_column(String(60), primary_key=True, index=True)
    stage: Mapped[str] = mapped_column(String(24))  # as the first item that named it has it


class Trace(Base):
    """What is kept of an item to recognise its story again after a restart (monitor.compare.story.Trace, packed)."""

    __tablename__ = "trace"
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    day: Mapped[str | None] = mapped_column(String(10), index=True)
    encoder: Mapped[str] = mapped_column(String(40))  # vectors of another encoder are made again
    packed: Mapped[bytes] = mapped_column(LargeBinary)


class Assessment(Base):
    """What comparing one item version with one report's claims gave. Re-comparing adds a row."""

    __tablename__ = "assessment"
    __table_args__ = (UniqueConstraint("item_version_id", "report_id", "comparer"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"))
    report_id: Mapped[str] = mapped_column(ForeignKey("report.id"))
    comparer: Mapped[str] = mapped_column(String(40))  # digest of model, vocabulary and claims that made it
    score: Mapped[float]
    flagged: Mapped[bool]
    severity: Mapped[str] = mapped_column(String(8))
    relation: Mapped[str] = mapped_column(String(24))
    stage: Mapped[str | None] = mapped_column(String(16))
    claims: Mapped[list[Any]]  # [{"id", "score"}, …] best first
    changes: Mapped[list[Any]]  # [{"claim", "what", "old", "new", "span"}, …]
    reasons: Mapped[list[Any]]
    made_at: Mapped[datetime]


class Flag(Base):
    """A story that likely updates a report: what a reviewer judges. One per story and report."""

    __tablename__ = "flag"
    __table_args__ = (UniqueConstraint("story_id", "report_id"), Index("ix_flag_report_state", "report_id", "state"))
    id: Mapped[int] = mapped_column(primary_key=True)
    story_id: Mapped[int] = mapped_column(ForeignKey("story.id"))
    report_id: Mapped[str] = mapped_column(ForeignKey("report.id"), index=True)
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"), index=True)  # the nearest
    assessment_id: Mapped[int] = mapped_column(ForeignKey("assessment.id"))  # the strongest
    score: Mapped[float]
    severity: Mapped[str] = mapped_column(String(8), index=True)
    relation: Mapped[str] = mapped_column(String(24))
    state: Mapped[str] = mapped_column(String(16), default="open", index=True)
    raised_at: Mapped[datetime] = mapped_column(index=True)
    changed_at: Mapped[datetime] = mapped_column(index=True)
    version: Mapped[int] = mapped_column(default=1, server_default="1")  # counts decisions: the second of two savers is told, not obeyed
    movement: Mapped[str] = mapped_column(String(16), default="new", server_default="new")  # db.words.Movement
    second_reader: Mapped[bool] = mapped_column(default=False, server_default=false())  # somebody was not sure
    assigned_to: Mapped[int | None]  # user.id
    until: Mapped[datetime | None]  # put off until then
    condition: Mapped[str | None] = mapped_column(String(24))  # … or until this happens (db.words.Condition)
    merged_into: Mapped[int | None] = mapped_column(index=True)  # flag.id of the flag this one doubles


class User(Base):
    """A person who may open the desk."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    preferences: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")  # keys, keys_off


class Decision(Base):
    """What a person decided about a flag. Append-only; each row carries the hash of the one before it."""

    __tablename__ = "decision"
    __table_args__ = (Index("uq_decision_previous_hash", "previous_hash", unique=True),)
    id: Mapped[int] = mapped_column(primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), index=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    choice: Mapped[str] = mapped_column(String(32))
    claim_id: Mapped[str | None] = mapped_column(ForeignKey("claim.id"))
    note: Mapped[str] = mapped_column(default="")
    until: Mapped[datetime | None]
    made_at: Mapped[datetime]
    previous_hash: Mapped[str] = mapped_column(String(64))  # unique: one chain, no forks
    hash: Mapped[str] = mapped_column(String(64), unique=True)
    state_before: Mapped[str | None] = mapped_column(String(16))
    state_after: Mapped[str | None] = mapped_column(String(16))
    facts: Mapped[dict[str, Any]] = mapped_column(
        default=dict, server_default="{}"
    )  # why, what was on screen, what undo restores; hashed too


class FlagEvent(Base):
    """What happened to a flag besides decisions: reopened and why, assigned, noted. Append-only; user_id is None where a rule acted."""

    __tablename__ = "flag_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(String(24))  # db.words.Happening
    note: Mapped[str] = mapped_column(default="")
    state_after: Mapped[str] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(index=True)


class DeskSession(Base):
    """A signed-in browser. Only the hash of its cookie is kept; revoking is one row."""

    __tablename__ = "desk_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    agent: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class AccessToken(Base):
    """A secret that stands for a person elsewhere than in a browser session: for the API and feeds, for a first or a new password."""

    __tablename__ = "access_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)  # None: the set-up link, which makes the first user
    purpose: Mapped[str] = mapped_column(String(12))  # "setup", "password", "api"
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80), default="")
    created_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]  # a set-up or password link works once; an API token keeps when it was last used
    revoked_at: Mapped[datetime | None]


class SignInTry(Base):
    """A failed try to sign in: what rate limits count, also after a restart. Old rows are removed."""

    __tablename__ = "sign_in_try"
    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(80), index=True)
    address: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class SavedSearch(Base):
    """A search somebody wants to make again."""

    __tablename__ = "saved_search"
    __table_args__ = (UniqueConstraint("user_id", "name"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]


class Subscriber(Base):
    """A person who is told. The address is nulled some time after the end; the row stays to explain what was sent."""

    __tablename__ = "subscriber"
    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str | None] = mapped_column(String(254), unique=True)
    generation: Mapped[int] = mapped_column(default=0)  # signed links carry it; one more makes all older links void
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    suspended_at: Mapped[datetime | None]
    suspended_reason: Mapped[str | None] = mapped_column(String(32))
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None] = mapped_column(String(32))


class Subscription(Base):
    """What a person asked to be told of, when and in which language. A person may have several; what one has told, the others do not repeat."""

    __tablename__ = "subscription"
    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"), index=True)
    language: Mapped[str] = mapped_column(String(8), default="en")
    zone: Mapped[str] = mapped_column(String(64), default="Europe/Brussels")
    wanted: Mapped[dict[str, Any]]  # reports, topics, least severity, rhythm, hour … (alerts.wanted.Wanted)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]  # None: asked for by the form; its reader has not said yes yet
    ended_at: Mapped[datetime | None]
    ended_reason: Mapped[str | None] = mapped_column(String(32))


class Digest(Base):
    """One subscription's digest of one period [period_start, period_end). Found or created, so never twice."""

    __tablename__ = "digest"
    __table_args__ = (UniqueConstraint("subscription_id", "period_start"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"))
    subscription_id: Mapped[int] = mapped_column(ForeignKey("subscription.id"))
    rhythm: Mapped[str] = mapped_column(String(16))
    period_start: Mapped[datetime]
    period_end: Mapped[datetime] = mapped_column(index=True)
    built_at: Mapped[datetime | None]
    mailed: Mapped[bool] = mapped_column(default=False)  # False: there was nothing to tell and no sign of life was due
    subject: Mapped[str | None]
    entries: Mapped[list[Any]]


class Outbox(Base):
    """A message is a row before it is an e-mail."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_state_priority", "state", "priority", "not_before"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(120), unique=True)  # what makes the message one and only
    kind: Mapped[str] = mapped_column(String(16), default="digest")
    priority: Mapped[int] = mapped_column(default=5)  # low goes first
    digest_id: Mapped[int | None] = mapped_column(ForeignKey("digest.id"))
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscriber.id"), index=True)
    channel: Mapped[str] = mapped_column(String(24), default="mail")
    recipient: Mapped[str | None] = mapped_column(String(254))  # only where there is no subscriber: operators, chat channels
    subject: Mapped[str | None]
    message: Mapped[bytes | None] = mapped_column(LargeBinary)  # deflated MIME; emptied some time after it was sent
    message_id: Mapped[str] = mapped_column(index=True)
    state: Mapped[str] = mapped_column(String(12), default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime] = mapped_column(index=True)
    lease: Mapped[str | None] = mapped_column(String(32))  # who holds it; a sender whose lease was taken over may not mark it
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None]


class Told(Base):
    """What a subscriber was told of a flag, so that an entry comes once unless it changed. One more row per change told."""

    __tablename__ = "told"
    __table_args__ = (UniqueConstraint("subscriber_id", "flag_id", "revision"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"))
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), index=True)
    revision: Mapped[int]
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"))
    facts: Mapped[dict[str, Any]]  # state, severity, stage, value, claim … as they were told
    shown: Mapped[bool]  # False: named in one line, without its details
    at: Mapped[datetime]
    as_of: Mapped[datetime]  # the facts as they stood then: the end of a digest's period, which may lie well before `at` after a standstill


class Bounce(Base):
    """A refusal or delivery failure of a message: from the mail server's answer or from a report (DSN, RFC 3464)."""

    __tablename__ = "bounce"
    id: Mapped[int] = mapped_column(primary_key=True)
    outbox_id: Mapped[int] = mapped_column(ForeignKey("outbox.id"))
    subscriber_id: Mapped[int | None] = mapped_column(ForeignKey("subscriber.id"), index=True)
    status: Mapped[str] = mapped_column(String(16))  # enhanced status code, RFC 3463: "5.1.1"
    permanent: Mapped[bool]
    detail: Mapped[str]
    received_at: Mapped[datetime]


class Feedback(Base):
    """What a reader said of an entry. The newest row of a reader counts."""

    __tablename__ = "feedback"
    id: Mapped[int] = mapped_column(primary_key=True)
    subscriber_id: Mapped[int] = mapped_column(ForeignKey("subscriber.id"))
    flag_id: Mapped[int] = mapped_column(ForeignKey("flag.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[datetime]


class Notice(Base):
    """A condition that operators are told of: once when it begins, once when it is over."""

    __tablename__ = "notice"
    key: Mapped[str] = mapped_column(String(80), primary_key=True)  # "source_blind:tass"
    text: Mapped[str]
    since: Mapped[datetime]
    over_at: Mapped[datetime | None]  # None: it holds


class Duty(Base):
    """A recurring piece of work and how it went last: what makes a standstill visible, whichever process does the work."""

    __tablename__ = "duty"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    started_at: Mapped[datetime]  # the last start
    ended_at: Mapped[datetime | None]  # its end; None while it is at work, or when it was killed
    good_at: Mapped[datetime | None]  # the last end without an error
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    told: Mapped[str] = mapped_column(default="")  # what it had to say, or the error
