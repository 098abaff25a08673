"""Lazy command groups: the list of commands, and what is imported when."""

from typing import Any

import pytest
from typer.main import get_command

from app.cli.lazy import LazyCommand, lazy_typer
from app.cli.main import app


def test_the_line_of_a_command_in_a_list_has_no_line_break() -> None:
    root: Any = get_command(app)
    database = root.commands["db"]
    assert len(database.commands) >= 2
    for command in database.commands.values():
        assert command.short_help
        assert "\n" not in command.short_help


def test_a_command_is_imported_when_it_is_used_and_not_before() -> None:
    group: Any = get_command(lazy_typer([LazyCommand("broken", "app.no_such_module:run", "No module behind it.")], "A group."))
    assert list(group.commands) == ["broken"]
    with pytest.raises(ModuleNotFoundError, match="no_such_module"):
        group.commands["broken"]
