"""`ajour users …`: people who may sign in to the desk."""

from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy.orm import Session

from app.cli.common import WRONG_INPUT, AsJson, err, out, print_json
from app.runtime.container import Container
from app.runtime.settings import load_settings
from db import accounts
from db.engine import reading, writing
from db.enums import Role
from db.models import UserRow

users_app = typer.Typer(no_args_is_help=True)


@users_app.command("list")
def users_list(as_json: AsJson = False) -> None:
    """List all users, also those who may no longer sign in."""
    engine = Container(load_settings()).engine
    with reading(engine) as session:
        rows = [{"name": u.name, "role": u.role, "active": u.active, "password": bool(u.password_hash)} for u in accounts.users(session)]
    if as_json:
        print_json(rows)
        return
    table = Table("name", "role", "may sign in", "password", box=None, pad_edge=False)
    for u in rows:
        table.add_row(str(u["name"]), str(u["role"]), "yes" if u["active"] else "no", "chosen" if u["password"] else "not yet")
    out.print(table)


@users_app.command("add")
def users_add(name: str, role: Annotated[Role, typer.Option(help="What the user may do.")] = Role.REVIEWER) -> None:
    """Add a user; prints a one-time address where they choose a password."""
    settings = load_settings()
    engine = Container(settings).engine
    with writing(engine) as session:
        if accounts.user_named(session, name) is not None:
            err.print(f"there is already a user {name}", style="red", markup=False)
            raise typer.Exit(WRONG_INPUT)
        user = accounts.add_user(session, " ".join(name.split())[:80], role, None, datetime.now(UTC))
        secret = accounts.make_token(session, user.id, "password", name, datetime.now(UTC))
    out.print(f"{settings.desk_url}/setup/{secret}", soft_wrap=True)


@users_app.command("link")
def users_link(name: str) -> None:
    """Print a new one-time address where a user chooses a new password."""
    settings = load_settings()
    engine = Container(settings).engine
    with writing(engine) as session:
        user = _find_user(session, name)
        secret = accounts.make_token(session, user.id, "password", user.name, datetime.now(UTC))
    out.print(f"{settings.desk_url}/setup/{secret}", soft_wrap=True)


@users_app.command("stop")
def users_stop(name: str) -> None:
    """End the access of a user, with all sessions and tokens. Their decisions stay."""
    engine = Container(load_settings()).engine
    with writing(engine) as session:
        user = _find_user(session, name)
        user.active = False
        accounts.end_access(session, user.id, datetime.now(UTC))
    out.print(f"{name} can no longer sign in")


def _find_user(session: Session, name: str) -> UserRow:
    user = accounts.user_named(session, name)
    if user is None:
        err.print(f"there is no user {name}", style="red", markup=False)
        raise typer.Exit(WRONG_INPUT)
    return user
