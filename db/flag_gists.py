"""The English gists of many flags at once, for lists of the desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from db.gist import english, gist_of_flag
from db.models import AssessmentRow, ClaimRow, FlagRow, ItemRow, ItemVersionRow, SourceRow
from db.statements import chunks
from db.translations import Translated, titles


@dataclass(frozen=True)
class FlagGist:
    """What a flag says changed, as one English sentence, and the headline of its strongest item in
    the language `lang`.
    """

    text: str
    title: str
    lang: str | None
    translation: Translated | None = None  # of the headline


def english_gists(session: Session, flag_ids: Iterable[int], language: str = "") -> dict[int, FlagGist]:
    """Flag id → what changed. Flags without a gist are left out. `language`: of the translated
    headlines; "": none.
    """
    gists: dict[int, FlagGist] = {}
    for part in chunks(set(flag_ids)):
        rows = session.execute(_gist_rows(), {"flags": list(part)}).all()
        translated = titles(session, [row[-1] for row in rows], language)
        for flag_id, assessment, claim, outlet, title, lang, version_id in rows:
            if gist := gist_of_flag(assessment, claim, outlet):
                gists[flag_id] = FlagGist(english(gist), " ".join(title.split()), lang, translated.get(version_id))
    return gists


@cache
def _gist_rows() -> "Select[*tuple[Any, ...]]":
    return (
        select(FlagRow.id, AssessmentRow, ClaimRow, SourceRow.name, ItemVersionRow.title, ItemVersionRow.lang, ItemVersionRow.id)
        .join(AssessmentRow, AssessmentRow.id == FlagRow.assessment_id)
        .join(ItemVersionRow, ItemVersionRow.id == AssessmentRow.item_version_id)
        .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
        .join(SourceRow, SourceRow.id == ItemRow.source_id)
        .outerjoin(ClaimRow, ClaimRow.id == FlagRow.claim_id)
        .where(FlagRow.id.in_(bindparam("flags", expanding=True)))
    )


def story_gists(session: Session, story_ids: Iterable[int], language: str = "") -> dict[int, list[tuple[int, FlagGist]]]:
    """Story id → its flags with their gists, the strongest first. Stories without a flag are left
    out.
    """
    flags: dict[int, list[int]] = {}
    for part in chunks(set(story_ids)):
        rows = session.execute(
            select(FlagRow.story_id, FlagRow.id).where(FlagRow.story_id.in_(part)).order_by(FlagRow.score.desc(), FlagRow.id)
        )
        for story_id, flag_id in rows:
            flags.setdefault(story_id, []).append(flag_id)
    gists = english_gists(session, [i for ids in flags.values() for i in ids], language)
    return {story_id: [(i, gists[i]) for i in ids if i in gists] for story_id, ids in flags.items()}
