"""Draft claims: what was read is filled in, what was not stays empty."""

from monitor.baseline import claim_problems
from monitor.compare.statements.packs import packs_of
from monitor.report_import.drafts import drafts
from monitor.report_import.read_report import read_report
from tests.monitor import report_files

AGENTS = packs_of(("foreign_agents",))


def test_drafts_of_a_report() -> None:
    content = read_report(report_files.as_docx(), "report.docx")
    result = drafts(content, AGENTS, "2025-06-30")
    fine = next(d.body for d in result if "30,000" in d.body["quote"])
    assert fine["quote"] == "A foreign agent who publishes without the label must pay a fine of 30,000 to 50,000 roubles."
    assert (fine["section"], fine["topic"], fine["about"]["aspect"]) == ("2", "agents_penalties", "agents.fine.amount")
    assert (
        fine["statement"]
        == "Fine for breaking the duties of a foreign agent: 30,000–50,000 roubles (Code of Administrative Offences, as of March 2025)."
    )
    assert fine["values"] == [
        {"measures": "fine for breaking the duties of a foreign agent", "kind": "money", "aspect": "agents.fine.amount", "from": 30000.0, "to": 50000.0, "unit": "RUB", "near": []}
    ]  # fmt: skip
    assert fine["as_of"] == "2025-03"
    assert fine["sources"] == [{"outlet": "Code of Administrative Offences", "date": "2025-03", "url": "https://law.example/19-34"}]
    number = next(d.body for d in result if "1,000 names" in d.body["quote"])
    assert number["as_of"] == "2025-06-15"  # the text's own date, not that of the newer source
    unclear = next(d.body for d in result if "unclear" in d.body["quote"])
    assert (unclear["status"], unclear["open"], unclear["statement"]) == ("uncertain", True, "")
    assert "about" not in unclear  # its subject was read, no aspect: a person chooses one


def test_a_draft_lacks_only_what_a_person_must_fill() -> None:
    content = read_report(report_files.as_docx(), "report.docx")
    for draft in drafts(content, AGENTS, "2025-06-30"):
        whole = {**draft.body, "id": "AGN-001", "key": "a", "statement": draft.body["statement"] or "What it says."}
        assert claim_problems(whole, ["foreign_agents"]) == []


def test_no_date_lies_after_the_end_of_research() -> None:
    content = read_report(report_files.as_docx(), "report.docx")
    assert max(d.body["as_of"] for d in drafts(content, AGENTS, "2025-05")) == "2025-05"
