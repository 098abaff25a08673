"""Strict reading of YAML files that people write; errors name file, line, field and fix.

One parse gives values for pydantic and a tree of nodes with line numbers, so that an error at
`claims.12.as_of` is shown with the line of that field.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from db.field_problems import explained

Model = TypeVar("Model", bound=BaseModel)
Loc = tuple[int | str, ...]
MAX_NESTING = 20  # the project's files nest six deep


@dataclass(frozen=True)
class FileFault:
    """One problem in a file, and how to fix it."""

    file: Path
    line: int  # 1-based; 0 when the file as a whole is meant
    field: str
    problem: str
    fix: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else str(self.file)
        return f"{place}: {self.field}: {self.problem}. {self.fix}" if self.field else f"{place}: {self.problem}. {self.fix}"


class WrongFile(Exception):
    """A file was refused; `faults` lists its problems in order of line."""

    def __init__(self, faults: list[FileFault]) -> None:
        self.faults = sorted(faults, key=lambda f: f.line)
        super().__init__("\n".join(map(str, self.faults)))


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """Safe loader that keeps dates as text (2024-06 is not a timestamp)."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


class Tree:
    """A parsed file: `values` for validation, `line(loc)` for errors. Raises WrongFile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            raw = path.read_bytes()
        except OSError as error:
            raise WrongFile([FileFault(path, 0, "", f"cannot be read: {error.strerror}", "Check the path and its rights")]) from error
        try:
            text = raw.decode("utf-8-sig")
            _refuse_alias_and_depth(path, text)
            loader = _Loader(text)
            self.node = loader.get_single_node()
            self.values = loader.construct_document(self.node) if self.node is not None else None
        except UnicodeDecodeError as error:
            raise WrongFile([FileFault(path, 0, "", f"is not UTF-8 (byte {error.start})", "Save it as UTF-8")]) from error
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            line = mark.line + 1 if mark else 0
            raise WrongFile([FileFault(path, line, "", f"is not YAML: {error.problem}", "Fix the indentation or the quotes")]) from error
        except yaml.YAMLError as error:
            raise WrongFile([FileFault(path, 0, "", f"is not YAML: {' '.join(str(error).split())}", "Fix it")]) from error
        repeated = list(_repeated_keys(self.node)) if self.node is not None else []
        if repeated:
            raise WrongFile([FileFault(path, line, key, "this key is given twice", "Remove one of them") for line, key in repeated])

    def line(self, loc: Loc) -> int:
        """The 1-based line of the field at `loc`, or of its nearest existing parent."""
        node, line = self.node, 1
        for step in loc:
            if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            elif isinstance(node, yaml.MappingNode):
                pair = next(((k, v) for k, v in node.value if k.value == str(step)), None)
                if pair is None:
                    continue  # a missing field, or a step that pydantic put in (a union's branch)
                line, node = pair[0].start_mark.line + 1, pair[1]
                continue
            else:
                continue
            line = node.start_mark.line + 1
        return line

    def fault(self, loc: Loc, problem: str, fix: str) -> FileFault:
        """A fault at the field `loc`."""
        return FileFault(self.path, self.line(loc), ".".join(map(str, self._written(loc))), problem, fix)

    def _written(self, loc: Loc) -> Loc:
        """`loc` as written in the file: without the steps that pydantic adds for branches of a
        union.
        """
        node, steps = self.node, list[int | str]()
        for step in loc:
            if isinstance(node, yaml.MappingNode):
                node = next((v for k, v in node.value if k.value == str(step)), None)
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            else:
                break
            steps.append(step)
        return tuple(steps)


def _refuse_alias_and_depth(path: Path, text: str) -> None:
    """Refuse aliases and deep nesting: a few lines of either exhaust memory or the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent):
            raise WrongFile([FileFault(path, line, "", f"refers to another place (*{event.anchor})", "Write the value out, or in quotes")])
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_NESTING:
            raise WrongFile([FileFault(path, line, "", "is nested too deep", "Fix the brackets or the indentation")])


def _repeated_keys(node: yaml.Node) -> list[tuple[int, str]]:
    repeated: list[tuple[int, str]] = []
    stack = [node]
    while stack:
        here = stack.pop()
        if isinstance(here, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in here.value:
                if key.value in seen:
                    repeated.append((key.start_mark.line + 1, str(key.value)))
                seen.add(key.value)
                stack.append(value)
        elif isinstance(here, yaml.SequenceNode):
            stack.extend(here.value)
    return repeated


def load(path: Path, model: type[Model]) -> tuple[Model, Tree]:
    """Parse `path` and validate it as `model`. Raises WrongFile naming every fault."""
    tree = Tree(path)
    try:
        return model.model_validate(tree.values), tree
    except ValidationError as error:
        raise WrongFile(list(dict.fromkeys(_explain(tree, dict(e)) for e in error.errors()))) from error


def _explain(tree: Tree, error: dict[str, Any]) -> FileFault:
    return tree.fault(tuple(error["loc"]), *explained(error))
