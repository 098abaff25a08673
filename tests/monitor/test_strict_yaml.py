"""Strict YAML: what is refused, on which line, and with which fix."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from monitor.strict_yaml import MAX_NESTING, FileFault, Tree, WrongFile, load


class Inner(BaseModel):
    model_config = ConfigDict(extra="forbid")
    day: str
    number: int = 0


class Outer(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rows: list[Inner]


def refused(path: Path, content: str | bytes) -> FileFault:
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(WrongFile) as caught:
        load(path, Outer)
    return caught.value.faults[0]


def test_days_stay_text_and_lines_are_known(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("rows:\n  - day: 2024-06-01\n  - day: 2024-06\n    number: 5\n", encoding="utf-8")
    loaded, tree = load(path, Outer)
    assert [r.day for r in loaded.rows] == ["2024-06-01", "2024-06"]
    assert [tree.line(loc) for loc in (("rows", 0), ("rows", 1, "number"), ("rows", 1, "absent"), ("absent",))] == [2, 4, 3, 1]


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_bytes("﻿rows:\n  - day: x\n".encode())
    assert load(path, Outer)[0].rows[0].day == "x"


@pytest.mark.parametrize(
    ("content", "line", "wrong"),
    [
        ("rows:\n  - day: a\n    day: b\n", 3, "this key is given twice"),
        ("rows: &r\n  - day: a\nmore: *r\n", 3, "refers to another place"),
        ("rows:\n  - day: [\n", 3, "is not YAML"),
        ("rows:\n  - day: !!python/object:os.system x\n", 2, "is not YAML"),
        ("rows:\n  - {}\n", 2, "is missing"),
        ("rows:\n  - day: a\n    number: five\n", 3, "'five'"),
        ("rows:\n  - day: a\n    colour: red\n", 3, "is not a field here"),
        ("", 1, "is empty"),
        ("[" * (MAX_NESTING + 1), 1, "is nested too deep"),
        (b"rows:\n  - day: \xff\n", 0, "is not UTF-8"),
    ],
    ids=["repeated key", "alias", "open bracket", "object", "missing", "type", "unknown", "empty", "nested", "encoding"],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path: Path, content: str | bytes, line: int, wrong: str) -> None:
    fault = refused(tmp_path / "a.yml", content)
    assert fault.line == line
    assert wrong in fault.problem
    assert fault.fix


def test_every_fault_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text("rows:\n  - number: x\n  - day: a\n    other: 1\n", encoding="utf-8")
    with pytest.raises(WrongFile) as caught:
        load(path, Outer)
    assert [(f.line, f.field) for f in caught.value.faults] == [(2, "rows.0.day"), (2, "rows.0.number"), (4, "rows.1.other")]


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(WrongFile, match="cannot be read"):
        Tree(tmp_path / "none.yml")


class NamedAct(BaseModel):
    name: str = Field(min_length=1)
    day: str


def test_an_empty_field_is_called_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.yml"
    path.write_text('name: ""\nday: "1"\n', encoding="utf-8")
    with pytest.raises(WrongFile) as refused:
        load(path, NamedAct)
    assert (refused.value.faults[0].line, refused.value.faults[0].problem, refused.value.faults[0].fix) == (1, "is empty", "Write the name")
