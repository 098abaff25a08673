"""A later edition of a report: what is new, rewritten, gone, and which claims it no longer says."""

from monitor.report_import.content import ReportContent, ReportSentence
from monitor.report_import.editions import edition_changes


def edition(*texts: str) -> ReportContent:
    return ReportContent("", "text", 0, (), tuple(ReportSentence(t, "1", None, ()) for t in texts))


def test_sentences_are_new_rewritten_or_gone() -> None:
    before = edition(
        "The fine is 30,000 roubles.", "Nobody was mobilised in 2024.", "Summonses are sent on paper, according to three sources."
    )
    after = edition(
        "The fine is 30,000 roubles.", "Summonses are sent on paper, according to four sources.", "A register was opened in May."
    )
    quotes = [("EXA-001", "The fine … 30,000 roubles."), ("EXA-002", "Nobody was mobilised in 2024.")]
    changes = edition_changes(before, after, quotes)
    assert changes.added == (2,)
    assert changes.changed == (("Summonses are sent on paper, according to three sources.", 1),)
    assert changes.removed == ("Nobody was mobilised in 2024.",)
    assert changes.unquoted == ("EXA-002",)


def test_another_line_break_or_hyphen_is_no_change() -> None:
    assert edition_changes(edition("The con-\nscripts left."), edition("The conscripts  left."), []).added == ()
