"""What the doctor says of the reports of the desk."""

from sqlalchemy import Engine

from app.tools.doctor_reports import report_findings
from app.tools.import_report import import_claims, import_report
from monitor.baseline import Baseline, load_baseline
from tests.baselines import BASELINE
from tests.monitor import report_files

EXAMPLE = load_baseline(BASELINE / "examples" / "agents-2025.yml")


def test_claims_and_waiting_drafts_are_counted(engine: Engine) -> None:
    assert report_findings(engine) == []
    import_claims(engine, EXAMPLE)
    (found,) = report_findings(engine)
    assert (found.state, found.what, found.how) == ("well", "report agents-2025", "10 claims")
    done = import_report(engine, report_files.as_docx(), "agents.docx", {"id": "agents-2025"})
    (found,) = report_findings(engine)
    assert (found.state, found.how) == ("note", f"10 claims, {done.drafts} drafts wait")
    assert found.do == "Accept or drop the drafts at the desk: /reports/agents-2025/drafts"


def test_claims_that_no_pack_covers_are_wrong(engine: Engine) -> None:
    head = EXAMPLE.report.model_copy(update={"packs": ["military"]})
    bare = [c.model_copy(update={"about": None, "values": [], "topic": "other"}) for c in EXAMPLE.claims]
    import_claims(engine, Baseline.model_construct(report=head, claims=bare))
    (found,) = report_findings(engine)
    assert found.state == "wrong"
    assert "that no pack covers" in found.how
    assert "Name the pack foreign_agents" in found.do


def test_claims_that_this_version_cannot_read_are_wrong(engine: Engine) -> None:
    head = EXAMPLE.report.model_copy(update={"packs": ["military"]})
    import_claims(engine, Baseline.model_construct(report=head, claims=EXAMPLE.claims))
    (found,) = report_findings(engine)
    assert (found.state, found.how) == ("wrong", "10 claims, 10 that cannot be read and are not compared")
