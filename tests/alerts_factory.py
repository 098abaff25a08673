"""A small world to tell of: reports, claims, sources, stories, flags, decisions, readers. Rows as
the other rooms write them; all names are made up.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from alerts import subscriptions
from alerts.mail.mail_config import MailConfig
from alerts.mail.mime import MailHead
from alerts.mail.smtp import Envelope
from alerts.preferences import Preferences
from alerts.signed_links import LinkSigner
from db.enums import SEVERITY_RANK
from db.gist import Gist, GistCode, GistValue
from db.models import (
    AssessmentRow,
    ClaimRow,
    ClaimVersionRow,
    DecisionRow,
    FetchRow,
    FlagEventRow,
    FlagRow,
    ItemRow,
    ItemVersionRow,
    ReportRow,
    SourceRow,
    StoryRow,
    SubscriberRow,
    SubscriptionRow,
    UserRow,
)
from db.reason_codes import Reason, ReasonCode

NOW = datetime(2026, 11, 24, 5, 0, 30, tzinfo=UTC)  # half a minute after six o'clock in Brussels
YESTERDAY = NOW - timedelta(hours=20)
MAIL_CONFIG = MailConfig(
    LinkSigner("https://ajour.example.org", "a key for tests that is long enough"),
    MailHead("ajour@example.org", "Ajour", "desk@example.org", "bounces@example.org"),
    operators=("operator@example.org",),
    signup=("example.org",),
)
TITLE = "Госдума приняла закон о сроках явки по электронной повестке"
TEXT = (
    "Госдума приняла закон во втором и третьем чтениях. Явиться нужно в течение 30 дней после размещения повестки в реестре. "
    "Раньше этот срок не был определён. Закон вступит в силу после подписания."
)

GIST = Gist(
    GistCode.VALUE, "summons", "C-1", "Paper", {"en": "days to appear", "da": "mødefrist", "nl": "verschijningstermijn", "de": "Frist", "fr": "délai"},
    aspect="summons.days", old=GistValue(14, 14, "days"), new=GistValue(30, 30, "days"), stage="adopted",
)  # fmt: skip
HEADLINE = "Days to appear: 14 days → 30 days (adopted by parliament)"


def lay_out(session: Session, bodies: Mapping[str, dict[str, Any]] | None = None) -> None:
    """Two reports with three claims, three sources read an hour ago, one person at the desk.

    `bodies`: claim id → its entry of the baseline file, where a test needs one.
    """
    for number, (report, publisher) in enumerate((("cedoca", "Cedoca"), ("drc", "Danish Refugee Council")), start=1):
        session.add(
            ReportRow(
                id=report, title=f"COI report {number}", publisher=publisher, published="2026-01-14", research_closed="2025-11-26", language="en", url=None
            )
        )  # fmt: skip
    session.flush()
    for number, (claim, report, section, topic) in enumerate(
        (("C-1", "cedoca", "1.2", "register_esummons"), ("C-2", "cedoca", "10.1", "mobilisation"), ("D-1", "drc", "2.1", "exit_ban"))
    ):
        session.add(ClaimRow(id=claim, report_id=report, position=number, section=section, topic=topic, subject=topic))
        session.flush()
        session.add(
            ClaimVersionRow(
                claim_id=claim,
                number=1,
                statement=f"What the report says in {claim}.",
                body=(bodies or {}).get(claim, {}),
                digest=claim,
                since=NOW - timedelta(days=90),
            )
        )
    for source, tier in (("gazette", 1), ("paper", 2), ("channel", 4)):
        session.add(
            SourceRow(
                id=source, name=source.title(), kind="feed", url=f"https://{source}.example.com/", tier=tier, config={}, failures=0, last_good_at=NOW,
                last_fetch_at=NOW,
            )
        )  # fmt: skip
    session.add(UserRow(id=1, name="Reviewer", role="reviewer", active=True, created_at=NOW - timedelta(days=90)))
    session.flush()
    for source in ("gazette", "paper", "channel"):
        look(session, source, NOW - timedelta(hours=1))


def look(session: Session, source: str, at: datetime, outcome: str = "nothing_new", reason: str = "ok") -> FetchRow:
    """One look at a source."""
    row = FetchRow(source_id=source, started_at=at, ended_at=at, outcome=outcome, reason=reason, url=f"https://{source}.example.com/")
    session.add(row)
    session.flush()
    return row


@dataclass
class Tale:
    """A story, as a test wants it."""

    claim: str = "C-1"
    title: str = TITLE
    text: str = TEXT
    sources: Sequence[str] = ("paper",)
    severity: str = "high"
    relation: str = "updates"
    stage: str | None = "adopted"
    score: float = 0.9
    changes: Sequence[dict[str, Any]] = field(
        default_factory=lambda: [{"claim": "C-1", "what": "days to appear", "old": "14 days", "new": "30 дней"}]
    )
    at: datetime = YESTERDAY
    url: str = ""
    urgency: int = 0  # db.enums.Urgency
    # default: with changes GIST, else none (the entry then says who reports)
    gist: Gist | None = None

    @property
    def stored_gist(self) -> dict[str, Any] | None:
        gist = self.gist or (GIST if self.changes and self.claim == GIST.claim else None)
        return gist.stored() if gist else None


def add_flag(session: Session, tale: Tale | None = None, number: int | None = None) -> FlagRow:
    """A story with its items, assessments and flag."""
    t = tale or Tale()
    key = f"s{number if number is not None else session.query(StoryRow).count() + 1}"
    report = {"C": "cedoca", "D": "drc"}[t.claim[0]]
    story = StoryRow(key=key, title=t.title, first_at=t.at, last_at=t.at, items=len(t.sources), origins=len(set(t.sources)))
    session.add(story)
    session.flush()
    flag = None
    for source in t.sources:
        row = witness(session, story, source, t, t.at)
        if flag is None:
            flag = FlagRow(
                story_id=story.id, report_id=report, claim_id=t.claim, assessment_id=row.id, score=t.score, severity=t.severity, relation=t.relation,
                state="open", raised_at=t.at, changed_at=t.at,
            )  # fmt: skip
            session.add(flag)
            session.flush()
    assert flag is not None
    return flag


def witness(session: Session, story: StoryRow, source: str, t: Tale, at: datetime) -> AssessmentRow:
    """One more item of a story, compared."""
    number = session.query(ItemRow).count() + 1
    fetch = look(session, source, at, "new_items")
    url = t.url or f"https://{source}.example.com/{number}"
    item = ItemRow(source_id=source, key=f"{story.key}-{number}", url=url, published_at=at, first_seen_at=at, story_id=story.id)
    session.add(item)
    session.flush()
    version = ItemVersionRow(
        item_id=item.id, number=1, title=t.title, text=t.text, lang="ru", notes=[], content_hash=f"{story.key}-{number}", fetch_id=fetch.id, seen_at=at,
        urgency=t.urgency,
    )  # fmt: skip
    session.add(version)
    session.flush()
    row = AssessmentRow(
        item_version_id=version.id, report_id={"C": "cedoca", "D": "drc"}[t.claim[0]], comparer="test", score=t.score, flagged=True, severity=t.severity,
        relation=t.relation, stage=t.stage, claims=[{"id": t.claim, "score": 0.9}], changes=list(t.changes), gist=t.stored_gist, reasons=[Reason(ReasonCode.SIGNAL_FOR, {"signal": "value_changed", "words": []}).stored()], made_at=at,
    )  # fmt: skip
    session.add(row)
    for flag in session.query(FlagRow).where(FlagRow.story_id == story.id, FlagRow.report_id == row.report_id):
        flag.changed_at = at
        if SEVERITY_RANK[t.severity] > SEVERITY_RANK[flag.severity]:
            flag.severity = t.severity
    session.flush()
    return row


def decide(
    session: Session, flag: FlagRow, choice: str, state: str, at: datetime, claim: str | None = None, also: Sequence[str] = ()
) -> DecisionRow:
    """What a person decided; the flag follows, as the desk does it."""
    row = DecisionRow(
        flag_id=flag.id, user_id=1, choice=choice, claim_id=claim, made_at=at, previous_hash=f"p{at.isoformat()}{flag.id}", hash=f"h{at.isoformat()}{flag.id}",
        state_before=flag.state, state_after=state, facts={"also": list(also)} if also else {},
    )  # fmt: skip
    session.add(row)
    flag.state, flag.changed_at = state, at
    session.flush()
    return row


def reopen(session: Session, flag: FlagRow, at: datetime) -> None:
    """A rule opened a closed flag again."""
    session.add(FlagEventRow(flag_id=flag.id, user_id=None, kind="reopened_new_origin", state_after="open", at=at))
    flag.state, flag.changed_at = "open", at
    session.flush()


def subscribe(session: Session, address: str = "reader@example.org", since: datetime | None = None, zone: str = "Europe/Brussels", language: str = "en", **preferences: Any) -> SubscriberRow:  # fmt: skip
    """A confirmed reader of some weeks; for a known one, one subscription more."""
    at = since or NOW - timedelta(days=30)
    row = subscriptions.add(session, address, Preferences.model_validate(preferences), at, zone=zone, language=language, confirmed=True)
    return session.get_one(SubscriberRow, row.subscriber_id)


def first_of(session: Session, reader: SubscriberRow) -> SubscriptionRow:
    """A reader's first subscription."""
    return session.scalars(select(SubscriptionRow).where(SubscriptionRow.subscriber_id == reader.id).order_by(SubscriptionRow.id)).first()  # type: ignore[return-value]


class Mailbox:
    """A sender that keeps the messages, and fails on request."""

    def __init__(self, *failures: Exception | None) -> None:
        self.taken: list[Envelope] = []
        self._failures = list(failures)

    def send(self, envelope: Envelope) -> None:
        failure = self._failures.pop(0) if self._failures else None
        if failure is not None:
            raise failure
        self.taken.append(envelope)


def path(url: str) -> str:
    """What a server is asked for when the link is opened."""
    return urlsplit(url).path
