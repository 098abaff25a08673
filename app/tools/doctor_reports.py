"""What `ajour doctor` says of the reports of the desk: claims, those that no pack covers, and
drafts that wait.
"""

from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Engine

from db import drafts, reports
from db.engine import reading
from monitor.compare.claims.pack_coverage import coverage
from monitor.stored_reports import read_baselines

State = Literal["well", "note", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One line of what the doctor finds."""

    state: State
    what: str
    how: str
    do: str = ""


def report_findings(engine: Engine) -> list[Finding]:
    """One line for each listed report of the database."""
    with reading(engine) as session:
        waiting = drafts.waiting_by_report(session)
        baselines = read_baselines(session)
        stored = {r.head["id"]: len(r.claims) for r in reports.stored_reports(session)}
    found = list[Finding]()
    for baseline in baselines:
        covered = coverage(baseline)
        wait = waiting.get(baseline.report.id, 0)
        unread = stored[baseline.report.id] - len(baseline.claims)
        how = f"{stored[baseline.report.id]} claims" + (f", {wait} drafts wait" if wait else "")
        if covered.uncovered:
            how += f", {len(covered.uncovered)} that no pack covers"
        do = covered.warning() or (f"Accept or drop the drafts at the desk: /reports/{baseline.report.id}/drafts" if wait else "")
        if unread:
            how += f", {unread} that cannot be read and are not compared"
            do = "Mend them at the desk; the log names each with what is wrong"
        wrong = unread or (baseline.claims and not covered.enough)
        state: State = "wrong" if wrong else "note" if do else "well"
        found.append(Finding(state, f"report {baseline.report.id}", how, do))
    return found
