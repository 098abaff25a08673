"""PDF and DOCX files for tests, made from their text."""

from io import BytesIO

import docx
from docx.oxml import parse_xml
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject, NumberObject


def pdf(*lines: str, stamp: str = "D:20261128000000Z", pages: int = 1) -> bytes:
    """A PDF with these lines on each of its pages, its characters named by a ToUnicode table; no
    line: an empty page.
    """
    writer = PdfWriter()
    letters = sorted(set("".join(lines)))
    code = {letter: number for number, letter in enumerate(letters, start=1)}
    for _ in range(pages):
        page = writer.add_blank_page(600, 800)
        if lines:
            shown = " ".join(f"<{''.join(f'{code[c]:02x}' for c in line)}> Tj 0 -20 Td" for line in lines)
            page[NameObject("/Contents")] = writer._add_object(_stream(f"BT /F 12 Tf 50 750 Td {shown} ET"))
            font = DictionaryObject(
                {
                    NameObject("/Type"): NameObject("/Font"),
                    NameObject("/Subtype"): NameObject("/Type1"),
                    NameObject("/BaseFont"): NameObject("/Helvetica"),
                    NameObject("/ToUnicode"): writer._add_object(_stream(_table(code))),
                }
            )
            fonts = DictionaryObject({NameObject("/F"): writer._add_object(font)})
            page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    writer.add_metadata({"/CreationDate": stamp, "/Title": f"made at {stamp}"})
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def scan(pixels: bytes, stamp: str = "D:20261128000000Z") -> bytes:
    """A PDF whose one page is a picture."""
    writer = PdfWriter()
    page = writer.add_blank_page(600, 800)
    picture = DecodedStreamObject()
    picture.set_data(pixels)
    picture.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Image"),
            NameObject("/Width"): NumberObject(len(pixels)),
            NameObject("/Height"): NumberObject(1),
            NameObject("/ColorSpace"): NameObject("/DeviceGray"),
            NameObject("/BitsPerComponent"): NumberObject(8),
        }
    )
    pictures = DictionaryObject({NameObject("/P"): writer._add_object(picture)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): pictures})
    writer.add_metadata({"/CreationDate": stamp})
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


def word(*paragraphs: str, table: tuple[tuple[str, ...], ...] = ()) -> bytes:
    """A DOCX with these paragraphs, and then a table."""
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    if table:
        grid = document.add_table(len(table), len(table[0]))
        for row, cells in enumerate(table):
            for column, text in enumerate(cells):
                grid.cell(row, column).text = text
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def word_xml(body: str) -> bytes:
    """A DOCX whose body is this WordprocessingML."""
    document = docx.Document()
    parsed = parse_xml(f'<w:body xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">{body}</w:body>')
    document.element.replace(document.element.body, parsed)
    out = BytesIO()
    document.save(out)
    return out.getvalue()


def _stream(text: str) -> DecodedStreamObject:
    stream = DecodedStreamObject()
    stream.set_data(text.encode("ascii"))
    return stream


def _table(code: dict[str, int]) -> str:
    """A ToUnicode character map."""
    rows = "\n".join(f"<{number:02x}> <{letter.encode('utf-16-be').hex()}>" for letter, number in code.items())
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /T def /CMapType 2 def "
        f"1 begincodespacerange <00> <ff> endcodespacerange {len(code)} beginbfchar\n{rows}\nendbfchar endcmap end end"
    )
