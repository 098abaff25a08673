"""The headline of a card: the gist in English, with the changed value where it is certain, and the
title of the item.
"""

from dataclasses import dataclass

from db.gist import BRITISH, Gist, english, gist_of_flag
from db.models import AssessmentRow, ClaimRow, ItemVersionRow
from db.reason_codes import ReasonCode
from db.review_queue import QueueCard
from db.translations import Translated


@dataclass(frozen=True)
class Headline:
    """`gist` as one sentence, and the same in parts: `what`, and `old` → `new` if a changed value
    is certain.

    `title` is the original headline in the language `lang`. `claim_id` is the claim that the gist
    is about.
    """

    gist: str  # "" where the comparison stored none
    title: str
    lang: str | None
    what: str = ""
    old: str = ""
    new: str = ""
    claim_id: str | None = None
    like: str = ""  # the expected change (`changes_if` of the claim) that the item resembles

    translation: Translated | None = None  # of the title, for a person who wants translations

    @property
    def line(self) -> str:
        """As one line of plain text: the gist, else the title."""
        return self.gist or self.title


def headline_of(card: QueueCard, translation: Translated | None = None) -> Headline:
    """The headline of a flag. `translation`: of its title."""
    flag, claim = card.flag, card.claim
    gist = gist_of_flag(card.assessment, claim, card.source.name)
    title = title_of(card.version)
    if gist is None:
        return Headline(
            "", title, card.version.lang, claim_id=flag.claim_id, like=_like(card.assessment, flag.claim_id), translation=translation
        )
    sentence = english(gist)
    about = gist.claim if gist.certain and flag.version == 1 else flag.claim_id
    what, old, new = _values(gist, sentence)
    return Headline(sentence, title, card.version.lang, what, old, new, about, _like(card.assessment, about), translation)


def _values(gist: Gist, sentence: str) -> tuple[str, str, str]:
    """(what is measured, old value, new value); (the whole sentence, "", "") unless both values are
    known.
    """
    if gist.old is None or gist.new is None:
        return sentence, "", ""
    old = gist.old.text(BRITISH)
    what, _, rest = sentence.partition(f": {old} → ")
    return what, old, rest


def _like(assessment: AssessmentRow, claim_id: str | None) -> str:
    """The expected change of this claim that the comparison recognised, or ""."""
    return next((str(r["change"]) for r in assessment.reasons if r["code"] == ReasonCode.LIKE_CHANGE and r["claim"] == claim_id), "")


def offered_claims(assessment: AssessmentRow, own: str | None, claims: dict[str, ClaimRow]) -> list[str]:
    """Ids of the claims to choose from: the claim of the flag, those with a changed value, those
    the item names.
    """
    named = [own, *(c["claim"] for c in assessment.changes), *(c["id"] for c in assessment.claims)]
    return [i for i in dict.fromkeys(named) if i is not None and i in claims]


def title_of(version: ItemVersionRow) -> str:
    """The title of the item; the start of its text if it has none (posts)."""
    return " ".join((version.title or version.text[:200]).split())
