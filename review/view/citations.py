"""Citations: a footnote and a bibliography entry as EUAA and Cedoca print them, and CSL-JSON, RIS,
BibTeX for reference managers.

The text forms are templates in `templates/cite/`, so that a desk can change them without code.
EUAA: footnote with the word "url" in place of the address, bibliography with address and access
date. Cedoca (read off the bibliography of its COI Focus of January 2026): outlet, title, medium
where it is a post, date as DD/MM/YYYY, address, "geraadpleegd op" and the day. Neither gets a
translated title: none is made here, and none may be invented.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from db.models import ItemRow, ItemVersionRow, SourceRow


@dataclass(frozen=True)
class Reference:
    """The data of a citation."""

    key: str
    outlet: str
    title: str
    lang: str | None
    published: datetime | None
    accessed: datetime
    url: str
    archive: str  # address and hash of the archived copy
    medium: str = ""  # "Telegram post"; "" for a page


def reference(item: ItemRow, version: ItemVersionRow, source: SourceRow, archive: str) -> Reference:
    """The reference of an item version."""
    title = version.title or version.text[:90] + ("…" if len(version.text) > 90 else "")
    return Reference(
        f"ajour{item.id}",
        source.name,
        " ".join(title.split()),
        version.lang,
        item.published_at,
        version.seen_at,
        item.url,
        archive,
        str((source.config or {}).get("medium") or ""),
    )


STYLES = {
    "euaa-footnote": "EUAA footnote",
    "euaa-bibliography": "EUAA bibliography",
    "cedoca-footnote": "Cedoca footnote",
    "cedoca-bibliography": "Cedoca bibliography",
    "markdown": "Markdown",
}
FILES = {"csl": ("csl.json", "application/vnd.citationstyles.csl+json"), "ris": ("ris", "application/x-research-info-systems"), "bib": ("bib", "application/x-bibtex")}  # fmt: skip


@cache
def _templates() -> Environment:
    env = Environment(loader=PackageLoader("review", "templates/cite"), autoescape=False, undefined=StrictUndefined)  # noqa: S701
    env.filters["long"] = lambda d: f"{d.day} {d:%B %Y}" if d else "n.d."
    env.filters["slashes"] = lambda d: f"{d:%d/%m/%Y}" if d else "s.d."
    return env


def as_text(style: str, ref: Reference) -> str:
    """One of STYLES as one line of plain text."""
    return " ".join(_templates().get_template(f"{style}.txt").render(r=ref).split())


def as_csl(ref: Reference) -> str:
    """CSL-JSON 1.0.2: an array with one entry."""
    row: dict[str, Any] = {
        "id": ref.key, "type": "webpage", "title": ref.title, "container-title": ref.outlet, "author": [{"literal": ref.outlet}], "URL": ref.url,
        "accessed": _csl_date(ref.accessed), "archive_location": ref.archive,
    }  # fmt: skip
    if ref.published:
        row["issued"] = _csl_date(ref.published)
    if ref.lang:
        row["language"] = ref.lang
    return json.dumps([row], ensure_ascii=False, indent=2) + "\n"


def _csl_date(at: datetime) -> dict[str, Any]:
    return {"date-parts": [[at.year, at.month, at.day]]}


def as_ris(ref: Reference) -> str:
    """RIS: one tag per line, CRLF, ER last."""
    lines = [
        ("TY", "ELEC"),
        ("ID", ref.key),
        ("AU", ref.outlet),
        ("TI", ref.title),
        ("T2", ref.outlet),
        ("UR", ref.url),
        ("Y2", f"{ref.accessed:%Y/%m/%d}"),
    ]
    lines += [("PY", f"{ref.published:%Y}"), ("DA", f"{ref.published:%Y/%m/%d}")] if ref.published else []
    lines += [("LA", ref.lang)] if ref.lang else []
    lines += [("N1", ref.archive), ("ER", "")]
    return "".join(f"{tag}  - {_line(value)}\r\n" for tag, value in lines)


def _line(value: str) -> str:
    return " ".join(value.split())


def as_bibtex(ref: Reference) -> str:
    """BibTeX/biblatex `@online`. Characters with a meaning in TeX are escaped."""
    fields = {"author": f"{{{_tex(ref.outlet)}}}", "title": f"{{{_tex(ref.title)}}}", "url": re.sub(r"[{}\s\\]", lambda m: f"%{ord(m[0]):02X}", ref.url), "urldate": f"{ref.accessed:%Y-%m-%d}"}  # fmt: skip
    if ref.published:
        fields["date"] = f"{ref.published:%Y-%m-%d}"
    if ref.lang:
        fields["langid"] = {"ru": "russian", "uk": "ukrainian", "en": "english"}.get(ref.lang, ref.lang)
    fields["note"] = _tex(ref.archive)
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@online{{{ref.key},\n{body}\n}}\n"


_TEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "_": r"\_",
    "^": r"\^{}",
    "~": r"\~{}",
}


def _tex(text: str) -> str:
    return "".join(_TEX.get(c, c) for c in _line(text))


def as_file(kind: str, ref: Reference) -> str:
    """One of FILES."""
    return {"csl": as_csl, "ris": as_ris, "bib": as_bibtex}[kind](ref)
