"""The tables. Names are those of docs/glossary.md; times are UTC; history is append-only.

`APPEND_ONLY` names the tables whose rows are never changed or removed: the migration puts a trigger on each that
refuses UPDATE (and DELETE where the row is evidence), so that a slip in the code cannot rewrite history.
"""

from db.models.accounts import AccessToken, DeskSession, SavedSearch, SignInTry, User
from db.models.base import APPEND_ONLY, Base, UtcDateTime
from db.models.flags import Assessment, Decision, Flag, FlagEvent, Story, StoryBill, Trace
from db.models.items import Item, ItemVersion, Unread
from db.models.operations import Duty, Notice
from db.models.reports import Claim, ClaimVersion, Report
from db.models.sources import Capture, Fetch, FetchPage, Gap, Part, PartChange, Source, SourceState, SourceVersion
from db.models.subscribers import Bounce, Digest, Feedback, Outbox, Subscriber, Subscription, Told

__all__ = [
    "APPEND_ONLY",
    "AccessToken",
    "Assessment",
    "Base",
    "Bounce",
    "Capture",
    "Claim",
    "ClaimVersion",
    "Decision",
    "DeskSession",
    "Digest",
    "Duty",
    "Feedback",
    "Fetch",
    "FetchPage",
    "Flag",
    "FlagEvent",
    "Gap",
    "Item",
    "ItemVersion",
    "Notice",
    "Outbox",
    "Part",
    "PartChange",
    "Report",
    "SavedSearch",
    "SignInTry",
    "Source",
    "SourceState",
    "SourceVersion",
    "Story",
    "StoryBill",
    "Subscriber",
    "Subscription",
    "Told",
    "Trace",
    "Unread",
    "User",
    "UtcDateTime",
]
