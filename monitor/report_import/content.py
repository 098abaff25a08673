"""What was read from the file of a report."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True)
class Block:
    """A part of the file in reading order. `kind`: heading, text, table, note, or link (an address
    that a page gives for the word "url" of a footnote before it).
    """

    kind: str
    text: str
    level: int = 0  # of a heading: 1 is the highest
    page: int | None = None
    number: str = ""  # of a footnote
    bold: bool = False


@dataclass(frozen=True)
class NoteSource:
    """One source that a footnote cites, as far as it can be told apart."""

    outlet: str
    title: str = ""
    date: str = ""  # YYYY, YYYY-MM or YYYY-MM-DD
    url: str = ""


@dataclass(frozen=True)
class ReportSentence:
    """One sentence as the report prints it, without the marks of its footnotes."""

    text: str
    section: str  # number of its section, or its title where it has none
    page: int | None
    notes: tuple[str, ...]  # numbers of its footnotes
    paragraph: int = 0
    heads: str = ""  # of the row of a table: its first row

    @property
    def read_as(self) -> str:
        """What is read: of the row of a table, with its heads."""
        return f"{self.heads} | {self.text}" if self.heads else self.text


@dataclass(frozen=True)
class ReportContent:
    """A whole report."""

    title: str
    kind: str  # DOCX, PDF, HTML, Markdown or text
    pages: int  # 0 where the format has none
    sections: tuple[tuple[str, str], ...]  # (number, title) in order
    sentences: tuple[ReportSentence, ...]
    notes: Mapping[str, tuple[NoteSource, ...]] = field(default_factory=dict)
    note_texts: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """As the database keeps it."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "ReportContent":
        """The content that `to_json` wrote."""
        return cls(
            title=data["title"],
            kind=data["kind"],
            pages=data["pages"],
            sections=tuple((n, t) for n, t in data["sections"]),
            sentences=tuple(
                ReportSentence(s["text"], s["section"], s["page"], tuple(s["notes"]), s["paragraph"], s.get("heads", ""))
                for s in data["sentences"]
            ),
            notes={n: tuple(NoteSource(**s) for s in sources) for n, sources in data["notes"].items()},
            note_texts=dict(data["note_texts"]),
        )


class UnreadableReport(Exception):
    """The file cannot be imported; the message says why, for people."""


def joined_lines(lines: Iterable[str]) -> str:
    """Lines as one paragraph. A hyphen at the end of a line is taken out where the next begins
    small.
    """
    out = ""
    for line in (" ".join(raw.split()) for raw in lines):
        broken = out.endswith("-") and not out.endswith(" -") and line[:1].islower()
        out = out[:-1] + line if broken else f"{out} {line}".strip()
    return out
