"""One flag with all that a person needs to judge it, gathered once for the queue, the flag's own page, the API and the evidence pack."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import decisions, flag_history, known, reviewing, stories
from db.models import Claim, ClaimVersion, Decision, Fetch, Flag, Report, Story, User
from db.reason_codes import stored_reasons
from db.stories import Witness
from review import cite, legal
from review.headline import Headline, headline, offered_claims, title_of
from review.marking import Piece, marked, quote
from review.web import NotFound


@dataclass(frozen=True)
class Offered:
    """A claim the flag may be about."""

    id: str
    section: str
    statement: str


@dataclass(frozen=True)
class Earlier:
    """A closed flag on the same claim, and how it ended."""

    flag: Flag
    story: Story
    decision: Decision | None


@dataclass(frozen=True)
class Detail:
    """See the module."""

    card: reviewing.Card
    headline: Headline
    claim: Claim | None
    version: ClaimVersion | None
    claim_pieces: list[Piece]
    quote: list[Piece]
    witnesses: list[Witness]
    hidden_witnesses: int
    offered: list[Offered]
    others: list[Offered]  # the report's other claims, for re-assigning
    proposed: str
    history: list[reviewing.Step]
    earlier: list[Earlier]
    merged: list[Flag]
    doubled: list[tuple[Flag, Story]]  # what it may double
    stages: list[tuple[Flag, Story, str]]  # other stages of its bill
    siblings: list[tuple[Flag, Report]]  # the same story, flagged for other reports
    legal_dates: dict[str, str]
    fetch: Fetch
    reference: cite.Reference
    assigned: str | None
    standing: Decision | None
    tiers: str

    @property
    def flag(self) -> Flag:
        return self.card.flag


def detail(session: Session, flag_id: int, now: datetime, address: str) -> Detail:
    """Gather it. Raises NotFound."""
    found = reviewing.cards(session, [flag_id])
    if not found:
        raise NotFound(f"there is no flag {flag_id}")
    card = found[0]
    flag, a = card.flag, card.assessment
    changes = a.changes
    head = headline(a, title_of(card.version), flag.claim_id)
    named = {c["id"] for c in a.claims} | {c["claim"] for c in changes} | ({flag.claim_id} if flag.claim_id else set())
    versions = known.current_claims(session, sorted(named))
    claims = {c.id: c for c in session.scalars(select(Claim).where(Claim.id.in_(list(named))))}
    shown = flag.claim_id if flag.version > 1 else head.claim_id or flag.claim_id
    version = versions.get(shown or "")
    text = card.version.text or card.version.title
    own = [c for c in changes if c["claim"] == shown]
    witnesses = stories.witnesses(session, card.story.id, flag.report_id, reviewing.MOST_WITNESSES)
    earlier = reviewing.earlier_on_claim(session, shown, flag.id) if shown else []
    choices = flag_history.standing_decisions(session, [f.id for f, _ in earlier])
    fetch = session.get_one(Fetch, card.version.fetch_id)
    assigned = session.get(User, flag.assigned_to) if flag.assigned_to else None
    return Detail(
        card=card,
        headline=head,
        claim=claims.get(shown or ""),
        version=version,
        claim_pieces=marked(version.statement, own, "old") if version else [],
        quote=marked(quote(text, own, stored_reasons(a.reasons)), own),
        witnesses=witnesses,
        hidden_witnesses=max(0, card.story.items - len(witnesses)),
        offered=[Offered(i, claims[i].section, versions[i].statement) for i in offered_claims(a, shown, claims) if i in versions],
        others=_others(session, flag.report_id, named),
        proposed=decisions.propose(version.statement, shown or "", changes, card.story.title, now) if version else "",
        history=reviewing.history(session, flag.id),
        earlier=[Earlier(f, s, choices.get(f.id)) for f, s in earlier],
        stages=reviewing.other_stages(session, flag),
        siblings=reviewing.same_story(session, flag),
        merged=reviewing.merged(session, flag.id),
        doubled=reviewing.doubled(session, shown, flag.id) if shown else [],
        legal_dates=legal.dates(text),
        fetch=fetch,
        reference=cite.reference(card.item, card.version, card.source, archive_note(address, fetch)),
        assigned=assigned.name if assigned else None,
        standing=flag_history.standing_decision(session, flag.id),
        tiers=_balance(witnesses),
    )


def _others(session: Session, report_id: str, named: set[str]) -> list[Offered]:
    """All further claims of the report, in its order, by their first wording: enough to find the right one."""
    rows = session.execute(
        select(Claim.id, Claim.section, ClaimVersion.statement)
        .join(ClaimVersion, (ClaimVersion.claim_id == Claim.id) & (ClaimVersion.number == 1))
        .where(Claim.report_id == report_id, Claim.listed)
        .order_by(Claim.position)
    )
    return [Offered(*row) for row in rows if row[0] not in named]


def archive_note(address: str, fetch: Fetch) -> str:
    """Where our own copy of the bytes is."""
    if fetch.capture_sha256 is None:
        return f"read by Ajour on {fetch.ended_at:%Y-%m-%d %H:%M} UTC, no copy kept"
    return (
        f"archived copy of {fetch.ended_at:%Y-%m-%d %H:%M} UTC, SHA-256 {fetch.capture_sha256}, {address}/captures/{fetch.capture_sha256}"
    )


def _balance(witnesses: list[Witness]) -> str:
    """What kind of voices a flag rests on, where that is one-sided."""
    if not witnesses:
        return ""
    kinds = {str(w.source.config.get("type", "")) for w in witnesses}
    if kinds <= {"state_media", "official", "pro_government"}:
        return "Only state bodies and state media say so: they are party to the matter."
    if {w.source.tier for w in witnesses} == {4}:
        return "Only weak or anonymous sources say so."
    return ""
