"""The form of a claim: its entry as fields of text, and back."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

LANGUAGES = ("ru", "en", "uk")
STATUSES = ("in_force", "announced", "proposed", "reported", "figure", "uncertain")
CHANGES = ("value", "stage", "scope", "begins", "stops", "denied", "answered")
_SOURCE = ("outlet", "date", "url", "title")
_LAW = ("act", "article")


class WrongField(ValueError):
    """A field cannot be read; the message names it and the fix."""


def form_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a claim or draft as the values of the form."""
    about = body.get("about") or {}
    return {
        "section": body.get("section", ""), "page": body.get("page") or "", "topic": body.get("topic", ""), "statement": body.get("statement", ""),
        "quote": body.get("quote", ""), "as_of": body.get("as_of", ""), "status": body.get("status", "in_force"), "open": bool(body.get("open")),
        "aspect": about.get("aspect", ""), "persons": ", ".join(about.get("persons", ())), "place": about.get("place", ""), "state": about.get("state", ""),
        "acts": ", ".join(about.get("acts", ())), "touches": ", ".join(about.get("touches", ())), "changes": list(about.get("changes", ())),
        **{f"watch_{language}": "\n".join(body.get("watch", {}).get(language, ())) for language in LANGUAGES},
        "values": "\n".join(_flow(v) for v in body.get("values", ())),
        "law": "\n".join(_line(row, _LAW) for row in body.get("law", ())),
        "changes_if": "\n".join(body.get("changes_if", ())),
        "sources": "\n".join(_line(row, _SOURCE) for row in body.get("sources", ())),
    }  # fmt: skip


def as_typed(form: Mapping[str, str], lists: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The form as the person filled it, to be shown again."""
    return {**form_of({}), **form, "changes": list(lists.get("changes", ())), "open": form.get("open") == "on"}


def body_of(form: Mapping[str, str], lists: Mapping[str, Sequence[str]], before: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a filled form. Fields that the form does not show stay as in `before`. Raises
    WrongField.
    """
    page = form.get("page", "").strip()
    if page and not page.isdecimal():
        raise WrongField("page: a whole number, or nothing")
    body: dict[str, Any] = {
        **{k: v for k, v in before.items() if k not in ("update", "page", "about")},
        **{name: form.get(name, "").strip() for name in ("section", "topic", "statement", "quote", "as_of", "status")},
        "open": form.get("open") == "on",
        "watch": {language: lines for language in LANGUAGES if (lines := _lines(form, f"watch_{language}"))},
        "values": [_value(line) for line in _lines(form, "values")],
        "law": [_row(line, _LAW) for line in _lines(form, "law")],
        "changes_if": _lines(form, "changes_if"),
        "sources": [_row(line, _SOURCE) for line in _lines(form, "sources")],
    }
    if page:
        body["page"] = int(page)
    if aspect := form.get("aspect", "").strip():
        body["about"] = {
            "aspect": aspect, "persons": _comma(form, "persons"), "place": form.get("place", "").strip(), "state": form.get("state", "").strip(),
            "acts": _comma(form, "acts"), "changes": [c for c in lists.get("changes", ()) if c in CHANGES], "touches": _comma(form, "touches"),
        }  # fmt: skip
    return body


def _lines(form: Mapping[str, str], name: str) -> list[str]:
    return [line.strip() for line in form.get(name, "").splitlines() if line.strip()]


def _comma(form: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in form.get(name, "").split(",") if part.strip()]


def _line(row: Mapping[str, Any], names: Sequence[str]) -> str:
    return " | ".join(str(row.get(name) or "") for name in names).rstrip(" |")


def _row(line: str, names: Sequence[str]) -> dict[str, str]:
    """A row from "outlet | date | address | title"; what is left out is not set."""
    parts = [part.strip() for part in line.split("|")]
    if len(parts) > len(names):
        raise WrongField(f"{line[:60]!r}: at most {len(names)} parts, {' | '.join(names)}")
    return {name: part for name, part in zip(names, parts, strict=False) if part}


def _flow(value: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(value), allow_unicode=True, default_flow_style=True, sort_keys=False, width=10_000).strip()


def _value(line: str) -> dict[str, Any]:
    """One value as in a baseline file: {measures: fine, kind: money, value: 30000, unit: RUB}."""
    try:
        read = yaml.safe_load(line)
    except (yaml.YAMLError, ValueError) as error:
        raise WrongField(f"values: {line[:60]!r} is not {{measures: …, kind: …, value: …, unit: …}}") from error
    if not isinstance(read, dict):
        raise WrongField(f"values: {line[:60]!r} is not {{measures: …, kind: …, value: …, unit: …}}")
    numbers = {name: float(v) if isinstance(v, int) and not isinstance(v, bool) else v for name, v in read.items()}
    return {str(name): str(v) if hasattr(v, "isoformat") else v for name, v in numbers.items()}
