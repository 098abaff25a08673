"""Services of the monitor for editing reports at the desk: packs, checks, imports, previews."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from time import monotonic
from typing import Any

from pydantic import ValidationError
from sqlalchemy.orm import Session

from app.runtime.container import Container
from app.tools.import_report import import_report
from db import search as db_search
from db.engine import reading
from db.field_problems import field_problems
from db.search import SearchHit, SearchQuery
from monitor.baseline import Baseline, Claim, ReportHead, claim_problems
from monitor.compare.claims.pack_coverage import coverage
from monitor.compare.decide.assess import compare_documents, prepare
from monitor.compare.reading.annotate import Document
from monitor.compare.statements.packs import all_packs
from monitor.compare.types import PreparedReport
from monitor.report_import.content import UnreadableReport
from monitor.stored_reports import read_baselines
from review.context import ImportSummary, PackChoice, PreviewHit, PreviewPart

MOST_MATCHING = 120  # items with words of the claim that a preview begins with
BATCH = 100  # items compared at a time
SECONDS = 15.0  # after which a preview shows what it has and offers to go on
PER_PHRASE = 30
NEAREST = 3  # claims of an item among which the edited one must be


class DeskReportAdmin:
    """Implements review.context.ReportAdmin. ValueError carries a message for the user."""

    def __init__(self, container: Container) -> None:
        self._container = container

    def packs(self) -> Sequence[PackChoice]:
        """Every pack of subjects, for forms."""
        return [
            PackChoice(
                p.name, p.about["en"], {n: t.says["en"] for n, t in p.topics.items()}, {n: a.says["en"] for n, a in p.aspects.items()}, list(p.persons), list(p.places)
            )
            for p in all_packs()
        ]  # fmt: skip

    def problems(self, body: Mapping[str, Any], packs: Sequence[str]) -> list[str]:
        """The faults of an entry as a claim, one line each; empty for a valid claim."""
        return claim_problems(dict(body), packs)

    def head_problems(self, head: Mapping[str, Any]) -> list[str]:
        """The faults of a head as that of a report, one line each; empty for a valid one."""
        try:
            ReportHead.model_validate(head)
        except ValidationError as error:
            return field_problems(error)
        return []

    def import_file(self, body: bytes, name: str, head: Mapping[str, Any], user_id: int) -> ImportSummary:
        """Import the file of a report. Raises ValueError."""
        try:
            done = import_report(self._container.engine, body, name, head, self._container.baselines(), user_id)
        except UnreadableReport as error:
            raise ValueError(str(error)) from error
        summary = ""
        if done.changes:
            summary = f"Compared with the edition before: {len(done.changes.added)} new sentences, {len(done.changes.changed)} rewritten, {len(done.changes.removed)} gone."
            if done.changes.unquoted:
                summary += f" No longer in the text: the quotes of {', '.join(done.changes.unquoted[:20])}."
        return ImportSummary(done.upload, done.drafts, summary)

    def preview(self, report_id: str, body: Mapping[str, Any], since: datetime, below: int | None = None) -> PreviewPart:
        """The stored items that would be flagged for the claim, as many as are compared within
        SECONDS. The first part begins with those that a search for the watch phrases finds.
        """
        claim = Claim.model_validate(dict(body))
        with reading(self._container.engine) as session:
            (report,) = read_baselines(session, [report_id])
            matching = self._matching(session, claim, since) if below is None else []
        others = [c for c in report.claims if c.id != claim.id]
        edited = Baseline.model_construct(report=report.report, claims=[claim, *others])
        prepared = prepare(edited, self._container.claims_encoder, self._container.words, self._container.model)
        flagged = self._flagged(matching, claim, prepared)
        started, compared = monotonic(), 0
        while True:
            with reading(self._container.engine) as session:
                part = db_search.latest_items(session, since, below, BATCH)
            flagged |= self._flagged(part, claim, prepared)
            compared += len(part)
            below = part[-1].item.id if len(part) == BATCH else None
            if below is None or monotonic() - started > SECONDS:
                break
        with reading(self._container.engine) as session:
            left = 0 if below is None else db_search.count_latest(session, since, below)
        hits = sorted(flagged.values(), key=lambda h: (-h.score, h.item_id))
        return PreviewPart(hits, len(matching), compared, left, below if left else None)

    def _matching(self, session: Session, claim: Claim, since: datetime) -> list[SearchHit]:
        """Items that a search for the claim's watch phrases finds, the newest first."""
        by_item: dict[int, SearchHit] = {}
        for phrase in claim.watch.all():
            for hit in db_search.find_items(session, SearchQuery(_longest_words(phrase), since=since), PER_PHRASE, 0):
                by_item.setdefault(hit.item.id, hit)
        return sorted(by_item.values(), key=lambda h: -h.item.id)[:MOST_MATCHING]

    def _flagged(self, hits: Sequence[SearchHit], claim: Claim, prepared: PreparedReport) -> dict[int, PreviewHit]:
        """Of `hits` those that would be flagged for the claim, by item."""
        flagged = dict[int, PreviewHit]()
        results = compare_documents([_document(h) for h in hits], [prepared], self._container.words, self._container.encoder)
        for hit, result in zip(hits, results, strict=True):
            if isinstance(result, tuple):
                (assessment,) = result[1]
                if assessment.flag and claim.id in [c for c, _ in assessment.claims[:NEAREST]]:
                    title = hit.version.title or hit.version.text[:100]
                    day = f"{hit.item.published_at or hit.item.first_seen_at:%Y-%m-%d}"
                    flagged[hit.item.id] = PreviewHit(hit.item.id, title, hit.source.name, day, assessment.score)
        return flagged

    def uncovered(self, report_id: str) -> str:
        """Which claims no pack covers, in words; "" where all are covered."""
        with reading(self._container.engine) as session:
            return "".join(coverage(b).warning() for b in read_baselines(session, [report_id]) if b.claims)


def _longest_words(phrase: str) -> str:
    """The two longest words of a phrase: a search asks for all of its words."""
    return " ".join(sorted(re.findall(r"\w{4,}", phrase), key=len, reverse=True)[:2])


def _document(hit: SearchHit) -> Document:
    at = hit.item.published_at or hit.item.first_seen_at
    return Document(
        id=str(hit.item.id), outlet=hit.source.name, url=hit.item.url, published=at.isoformat(), lang=hit.version.lang, title=hit.version.title,
        text=hit.version.text, tier=hit.source.tier,
    )  # fmt: skip
