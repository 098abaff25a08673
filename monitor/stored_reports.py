"""Transfers reports between baseline files and the database, from which they are compared."""

import logging
from collections.abc import Collection, Iterable
from datetime import datetime

from pydantic import ValidationError
from sqlalchemy.orm import Session

from db import reports
from db.field_problems import field_problems
from monitor.baseline import Baseline, claim_body, report_head, stored_baseline
from monitor.compare.claims.pack_coverage import coverage
from monitor.compare.statements.packs import UnknownPack, all_packs

log = logging.getLogger(__name__)


def register_baselines(session: Session, baselines: Iterable[Baseline], now: datetime) -> None:
    """Bring the reports of all baseline files into the database (see `db.reports.register_report`);
    reports whose file is gone are unlisted.
    """
    kept = list[str]()
    for b in baselines:
        kept.append(b.report.id)
        elsewhere = reports.register_report(session, report_head(b.report), [claim_body(c) for c in b.claims], now)
        if elsewhere:
            log.error("%s: claims with an id of another report are left out: %s", b.report.id, ", ".join(elsewhere))
    for report_id in reports.unlist_files(session, kept):
        log.warning("%s: its file is gone, so it is no longer compared", report_id)
    refresh_phrases(session)


def refresh_phrases(session: Session) -> None:
    """Set the subject phrase of each claim from its pack. The desk edits claims without reading
    packs.
    """
    reports.set_phrases(session, {name: dict(pack.phrases(name)) for pack in all_packs() for name in pack.subjects})


def read_baselines(session: Session, report_ids: Collection[str] | None = None) -> list[Baseline]:
    """The listed reports of the database (or those of `report_ids`), as the desk has them, in the
    order of their ids. One that this version cannot read is left out and logged.
    """
    read = list[Baseline]()
    for stored in reports.stored_reports(session, report_ids):
        try:
            read.append(stored_baseline(stored.head, stored.claims))
        except (ValidationError, UnknownPack) as error:
            said = "; ".join(field_problems(error)) if isinstance(error, ValidationError) else str(error)
            log.error("report %s cannot be read and is not compared: %s", stored.head["id"], said)  # noqa: TRY400 - the message says all
    return read


def warn_of_uncovered(baselines: Iterable[Baseline]) -> None:
    """Log which claims no pack covers: their updates would be missed without a word."""
    for baseline in baselines:
        if baseline.claims and (said := coverage(baseline).warning()):
            log.warning("%s", said)
