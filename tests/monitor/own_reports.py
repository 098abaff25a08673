"""Two reports of our own making on Russian military service, as DOCX and PDF: numbered headings to
three levels, endnotes, a table, a box, a table of contents. English and German. The facts are those
of the sources named in the notes; the sentences are ours.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from io import BytesIO
from typing import Any

import docx
from docx.oxml import parse_xml

from tests.monitor.word_files import NAMESPACE, add_rows, saved


@dataclass(frozen=True)
class OwnReport:
    """A report as data. A part is a paragraph with marks "{1}", a table as rows, or a box as a text
    that begins with "BOX ".
    """

    title: str
    head: str  # repeated on every page of the PDF
    contents: str
    notes_title: str
    sections: tuple[tuple[str, str, tuple[Any, ...]], ...]
    notes: tuple[str, ...]


ENGLISH = OwnReport(
    "Russian Federation: conscription, call-up and contract service",
    "Desk report, November 2025",
    "Table of contents",
    "Endnotes",
    (
        ("1", "Introduction", ("This report covers the law and practice of military service between January 2023 and October 2025. It does not assess individual cases.",)),
        ("2", "Conscription", ()),
        ("2.1", "Who is liable", (
            "Men aged 18 to 30 are liable for conscription; the upper age was raised from 27 on 1 January 2024.{1} Women are not conscripted.",
            "Conscript service lasts twelve months.{2} A conscript may sign a contract from his first day of service, according to two organisations that advise conscripts.{3}",
        )),
        ("2.1.1", "Deferral and exemption", (
            "Students in full-time education are entitled to a deferral until they finish their course.{2} Employees of accredited IT companies get a deferral up to the age of 30.{4}",
            "It is unclear how many men were drafted although they had grounds for a deferral.",
        )),
        ("2.1.2", "Alternative service", (
            "The constitution guarantees a right to alternative service on grounds of conscience or religion.{5} Alternative civilian service lasts 21 months, or 18 months in an organisation of the army.{5} "
            "In 2024, about 2,400 men performed alternative service, according to official figures.{6}",
        )),
        ("2.2", "How men are called up", (
            "The decree of autumn 2025 ordered the conscription of 135,000 men; in spring 2025 the number was 160,000.{7}",
            (("Draft", "Men to be called up", "Decree"), ("Autumn 2024", "133,000", "30 September 2024"), ("Spring 2025", "160,000", "31 March 2025"), ("Autumn 2025", "135,000", "29 September 2025")),
            "A paper summons is handed over in person, against signature.{2} A summons sent by registered mail counts as received after seven days.{8} "
            "An electronic summons comes through the state services portal Gosuslugi and is deemed served seven days after it was entered in the register.{8}",
            "BOX Restrictions. A man who does not appear within twenty days may not drive a car, take out a loan or register property.{8} The restrictions are lifted within a day of his appearance.",
        )),
        ("2.2.1", "The register", (
            "The unified military register was announced for 1 November 2024. In May 2025 the ministry said that it was fully operational in four regions only.{9} "
            "Agencies such as the tax service must feed their data into the register.{8}",
        )),
        ("2.2.2", "Raids", (
            "Human rights groups counted 86 raids during the autumn draft of 2024.{10} In Moscow, the police detained men of military age in the metro and in hostels.{10} "
            "Facial recognition cameras were used to trace conscripts in the capital.{11}",
        )),
        ("3", "Leaving the country", (
            "From the day on which a summons is entered in the register, the summoned man may not leave the country.{8} Two sources knew of men who were turned back at the border with Georgia in 2025.{11}",
            "There is no general ban on leaving Russia for men of military age.",
        )),
        ("4", "Penalties", (
            "Draft evasion is punished with a fine of up to 200,000 roubles or up to two years in prison under article 328 of the Criminal Code.{12}",
            "The fine for ignoring a summons rose to 10,000 to 30,000 roubles in October 2023.{13} In the first half of 2025, 580 men were convicted of draft evasion.{14}",
        )),
        ("5", "Contract service and recruitment", (
            "A man who signs a contract receives a one-off payment of 400,000 roubles from the federal budget since August 2024.{15} Regional authorities cut their signing bonuses in late 2025, according to a news outlet.{16}",
            "Contracts are extended automatically until the end of the partial mobilisation.{17} Conscripts are pressed to sign contracts, according to organisations that advise them.{10}",
            "Suspects who sign a contract can have the criminal proceedings against them suspended.{18} Men are recruited in pre-trial detention centres.{16}",
        )),
        ("6", "Mobilisation", (
            "The decree on the partial mobilisation of September 2022 was never revoked and remains in force.{17} About 300,000 men were mobilised, according to the ministry of defence.{17}",
            "Observers do not expect a new mobilisation in the near future.",
        )),
    ),
    (
        "Federal Law No. 439-FZ, 4 August 2023, http://publication.pravo.gov.ru/document/0001202308040073",
        "Federal Law No. 53-FZ on military duty and military service, 28 March 1998, http://pravo.gov.ru/53-fz",
        "Idite Lesom: Contracts for conscripts (12 June 2025) https://example.org/conscripts",
        "Government Decree No. 490, 28 March 2022",
        "Federal Law No. 113-FZ on alternative civilian service, 25 July 2002; Constitution of the Russian Federation, article 59",
        "Federal Service for Labour and Employment, 12 February 2025, https://rostrud.example/ags",
        "Kremlin: Decree on the autumn draft (29 September 2025) http://kremlin.ru/acts/news/autumn",
        "Federal Law No. 127-FZ, 14 April 2023, http://publication.pravo.gov.ru/document/0001202304140002",
        "Meduza: The register goes live in four regions (20 May 2025) https://meduza.example/register",
        "Prizyv k Sovesti: Raids of the autumn draft (14 January 2025) https://prizyv.example/raids",
        "Verstka: How men are found (3 September 2025) https://verstka.example/found",
        "Criminal Code of the Russian Federation, article 328",
        "Federal Law No. 404-FZ, 31 July 2023",
        "Mediazona: Convictions for evasion (15 August 2025) https://zona.example/evasion",
        "Decree of the President No. 644, 31 July 2024",
        "Vazhnye Istorii: Bonuses shrink (21 October 2025) https://istories.example/bonus",
        "Decree of the President No. 647, 21 September 2022",
        "Federal Law No. 340-FZ, 2 October 2024",
    ),
)  # fmt: skip

GERMAN = OwnReport(
    "Russische Föderation: Wehrpflicht und Mobilmachung",
    "Länderbericht, Herbst 2025",
    "Inhaltsverzeichnis",
    "Endnoten",
    (
        ("1", "Gegenstand", ("Dieser Bericht beschreibt die Rechtslage bis Oktober 2025.",)),
        ("2", "Wehrpflicht", (
            "Männer zwischen 18 und 30 Jahren unterliegen der Wehrpflicht.{1} Der Wehrdienst dauert zwölf Monate.{1}",
            "Im Herbst 2025 sollen nach dem Erlass des Präsidenten 135.000 Wehrpflichtige einberufen werden.{2}",
        )),
        ("2.1", "Zustellung der Einberufung", (
            "Ein Einberufungsbescheid wird persönlich gegen Unterschrift übergeben.{1} Eine elektronische Vorladung gilt sieben Tage nach dem Eintrag im Register als zugestellt.{3}",
            "BOX Ausreise. Ab dem Eintrag im Register darf der Vorgeladene nicht ausreisen; das Gesetz untersagt ihm, das Land zu verlassen.{3}",
        )),
        ("2.1.1", "Strafen", (
            "Wer einer Vorladung nicht folgt, zahlt eine Geldstrafe von 10.000 bis 30.000 Rubel.{4}",
            (("Jahr", "Verurteilungen wegen Wehrdienstentziehung"), ("2023", "1.121"), ("2024", "920")),
            "Wehrdienstentziehung wird mit Freiheitsstrafe bis zu zwei Jahren bestraft.{5}",
        )),
        ("3", "Mobilmachung", (
            "Die Teilmobilmachung vom September 2022 wurde nie formell beendet.{6} Wehrpflichtige werden nach Angaben mehrerer Organisationen gedrängt, einen Vertrag zu unterschreiben.{7}",
            "Es ist unklar, ob eine neue Mobilmachung geplant ist.",
        )),
    ),
    (
        "Gesetz 53-FZ über Wehrpflicht und Wehrdienst, 28. März 1998",
        "Kreml: Erlass zur Herbsteinberufung (29. September 2025) http://kremlin.ru/acts/news/herbst",
        "Gesetz 127-FZ, 14. April 2023",
        "Gesetz 404-FZ, 31. Juli 2023",
        "Strafgesetzbuch, Artikel 328",
        "Erlass 647, 21. September 2022",
        "Idite Lesom: Verträge für Wehrpflichtige (12. Juni 2025) https://example.org/vertraege",
    ),
)  # fmt: skip


def sentences(report: OwnReport) -> Iterator[str]:
    """The sentences of its paragraphs and boxes as they must be quoted."""
    import re

    for _, _, parts in report.sections:
        for part in parts:
            if isinstance(part, str):
                text = re.sub(r"\{\d+\}", "", part.removeprefix("BOX "))
                yield from (s if s.endswith(".") else f"{s}." for s in re.split(r"(?<=[a-z0-9%])\. (?=[A-ZÄÖÜ])", text))


def as_docx(report: OwnReport) -> bytes:
    """Headings by style, real endnotes, a table, a box as a table of one cell."""
    document = docx.Document()
    document.add_paragraph(report.title, style="Title")
    document.add_paragraph(report.contents, style="Heading 1")
    for number, title, _ in report.sections:
        document.add_paragraph(f"{number} {title}\t{number}", style="List")
    for number, title, parts in report.sections:
        document.add_paragraph(f"{number} {title}", style=f"Heading {number.count('.') + 1}")
        for part in parts:
            if isinstance(part, str) and part.startswith("BOX "):
                _marked(document.add_table(rows=1, cols=1).rows[0].cells[0].paragraphs[0], part.removeprefix("BOX "))
            elif isinstance(part, str):
                _marked(document.add_paragraph(), part)
            else:
                add_rows(document.add_table(rows=0, cols=len(part[0])), part)
    return saved(document, "endnote", dict(enumerate(report.notes, start=1)))


def _marked(paragraph: Any, text: str) -> None:
    for n, piece in enumerate(text.split("{")):
        if n:
            number, piece = piece.split("}", 1)
            paragraph._p.append(parse_xml(f'<w:r {NAMESPACE}><w:endnoteReference w:id="{number}"/></w:r>'))
        paragraph.add_run(piece)


def as_pdf(report: OwnReport) -> bytes:
    """As a word processor prints it: contents with leaders, running head, page numbers, raised
    marks, the endnotes on pages of their own.
    """
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle, getSampleStyleSheet
    from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

    styles = getSampleStyleSheet()
    body = ParagraphStyle("b", parent=styles["Normal"], fontSize=11, leading=15, spaceAfter=9)
    small = ParagraphStyle("s", parent=body, fontSize=9, leading=11, spaceAfter=3)
    heads = [ParagraphStyle(f"h{n}", parent=body, fontName="Helvetica-Bold", fontSize=size, leading=size + 4, spaceBefore=10) for n, size in enumerate((16, 13, 11))]  # fmt: skip
    flow: list[Any] = [Paragraph(report.title, styles["Title"]), Spacer(1, 30), Paragraph(report.contents, heads[0])]
    flow += [Paragraph(f"{number} {title} {'.' * 40} {n}", body) for n, (number, title, _) in enumerate(report.sections, start=2)]
    flow.append(PageBreak())
    for number, title, parts in report.sections:
        flow.append(Paragraph(f"{number} {title}", heads[number.count(".")]))
        for part in parts:
            if isinstance(part, str):
                shown = Paragraph(part.removeprefix("BOX ").replace("{", "<super size=7>").replace("}", "</super>"), body)
                flow.append(Table([[shown]], style=[("BOX", (0, 0), (-1, -1), 1, "black")]) if part.startswith("BOX ") else shown)
            else:
                flow += [Table([list(row) for row in part], style=[("GRID", (0, 0), (-1, -1), 0.5, "black")], hAlign="LEFT"), Spacer(1, 9)]
        if "." not in number and int(number) % 2 == 0:
            flow.append(PageBreak())
    flow += [
        PageBreak(),
        Paragraph(report.notes_title, heads[0]),
        *(Paragraph(f"{n} {escape(said)}", small) for n, said in enumerate(report.notes, start=1)),
    ]

    def furniture(canvas: Any, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(70, 810, report.head)
        canvas.drawString(300, 30, str(document.page))

    out = BytesIO()
    SimpleDocTemplate(out, pagesize=A4).build(flow, onFirstPage=furniture, onLaterPages=furniture)
    return out.getvalue()
