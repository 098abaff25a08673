"""The terms of the field as enums, shared by every room. docs/glossary.md explains each in a
sentence.

Values are stored as their text, so a name here is a contract with every database in use: add, never
rename.
"""

from enum import IntEnum, StrEnum

# Kind of a source that is cited but has no stream; all other kinds are records of the monitor
# (monitor.kinds.registry)
NO_STREAM = "none"

# Languages of mails, readers' pages, gists and machine translations
READER_LANGUAGES = ("en", "da", "nl", "de", "fr")


class FetchOutcome(StrEnum):
    """How a fetch ended: always one of these four."""

    NEW_ITEMS = "new_items"  # read well, something new or edited was stored
    NOTHING_NEW = "nothing_new"  # read well, verified that all of it is known
    BROKEN = "blocked_or_broken"  # no usable answer came
    SUSPICIOUS = "suspiciously_empty"  # a response came, but it cannot be complete


GOOD_OUTCOMES = (FetchOutcome.NEW_ITEMS, FetchOutcome.NOTHING_NEW)


class FetchReason(StrEnum):
    """Why a fetch ended as it did; a fixed set, so that people can count and filter."""

    OK = "ok"
    NOT_MODIFIED = "not_modified"  # the server answered 304
    # read, but single entries had to be skipped (kept as raw bytes)
    SOME_UNREADABLE = "some_entries_unreadable"
    FORBIDDEN_ADDRESS = "forbidden_address"  # the SSRF guard refused the address
    OFFSITE_REDIRECT = "offsite_redirect"  # sent to a host that is not the source's
    DNS = "dns"
    CONNECT = "connect"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"  # body or its decompression passed the cap
    HTTP_403 = "http_403"
    HTTP_404 = "http_404"
    HTTP_410 = "http_410"
    HTTP_429 = "http_429"
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    BAD_ANSWER = "bad_answer"  # the answer breaks HTTP or its encoding
    NOT_A_FEED = "not_a_feed"  # 200, but HTML or something else instead of a feed
    CHALLENGE = "challenge_page"  # 200, but a robot check
    NOT_TEXT = "not_text"  # a picture, a scan or another file in place of text
    NO_PREVIEW = "no_public_preview"  # the channel has no public preview
    NO_SUCH_CHANNEL = "no_such_channel"
    EMPTY = "no_entries"  # a valid document with nothing in it
    ROBOTS = "robots_txt"  # the site's robots.txt asks machines to stay away
    RETRY_LATER = "retry_later"  # the host asked us to wait; the time is not over
    TOO_DEEP = "nested_too_deep"  # markup nested deeper than any real page: an attack on the parser
    STUCK = "parser_stuck"  # reading took too long or too much memory and was stopped
    INCOMPLETE = "read_in_part"  # a part is missing
    THROTTLED = "throttled_empty_page"  # an empty page where there were posts before
    RESTRICTED = "restricted_channel"  # the channel exists, but may not be shown
    IDENTITY = "not_the_known_source"  # another site or channel answers under the known address
    BLOCK_PAGE = "block_page"  # 200, but a page that says access is refused, or asks to log in
    SOFT_404 = "soft_404"  # 200, but the page says that there is nothing here
    FRONT_PAGE = "sent_to_front_page"  # the address leads to the site's front page now
    SHRUNK = "far_less_than_before"  # far less came than usual
    QUIET = "quieter_than_usual"  # reads well, but has published nothing for far longer than usual
    EXPECTATION = "fewer_than_expected"  # the expectation in sources.yml is not met
    # A mirror or the fallback answers in place of the first address
    ELSEWHERE = "read_at_another_address"
    UNSUPPORTED = "kind_not_supported_yet"
    INTERNAL = "internal_error"  # a bug of ours; the traceback is in the log


class SourceHealth(StrEnum):
    """The health of a source. A change is reported once; the history is in source_state."""

    WELL = "well"
    # read with faults: single bad fetches, a mirror, too quiet, parts missing
    DEGRADED = "degraded"
    BLIND = "blind"  # unread for so long that no news means nothing
    ACKNOWLEDGED = "acknowledged"  # blind or degraded, known to a person, not reported until a date


class Stage(StrEnum):
    """The legal stage of a rule, in order."""

    RUMOUR = "rumour"  # leaks, insiders, forecasts
    PROPOSED = "proposed"  # a proposal was made, a draft is prepared or published for comment
    INTRODUCED = "introduced"  # a bill has been laid before the Duma
    READING_1 = "reading_1"
    READING_2 = "reading_2"
    ADOPTED = "adopted"  # passed in the third reading, approved by the Federation Council
    SIGNED = "signed"  # signed by the president, or a decree, order, resolution was issued
    PUBLISHED = "published"  # officially published
    IN_FORCE = "in_force"  # in force, in operation, applied in practice
    REPEALED = "repealed"  # withdrawn, repealed, suspended, postponed
    COURT = "court"  # a court has decided
    DENIED = "denied"  # an authority denies it


