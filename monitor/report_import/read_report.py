"""The file of a report, whatever its form: one function, called in a parser process."""

from pathlib import PurePosixPath

from monitor.parse.decode import decode
from monitor.parse.documents import NotReadable, file_kind
from monitor.parse.nesting_guard import MAX_DEPTH, depth
from monitor.parse.parser_pool import Parsers, ParserStopped
from monitor.report_import.content import Block, ReportContent, UnreadableReport
from monitor.report_import.docx_report import docx_blocks
from monitor.report_import.html_report import html_blocks
from monitor.report_import.pdf_report import pdf_blocks
from monitor.report_import.plain_text import text_blocks
from monitor.report_import.sentences import assemble

MAX_BYTES = 40_000_000
SECONDS = 120.0  # for one report; a page of a feed has 10
LEAST_SENTENCES = 3
FORMS = (".docx", ".pdf", ".html", ".htm", ".md", ".txt")


def read_report(body: bytes, name: str) -> ReportContent:
    """The content of a file in this process. The ending of `name` distinguishes Markdown from text.
    Raises UnreadableReport.
    """
    if len(body) > MAX_BYTES:
        raise UnreadableReport(f"{name} has {len(body):,} bytes; at most {MAX_BYTES:,} are read")
    try:
        kind, title, blocks = _blocks(body, name)
    except NotReadable as error:
        raise UnreadableReport(f"{name}: {error}") from error
    content = assemble(blocks, title, kind)
    if len(content.sentences) < LEAST_SENTENCES:
        raise UnreadableReport(f"{name}: {kind} with {len(content.sentences)} sentences; that is no report")
    return content


def _blocks(body: bytes, name: str) -> tuple[str, str, list[Block]]:
    """(kind, title, blocks) by what the bytes are, and by the name where they are text."""
    kind = file_kind(body)
    if kind == "DOCX":
        return kind, *docx_blocks(body)
    if kind == "PDF":
        return kind, *pdf_blocks(body)
    if kind is not None:
        raise UnreadableReport(f"{name} is a {kind}. Give a report as {', '.join(FORMS)}")
    text = decode(body).text
    if PurePosixPath(name).suffix.lower() in (".html", ".htm") or text.lstrip()[:200].lower().startswith(("<!doctype html", "<html")):
        if depth(body) > MAX_DEPTH:
            raise UnreadableReport(f"{name} is nested too deep to be read")
        return "HTML", *html_blocks(text)
    markdown = PurePosixPath(name).suffix.lower() in (".md", ".markdown") or "<sup>" in text
    return "Markdown" if markdown else "text", "", text_blocks(text, markdown=markdown)


def read_safely(body: bytes, name: str) -> ReportContent:
    """As `read_report`, in a process of its own with limits on time and memory. Raises
    UnreadableReport.
    """
    with Parsers(processes=1, seconds=SECONDS) as parsers:
        try:
            content = parsers.run(read_report, body, name)
        except ParserStopped as error:
            raise UnreadableReport(f"{name}: {error}") from error
    assert isinstance(content, ReportContent)
    return content
