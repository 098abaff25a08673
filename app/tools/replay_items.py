"""`ajour replay`: compares dated items from a file as a live cycle would, in order of time, without
network.

docs/architecture.md ("Items in, assessments out") defines the lines. A wrong line is refused with
file, line and the fix before anything is compared, so that a long run does not fail half-way.
"""

import json
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from db.gist import english
from monitor.compare.reading.annotate import Document
from monitor.compare.types import Assessment

log = logging.getLogger(__name__)

MOST_FAULTS = 20


class WrongItems(Exception):
    """The file of items is refused. The message lists what is wrong in which line, and the fix."""


@dataclass(frozen=True)
class ReplayLine:
    """One item and its line number."""

    number: int
    document: Document


def read_items(path: Path) -> list[ReplayLine]:
    """All items of a JSON Lines file. Raises WrongItems with every faulty line (the first
    twenty).
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise WrongItems(f"{path}: cannot be read: {error.strerror}. Check the path and its rights") from error
    return [ReplayLine(number, document) for number, document in checked(path, raw.splitlines())]


def checked(path: Path, lines: Iterable[bytes]) -> Iterator[tuple[int, Document]]:
    """(line number, item) of every valid line. Raises WrongItems at the end with every faulty line
    (the first twenty).
    """
    faults, seen = list[str](), dict[str, int]()
    for number, text in enumerate(lines, start=1):
        if not text.strip():
            continue
        try:
            document = _item(text, number, seen)
        except ValueError as error:
            faults.append(f"{path}:{number}: {error}")
        else:
            yield number, document
    if faults:
        more = f"\n… and {len(faults) - MOST_FAULTS} more" if len(faults) > MOST_FAULTS else ""
        raise WrongItems("\n".join(faults[:MOST_FAULTS]) + more)


def _item(text: bytes, number: int, seen: dict[str, int]) -> Document:
    try:
        row: Any = json.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 (byte {error.start}). Save the file as UTF-8") from error
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} at column {error.colno}. Each line must be one whole JSON object") from error
    except ValueError as error:  # a number of thousands of digits
        raise ValueError(f"is not JSON: {error}. Each line must be one whole JSON object") from error
    except RecursionError as error:
        raise ValueError("is nested too deeply. Each line must be one flat JSON object") from error
    if not isinstance(row, dict):
        raise ValueError(f'is a JSON {type(row).__name__}, not an object. Write {{"id": …, "title": …}}')
    item_id = row.get("id")
    if not isinstance(item_id, str) or not item_id.strip():
        raise ValueError("id: is missing or not a text. Give every item its own id")
    if item_id != _encodable(item_id):
        raise ValueError(f"id: {item_id!r} holds an unpaired UTF-16 surrogate. Fix the export")
    if item_id in seen:
        raise ValueError(f"id: {item_id!r} is already on line {seen[item_id]}. Give every item its own id")
    seen[item_id] = number
    fields = {name: _text(row, name) for name in ("outlet", "url", "title", "text", "lang", "published")}
    if not fields["title"].strip() and not fields["text"].strip():
        raise ValueError("title: title and text are both empty. Give at least one of them")
    return Document(
        id=item_id, outlet=fields["outlet"], url=fields["url"], published=_day(fields["published"]), lang=fields["lang"] or None,
        title=fields["title"], text=fields["text"],
    )  # fmt: skip


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{name}: {value!r} is not a text. Write it in quotes")
    return _encodable(value)


def _encodable(text: str) -> str:
    """Text that UTF-8 can encode. An unpaired surrogate (from broken exports of emoji) becomes a
    question mark.
    """
    return text.encode("utf-8", "replace").decode()


def _day(text: str) -> str:
    """The date as ISO 8601; a month becomes its first day; a time is in UTC, as in a live cycle; ""
    where there is none.
    """
    if not text:
        return ""
    full = f"{text}-01" if re.fullmatch(r"\d{4}-\d\d", text) else text
    try:
        if "T" not in full and " " not in full:
            return date.fromisoformat(full).isoformat()
        moment = datetime.fromisoformat(full.replace("Z", "+00:00"))
        return (moment.astimezone(UTC) if moment.tzinfo else moment).isoformat()
    except (ValueError, OverflowError) as error:
        raise ValueError(f"published: {text!r} is not a date. Write YYYY-MM-DD, or null where it is not known") from error


def line_of(a: Assessment, story: str) -> dict[str, Any]:
    """One line of output."""
    return {
        "id": a.id,
        "flag": a.flag,
        "score": a.score,
        "severity": a.severity.value,
        "relation": a.relation.value,
        "claims": [{"id": c, "score": s} for c, s in a.claims],
        "story": story,
        "stage": a.stage,
        "changes": [{"claim": c.claim_id, "measures": c.measures, "old": c.old, "new": c.new, "certain": c.certain} for c in a.changes],
        "gist": english(a.gist) if a.gist.certain else None,
        "reasons": [r.published() for r in a.reasons],
    }