# A rule at one of these stages does not apply: a rumour, a bill, an act that awaits its signature,
# or a denial.
NOT_YET_LAW = frozenset({Stage.RUMOUR, Stage.PROPOSED, Stage.INTRODUCED, Stage.READING_1, Stage.READING_2, Stage.ADOPTED, Stage.DENIED})


class Relation(StrEnum):
    """What an item is to the claim it is nearest to."""

    RESTATES = "restates"
    ADDS_DETAIL = "adds_detail"
    UPDATES = "updates"
    CONTRADICTS = "contradicts"
    ANSWERS = "answers_open_question"
    NEW_TOPIC = "new_topic"
    UNRELATED = "unrelated"


class Severity(StrEnum):
    """How soon a person should read it."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    NONE = "none"


# The only order of severities
SEVERITY_RANK: dict[str, int] = {Severity.NONE: 0, Severity.LOW: 1, Severity.MEDIUM: 2, Severity.HIGH: 3}


class FlagState(StrEnum):
    """Where a flag stands in review."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    LATER = "later"


class Choice(StrEnum):
    """What a reviewer decided about a flag."""

    NEW_LAW = "new_or_amended_law"
    VALUE_CHANGED = "value_or_date_changed"
    NEW_PRACTICE = "new_practice"
    COURT = "court_or_interpretation"
    CONTRADICTS = "contradicts"
    STILL_VALID = "still_valid"
    NOT_ABOUT = "not_about_this_claim"
    WRONG_CLAIM = "wrong_claim"
    DUPLICATE = "duplicate"
    LATER = "later"
    NOT_SURE = "not_sure"
    UNDO = "undo"


# A confirmed update changes the claim; a contradiction is kept beside it, not resolved.
UPDATES = frozenset({Choice.NEW_LAW, Choice.VALUE_CHANGED, Choice.NEW_PRACTICE, Choice.COURT})
# Choices that say that the item is an update, and those that judge the item at all.
UPDATE_JUDGEMENTS = UPDATES | {Choice.CONTRADICTS}
JUDGEMENTS = UPDATE_JUDGEMENTS | {Choice.STILL_VALID, Choice.NOT_ABOUT}
# May be decided about several claims at once
ALSO = UPDATES | {Choice.CONTRADICTS, Choice.STILL_VALID}


class Urgency(IntEnum):
    """How urgent an item looks by its title and lead, before it is compared."""

    NONE = 0
    FIRST = 1  # compared before others
    TOLD = 2  # also sent to readers who ask for unreviewed changes, without a primary text


class PassagePart(StrEnum):
    """Which passage of an item a translation is of."""

    TITLE = "title"
    LEAD = "lead"  # the first sentences
    EVIDENCE = "evidence"  # the words around what changed


class Movement(StrEnum):
    """What is new about a flag since it was first shown."""

    NEW = "new"  # just raised
    GROWING = "growing"  # more items report the same story
    EDITED = "edited"  # a source changed its text
    BACK = "back"  # was closed or put off, and is open again


class LaterCondition(StrEnum):
    """What a flag that was put off waits for."""

    GAZETTE = "officially_published"  # a tier-1 text joins the story
    TWO_ORIGINS = "two_independent_origins"


class NotAbout(StrEnum):
    """Why an item is not about the claim it was flagged for."""

    TOPIC = "wrong_topic"
    OPINION = "opinion_or_analysis"
    OLD = "old_news"
    LOCAL = "too_local"
    COUNTRY = "wrong_country"


class FlagEventKind(StrEnum):
    """What happened to a flag without a decision."""

    EDITED = "reopened_text_changed"  # an outlet changed a text the decision rested on
    ORIGIN = "reopened_new_origin"  # an independent source reports it too
    PRIMARY = "reopened_primary_text"  # a tier-1 text joined the story
    DUE = "reopened_date_reached"  # put off until a day that has come
    CONDITION = "reopened_condition_met"  # put off until something that has happened
    ASSIGNED = "assigned"
    NOTED = "noted"


class AuditGroup(StrEnum):
    """How an item came into the sample of a recall audit."""

    NEAR = "near"  # among the highest scores below the threshold
    RANDOM = "random"  # drawn from all others


class SavedPage(StrEnum):
    """The page of the desk that a saved search belongs to."""

    SEARCH = "search"
    QUEUE = "queue"


class AuditVerdict(StrEnum):
    """A reviewer's verdict on an item that was not flagged."""

    UPDATE = "update"  # it should have been flagged
    NO_UPDATE = "no_update"
    UNSURE = "unsure"  # counts for neither


