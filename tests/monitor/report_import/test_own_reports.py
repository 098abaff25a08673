"""Whole reports as DOCX and PDF, with contents, three levels of headings, endnotes, a table and a
box: nothing of them is lost, and drafts hold what they say.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from monitor.compare.statements.packs import packs_of
from monitor.report_import.content import ReportContent
from monitor.report_import.drafts import drafts
from monitor.report_import.read_report import read_report
from tests.monitor.own_reports import ENGLISH, GERMAN, OwnReport, as_docx, as_pdf, sentences

BOTH = pytest.mark.parametrize("report", [ENGLISH, GERMAN], ids=["en", "de"])
FORMS = pytest.mark.parametrize("form", [as_docx, as_pdf], ids=["docx", "pdf"])


@cache
def _read(report: OwnReport, form: Callable[[OwnReport], bytes]) -> ReportContent:
    return read_report(form(report), f"report.{'pdf' if form is as_pdf else 'docx'}")


@cache
def _drafts(report: OwnReport, form: Callable[[OwnReport], bytes]) -> dict[str, dict[str, Any]]:
    """Quote → draft."""
    return {d.body["quote"]: d.body for d in drafts(_read(report, form), packs_of(("military",)), "2025-10-31")}


@BOTH
@FORMS
def test_no_sentence_section_or_note_is_lost(report: OwnReport, form: Callable[[OwnReport], bytes]) -> None:
    read = _read(report, form)
    said = {s.text: s for s in read.sentences}
    assert [s for s in sentences(report) if s not in said] == []
    assert [s for s in read.sections if s[0]] == [(number, title) for number, title, _ in report.sections]
    assert [read.note_texts[str(n)] for n in range(1, len(report.notes) + 1)] == list(report.notes)
    first = next(iter(sentences(report)))
    assert said[first].section == "1"


@BOTH
@FORMS
def test_each_row_of_a_table_is_read_with_its_heads(report: OwnReport, form: Callable[[OwnReport], bytes]) -> None:
    table = next(part for _, _, parts in report.sections for part in parts if not isinstance(part, str))
    heads, *rows = (" | ".join(row) for row in table)
    read = {s.text: s for s in _read(report, form).sentences}
    assert all(read[row].heads.replace(" | ", " ") == heads.replace(" | ", " ") for row in rows)
    result = _drafts(report, form)
    assert all(row in result for row in rows)
    assert heads not in result


@FORMS
def test_drafts_of_the_english_report(form: Callable[[OwnReport], bytes]) -> None:
    result = _drafts(ENGLISH, form)
    stated = [s for s in sentences(ENGLISH) if s not in result]
    assert len(stated) <= 6, stated
    statements = {quote[:40]: body["statement"] for quote, body in result.items() if body["statement"]}
    assert len(statements) >= 20
    assert statements["Conscript service lasts twelve months."] == (
        "Length of conscript service: 12 months (Federal Law No. 53-FZ on military duty and military service)."
    )
    assert (
        statements["Human rights groups counted 86 raids dur"]
        == "Raids counted in a draft: 86 raids (Prizyv k Sovesti, as of 14 January 2025)."
    )
    fine = next(body for quote, body in result.items() if quote.startswith("The fine for ignoring"))
    assert (fine["section"], fine["about"]["aspect"]) == ("4", "fine.no_show.amount")
    # The law is of July 2023: that is its date, not the day on which it was viewed
    service = result["Conscript service lasts twelve months."]
    assert (service["as_of"], service["sources"][0]["date"]) == ("2025-10-31", "1998-03-28")


@FORMS
def test_drafts_of_the_german_report(form: Callable[[OwnReport], bytes]) -> None:
    statements = [body["statement"] for body in _drafts(GERMAN, form).values() if body["statement"]]
    assert "Fine for not reacting to a summons: 10,000–30,000 roubles (Gesetz 404-FZ)." in statements
    assert "A summons is handed over in person, against signature (Gesetz 53-FZ über Wehrpflicht und Wehrdienst)." in statements
    assert len(statements) >= 5
