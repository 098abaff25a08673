"""Citations: footnotes and bibliography entries as EUAA, Cedoca and DRC print them, and CSL-JSON,
RIS, BibTeX for reference managers.

The text forms are templates in `templates/cite/`, so that a desk can change them without code. Each
is rendered twice: as plain text, with the address in place of the word "url", and as HTML, with the
word "url" as a link and titles in italics, for the rich text of word processors. Sources of the
forms: footnotes and bibliographies of the COI Focus of January 2026 (Cedoca), of the report of June
2024 (Danish Refugee Council), and EUAA's COI reports. No title is translated here: a researcher
adds the translation, which is printed in brackets.
"""

import json
import re
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from review.view.reference import CitedAct, Reference, ReferenceKind
from review.view.templating import safe_url

STYLES = {
    "euaa-footnote": "EUAA footnote",
    "euaa-bibliography": "EUAA bibliography",
    "cedoca-footnote": "Cedoca footnote",
    "cedoca-bibliography": "Cedoca bibliography",
    "drc-footnote": "DRC footnote",
    "markdown": "Markdown",
}
# Language of a report → its house style, which comes first
_STYLE_OF_LANGUAGE = {"nl": "cedoca", "da": "drc"}
FILES = {
    "csl": ("csl.json", "application/vnd.citationstyles.csl+json"),
    "ris": ("ris", "application/x-research-info-systems"),
    "bib": ("bib", "application/x-bibtex"),
}


@dataclass(frozen=True)
class Citation:
    """One form of a citation, as plain text and as HTML."""

    style: str
    label: str
    text: str
    html: Markup


def citations(ref: Reference, report_language: str = "") -> list[Citation]:
    """The reference in every style; first the styles of a report in `report_language`."""
    preferred = _STYLE_OF_LANGUAGE.get(report_language, "euaa")
    styles = sorted(STYLES, key=lambda style: not style.startswith(preferred))
    return [Citation(style, STYLES[style], as_text(style, ref), as_html(style, ref)) for style in styles]


def _long(day: date | None) -> str:
    return f"{day.day} {day:%B %Y}" if day else "n.d."


def _slashes(day: date | None) -> str:
    return f"{day:%d/%m/%Y}" if day else "s.d."


def _dotted(day: date | None) -> str:
    return f"{day:%d.%m.%y}" if day else "u.å."


def _pages(pages: str) -> str:
    return f"pp. {pages}" if re.search(r"\d\D+\d", pages) else f"p. {pages}"


def _danish_pages(pages: str) -> str:
    return re.sub(r",\s*(?=[^,]*$)", " og ", pages)


def _with_edition(ref: Reference, words: str) -> str:
    assert ref.act is not None, "only for acts"
    edition = f" ({words} {_slashes(ref.act.edition)})" if ref.act.edition else ""
    translation = f" [{ref.added.translation}]" if ref.added.translation else ""
    return f"{ref.act.name}{edition}{translation}"


def _link(ref: Reference, label: str = "") -> Markup:
    address = safe_url(ref.url)
    return (
        Markup('<a href="{}" rel="noopener noreferrer nofollow">{}</a>').format(address, label or address) if address else escape(ref.url)
    )


def _italic(ref: Reference) -> Markup:
    translation = f" [{ref.added.translation}]" if ref.added.translation else ""
    return Markup("<i>{}</i>{}").format(ref.title, translation)


@cache
def _templates(*, html: bool) -> Environment:
    loader = PackageLoader("review", "templates/cite")
    env = Environment(loader=loader, autoescape=html, undefined=StrictUndefined)  # noqa: S701
    env.filters |= {
        "long": _long,
        "slashes": _slashes,
        "dotted": _dotted,
        "pages": _pages,
        "danish_pages": _danish_pages,
        "act": _with_edition,
        "title": lambda ref: ref.full_title,
        "italic": _italic if html else lambda ref: ref.full_title,
        "link": _link if html else lambda ref, _label="": ref.url,
    }
    return env


def as_text(style: str, ref: Reference) -> str:
    """One of STYLES as one line of plain text."""
    return " ".join(_templates(html=False).get_template(f"{style}.txt").render(r=ref).split())


def as_html(style: str, ref: Reference) -> Markup:
    """One of STYLES as one line of HTML in which all foreign text is escaped."""
    if style == "markdown":
        return escape(as_text(style, ref))
    template = _templates(html=True).get_template(f"{style}.txt")
    return Markup(" ".join(template.render(r=ref).split()))  # noqa: S704


_CSL_TYPES = {
    ReferenceKind.ARTICLE: "article-newspaper",
    ReferenceKind.POST: "post",
    ReferenceKind.LEGISLATION: "legislation",
    ReferenceKind.REPORT: "report",
    ReferenceKind.PAGE: "webpage",
}


