"""Citations as text and as files.

The forms are those of the footnotes and bibliographies of two published reports (Cedoca, January
2026; Danish Refugee Council, June 2024) and of EUAA's reports. Titles and authors are made up.
"""

import json
from dataclasses import replace
from datetime import date

import pytest

from db.citation_notes import CitationNote
from review.view import citations
from review.view.reference import CitedAct, Reference, ReferenceKind

ARTICLE = Reference(
    key="ajour7",
    kind=ReferenceKind.ARTICLE,
    outlets={"en": "Meduza"},
    title="Госдума приняла закон о реестре повесток",
    lang="ru",
    published=date(2026, 11, 21),
    accessed=date(2026, 11, 22),
    url="https://meduza.io/news/2026/11/21/x",
    archive="archived copy of 2026-11-22, SHA-256 ab",
)
POST = replace(
    ARTICLE, kind=ReferenceKind.POST, outlets={"en": "Agentstvo"}, title="Военкоматы открыли базу", url="https://t.me/a/4000", medium="Telegram post"
)  # fmt: skip
REPORT = replace(
    ARTICLE, kind=ReferenceKind.REPORT, outlets={"en": "Northern Institute"}, title="The Army of Tomorrow", lang="en", author="Writer A.",
    url="https://institute.example/army.pdf", added=CitationNote(pages="5, 7"),
)  # fmt: skip
LAW = replace(
    ARTICLE,
    kind=ReferenceKind.LEGISLATION,
    outlets={"en": "ConsultantPlus", "nl": "Konsultant Plus"},
    url="https://law.example/53",
    act=CitedAct("О воинской обязанности", "53-ФЗ", date(1998, 3, 28), "Федеральный закон", date(2025, 9, 29), "22"),
    added=CitationNote(translation="Over de dienstplicht"),
)
CODE = replace(LAW, act=CitedAct("Уголовный кодекс Российской Федерации", "63-ФЗ", date(1996, 6, 13)), added=CitationNote())
DUMA = replace(
    ARTICLE, kind=ReferenceKind.PAGE, outlets={"en": "State Duma of the Russian Federation", "nl": "Doema van de Russische Federatie"}
)


@pytest.mark.parametrize(
    ("style", "ref", "text"),
    [
        (
            "euaa-footnote",
            ARTICLE,
            "Meduza, Госдума приняла закон о реестре повесток, 21 November 2026, https://meduza.io/news/2026/11/21/x",
        ),
        (
            "euaa-footnote",
            replace(ARTICLE, added=CitationNote("Duma passes the law")),
            "Meduza, Госдума приняла закон о реестре повесток [Duma passes the law], 21 November 2026, https://meduza.io/news/2026/11/21/x",
        ),
        ("euaa-footnote", POST, "Agentstvo [Telegram], posted on: 21 November 2026, https://t.me/a/4000"),
        ("euaa-bibliography", POST, "Agentstvo [Telegram], posted on: 21 November 2026, https://t.me/a/4000, accessed 22 November 2026"),
        (
            "euaa-footnote",
            REPORT,
            "Northern Institute (Writer A.), The Army of Tomorrow, 21 November 2026, https://institute.example/army.pdf, pp. 5, 7",
        ),
        (
            "euaa-footnote",
            CODE,
            "Russian Federation, Уголовный кодекс Российской Федерации от 13.06.1996 N 63-ФЗ, 13 June 1996, https://law.example/53",
        ),
        (
            "euaa-bibliography",
            ARTICLE,
            "Meduza, Госдума приняла закон о реестре повесток, 21 November 2026, https://meduza.io/news/2026/11/21/x, accessed 22 November 2026",
        ),
        ("cedoca-footnote", ARTICLE, "Meduza, 21/11/2026, https://meduza.io/news/2026/11/21/x"),
        ("cedoca-footnote", replace(ARTICLE, published=None), "Meduza, s.d., https://meduza.io/news/2026/11/21/x"),
        ("cedoca-footnote", DUMA, "Doema van de Russische Federatie, 21/11/2026, https://meduza.io/news/2026/11/21/x"),
        ("cedoca-footnote", REPORT, "Northern Institute (Writer A.), 21/11/2026, pp. 5, 7, https://institute.example/army.pdf"),
        (
            "cedoca-footnote",
            LAW,
            'Федеральный закон "О воинской обязанности" от 28.03.1998 N 53-ФЗ (последняя редакция от 29/09/2025) [Over de dienstplicht], art. 22,'
            " 29/09/2025, https://law.example/53",
        ),
        (
            "cedoca-bibliography",
            replace(ARTICLE, added=CitationNote("De Doema nam de wet aan")),
            "Meduza, Госдума приняла закон о реестре повесток [De Doema nam de wet aan], 21/11/2026, https://meduza.io/news/2026/11/21/x"
            " [geraadpleegd 22/11/2026]",
        ),
        (
            "cedoca-bibliography",
            replace(POST, added=CitationNote("De commissariaten openden de database")),
            "Agentstvo, Военкоматы открыли базу [De commissariaten openden de database] [Telegram post], 21/11/2026, https://t.me/a/4000"
            " [geraadpleegd 22/11/2026]",
        ),
        (
            "cedoca-bibliography",
            CODE,
            "Уголовный кодекс Российской Федерации от 13.06.1996 N 63-ФЗ, 13/06/1996, https://law.example/53 [geraadpleegd 22/11/2026]",
        ),
        ("drc-footnote", ARTICLE, "Meduza: Госдума приняла закон о реестре повесток (21.11.26) https://meduza.io/news/2026/11/21/x"),
        ("drc-footnote", POST, "Agentstvo: Военкоматы открыли базу, Telegram (21.11.26) https://t.me/a/4000"),
        (
            "drc-footnote",
            REPORT,
            "Northern Institute, Writer A.: The Army of Tomorrow (21.11.26), side 5 og 7, https://institute.example/army.pdf",
        ),
        (
            "markdown",
            ARTICLE,
            "Meduza, [Госдума приняла закон о реестре повесток](https://meduza.io/news/2026/11/21/x), 21 November 2026 (accessed 22 November 2026)",
        ),
    ],
)
def test_citations_are_those_of_the_house(style: str, ref: Reference, text: str) -> None:
    assert citations.as_text(style, ref) == text


