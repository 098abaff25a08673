"""English labels of enum values. A test checks that every value has a label."""

from dataclasses import dataclass

from db import decisions, reason_codes
from db.enums import (
    Choice,
    ClaimStatus,
    FetchOutcome,
    FlagEventKind,
    FlagState,
    LaterCondition,
    LinkPolicy,
    Movement,
    NotAbout,
    Relation,
    Rhythm,
    Role,
    Severity,
)

CHOICES = {
    Choice.NEW_LAW: "New or amended law",
    Choice.VALUE_CHANGED: "Value or date changed",
    Choice.NEW_PRACTICE: "New practice",
    Choice.COURT: "Court or interpretation",
    Choice.CONTRADICTS: "Contradicts",
    Choice.STILL_VALID: "Still valid",
    Choice.NOT_ABOUT: "Not about this claim",
    Choice.WRONG_CLAIM: "Wrong claim",
    Choice.DUPLICATE: "Duplicate",
    Choice.LATER: "Later",
    Choice.NOT_SURE: "Not sure",
    Choice.UNDO: "Undone",
}
STATES = {
    FlagState.OPEN: "open",
    FlagState.CONFIRMED: "confirmed",
    FlagState.DISMISSED: "not a change",
    FlagState.LATER: "postponed",
}
CLAIM_STATUSES = {
    ClaimStatus.STANDS: "stands",
    ClaimStatus.WATCH: "watch",
    ClaimStatus.IN_DOUBT: "in doubt",
    ClaimStatus.CONTRADICTED: "contradicted",
    ClaimStatus.CHANGED: "changed, wording pending",
    ClaimStatus.SUPERSEDED: "superseded",
}
SEVERITIES = {Severity.HIGH: "high", Severity.MEDIUM: "medium", Severity.LOW: "low", Severity.NONE: "none"}
# The order in which pages list the status of claims, the most urgent to rewrite first.
CLAIM_STATUS_ORDER = (
    ClaimStatus.SUPERSEDED,
    ClaimStatus.CHANGED,
    ClaimStatus.CONTRADICTED,
    ClaimStatus.IN_DOUBT,
    ClaimStatus.WATCH,
    ClaimStatus.STANDS,
)
EFFECTS = {
    decisions.REWORDED: "claim {claim} has the new wording",
    decisions.CHANGED: "claim {claim} is marked as changed; its wording is pending",
    decisions.ANNOUNCED: "the item reports no law yet, so claim {claim} stays as it is and is on watch",
}
SECOND_READING = "With 1–6 or 0: a colleague judges the flag too, without seeing your judgement; theirs holds"
TIERS = {1: "T1 primary text or official", 2: "T2 named authorship", 3: "T3 secondary", 4: "T4 weak or anonymous"}
STAGES = reason_codes.STAGES
RELATIONS = {
    Relation.RESTATES: "restates the claim",
    Relation.ADDS_DETAIL: "adds to the claim",
    Relation.UPDATES: "likely update",
    Relation.CONTRADICTS: "contradicts the claim",
    Relation.ANSWERS: "answers an open question of the report",
    Relation.NEW_TOPIC: "new topic",
    Relation.UNRELATED: "unrelated",
}
MOVEMENTS = {Movement.NEW: "new", Movement.GROWING: "growing", Movement.EDITED: "text edited", Movement.BACK: "back"}
NOT_ABOUT = {
    NotAbout.TOPIC: "wrong topic",
    NotAbout.OPINION: "opinion or analysis",
    NotAbout.OLD: "old news",
    NotAbout.LOCAL: "too local",
    NotAbout.COUNTRY: "wrong country",
}
CONDITIONS = {LaterCondition.GAZETTE: "until officially published", LaterCondition.TWO_ORIGINS: "until two independent origins"}
HAPPENINGS = {
    FlagEventKind.EDITED: "Reopened: an outlet changed its text",
    FlagEventKind.ORIGIN: "Reopened: a new independent origin",
    FlagEventKind.PRIMARY: "Reopened: the primary text was found",
    FlagEventKind.DUE: "Reopened: its day was reached",
    FlagEventKind.CONDITION: "Reopened: its condition was met",
    FlagEventKind.ASSIGNED: "Assigned to",
    FlagEventKind.NOTED: "Note",
}
OUTCOMES = {
    FetchOutcome.NEW_ITEMS: "new items",
    FetchOutcome.NOTHING_NEW: "nothing new",
    FetchOutcome.BROKEN: "blocked or broken",
    FetchOutcome.SUSPICIOUS: "suspiciously empty",
}
ROLES = {
    Role.RESEARCHER: "reads, searches, cites, exports",
    Role.REVIEWER: "… and decides",
    Role.EDITOR: "… and edits reports and claims",
    Role.OPERATOR: "… and manages sources and subscribers",
    Role.ADMIN: "… and manages users",
}
RHYTHMS = {Rhythm.DAILY: "daily, if there is news", Rhythm.WEEKLY: "weekly", Rhythm.IMMEDIATE: "only urgent changes, at once"}
LINKS = {LinkPolicy.DIRECT: "originals, archive, desk", LinkPolicy.ARCHIVE: "archive and desk only", LinkPolicy.NONE: "none"}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class ShortcutKey:
    """A keyboard shortcut: the page element it presses (`data-do`), its default key, its
    description.
    """

    name: str
    key: str
    says: str


# Keys are an interface: users can remap them, new ones may be added, defaults do not change.
KEYS = (
    ShortcutKey("new_or_amended_law", "1", "New or amended law"),
    ShortcutKey("value_or_date_changed", "2", "Value or date changed"),
    ShortcutKey("new_practice", "3", "New practice"),
    ShortcutKey("court_or_interpretation", "4", "Court or interpretation"),
    ShortcutKey("contradicts", "5", "Contradicts"),
    ShortcutKey("still_valid", "6", "Still valid"),
    ShortcutKey("not_about_this_claim", "0", "Not about this claim: choose why"),
    ShortcutKey("claim_1", "q", "First of the three nearest claims"),
    ShortcutKey("claim_2", "w", "Second of the three nearest claims"),
    ShortcutKey("claim_3", "e", "Third of the three nearest claims"),
    ShortcutKey("together", "b", "Decide the same for the story's other flags"),
    ShortcutKey("wrong_claim", "r", "Right topic, wrong claim: choose another"),
    ShortcutKey("duplicate", "d", "Duplicate: merge into another flag"),
    ShortcutKey("later", "l", "Later: until a day or a condition"),
    ShortcutKey("not_sure", "s", "Not sure: ask a second reader"),
    ShortcutKey("second_reading", "t", "Second reading: a colleague judges too, without seeing your judgement"),
    ShortcutKey("next", "j", "Next card"),
    ShortcutKey("previous", "k", "Previous card"),
    ShortcutKey("open", "o", "Open the flag's own page"),
    ShortcutKey("original", "v", "Open the original, in a new tab"),
    ShortcutKey("archived", "a", "Open the archived copy"),
    ShortcutKey("cite", "c", "Copy the citation"),
    ShortcutKey("note", "n", "Write a note"),
    ShortcutKey("why", "i", "Show or hide the reasons"),
    ShortcutKey("undo", "z", "Undo your last decision"),
    ShortcutKey("audit_no", "x", "Recall audit: no update"),
    ShortcutKey("audit_update", "u", "Recall audit: missed update"),
    ShortcutKey("audit_unsure", "y", "Recall audit: cannot tell"),
    ShortcutKey("search", "/", "Search"),
    ShortcutKey("help", "?", "Show the keys"),
)