class Role(StrEnum):
    """What a user may do. Each role includes those listed before it."""

    RESEARCHER = "researcher"  # reads, searches, cites, exports
    REVIEWER = "reviewer"  # decides
    EDITOR = "editor"  # edits reports and claims
    OPERATOR = "operator"  # manages sources and subscribers
    ADMIN = "admin"  # manages users


class ClaimStatus(StrEnum):
    """How a report's claim stands now."""

    STANDS = "stands"  # nothing flagged, or a person checked that it is still valid
    WATCH = "watch"  # something is flagged that may touch it
    IN_DOUBT = "in_doubt"  # a flag of high severity is open
    # A person found that a source contradicts it; nothing is left to decide
    CONTRADICTED = "contradicted"
    CHANGED = "changed"  # a person confirmed a change; the new wording is pending
    SUPERSEDED = "superseded"  # a person confirmed an update; the claim has a newer version


class MailState(StrEnum):
    """Where a message in the outbox stands."""

    QUEUED = "queued"
    SENDING = "sending"  # leased by a sender; if the lease runs out, the send is uncertain
    SENT = "sent"
    FAILED = "failed"  # will be tried again
    DEAD = "dead"  # gave up; people can see the list
    # Not sent on purpose: its reader left, paused or was suspended before its turn came
    CANCELLED = "cancelled"


class Rhythm(StrEnum):
    """How often a subscriber gets a digest; urgent messages may be sent at once besides."""

    # Only what is urgent, at once, and a weekly digest that shows the service works
    IMMEDIATE = "immediate"
    DAILY = "daily"  # on days with something to report, and once a week in any case
    WEEKLY = "weekly"  # every week, also when nothing changed


class MailKind(StrEnum):
    """What a message in the outbox is about; its order is the order of sending."""

    CONFIRM = "confirm"  # "please confirm your address": a person waits for it
    OPERATOR = "operator"  # a problem that readers notice has started or ended
    URGENT = "urgent"
    CORRECTION = "correction"  # withdraws what an urgent message reported
    DIGEST = "digest"
    TEST = "test"  # asked for by an operator


class LinkPolicy(StrEnum):
    """Which links a subscriber's mails have. Opening an "undesirable" outlet can be a risk to the
    reader.
    """

    DIRECT = "direct"  # the original, the archived copy, the desk
    ARCHIVE = "archive"  # the archived copy and the desk, never the outlet itself
    NONE = "none"  # no address of anything outside; quoted text loses its links too


class EndReason(StrEnum):
    """Why a subscription ended."""

    UNSUBSCRIBED = "unsubscribed"  # by the reader
    OPERATOR = "ended_by_operator"
    COMPLAINT = "marked_as_spam"
    NEVER_CONFIRMED = "never_confirmed"  # the confirmation link ran out


class SuspendReason(StrEnum):
    """Why nothing is sent to an address although its subscription stands."""

    NO_SUCH_ADDRESS = "no_such_address"  # a permanent refusal: 5.1.x, or the mailbox is gone
    KEEPS_FAILING = "keeps_failing"  # three temporary failures within seven days
    OPERATOR = "suspended_by_operator"


class Rating(StrEnum):
    """Feedback of a reader on an entry, given by a button on a page."""

    USEFUL = "useful"
    NOT_RELEVANT = "not_relevant"
    WRONG = "wrong"


class ReportOrigin(StrEnum):
    """Where a report comes from."""

    FILE = "file"  # a baseline file, shipped or of the operator's folder; follows the file
    DESK = "desk"  # made or imported at the desk; lives in the database


class DraftState(StrEnum):
    """What became of a draft claim."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    MERGED = "merged"  # into the claim of another draft
    DROPPED = "dropped"


class OverrideState(StrEnum):
    """How the desk lists a source."""

    LISTED = "listed"
    PAUSED = "paused"  # not fetched until resumed
    RETIRED = "retired"  # off the watch list


class ChangeAction(StrEnum):
    """What a person changed at the desk, for the log."""

    REPORT_NEW = "report_new"
    REPORT_EDITED = "report_edited"
    REPORT_RETIRED = "report_retired"
    UPLOAD = "upload"
    CLAIM_NEW = "claim_new"
    CLAIM_EDITED = "claim_edited"
    CLAIM_RETIRED = "claim_retired"
    CLAIM_SPLIT = "claim_split"
    CLAIM_MERGED = "claim_merged"
    FILE_TAKEN = "file_taken"
    DRAFT_DROPPED = "draft_dropped"
    SOURCE_NEW = "source_new"
    SOURCE_EDITED = "source_edited"
    SOURCE_PAUSED = "source_paused"
    SOURCE_RESUMED = "source_resumed"
    SOURCE_RETIRED = "source_retired"