def test_the_rich_text_links_the_word_url_and_sets_titles_in_italics() -> None:
    assert citations.as_html("euaa-footnote", replace(ARTICLE, title="Закон <b>")) == (
        'Meduza, Закон &lt;b&gt;, 21 November 2026, <a href="https://meduza.io/news/2026/11/21/x" rel="noopener noreferrer nofollow">url</a>'
    )
    bibliography = citations.as_html("cedoca-bibliography", replace(POST, added=CitationNote("De <i>commissariaten</i>")))
    assert bibliography.startswith(
        "Agentstvo, <i>Военкоматы открыли базу</i> [De &lt;i&gt;commissariaten&lt;/i&gt;] [Telegram post], 21/11/2026, <a href="
    )


def test_an_address_that_is_no_web_address_is_no_link() -> None:
    ref = replace(ARTICLE, url='javascript:alert("1")')
    assert citations.as_html("cedoca-footnote", ref) == "Meduza, 21/11/2026, javascript:alert(&#34;1&#34;)"


def test_the_style_of_the_reports_publisher_comes_first() -> None:
    assert [citations.citations(ARTICLE, language)[0].style for language in ("nl", "da", "en", "")] == [
        "cedoca-footnote",
        "drc-footnote",
        "euaa-footnote",
        "euaa-footnote",
    ]
    assert {c.style for c in citations.citations(ARTICLE, "da")} == set(citations.STYLES)


@pytest.mark.parametrize(
    ("ref", "csl", "ris", "bib"),
    [
        (ARTICLE, "article-newspaper", "NEWS", "@article"),
        (POST, "post", "BLOG", "@online"),
        (LAW, "legislation", "STAT", "@legislation"),
        (REPORT, "report", "RPRT", "@report"),
        (DUMA, "webpage", "ELEC", "@online"),
    ],
)
def test_reference_managers_get_the_type_of_the_item(ref: Reference, csl: str, ris: str, bib: str) -> None:
    assert json.loads(citations.as_csl(ref))[0]["type"] == csl
    assert citations.as_ris(ref).startswith(f"TY  - {ris}\r\n")
    assert citations.as_bibtex(ref).startswith(f"{bib}{{ajour7,\n")


def test_csl_json_has_what_reference_managers_want() -> None:
    row = json.loads(citations.as_csl(ARTICLE))[0]
    assert (row["URL"], row["language"], row["container-title"]) == ("https://meduza.io/news/2026/11/21/x", "ru", "Meduza")
    assert row["issued"]["date-parts"] == [[2026, 11, 21]]
    assert row["accessed"]["date-parts"] == [[2026, 11, 22]]
    assert "issued" not in json.loads(citations.as_csl(replace(ARTICLE, published=None)))[0]


def test_csl_json_of_an_act_has_number_article_and_edition() -> None:
    row = json.loads(citations.as_csl(LAW))[0]
    assert (row["number"], row["section"], row["version"], row["authority"]) == (
        "53-ФЗ",
        "22",
        "as amended on 2025-09-29",
        "Russian Federation",
    )
    assert row["issued"]["date-parts"] == [[1998, 3, 28]]


def test_ris_is_tagged_lines_that_end_with_er() -> None:
    lines = citations.as_ris(replace(REPORT, title="A\nB")).split("\r\n")
    assert lines[-2:] == ["ER  - ", ""]
    assert all(line[2:6] == "  - " for line in lines[:-1])
    assert {"AU  - Writer A.", "TI  - A B", "SP  - 5, 7", "PB  - Northern Institute"} <= set(lines)


def test_bibtex_escapes_what_tex_would_run() -> None:
    text = citations.as_bibtex(replace(ARTICLE, title="100 % & $x_1 {\\input{/etc/passwd}}", url="https://x.example/a_b?c={d}"))
    assert r"100 \% \& \$x\_1 \{\textbackslash{}input\{/etc/passwd\}\}" in text
    assert "url = {https://x.example/a_b?c=%7Bd%7D}" in text
    assert text.count("{") - text.count("\\{") == text.count("}") - text.count("\\}")
