"""Changing fields of rows of the watch list and keeping everything else as people wrote it:
comments, order, quotes.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from app.runtime.container import watch_list
from app.runtime.settings import Settings
from monitor.strict_yaml import WrongFile

_AFTER = "host"  # a new field goes behind this one


def write_checked(settings: Settings, text: str) -> None:
    """Write the watch list; a file that is none afterwards is put back as it was. Raises
    WrongFile.
    """
    path: Path = settings.sources
    before = path.read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    try:
        watch_list(settings)
    except WrongFile:
        path.write_text(before, encoding="utf-8")
        raise


def with_row(text: str, row: Mapping[str, Any]) -> str:
    """`text` of a watch list with one more row at its end."""
    added = "".join(f"  {line}\n" for line in yaml.safe_dump([dict(row)], allow_unicode=True, sort_keys=False).splitlines())
    if re.search(r"^- \w+:", text, re.M):  # rows without an indent are YAML as well
        added = re.sub(r"^  ", "", added, flags=re.M)
    return text.rstrip("\n") + "\n" + added


def with_fields(text: str, changes: Mapping[str, Mapping[str, Any]]) -> str:
    """`text` of a watch list with fields of rows set. `changes`: id → field → value. Raises
    KeyError for an id that is not in the list.
    """
    rows = {_value(row, "id"): row for row in _rows(text)}
    edits = [edit for source_id, fields in changes.items() for edit in _edits(text, rows[source_id], fields)]
    for start, end, new in sorted(edits, reverse=True):
        text = f"{text[:start]}{new}{text[end:]}"
    return text


def _rows(text: str) -> list[yaml.MappingNode]:
    top = yaml.compose(text, Loader=yaml.SafeLoader)
    assert isinstance(top, yaml.MappingNode), "a watch list that loads is a mapping"
    sources = next(value for key, value in top.value if key.value == "sources")
    return list(sources.value)


def _value(row: yaml.MappingNode, name: str) -> str:
    return next((str(value.value) for key, value in row.value if key.value == name), "")


def _edits(text: str, row: yaml.MappingNode, fields: Mapping[str, Any]) -> Iterator[tuple[int, int, str]]:
    """(start, end, new text) for each field."""
    known = {key.value: value for key, value in row.value}
    for name, value in fields.items():
        if (old := known.get(name)) is not None:
            raw = text[old.start_mark.index : old.end_mark.index]
            yield old.start_mark.index, old.start_mark.index + len(raw.rstrip()), _flow(value)
            continue
        if row.flow_style:
            yield row.start_mark.index + 1, row.start_mark.index + 1, f"{json.dumps(name)}: {_flow(value)}, "
            continue
        before = known.get(_AFTER) or row.value[-1][1]
        end = text.find("\n", max(before.start_mark.index, before.end_mark.index - 1))
        end = len(text) if end < 0 else end
        yield end, end, f"\n{' ' * row.value[0][0].start_mark.column}{name}: {_flow(value)}"


def _flow(value: Any) -> str:
    """A value as YAML on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(k) if not str(k).isidentifier() else k}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return str(value) if isinstance(value, str) and re.fullmatch(r"[a-z]+", value) else json.dumps(value, ensure_ascii=False)
