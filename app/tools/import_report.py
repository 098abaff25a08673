"""Brings the file of a report into the database: its text, and a draft claim for each sentence that
speaks of a subject of its packs. The file stays on the desk.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Engine

from db import claim_editing
from db import drafts as db_drafts
from db.engine import reading, writing
from db.field_problems import field_problems
from db.models import ClaimRow, ReportRow
from db.reports import head_of
from monitor.baseline import Baseline, ReportHead, claim_body, report_head
from monitor.compare.statements.packs import packs_of
from monitor.report_import.content import ReportContent, UnreadableReport
from monitor.report_import.drafts import Draft, drafts
from monitor.report_import.editions import EditionChanges, edition_changes
from monitor.report_import.read_report import read_safely
from monitor.stored_reports import read_baselines


@dataclass(frozen=True)
class Imported:
    """Result of an import."""

    report: str
    upload: int
    content: ReportContent
    drafts: int
    changes: EditionChanges | None  # against the edition before; None for the first one


def import_report(
    engine: Engine, body: bytes, name: str, head: Mapping[str, Any], shipped: Sequence[Baseline] = (), user_id: int | None = None
) -> Imported:
    """Import the file of the report `head`. A stored report keeps its head; a new one needs a whole
    one. For a later edition only new and rewritten sentences get drafts. `shipped`: reports besides
    those of the desk whose watch phrases may be reused. Raises UnreadableReport.
    """
    content = read_safely(body, name)
    with reading(engine) as session:
        row = session.get(ReportRow, head["id"])
        stored = head_of(row) if row else None
        earlier = db_drafts.uploads(session, head["id"])
        known = [*shipped, *read_baselines(session)]
        present = next((b for b in read_baselines(session, [head["id"]])), None)
    checked = _checked(stored or {**head, "title": head.get("title") or content.title or name})
    proposed = drafts(content, packs_of(tuple(checked.packs)), checked.research_closed, known)
    quoted = [c.quote for c in present.claims] if present else []
    changes = None
    if earlier:
        before = ReportContent.from_json(earlier[0].content)
        changes = edition_changes(before, content, [(c.id, c.quote) for c in present.claims] if present else [])
        new = {*changes.added, *(place for _, place in changes.changed)}
        proposed = [d for d in proposed if d.sentence in new]
    proposed = [d for d in proposed if not any(d.body["quote"] in q or q in d.body["quote"] for q in quoted)]
    now = datetime.now(UTC)
    with writing(engine) as session:
        if stored is None:
            claim_editing.save_report(session, checked.model_dump(mode="json", exclude_none=True), user_id, now)
        upload = db_drafts.save_upload(session, checked.id, name, body, content.to_json(), [_row(d) for d in proposed], user_id, now)
        return Imported(checked.id, upload.id, content, len(db_drafts.drafts_of(session, upload.id)), changes)


def import_claims(engine: Engine, baseline: Baseline, user_id: int | None = None) -> tuple[int, int]:
    """Bring the claims of a baseline file into the database, as an editor's work: (new, changed).
    Claims that the file does not have stay. Raises EditConflict where an id belongs to another
    report.
    """
    now, new, changed = datetime.now(UTC), 0, 0
    with writing(engine) as session:
        head = report_head(baseline.report)
        row = session.get(ReportRow, baseline.report.id)
        if row is None or head_of(row) != head or not row.listed:
            claim_editing.save_report(session, head, user_id, now)
        for claim in baseline.claims:
            body, stored = claim_body(claim), session.get(ClaimRow, claim.id)
            if stored is None or stored.report_id != baseline.report.id:
                claim_editing.add_claim(session, baseline.report.id, body, user_id, now)
                new += 1
                continue
            before = claim_editing.newest_version(session, claim.id)
            changed += claim_editing.edit_claim(session, claim.id, body, before.number, user_id, now) is not before
    return new, changed


def _row(draft: Draft) -> db_drafts.NewDraft:
    return db_drafts.NewDraft(draft.sentence, draft.body)


def _checked(head: Mapping[str, Any]) -> ReportHead:
    try:
        return ReportHead.model_validate(head)
    except ValidationError as error:
        raise UnreadableReport(f"the report needs more: {'; '.join(field_problems(error))}") from error
