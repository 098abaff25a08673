"""Which sentences of a report are worth a draft; measured on the seeds where they are at hand."""

import re
from pathlib import Path

import pytest

from monitor.baseline import load_baseline
from monitor.compare.statements.packs import packs_of
from monitor.report_import.content import ReportContent, ReportSentence
from monitor.report_import.read_report import read_report
from monitor.report_import.statements import statements

ROOT = Path(__file__).resolve().parents[3]
PACK = packs_of(("military",))


def content(*texts: str, section: str = "1", title: str = "Mobilisering") -> ReportContent:
    sentences = tuple(ReportSentence(t, section, None, ("1",) if "¹" in t else (), 1) for t in texts)
    return ReportContent("", "text", 0, ((section, title),), sentences)


@pytest.mark.parametrize(
    ("sentence", "subject"),
    [
        ("Den russiske regering fastsatte i et dekret registrets lanceringsdato til den 1. november 2024.", "register"),
        ("In de eerste zes maanden van 2025 zijn er 580 personen veroordeeld voor dienstontduiking.", "evasion.prosecution"),
        ("OVD-info telde in de herfst van 2024 ongeveer 170 razzia's en ontvoeringen.", "raids"),
    ],
)
def test_a_statement_about_a_subject_is_found(sentence: str, subject: str) -> None:
    (found,) = statements(content(sentence, title="X"), PACK)
    assert found.subject == subject


@pytest.mark.parametrize(
    "sentence",
    [
        "Denne rapport behandler ikke straffe for unddragelse af militærtjeneste i 2024.",
        "Meer informatie hierover staat in 3.2 over ontslag van contractsoldaten.",
        "1.3 Vrijstelling van de dienstplicht ..... 19",
        "Hvem kan blive indkaldt til mobilisering ifølge loven fra 1997?",
        "De oproepingscommissie kan volgens de wet een van de volgende beslissingen nemen:",
        "Vejret i Moskva var koldt den 3. januar 2024, ifølge avisen.",
    ],
)
def test_what_says_nothing_checkable_gets_no_draft(sentence: str) -> None:
    assert statements(content(sentence, title="X"), PACK) == []


def test_a_sentence_with_a_figure_inherits_the_subject_of_the_one_before() -> None:
    found = statements(
        content(
            "Der blev i foråret 2024 indkaldt 150.000 værnepligtige.", "I efteråret var tallet ifølge avisen 133.000 personer.", title="X"
        ),
        PACK,
    )
    assert [s.inherited for s in found] == [False, True]


@pytest.mark.parametrize(
    ("sentence", "drafted"),
    [
        ("The fine is 30,000 roubles.", True),
        ("The flat is 30,000 roubles.", False),  # no subject of its own
        ("Women are not conscripted.", True),
        ("Raids rose to 170.", True),
        ("Raids in Moscow", False),  # a caption: no verb, no figure, no full stop
    ],
)
def test_a_short_sentence_needs_a_subject_and_a_verb_or_a_figure(sentence: str, drafted: bool) -> None:
    assert bool(statements(content(sentence, title="X"), PACK)) is drafted


def test_what_every_sentence_shows_tells_less_than_what_one_shows() -> None:
    common = ["Studerende er omfattet af loven i alle regioner i hele landet, ifølge avisen fra maj."] * 6
    read = content(*common, "Studerende og fanger er omfattet af loven i alle regioner i hele landet, ifølge avisen fra maj.", title="X")
    *before, last = [s.subject for s in statements(read, PACK)]
    assert last == "recruitment.prisoners"
    assert "recruitment.prisoners" not in before


def test_parts_without_statements_of_their_own_are_left_out() -> None:
    sentence = "Der blev i foråret 2024 indkaldt 150.000 værnepligtige."
    assert statements(content(sentence, title="X"), PACK) != []
    skipped = ReportContent("", "text", 0, (("", "Bibliografie"),), (ReportSentence(sentence, "Bibliografie", None, (), 1),))
    assert statements(skipped, PACK) == []


def _letters(text: str) -> str:
    return re.sub(r"[\W\d_]+", "", text.lower())


@pytest.mark.slow
@pytest.mark.parametrize(("report", "name", "floor"), [("drc-2024", "drc-2024.txt", 0.82), ("cedoca-2026", "cedoca-2026.md", 0.88)])
def test_most_sentences_of_hand_made_claims_get_a_draft_and_every_quote_is_exact(
    shared: Path, report: str, name: str, floor: float
) -> None:
    raw = (shared / "seeds" / f"{report}.txt").read_bytes()
    read = read_report(raw, name)
    drafted = [_letters(s.sentence.text) for s in statements(read, PACK)]
    printed = _letters(re.sub("</?sup>", "", raw.decode()))
    for sentence in drafted:  # a page break may stand in a sentence
        assert any(sentence[:i] in printed and sentence[i:] in printed for i in range(len(sentence), 0, -1)), sentence
    claims = load_baseline(ROOT / "baseline" / f"{report}.yml").claims
    frozen = [c for c in claims if c.added is None]
    found = sum(any(_meets(c.quote, sentence) for sentence in drafted) for c in frozen)
    assert found / len(frozen) >= floor


def _meets(quote: str, sentence: str) -> bool:
    parts = [_letters(p) for p in re.split(r"\[?\.\.\.\]?|…|<sup>.*?</sup>|(?<=[.!?])\s+", quote) if len(_letters(p)) > 15] or [
        _letters(quote)
    ]
    return any(p in sentence or (len(sentence) > 25 and sentence in p) for p in parts)
