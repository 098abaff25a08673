"""Flags that another flag may duplicate: of the same report, near in time, alike in claim, subject
or title.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.enums import FlagState
from db.models import FlagRow, StoryRow
from db.search import stem

WINDOW = timedelta(days=45)  # between the last items of both stories
MOST_COMPARED = 400  # flags of the report within the window, the latest raised first
LEAST = 0.25  # of the measure of `_likeness`: one shared word of a long title is not enough


@dataclass(frozen=True)
class LikelyDuplicate:
    """A flag that may be the same event, and how alike it is (0 to 1)."""

    flag: FlagRow
    story: StoryRow
    likeness: float


def likely_duplicates(session: Session, flag: FlagRow, most: int = 8) -> list[LikelyDuplicate]:
    """Open or confirmed flags for the same report that `flag` may duplicate, the most alike first.

    Flags of the same story and flags that were merged themselves are left out.
    """
    story = session.get_one(StoryRow, flag.story_id)
    rows = session.execute(  # columns only: most of the compared flags are not shown
        select(FlagRow.id, FlagRow.claim_id, FlagRow.subject, StoryRow.title)
        .join(StoryRow, StoryRow.id == FlagRow.story_id)
        .where(
            FlagRow.report_id == flag.report_id,
            FlagRow.story_id != flag.story_id,
            FlagRow.merged_into.is_(None),
            FlagRow.state != FlagState.DISMISSED.value,
            StoryRow.last_at > story.first_at - WINDOW,
            StoryRow.first_at < story.last_at + WINDOW,
        )
        .order_by(FlagRow.id.desc())
        .limit(MOST_COMPARED)
    )
    own = _stems(story.title)
    alike = {r.id: _likeness(flag, r, own, _stems(r.title)) for r in rows}
    likely = sorted((i for i in alike if alike[i] >= LEAST), key=lambda i: -alike[i])[:most]
    loaded = session.execute(select(FlagRow, StoryRow).join(StoryRow, StoryRow.id == FlagRow.story_id).where(FlagRow.id.in_(likely)))
    by_id = {f.id: LikelyDuplicate(f, s, alike[f.id]) for f, s in loaded}
    return [by_id[i] for i in likely]


@lru_cache(maxsize=20_000)  # the same titles are compared for every flag of a sitting
def _stems(title: str) -> frozenset[str]:
    return frozenset(stem(word) for word in re.findall(r"[\w№]{3,}", title.lower()))


def _likeness(flag: FlagRow, other: Any, own: frozenset[str], others: frozenset[str]) -> float:
    """Shared share of the words of both titles (Dice), half of the measure; the same claim and the
    same subject, the rest.
    """
    words = 2 * len(own & others) / (len(own) + len(others)) if own and others else 0.0
    same_claim = flag.claim_id is not None and flag.claim_id == other.claim_id
    same_subject = bool(flag.subject) and flag.subject == other.subject
    return 0.5 * words + 0.3 * same_claim + 0.2 * same_subject