def as_csl(ref: Reference) -> str:
    """CSL-JSON 1.0.2: an array with one entry."""
    outlet = ref.outlet("en")
    row: dict[str, Any] = {
        "id": ref.key,
        "type": _CSL_TYPES[ref.kind],
        "title": ref.full_title,
        "URL": ref.url,
        "accessed": _csl_date(ref.accessed),
        "note": ref.archive,
    }
    if ref.act:
        row |= {"number": ref.act.number, "genre": ref.act.form or "кодекс", "authority": "Russian Federation", "container-title": outlet}
        row |= {"section": ref.act.article} if ref.act.article else {}
        row |= {"version": f"as amended on {ref.act.edition.isoformat()}"} if ref.act.edition else {}
    else:
        row |= {
            "author": [{"literal": ref.written_by or outlet}],
            ("publisher" if ref.kind is ReferenceKind.REPORT else "container-title"): outlet,
        }
    if ref.platform:
        row |= {"genre": ref.medium, "container-title": ref.platform, "author": [{"literal": ref.written_by or outlet}]}
    if ref.added.pages:
        row["page"] = ref.added.pages
    if issued := _issued(ref):
        row["issued"] = _csl_date(issued)
    if ref.lang:
        row["language"] = ref.lang
    return json.dumps([row], ensure_ascii=False, indent=2) + "\n"


def _issued(ref: Reference) -> date | None:
    return ref.act.day if ref.act else ref.published


def _csl_date(day: date) -> dict[str, Any]:
    return {"date-parts": [[day.year, day.month, day.day]]}


# RIS has no type for posts of a channel; Zotero and EndNote read BLOG as a post on the web.
_RIS_TYPES = {
    ReferenceKind.ARTICLE: "NEWS",
    ReferenceKind.POST: "BLOG",
    ReferenceKind.LEGISLATION: "STAT",
    ReferenceKind.REPORT: "RPRT",
    ReferenceKind.PAGE: "ELEC",
}


def as_ris(ref: Reference) -> str:
    """RIS: one tag per line, CRLF, ER last."""
    outlet, issued = ref.outlet("en"), _issued(ref)
    lines = [
        ("TY", _RIS_TYPES[ref.kind]),
        ("ID", ref.key),
        ("AU", "Russian Federation" if ref.act else ref.written_by or outlet),
        ("TI", ref.full_title),
        ("PB" if ref.kind is ReferenceKind.REPORT else "T2", outlet),
        ("UR", ref.url),
        ("Y2", f"{ref.accessed:%Y/%m/%d}"),
    ]
    lines += [("PY", f"{issued:%Y}"), ("DA", f"{issued:%Y/%m/%d}")] if issued else []
    lines += _ris_act(ref.act) if ref.act else []
    lines += [("M3", ref.medium)] if ref.medium else []
    lines += [("SP", ref.added.pages)] if ref.added.pages else []
    lines += [("LA", ref.lang)] if ref.lang else []
    lines += [("N1", ref.archive), ("ER", "")]
    return "".join(f"{tag}  - {_line(value)}\r\n" for tag, value in lines)


def _ris_act(act: CitedAct) -> list[tuple[str, str]]:
    lines = [("M1", act.number)]
    lines += [("SE", act.article)] if act.article else []
    return lines + ([("ET", f"as amended on {act.edition:%Y-%m-%d}")] if act.edition else [])


def _line(value: str) -> str:
    return " ".join(value.split())


_BIB_TYPES = {
    ReferenceKind.ARTICLE: "article",
    ReferenceKind.POST: "online",
    ReferenceKind.LEGISLATION: "legislation",
    ReferenceKind.REPORT: "report",
    ReferenceKind.PAGE: "online",
}


def as_bibtex(ref: Reference) -> str:
    """A biblatex entry. Characters with a meaning in TeX are escaped."""
    outlet, issued = _tex(ref.outlet("en")), _issued(ref)
    author = "Russian Federation" if ref.act else _tex(ref.written_by) or outlet
    fields = {
        "author": f"{{{author}}}",
        "title": f"{{{_tex(ref.full_title)}}}",
        "url": re.sub(r"[{}\s\\]", lambda m: f"%{ord(m[0]):02X}", ref.url),
        "urldate": f"{ref.accessed:%Y-%m-%d}",
    }
    if ref.kind is ReferenceKind.ARTICLE:
        fields |= {"journaltitle": f"{{{outlet}}}", "entrysubtype": "newspaper"}
    elif ref.kind is ReferenceKind.REPORT:
        fields |= {"institution": f"{{{outlet}}}", "type": "report"}
    elif ref.act:
        fields |= {"number": _tex(ref.act.number), "organization": f"{{{outlet}}}"}
        fields |= {"version": f"as amended on {ref.act.edition:%Y-%m-%d}"} if ref.act.edition else {}
    else:
        fields |= {"titleaddon": _tex(ref.medium)} if ref.medium else {"organization": f"{{{outlet}}}"}
    if ref.added.pages:
        fields["pages"] = _tex(ref.added.pages)
    if issued:
        fields["date"] = f"{issued:%Y-%m-%d}"
    if ref.lang:
        fields["langid"] = {"ru": "russian", "uk": "ukrainian", "en": "english"}.get(ref.lang, ref.lang)
    fields["note"] = _tex(ref.archive)
    body = ",\n".join(f"  {name} = {{{value}}}" for name, value in fields.items())
    return f"@{_BIB_TYPES[ref.kind]}{{{ref.key},\n{body}\n}}\n"


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
