"""The headline of a card: the changed value, old → new, or the title of the item."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from db.models import AssessmentRow, ClaimRow, FlagRow, ItemVersionRow
from db.reason_codes import ReasonCode


@dataclass(frozen=True)
class Headline:
    """`what` alone, or with `old` → `new`; `claim_id` is the claim whose value differs, or the
    nearest one.
    """

    what: str
    old: str = ""
    new: str = ""
    claim_id: str | None = None
    like: str = ""  # the expected change (`changes_if` of the claim) that the item resembles

    @property
    def line(self) -> str:
        """As one line of plain text."""
        return f"{self.what}: {self.old} → {self.new}" if self.old else self.what


def headline_of(flag: FlagRow, assessment: AssessmentRow, version: ItemVersionRow) -> Headline:
    """The headline of a flag. Once a person has decided about it, only changes of its own claim
    count: the person may have moved it to another claim.
    """
    return headline(assessment, title_of(version), flag.claim_id, own_only=flag.version > 1)


def headline(assessment: AssessmentRow, title: str, claim_id: str | None, *, own_only: bool = False) -> Headline:
    """The most certain change of claim `claim_id`, else of any named claim, else `title` (of the
    item).
    """
    change = best_change(assessment.changes, claim_id, own_only=own_only)
    if change is None:
        return Headline(" ".join(title.split()), claim_id=claim_id, like=_like(assessment, claim_id))
    what = " ".join(change["what"].split())
    return Headline(
        what[:1].upper() + what[1:], " ".join(str(change["old"]).split()), " ".join(str(change["new"]).split()), change["claim"],
        _like(assessment, change["claim"]),
    )  # fmt: skip


def _like(assessment: AssessmentRow, claim_id: str | None) -> str:
    """The expected change of this claim that the comparison recognised, or ""."""
    return next((str(r["change"]) for r in assessment.reasons if r["code"] == ReasonCode.LIKE_CHANGE and r["claim"] == claim_id), "")


def best_change(changes: Sequence[dict[str, Any]], claim_id: str | None, *, own_only: bool = False) -> dict[str, Any] | None:
    """The change for the headline; None if the comparison was not certain that both values measure
    the same.
    """
    own = [c for c in changes if c["claim"] == claim_id and c.get("likeness", 1.0) >= 0.75]
    sure = [] if own_only else [c for c in changes if c.get("likeness", 1.0) >= 1.0]
    return next(iter([*own, *sure]), None)


def offered_claims(assessment: AssessmentRow, own: str | None, claims: dict[str, ClaimRow]) -> list[str]:
    """Ids of the claims to choose from: the claim of the flag, those with a changed value, those
    the item names.
    """
    named = [own, *(c["claim"] for c in assessment.changes), *(c["id"] for c in assessment.claims)]
    return [i for i in dict.fromkeys(named) if i is not None and i in claims]


def title_of(version: ItemVersionRow) -> str:
    """The title of the item; the start of its text if it has none (posts)."""
    return version.title or version.text[:120]
