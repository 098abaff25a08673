"""A flag with everything a reviewer needs, for the queue, the page of the flag, the API and the
evidence pack.
"""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from db import decisions, flag_history, flag_messages, reading_aid, reports, review_queue, stories
from db.enums import NOT_YET_LAW, PassagePart
from db.flag_gists import FlagGist, english_gists
from db.likely_duplicates import LikelyDuplicate, likely_duplicates
from db.models import ClaimRow, ClaimVersionRow, DecisionRow, FetchRow, FlagRow, ReportRow, StoryRow, UserRow
from db.passages import desk_quote
from db.reading_aid import AidNote
from db.reason_codes import stored_reasons
from db.stories import Witness
from db.translations import NO_TRANSLATIONS, Translated, VersionTranslations, of_versions
from review.routing import NotFound
from review.view import legal_dates as review_legal_dates
from review.view.citations import Citation, citations
from review.view.headline import Headline, headline_of, offered_claims
from review.view.highlight import TextPiece, marked
from review.view.reference import Reference, reference


@dataclass(frozen=True)
class OfferedClaim:
    """A claim the flag may be about."""

    id: str
    section: str
    statement: str


@dataclass(frozen=True)
class StoryFlag:
    """Another flag of the same story: for another report, or for another subject of the same
    one.
    """

    flag: FlagRow
    report: ReportRow
    claim: ClaimRow | None
    statement: str
    quote: str  # the sentence of the report, in its language


@dataclass(frozen=True)
class EarlierFlag:
    """A closed flag on the same claim, and how it ended."""

    flag: FlagRow
    story: StoryRow
    decision: DecisionRow | None


@dataclass(frozen=True)
class FlagDetailView:
    """A flag with everything a reviewer needs."""

    card: review_queue.QueueCard
    headline: Headline
    claim: ClaimRow | None
    version: ClaimVersionRow | None
    claim_pieces: list[TextPiece]
    quote: list[TextPiece]
    quote_translation: Translated | None
    title_offer: Translated | None  # its title in the report's language, for the citation
    witnesses: list[Witness]
    hidden_witnesses: int
    offered: list[OfferedClaim]
    other_claims: list[OfferedClaim]  # the other claims of the report, for "wrong claim"
    # The item reports a bill, a rumour or a denial: a confirmation changes no claim
    not_yet_law: bool
    history: list[review_queue.HistoryStep]
    earlier: list[EarlierFlag]
    merged: list[FlagRow]
    duplicates: list[LikelyDuplicate]  # flags that it may duplicate
    stages: list[tuple[FlagRow, StoryRow, str]]  # flags for other stages of the same bill
    others_of_story: list[StoryFlag]
    gists: dict[int, FlagGist]  # of the flags that the page names
    aid: AidNote | None  # what the reading aid says of the strongest item
    comments: list[flag_messages.Comment]
    legal_dates: dict[str, str]
    fetch: FetchRow
    reference: Reference
    assigned: str | None
    decision: DecisionRow | None  # the decision in force
    second_reader_asked_by: int | None
    tiers: str

    @property
    def pending(self) -> bool:
        """Whether a confirmed update changed the claim and its new wording is pending."""
        return self.version is not None and bool((self.version.body.get("update") or {}).get("pending"))

    @property
    def read_once(self) -> bool:
        """Whether a colleague asked for a second reader, and what they said is hidden."""
        return any(step.hidden for step in self.history)

    @property
    def citation(self) -> Citation:
        """The footnote in the style of the report's publisher."""
        return citations(self.reference, self.card.report.language)[0]

    @property
    def flag(self) -> FlagRow:
        return self.card.flag


