"""What is wrong with a field, in plain words: the one translation of what pydantic reports.

Pydantic's own messages are for programmers. They reach no page, no file check and no command line.
A validator of ours gives its own words: `ValueError("problem | fix")`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

# What a field with this pattern holds, in words; a test asks for every pattern of every model.
PATTERNS: Mapping[str, str] = {
    r"^[a-z0-9-]+$": "small letters, digits and hyphens",
    r"^[a-z0-9][a-z0-9-]*$": "small letters, digits and hyphens, beginning with a letter or digit",
    r"^[a-z0-9_]+$": "small letters, digits and underscores",
    r"^[a-z][a-z0-9_]*$": "small letters, digits and underscores, beginning with a letter",
    r"^[a-z0-9_.]+$": "small letters, digits, underscores and full stops",
    r"^[a-z0-9_]+(\.[a-z0-9_]+)+$": "an aspect of a pack, as subject.aspect",
    r"^[a-z]{2}$": "a language in two small letters, e.g. en",
    r"^( *[a-z]{2,3})* *$": "languages in two or three small letters with spaces between, e.g. en fr",
    r"^[A-Z]{2}$": "a country in two capital letters, e.g. RU",
    r"^[A-Z]{2,8}-\d{3,4}$": "2 to 8 capital letters, a hyphen, 3 or 4 digits, e.g. DRC-012",
    r"^[0-9]+(\.[0-9]+)*$": "the number of a section, e.g. 3.2",
    r"^\d{4}-\d{2}-\d{2}$": "a day as YYYY-MM-DD",
    r"^[0-9]{4}-[0-9]{2}$": "a month as YYYY-MM",
    r"^\d{4}-\d\d-\d\d$": "a day as YYYY-MM-DD",
    r"^\d+(m|h|d)$": "a number with m, h or d, e.g. 30m",
    r"^(http|https|socks5|socks5h)://": "an address that begins with http://, https://, socks5:// or socks5h://",
    r"^$|^https?://[^\s/]+(/[^\s]*)?$": "nothing, or an address that begins with http:// or https://",
}
# For the pattern of listening addresses, which is long
_ADDRESS = "an address and a port up to 65535, e.g. 127.0.0.1:8000"
_KINDS = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen": "a list",
    "iterable": "a list",
    "dict": "fields with values",
    "mapping": "fields with values",
    "model": "fields with values",
    "dataclass": "fields with values",
    "arguments": "fields with values",
    "date": "a day as YYYY-MM-DD",
    "datetime": "a day and a time",
    "time": "a time, e.g. 07:30",
    "timezone": "a time with its zone",
    "url": "a web address",
    "path": "a path",
    "bytes": "text",
    "none": "nothing",
}
_IN_QUOTES = 60  # characters of a wrong value that are shown


def explained(error: Mapping[str, Any]) -> tuple[str, str]:
    """(problem, fix) of one of `ValidationError.errors()`, without the field's name and without
    full stops.
    """
    kind, given = str(error["type"]), error.get("input")
    context: Mapping[str, Any] = error.get("ctx") or {}
    loc = tuple(error.get("loc", ()))
    last = loc[-1] if loc else ""
    name = next((str(step) for step in reversed(loc) if isinstance(step, str)), "value")
    shown = _shown(given)
    match kind:
        case "missing" | "missing_argument" | "missing_keyword_only_argument":
            return "is missing", f"Add `{name}:`"
        case "extra_forbidden" | "unexpected_keyword_argument":
            return "is not a field here", "Remove it or fix its spelling"
        case "enum" | "literal_error":
            return f"{shown} is not known", f"Use one of {context.get('expected')}"
        case "value_error" | "assertion_error":
            problem, _, fix = str(context.get("error", "cannot be used")).partition(" | ")
            return problem.replace(repr(given), shown), fix or "Fix it"
        case "string_too_short" | "bytes_too_short" | "too_short" if _is_empty(given):
            return "is empty", "Write it or remove the line" if isinstance(last, int) else f"Write the {name}"
        case "string_too_short" | "bytes_too_short" | "string_too_long" | "bytes_too_long" | "too_short" | "too_long":
            return _of_length(kind, shown, context)
        case "string_pattern_mismatch":
            return f"{shown} does not fit", f"Write {PATTERNS.get(str(context.get('pattern')), _ADDRESS)}"
        case "greater_than_equal" | "greater_than" | "less_than_equal" | "less_than" | "multiple_of":
            return f"{shown} is out of range", f"Write {_limit(kind, context)}"
    return _of_kind(kind, given, shown)


def _of_length(kind: str, shown: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """A text or list that is too short or too long."""
    short = kind.endswith("short")
    limit = f"at least {context.get('min_length')}" if short else f"at most {context.get('max_length')}"
    if kind.startswith("too"):
        return f"has {context.get('actual_length')} entries", f"Give {limit}"
    return f"{shown} is too {'short' if short else 'long'}", f"Write {limit} characters"


def _of_kind(kind: str, given: Any, shown: str) -> tuple[str, str]:
    """A value of another kind than the field's."""
    wanted = _KINDS.get(kind.split("_")[0])
    if kind == "int_from_float":
        return f"{shown} has a fraction", "Write a whole number"
    if kind in ("finite_number", "int_parsing_size"):
        return f"{shown} is not a finite number", "Write a number in digits"
    if kind == "model_type" and given is None:
        return "is empty", "Write `field: value` lines"
    if wanted == "fields with values":
        return f"{shown} in place of fields", "Write `field: value` lines"
    if given is None:
        return "is empty", f"Write {wanted}" if wanted else "Write a value"
    return (f"{shown} is not {wanted}", f"Write {wanted}") if wanted else (f"{shown} cannot be used", "Write another value")


def _is_empty(given: Any) -> bool:
    return given is None or (hasattr(given, "__len__") and len(given) == 0)


def _shown(given: Any) -> str:
    if isinstance(given, list | tuple | set | frozenset):
        return "a list"
    if isinstance(given, Mapping):
        return "a group of fields"
    said = repr(given)
    return said if len(said) <= _IN_QUOTES else f"{said[:_IN_QUOTES]}…"


def _limit(kind: str, context: Mapping[str, Any]) -> str:
    words = {"greater_than_equal": ("ge", "at least"), "greater_than": ("gt", "more than"), "less_than_equal": ("le", "at most"), "less_than": ("lt", "less than")}  # fmt: skip
    if kind not in words:
        return f"a multiple of {context.get('multiple_of')}"
    key, said = words[kind]
    return f"{said} {context.get(key)}"


def field_of(loc: tuple[int | str, ...]) -> str:
    """The path of a field as people write it: without the steps that pydantic adds for the branches
    of a union. Positions in lists count from 1.
    """
    written = [step for step in loc if isinstance(step, int) or ("[" not in step and step not in ("float", "str", "int"))]
    return ".".join(str(step + 1) if isinstance(step, int) else step for step in written)


def problems_of(error: ValidationError) -> Iterator[tuple[str, str]]:
    """(field, "problem. Fix") of each fault, each once; the field is "" where the whole is
    meant.
    """
    faults = ((field_of(e["loc"]), explained(dict(e))) for e in error.errors(include_url=False))
    yield from dict.fromkeys((field, f"{problem}. {fix}") for field, (problem, fix) in faults)


def field_problems(error: ValidationError) -> list[str]:
    """What is wrong, one line each: "field: problem. Fix"."""
    return [f"{field}: {said}" if field else said for field, said in problems_of(error)]
