"""The form of a source: its row of the watch list as fields of text, and back."""

from collections.abc import Mapping, Sequence
from typing import Any

KINDS = {
    "feed": "RSS, Atom or JSON feed",
    "telegram": "public Telegram channel",
    "listing": "page with a list of links",
    "page": "one page, watched for changes",
    "gazette": "official gazette (publication.pravo.gov.ru)",
    "none": "cited, but not fetched",
}
TYPES = {
    "official": "official body",
    "legal_portal": "legal portal",
    "independent_media": "independent media",
    "exiled_media": "media in exile",
    "foreign_media": "foreign media",
    "state_media": "state media",
    "pro_government": "media close to the government",
    "ngo": "non-governmental organisation",
    "research": "research",
    "coi_publisher": "publisher of country information",
    "intergovernmental": "intergovernmental organisation",
    "law_firm": "law firm",
    "blog": "blog",
}
CONFIDENCE = {"high": "sure", "medium": "fairly sure", "low": "not sure"}
_TEXTS = ("name", "native", "kind", "url", "host", "every", "type", "country", "confidence", "reason", "notes")
_LISTS = ("languages", "cited_in", "hosts", "mirrors")
_GROUPS = {"expect": ("items", "within"), "fallback": ("kind", "url"), "select": ("links", "title", "date", "text")}


def form_of(row: Mapping[str, Any]) -> dict[str, str]:
    """A row as the values of the form; what has another shape than its field is left out."""
    form = {name: str(row.get(name) or "") for name in (*_TEXTS, "tier")}
    for name in _LISTS:
        parts = row.get(name)
        form[name] = ", ".join(str(part) for part in parts) if isinstance(parts, Sequence) and not isinstance(parts, str) else ""
    for group, names in _GROUPS.items():
        given = row.get(group)
        form |= {f"{group}_{name}": str(given.get(name) or "") if isinstance(given, Mapping) else "" for name in names}
    return form


def row_of(form: Mapping[str, str], before: Mapping[str, Any]) -> dict[str, Any]:
    """The row that the form gives. What the form does not show stays as in `before`; what is left
    empty is not set.
    """
    shown = {*_TEXTS, *_LISTS, *_GROUPS, "tier"}
    row: dict[str, Any] = {name: value for name, value in before.items() if name not in shown}
    row |= {name: value for name in _TEXTS if (value := form.get(name, "").strip())}
    row |= {name: parts for name in _LISTS if (parts := [part.strip() for part in form.get(name, "").split(",") if part.strip()])}
    if tier := form.get("tier", "").strip():
        row["tier"] = _number(tier)
    for group, names in _GROUPS.items():
        given = {name: value for name in names if (value := form.get(f"{group}_{name}", "").strip())}
        if given:
            row[group] = {name: _number(value) if name == "items" else value for name, value in given.items()}
    return row


def _number(text: str) -> int | str:
    # Anything else is refused by the watch list's own check
    return int(text) if text.isdecimal() and len(text) < 10 else text


def by_field(problems: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """(field of the form → what is wrong with it, problems of no field) of "field: text" lines."""
    known = {*_TEXTS, *_LISTS, "tier", *(f"{group}_{name}" for group, names in _GROUPS.items() for name in names)}
    beside, others = dict[str, str](), list[str]()
    for problem in problems:
        path, _, said = problem.partition(": ")
        steps = [step for step in path.split(".") if not step.isdecimal()]
        name = "_".join(steps) if said else ""
        field = next((n for n in (name, f"{name}_{_GROUPS[name][0]}" if name in _GROUPS else "") if n in known), None)
        if field is None:
            others.append(problem)
        else:
            beside[field] = f"{beside[field]}. {said}" if field in beside else said
    return beside, others