def detail(session: Session, flag_id: int, viewer: int | None = None, translated: str = "") -> FlagDetailView:
    """The flag with everything about it. Raises NotFound. `viewer`: the user who sees it; None
    shows nothing of a second reading that is not finished. `translated`: the language of machine
    translations; "": none.
    """
    cards = review_queue.cards(session, [flag_id])
    if not cards:
        raise NotFound(f"there is no flag {flag_id}")
    card = cards[0]
    flag, a = card.flag, card.assessment
    changes = a.changes
    translations = of_versions(session, [card.version.id]).get(card.version.id, NO_TRANSLATIONS)
    head = headline_of(card, translations.part(PassagePart.TITLE, translated))
    named = {c["id"] for c in a.claims} | {c["claim"] for c in changes} | ({flag.claim_id} if flag.claim_id else set())
    versions = reports.current_claims(session, sorted(named))
    claims = {c.id: c for c in session.scalars(select(ClaimRow).where(ClaimRow.id.in_(list(named))))}
    shown = flag.claim_id if flag.version > 1 else head.claim_id or flag.claim_id
    version = versions.get(shown or "")
    text = card.version.text or card.version.title
    own_changes = [c for c in changes if c["claim"] == shown]
    quote = desk_quote(text, own_changes, stored_reasons(a.reasons))
    witnesses = stories.witnesses(session, card.story.id, flag.report_id, review_queue.MOST_WITNESSES)
    earlier = review_queue.earlier_on_claim(session, shown, flag.id) if shown else []
    choices = flag_history.decisions_in_force(session, [f.id for f, _ in earlier])
    fetch = session.get_one(FetchRow, card.version.fetch_id)
    assigned = session.get(UserRow, flag.assigned_to) if flag.assigned_to else None
    others = _others_of_story(session, flag)
    duplicates, stages = likely_duplicates(session, flag), review_queue.other_stages(session, flag)
    named_flags = [*(o.flag for o in others), *(d.flag for d in duplicates), *(f for f, *_ in stages), *(f for f, _ in earlier)]
    return FlagDetailView(
        card=card,
        headline=head,
        claim=claims.get(shown or ""),
        version=version,
        claim_pieces=marked(version.statement, own_changes, "old") if version else [],
        quote=marked(quote, own_changes),
        quote_translation=translations.for_reader(quote, translated),
        title_offer=offered_title(translations, card.report.language, translated),
        witnesses=witnesses,
        hidden_witnesses=max(0, card.story.items - len(witnesses)),
        offered=[OfferedClaim(i, claims[i].section, versions[i].statement) for i in offered_claims(a, shown, claims) if i in versions],
        other_claims=_other_claims(session, flag.report_id, named),
        not_yet_law=a.stage in NOT_YET_LAW,
        history=review_queue.history(session, flag.id, viewer),
        earlier=[EarlierFlag(f, s, choices.get(f.id)) for f, s in earlier],
        stages=stages,
        others_of_story=others,
        gists=english_gists(session, [f.id for f in named_flags], translated),
        aid=reading_aid.notes(session, [a.id]).get(a.id),
        comments=flag_messages.comments(session, [flag.id], viewer),
        merged=review_queue.merged(session, flag.id),
        duplicates=duplicates,
        legal_dates=review_legal_dates.dates(text),
        fetch=fetch,
        reference=reference(session, card.item, card.version, card.source, card.report.language),
        assigned=assigned.name if assigned else None,
        decision=flag_history.decision_in_force(session, flag.id),
        second_reader_asked_by=decisions.asked_by(session, flag),
        tiers=_balance(witnesses),
    )


def offered_title(translations: VersionTranslations, language: str, translated: str) -> Translated | None:
    """The translated title for a citation in `language`; a person decides whether to use it. None
    for a person who wants no translations.
    """
    found = translations.part(PassagePart.TITLE, language) if translated else None
    return found if found is not None and found.language == language else None


def _others_of_story(session: Session, flag: FlagRow) -> list[StoryFlag]:
    rows = review_queue.same_story(session, flag)
    if not rows:
        return []
    ids = [f.claim_id for f, _ in rows if f.claim_id]
    versions = reports.current_claims(session, ids)
    claims = {c.id: c for c in session.scalars(select(ClaimRow).where(ClaimRow.id.in_(ids)))}
    flags = []
    for f, report in rows:
        version = versions.get(f.claim_id or "")
        quoted = str(version.body.get("quote") or "") if version else ""
        flags.append(StoryFlag(f, report, claims.get(f.claim_id or ""), version.statement if version else "", quoted))
    return flags


def _other_claims(session: Session, report_id: str, named: set[str]) -> list[OfferedClaim]:
    """The claims of the report that are not in `named`, in report order, with their first
    wording.
    """
    rows = session.execute(
        select(ClaimRow.id, ClaimRow.section, ClaimVersionRow.statement)
        .join(ClaimVersionRow, (ClaimVersionRow.claim_id == ClaimRow.id) & (ClaimVersionRow.number == 1))
        .where(ClaimRow.report_id == report_id, ClaimRow.listed)
        .order_by(ClaimRow.position)
    )
    return [OfferedClaim(*row) for row in rows if row[0] not in named]


def _balance(witnesses: list[Witness]) -> str:
    """A warning if all witnesses are of one kind; else ""."""
    if not witnesses:
        return ""
    kinds = {str(w.source.config.get("type", "")) for w in witnesses}
    if kinds <= {"state_media", "official", "pro_government"}:
        return "Only state bodies and state media report this. They are a party to the matter."
    if {w.source.tier for w in witnesses} == {4}:
        return "Only weak or anonymous sources report this."
    return ""
