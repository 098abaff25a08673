"""Converts HTML to lines of text that keep their meaning, for laws and for pages that are compared.

Struck-out text is left out, table cells are separated by " | ", footnotes and their marks are taken
out, superscripts become part of the number they belong to ("78¹" is article 78.1), and a link to a
document shows its address: the document may change while the words of the link stay.
"""

import re
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from bs4 import BeautifulSoup, CData, NavigableString, PageElement, Tag

from monitor.parse.clean_entry import clean_line

CELL = " | "  # between two cells of a table row
_INTERFACE = "head, title, script, style, noscript, template, svg, button, nav, iframe, select, input, textarea"
_STRUCK = "del, s, strike, [style*='line-through']"
_SUPERSCRIPT = "sup, span.W9, span.w9, span.doc__superscript"
_FOOTNOTE_CLASS = re.compile(r"(^|[-_ ])(foot-?notes?|snosk\w*|reference-note)([-_ ]|$)", re.I)
_FOOTNOTE_MARK = re.compile(r"\[?\(?\d{1,3}\)?\]?|\*{1,3}")
_BLOCKS = re.compile(r"^(p|div|br|li|tr|h[1-6]|table|section|article|blockquote|dt|dd)$")
_TEXT = (str, NavigableString, CData)  # not comments, scripts or declarations
_LONG_CELL = 400  # characters; a cell with more text is layout, not a value
_DIGITS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_PLAIN_DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SUP = "[⁰¹²³⁴⁵⁶⁷⁸⁹]"
# "27¹ лет": the mark of a footnote behind a value, not number 27.1.
_VALUE_INDEX = re.compile(rf"(?<=\d)({_SUP}+)(?=\s*(?:лет|год|месяц|недел|дн|сут|час|минут|руб|тыс|млн|процент|человек|рок|місяц|%))", re.I)
_NUMBER_INDEX = re.compile(rf"(?<=\d)\s?({_SUP}+(?:[-.]{_SUP}+)*)")
# "а¹" is subparagraph а.1; "м²" is a unit
_LETTER_INDEX = re.compile(rf"(?<![^\W\d_])(?!м{_SUP})([^\W\d_])({_SUP}+)")
_WORD_INDEX = re.compile(rf"(?<=[^\W\d_]{{2}})(?<!км)(?<!см)(?<!дм)(?<!мм)\s?{_SUP}+")
_DOCUMENT = re.compile(r"\.(?:pdf|docx?|rtf|odt|xlsx?|ods|zip|rar|7z|pptx?|tiff?)$", re.I)
_DOWNLOAD = re.compile(r"(?:^|/)(?:download|getfile|attachments?|files?/download|file\.php|document/download)(?:/|$|\.)", re.I)
_VOLATILE_FIELD = re.compile(r"^(utm_\w+|from|ref|rnd|rand|t|ts|time|v|ver|hash|token|sid|session\w*|phpsessid|nocache|_)$", re.I)


def without_struck(soup: BeautifulSoup | Tag) -> None:
    """Remove text that is struck out: the page says that it no longer applies."""
    for tag in soup.select(_STRUCK):
        if tag.parent is not None:
            tag.extract()


def extract_footnotes(soup: BeautifulSoup | Tag) -> list[str]:
    """Take footnotes and their marks out of the text; return the footnotes' texts."""
    for mark in soup.select("sup"):
        link = mark.select_one("a[href^='#']") or (mark.parent if mark.parent and mark.parent.name == "a" else None)
        if link is not None and _FOOTNOTE_MARK.fullmatch(mark.get_text(strip=True)):
            mark.extract()
    for link in soup.select("a[href^='#']"):
        if re.fullmatch(r"\[\d{1,3}\]|\*{1,3}", link.get_text(strip=True)):
            link.extract()
    notes = [tag for tag in soup.find_all(["p", "div", "li", "section", "aside"]) if _is_footnote(tag)]
    outer = [tag for tag in notes if not any(parent in notes for parent in tag.parents)]
    return [text for tag in outer if (text := clean_line(tag.extract().get_text(" ")))]


def _is_footnote(tag: Tag) -> bool:
    if _FOOTNOTE_CLASS.search(" ".join(tag.get("class") or [])):
        return True
    first = next((c for c in tag.children if not isinstance(c, NavigableString) or c.strip()), None)
    return tag.name == "p" and isinstance(first, Tag) and first.name == "sup" and bool(_FOOTNOTE_MARK.fullmatch(first.get_text(strip=True)))


def show_documents(soup: BeautifulSoup | Tag, base: str) -> None:
    """Write the path of each linked document behind the words of the link: "form
    [/files/form-2.pdf]".
    """
    for link in soup.select("a[href]"):
        if address := document_address(str(link["href"]), base, bool(link.has_attr("download"))):
            link.append(NavigableString(f" [{address}]"))
            link.unwrap()  # paragraphs of links alone are left out by extractors


def document_address(href: str, base: str, download: bool = False) -> str:
    """Path and query of a link to a document, without fields that change at each fetch; "" for
    other links.
    """
    try:
        parts = urlsplit(urljoin(base, href.strip()))
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not (download or _DOCUMENT.search(parts.path) or _DOWNLOAD.search(parts.path)):
        return ""
    query = urlencode([(k, v) for k, v in parse_qsl(parts.query) if not _VOLATILE_FIELD.match(k)])
    return parts.path + (f"?{query}" if query else "")


def block_text(soup: BeautifulSoup | Tag) -> str:
    """The text with a line for each block and each table row, without interface elements. Changes
    `soup`.
    """
    for tag in soup.select(_INTERFACE):
        tag.decompose()
    for tag in soup.select(_SUPERSCRIPT):
        index = tag.get_text(strip=True)
        if re.fullmatch(r"\d+(?:[-.]\d+)*", index):
            tag.replace_with(NavigableString(index.translate(_DIGITS)))
    for row in soup.find_all("tr"):
        _join_cells(row)
    return _with_line_breaks(soup)


def _with_line_breaks(root: Tag) -> str:
    """The text with a line break before and after each block. Nothing is inserted into the tree:
    bs4 would search the parent's children for each place, and a code has ten thousand in one
    parent.
    """
    parts: list[str] = []
    stack: list[PageElement | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, Tag):
            block = node is not root and bool(_BLOCKS.match(node.name))
            if block:
                parts.append("\n")
                stack.append("\n")
            stack.extend(reversed(node.contents))
        elif type(node) in _TEXT:
            parts.append(str(node))
    return "".join(parts)


def _join_cells(row: Tag) -> None:
    """Make one line of a table row. A row with long or structured cells is layout and stays as it
    is.
    """
    cells = row.find_all(["td", "th"], recursive=False)
    if len(cells) < 2 or any(cell.find(["table", "h1", "h2", "h3"]) or len(cell.get_text()) > _LONG_CELL for cell in cells):
        return
    line = CELL.join(clean_line(cell.get_text(" ")) for cell in cells)
    row.clear()
    row.append(NavigableString(line))


def plain_indices(text: str) -> str:
    """Superscripts as part of the number they belong to; marks of footnotes left out."""
    text = _VALUE_INDEX.sub("", text)
    text = _NUMBER_INDEX.sub(lambda m: "." + m[1].translate(_PLAIN_DIGITS), text)
    text = _LETTER_INDEX.sub(lambda m: f"{m[1]}.{m[2].translate(_PLAIN_DIGITS)}", text)
    return _WORD_INDEX.sub("", text)
