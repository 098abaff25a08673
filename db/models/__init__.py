"""The tables. Names are those of docs/glossary.md; times are UTC; history is append-only.

`APPEND_ONLY` names the tables whose rows are never changed or removed: the migration puts a trigger
on each that refuses UPDATE (and DELETE where the row is evidence), so that a slip in the code
cannot rewrite history.
"""

from db.models.accounts import AccessTokenRow, DeskSessionRow, LoginAttemptRow, PresenceRow, SavedSearchRow, UserRow
from db.models.base import APPEND_ONLY, Base, UtcDateTime, text_sha256
from db.models.flags import (
    AssessmentRow,
    DecisionRow,
    FlagEventRow,
    FlagMessageRow,
    FlagRow,
    ReadingAidRow,
    RecallAuditRow,
    StoryBillRow,
    StoryFingerprintRow,
    StoryRow,
)
from db.models.items import CitationNoteRow, ItemRow, ItemVersionRow, PendingArticleRow, TranslationRow
from db.models.operations import ErasureRow, JobRunRow, OperatorAlertRow
from db.models.reports import ClaimDraftRow, ClaimRow, ClaimVersionRow, DeskChangeRow, ReportRow, ReportUploadRow
from db.models.sources import (
    CaptureRow,
    ChannelGapRow,
    FetchPageRow,
    FetchRow,
    PageChangeRow,
    PagePartRow,
    SourceOverrideRow,
    SourceRow,
    SourceStateRow,
    SourceVersionRow,
)
from db.models.subscribers import (
    BounceRow,
    ChannelNotificationRow,
    DigestRow,
    FeedbackRow,
    NotificationRow,
    OutboxRow,
    SubscriberRow,
    SubscriptionRow,
)

__all__ = [
    "APPEND_ONLY",
    "AccessTokenRow",
    "AssessmentRow",
    "Base",
    "BounceRow",
    "CaptureRow",
    "ChannelGapRow",
    "ChannelNotificationRow",
    "CitationNoteRow",
    "ClaimDraftRow",
    "ClaimRow",
    "ClaimVersionRow",
    "DecisionRow",
    "DeskChangeRow",
    "DeskSessionRow",
    "DigestRow",
    "ErasureRow",
    "FeedbackRow",
    "FetchPageRow",
    "FetchRow",
    "FlagEventRow",
    "FlagMessageRow",
    "FlagRow",
    "ItemRow",
    "ItemVersionRow",
    "JobRunRow",
    "LoginAttemptRow",
    "NotificationRow",
    "OperatorAlertRow",
    "OutboxRow",
    "PageChangeRow",
    "PagePartRow",
    "PendingArticleRow",
    "PresenceRow",
    "ReadingAidRow",
    "RecallAuditRow",
    "ReportRow",
    "ReportUploadRow",
    "SavedSearchRow",
    "SourceOverrideRow",
    "SourceRow",
    "SourceStateRow",
    "SourceVersionRow",
    "StoryBillRow",
    "StoryFingerprintRow",
    "StoryRow",
    "SubscriberRow",
    "SubscriptionRow",
    "TranslationRow",
    "UserRow",
    "UtcDateTime",
    "text_sha256",
]
