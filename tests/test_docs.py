"""Documentation is tested: the glossary against tables and enums, the tree against the folders,
commands and links.
"""

import ast
import enum
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from app.cli.main import app
from db import enums
from db.models import Base

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("alerts", "app", "db", "monitor", "review")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
TERM = re.compile(r"^\| \*\*(?P<term>[^*]+)\*\* \| (?P<meaning>.+) \| (?P<code>.+) \|$", re.M)


def rows() -> list[tuple[str, str, set[str]]]:
    return [(m["term"], m["meaning"], set(re.findall(r"`(\w+)`", m["code"]))) for m in TERM.finditer(GLOSSARY)]


def test_each_term_is_in_the_glossary_once() -> None:
    terms = [term for term, _, _ in rows()]
    assert len(terms) > 70
    assert sorted(terms) == sorted(set(terms))


def test_the_glossary_names_every_table_once() -> None:
    named = [c for _, _, codes in rows() for c in codes if c.islower()]
    assert sorted(named) == sorted(Base.metadata.tables)


def test_the_glossary_names_every_enum_once() -> None:
    shared = {n for n, v in vars(enums).items() if isinstance(v, type) and issubclass(v, enum.StrEnum) and v is not enum.StrEnum}
    named = [c for _, _, codes in rows() for c in codes if not c.islower()]
    assert sorted(named) == sorted(shared)


def test_the_tree_in_the_architecture_is_the_real_one() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    tree = text[text.index("## The tree") : text.index("## The life of an item")]
    drawn = {line.split()[0].rstrip("/") for line in tree.split("```")[1].strip().splitlines()}
    real = {
        folder.relative_to(ROOT).as_posix()
        for room in ROOMS
        for folder in [ROOT / room, *(ROOT / room).rglob("*")]
        if folder.is_dir() and "__pycache__" not in folder.parts and any(f.name != "__pycache__" for f in folder.iterdir())
    }
    real = {f for f in real if "/locale/" not in f}
    assert drawn == real


def test_every_command_is_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    commands: Any = get_command(app)
    missing = [
        name
        for name, command in commands.commands.items()
        if not command.hidden and not re.search(rf"ajour [^\n]*\b{name}\b|\| {name}\b", text)
    ]
    assert missing == []


@pytest.mark.parametrize("path", sorted(p.relative_to(ROOT).as_posix() for p in [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]))
def test_links_between_documents_lead_to_files(path: str) -> None:
    page = ROOT / path
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_modules_and_files_named_in_documents_exist() -> None:
    named = re.compile(r"`((?:alerts|app|baseline|bench|db|deploy|docs|monitor|review|tests)/[\w/.-]+\.\w+)")
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")]
    missing = {
        f"{page.relative_to(ROOT)}: {name}"
        for page in pages
        for name in named.findall(page.read_text(encoding="utf-8"))
        if "<" not in name and not (ROOT / name).exists()
    }
    assert missing == set()


def test_prose_is_wrapped() -> None:
    """Markdown text at most 100 columns wide; tables, links, code and files of measurements are
    exempt.
    """
    wide = []
    for name in subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split():
        code = False
        for number, line in enumerate((ROOT / name).read_text(encoding="utf-8").splitlines(), start=1):
            code ^= line.startswith("```")
            exempt = code or line.startswith(("|", "    ")) or "](" in line or "measured" in name
            if len(line) > 100 and not exempt:
                wide.append(f"{name}:{number}")
    assert wide == []


def wide_prose(path: Path) -> list[int]:
    """Numbers of the lines of docstrings and full-line comments that are over 100 columns wide."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    wide = {n for n, line in enumerate(lines, start=1) if len(line) > 100}
    if not wide:
        return []
    strings, docstrings = set[int](), set[int]()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            strings |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node, clean=False):
            first = node.body[0]
            docstrings |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
    comments = {n for n in wide if lines[n - 1].lstrip().startswith("# ")} - strings
    return sorted(wide & (comments | docstrings))


def test_docstrings_and_comments_are_wrapped() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    wide = {name: lines for name in listed if (lines := wide_prose(ROOT / name))}
    assert wide == {}
