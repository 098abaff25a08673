"""What the desk calls things: enum values in plain words. A test sees to it that no value lacks its words."""

from dataclasses import dataclass

from db.words import (
    Choice,
    Condition,
    FlagState,
    Happening,
    Links,
    Movement,
    NotAbout,
    Outcome,
    Relation,
    Rhythm,
    Role,
    Severity,
    Stage,
    Standing,
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
    FlagState.LATER: "put off",
}
STANDINGS = {
    Standing.STANDS: "stands",
    Standing.WATCH: "watch",
    Standing.IN_DOUBT: "in doubt",
    Standing.SUPERSEDED: "superseded",
}
SEVERITIES = {Severity.HIGH: "high", Severity.MEDIUM: "medium", Severity.LOW: "low", Severity.NONE: "none"}
TIERS = {1: "T1 primary text or official", 2: "T2 named authorship", 3: "T3 secondary", 4: "T4 weak or anonymous"}
STAGES = {
    Stage.RUMOUR: "rumour or forecast",
    Stage.PROPOSED: "proposed",
    Stage.INTRODUCED: "before the Duma",
    Stage.READING_1: "first reading passed",
    Stage.READING_2: "second reading passed",
    Stage.ADOPTED: "adopted by parliament",
    Stage.SIGNED: "signed or issued",
    Stage.PUBLISHED: "officially published",
    Stage.IN_FORCE: "in force or in practice",
    Stage.REPEALED: "repealed, suspended or postponed",
    Stage.COURT: "court decision",
    Stage.DENIED: "denied by an authority",
}
RELATIONS = {
    Relation.RESTATES: "restates the claim",
    Relation.ADDS_DETAIL: "adds to the claim",
    Relation.UPDATES: "likely update",
    Relation.CONTRADICTS: "contradicts the claim",
    Relation.ANSWERS: "bears on what the report leaves open",
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
CONDITIONS = {Condition.GAZETTE: "until officially published", Condition.TWO_ORIGINS: "until two independent origins"}
HAPPENINGS = {
    Happening.EDITED: "Reopened: an outlet changed its text",
    Happening.ORIGIN: "Reopened: a new independent origin",
    Happening.PRIMARY: "Reopened: the primary text turned up",
    Happening.DUE: "Reopened: its day has come",
    Happening.CONDITION: "Reopened: what it waited for has happened",
    Happening.ASSIGNED: "Assigned to",
    Happening.NOTED: "Note",
}
OUTCOMES = {
    Outcome.NEW_ITEMS: "new items",
    Outcome.NOTHING_NEW: "nothing new",
    Outcome.BROKEN: "blocked or broken",
    Outcome.SUSPICIOUS: "suspiciously empty",
}
ROLES = {
    Role.RESEARCHER: "reads, searches, cites, exports",
    Role.REVIEWER: "… and decides",
    Role.OPERATOR: "… and looks after sources and subscribers",
    Role.ADMIN: "… and looks after users",
}
RHYTHMS = {Rhythm.DAILY: "daily, when there is something", Rhythm.WEEKLY: "weekly", Rhythm.IMMEDIATE: "only what is urgent, at once"}
LINKS = {Links.DIRECT: "originals, archive, desk", Links.ARCHIVE: "archive and desk only", Links.NONE: "none"}
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Key:
    """A shortcut: what it does, its default key, and the page element it acts on (see static/desk.js)."""

    name: str
    key: str
    says: str


# Keys are an interface: they may be added and remapped by each user, never silently changed.
KEYS = (
    Key("new_or_amended_law", "1", "New or amended law"),
    Key("value_or_date_changed", "2", "Value or date changed"),
    Key("new_practice", "3", "New practice"),
    Key("court_or_interpretation", "4", "Court or interpretation"),
    Key("contradicts", "5", "Contradicts"),
    Key("still_valid", "6", "Still valid"),
    Key("not_about_this_claim", "0", "Not about this claim: choose why"),
    Key("wrong_claim", "r", "Right topic, wrong claim: choose another"),
    Key("duplicate", "d", "Duplicate: merge into another flag"),
    Key("later", "l", "Later: until a day or a condition"),
    Key("not_sure", "s", "Not sure: ask a second reader"),
    Key("next", "j", "Next card"),
    Key("previous", "k", "Previous card"),
    Key("open", "o", "Open the flag's own page"),
    Key("original", "v", "Open the original, in a new tab"),
    Key("archived", "a", "Open the archived copy"),
    Key("cite", "c", "Copy the citation"),
    Key("note", "n", "Write a note"),
    Key("why", "i", "Show or hide the reasons"),
    Key("undo", "z", "Undo your last decision"),
    Key("search", "/", "Search"),
    Key("help", "?", "Show the keys"),
)
