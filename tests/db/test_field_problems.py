"""What is wrong with a field, in plain words: no message of pydantic reaches a person."""

import importlib
import pkgutil
from collections.abc import Iterator
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, Field, ValidationError
from pydantic_core.core_schema import ErrorType

import alerts
import app
import db
import monitor
import review
from db.field_problems import PATTERNS, explained, field_problems

# Marks of a message that pydantic wrote itself
RAW = (
    "Input should",
    "Field required",
    "Value error",
    "validation error",
    "should match",
    "should have",
    "Extra inputs",
    "unable to",
    "type=",
)
WRONG: tuple[Any, ...] = (None, "", "not it!", "x" * 5000, -1, 10**12, 1.5, float("nan"), True, [], ["", None, 3], {}, {"a": 1}, b"\xff")


def _models() -> Iterator[type[BaseModel]]:
    """Every model of the project."""
    for room in (alerts, app, db, monitor, review):
        for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
            if ".versions" not in module.name and not module.name.endswith(("__main__", ".env")):
                importlib.import_module(module.name)
    waiting, seen = [BaseModel], set[type[BaseModel]]()
    while waiting:
        for model in waiting.pop().__subclasses__():
            if model not in seen:
                seen.add(model)
                waiting.append(model)
    return (m for m in seen if m.__module__.split(".")[0] in ("alerts", "app", "db", "monitor", "review"))


MODELS = sorted(_models(), key=lambda m: (m.__module__, m.__name__))


def _said(model: type[BaseModel], given: Any) -> list[str]:
    try:
        model.model_validate(given)
    except ValidationError as error:
        return field_problems(error)
    return []


def test_every_model_explains_itself_in_plain_words() -> None:
    assert len(MODELS) > 30
    for model in MODELS:
        names = [field.alias or name for name, field in model.model_fields.items()]
        tried = [*WRONG, *(dict.fromkeys(names, wrong) for wrong in WRONG), {"no_such_field": 1}]
        for given in tried:
            for said in _said(model, given):
                assert not any(mark in said for mark in RAW), (model, given, said)
                assert len(said) < 2000, said


def _patterns(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("pattern"), str):
            yield node["pattern"]
        for value in node.values():
            yield from _patterns(value)
    elif isinstance(node, list):
        for value in node:
            yield from _patterns(value)


def test_every_pattern_of_a_model_has_its_words() -> None:
    """Patterns that pydantic checks; those for editors alone stand in the schema beside a
    validator of ours.
    """
    checked = {
        meta.pattern
        for model in MODELS
        for field in model.model_fields.values()
        for meta in _metadata(field.annotation, field.metadata)
        if getattr(meta, "pattern", None)
    }
    # "6553": the long pattern of an address and a port
    assert {p for p in checked if p not in PATTERNS and "6553" not in p} == set()


def _metadata(annotation: Any, own: list[Any]) -> Iterator[Any]:
    for meta in own:
        yield meta
        yield from getattr(meta, "metadata", ())
    if get_origin(annotation) in (Literal, None) and not hasattr(annotation, "__metadata__"):
        return
    yield from getattr(annotation, "__metadata__", ())
    for meta in getattr(annotation, "__metadata__", ()):
        yield from getattr(meta, "metadata", ())
    if get_origin(annotation) in (list, dict, tuple, Union, UnionType) or hasattr(annotation, "__metadata__"):
        for part in get_args(annotation):
            yield from _metadata(part, [])


@pytest.mark.parametrize("kind", get_args(ErrorType))
def test_every_kind_of_fault_has_words(kind: str) -> None:
    problem, fix = explained({"type": kind, "loc": ("day",), "msg": "Input should be raw", "input": "x", "ctx": {}})
    assert problem
    assert fix
    assert "raw" not in problem + fix


class Row(BaseModel):
    name: str = Field(min_length=1)
    day: str
    number: float | list[int] = 1.0
    age: int = Field(default=1, ge=1, le=9)


def test_the_sentences() -> None:
    assert _said(Row, {"name": "", "age": 12, "number": "x"}) == [
        "name: is empty. Write the name",
        "day: is missing. Add `day:`",
        "number: 'x' is not a number. Write a number",
        "number: 'x' is not a list. Write a list",
        "age: 12 is out of range. Write at most 9",
    ]
    assert _said(Row, {"name": "a", "day": "b", "number": [1, "x"]}) == [
        "number: a list is not a number. Write a number",
        "number.2: 'x' is not a whole number. Write a whole number",
    ]
