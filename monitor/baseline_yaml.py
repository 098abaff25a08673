"""Writes a report and its claims as a baseline file: the one form of the shipped files, so that
reading a file and writing it again gives the same bytes.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from monitor.baseline import Baseline, Claim, ReportHead, claim_body, report_head

HEAD = (
    "# The known claims of one report, and what comparison needs to notice news about each. Format: docs/baseline.schema.json.\n"
    "# yaml-language-server: $schema=../docs/baseline.schema.json\n"
)
_VALUE_FIELDS = ("measures", "kind", "aspect", "value", "from", "to", "unit", "near", "past")
_BARE = frozenset({"kind", "aspect", "unit", "near", "topic", "status", "place", "persons", "changes", "touches", "packs"})
_PLAIN_FIRST = frozenset(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZабвгдеёжзийклмнопрстуфхцчшщъыьэюяАБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ"
)
_PLAIN_REST = _PLAIN_FIRST | frozenset("0123456789_.- /")
_WORDS_OF_YAML = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "none"})


def to_yaml(baseline: Baseline) -> str:
    """The baseline as the text of its file, in UTF-8 with a final line break."""
    head = report_head(baseline.report)
    sections = head.pop("sections", {})
    lines = ["report:", *(f"  {name}: {_flow(value, name)}" for name, value in head.items())]
    if sections:
        lines += ["  sections:", *(f"    {_quoted(number)}: {_quoted(title)}" for number, title in sections.items())]
    lines.append("claims:")
    for claim in baseline.claims:
        lines += _claim(claim)
    return HEAD + "\n".join(lines) + "\n"


def draft_yaml(report: ReportHead, bodies: Sequence[Mapping[str, Any]], first: str) -> str:
    """Draft claims as a baseline file that a person completes: ids from `first` on, "" where
    something must be filled.
    """
    prefix, _, number = first.rpartition("-")
    claims = [
        Claim.model_construct(
            **{
                **{
                    name: field.get_default(call_default_factory=True)
                    for name, field in Claim.model_fields.items()
                    if not field.is_required()
                },
                **_parsed(body),
                "id": f"{prefix}-{int(number) + n:03d}",
                "key": f"draft_{int(number) + n}",
            }
        )
        for n, body in enumerate(bodies)
    ]
    return to_yaml(Baseline.model_construct(report=report, claims=claims))


def _parsed(body: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a draft as the model has them, unchecked where they are empty."""
    filled = {**body, "id": "XX-001", "key": "x", "statement": body.get("statement") or "-"}
    return {**dict(Claim.model_validate(filled)), "statement": body.get("statement", "")}


def _claim(claim: Claim) -> Iterable[str]:
    body = claim_body(claim)
    yield f"  - id: {claim.id}"
    yield f"    key: {claim.key}"
    for name in ("section", "page", "topic", "statement", "quote", "quote_language", "as_of", "status", "open", "added"):
        if name in body:
            yield f"    {name}: {_flow(body[name], name)}"
    if claim.about:
        yield "    about:"
        for name, value in body["about"].items():
            if value != []:
                yield f"      {name}: {_flow(value, name)}"
    yield "    watch:"
    for language, phrases in body["watch"].items():
        if phrases:
            yield f"      {language}:"
            yield from (f"        - {_quoted(p)}" for p in phrases)
    if claim.values:
        yield "    values:"
        yield from (f"      - {_map({n: v[n] for n in _VALUE_FIELDS if n in v and v[n] not in ([], False)})}" for v in body["values"])
    if claim.law:
        yield "    law:"
        yield from (f"      - {_map(law)}" for law in body["law"])
    yield "    changes_if:"
    yield from (f"      - {_quoted(c)}" for c in claim.changes_if)
    if claim.sources:
        yield "    sources:"
        yield from (f"      - {_map(s)}" for s in body["sources"])


def _map(fields: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{name}: {_flow(value, name)}" for name, value in fields.items()) + "}"


def _flow(value: Any, name: str) -> str:
    """One value on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if value != int(value) else str(int(value))
    if isinstance(value, str):
        return value if name in _BARE and _is_plain(value) else _quoted(value)
    return _list(value, name)


def _list(values: Sequence[str], name: str) -> str:
    return "[" + ", ".join(_flow(v, name) for v in values) + "]"


def _quoted(text: str) -> str:
    """A double-quoted scalar; JSON's escapes are YAML's too."""
    return json.dumps(text, ensure_ascii=False)


def _is_plain(text: str) -> bool:
    """Whether `text` may stand without quotes."""
    return text[0] in _PLAIN_FIRST and set(text) <= _PLAIN_REST and text[-1] != " " and text.lower() not in _WORDS_OF_YAML
