"""Sentences, marks of footnotes, dates and the sources of a footnote."""

import pytest

from monitor.report_import.content import Block
from monitor.report_import.sentences import assemble, dates_in, note_sources, split, strip_marks


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Den 24. februar 2022 blev loven ændret. Den gælder.", ["Den 24. februar 2022 blev loven ændret.", "Den gælder."]),
        ("Bl.a. mænd, f.eks. Ivan, jf. art. 5. Flere kommer.", ["Bl.a. mænd, f.eks. Ivan, jf. art. 5.", "Flere kommer."]),
        ("Het gaat om ca. 300.000 man. Dat is veel.", ["Het gaat om ca. 300.000 man.", "Dat is veel."]),
        ("He said: “It is over.” Then he left.", ["He said: “It is over.”", "Then he left."]),
        ("A. Ivanov wrote it. Fine!", ["A. Ivanov wrote it.", "Fine!"]),
        ("In vier regio's. Een oproep volgt.", ["In vier regio's.", "Een oproep volgt."]),
        ("In vier regio’s. Een oproep volgt.", ["In vier regio’s.", "Een oproep volgt."]),
    ],
)
def test_abbreviations_and_days_end_no_sentence(text: str, parts: list[str]) -> None:
    assert [s for _, s in split(text)] == parts


def test_a_glued_number_is_a_mark_only_if_it_comes_next() -> None:
    notes = {str(n) for n in range(1, 30)}
    assert strip_marks("I juni 2024.13 En analyse.14 Artikel 3.2 og 15 %.", notes, 12) == (
        "I juni 2024. En analyse. Artikel 3.2 og 15 %.",
        [(12, "13"), (24, "14")],
    )
    # Its footnote is missing: only behind the end of a sentence, and in a text that has footnotes
    assert strip_marks("Loven gælder.30 Ja. Artikel30 er ny.", notes, 29)[0] == "Loven gælder. Ja. Artikel30 er ny."
    assert strip_marks("Loven gælder.30 Ja.", {}, 0)[0] == "Loven gælder.30 Ja."
    assert strip_marks("Raised¹⁵ and <sup>16</sup>.", notes, 14)[1] == [(6, "15"), (10, "16")]


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("den 27. april 2024 og i juni 2023", ["2024-04-27", "2023-06"]),
        ("op 15 augustus 2025, eind mei 2022", ["2025-08-15", "2022-05"]),
        ("14/10/2025; (16.06.25); 2024-05-01", ["2025-10-14", "2025-06-16", "2024-05-01"]),
        ("on March 3, 03/2025", ["2025-03"]),
        ("31.02.2024 is no day", []),
    ],
)
def test_dates_of_many_languages(text: str, dates: list[str]) -> None:
    assert dates_in(text) == dates


def test_the_sources_of_a_footnote() -> None:
    danish = "Radio Free Europe: A title, with commas (22.03.24) url; Meduza: Другой (05.10.22) https://meduza.example/x"
    assert [(s.outlet, s.title, s.date, s.url) for s in note_sources(danish)] == [
        ("Radio Free Europe", "A title, with commas", "2024-03-22", ""),
        ("Meduza", "Другой", "2022-10-05", "https://meduza.example/x"),
    ]
    dutch = "Prizyv k Sovesti, 14/10/2025, url; DIS, 03/2025, pp. 14, 18, url"
    assert [(s.outlet, s.date) for s in note_sources(dutch)] == [("Prizyv k Sovesti", "2025-10-14"), ("DIS", "2025-03")]
    law = "Federal Law No. 53-FZ of 28 March 1998, https://law.example/53"
    assert [(s.outlet, s.date, s.url) for s in note_sources(law)] == [("Federal Law No. 53-FZ", "1998-03-28", "https://law.example/53")]
    assert list(note_sources("Deze instelling komt overeen met het openbaar ministerie.")) == []


def test_addresses_after_the_footnotes_of_a_page_take_the_place_of_url() -> None:
    blocks = [
        Block("text", "One.1 Two.2"), Block("note", "A: x (01.02.24) url", number="1"), Block("note", "B: y (02.02.24) url", number="2"),
        Block("link", "https://a.example/x"), Block("link", "https://b.example/y"),
    ]  # fmt: skip
    content = assemble(blocks, "", "text")
    assert [content.notes[n][0].url for n in "12"] == ["https://a.example/x", "https://b.example/y"]
    assert [s.notes for s in content.sentences] == [("1",), ("2",)]
