"""Commands of the desk: `ajour serve`, `ajour users …`, `ajour decisions …`."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy import Engine

from app import show
from app.commands.common import DONE, NEEDS_A_PERSON, WRONG_INPUT, AsJson, err, out, print_json
from app.desk import Desk
from app.settings import Settings, load_settings
from db import access, deciding
from db.engine import CannotOpen, reading, writing
from db.words import Role

users_app = typer.Typer(help="Who may open the desk.", no_args_is_help=True)
decisions_app = typer.Typer(help="The log of what people decided.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    app.command()(serve)
    app.add_typer(users_app, name="users")
    app.add_typer(decisions_app, name="decisions")


def serve(
    listen: Annotated[str | None, typer.Option(help="host:port; default: AJOUR_LISTEN.")] = None,
    demo: Annotated[bool, typer.Option(help="Open the demo's database (made by `ajour demo`).")] = False,
) -> None:
    """The review desk alone, without the watch. Prints a one-time address while there is no user."""
    given: dict[str, object] = {"listen": listen} if listen else {}
    open_desk(demo_settings(load_settings().data / "demo", given) if demo else load_settings(**given))


def demo_settings(folder: Path, given: dict[str, object]) -> Settings:
    """Settings under which the desk opens what `ajour demo` left in `folder`."""
    kept = {"data": folder, "database": f"sqlite:///{folder / 'demo.db'}", "sources": folder / "sources.yml", "allow_loopback": True}
    return load_settings(**kept, **given)


def open_desk(settings: Settings) -> None:
    """Serve until Ctrl-C. Raises CannotOpen where the address is taken."""
    import uvicorn

    from app.health import split
    from app.web import create_app

    host, port = split(settings.listen)
    err.print(f"The desk: {settings.public_url.rstrip('/') or f'http://{settings.listen}'}  (Ctrl-C ends it)", soft_wrap=True)
    desk = Desk(settings)
    if link := setup_link(desk.engine, settings.public_url.rstrip("/") or f"http://{settings.listen}"):
        err.print(f"Nobody can sign in yet. Make the first user here (works once, within two days): {link}", soft_wrap=True)
    # proxy headers are the desk's own matter (AJOUR_DESK_PROXIES); uvicorn would believe whoever connects from this machine
    config = uvicorn.Config(
        create_app(settings, desk.engine),
        host=host,
        port=port,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=15,
    )
    try:
        uvicorn.Server(config).run()
    except SystemExit as error:  # how uvicorn says that it cannot listen
        raise CannotOpen(f"cannot listen on {settings.listen}; is the port taken? See AJOUR_LISTEN") from error


def setup_link(engine: Engine, address: str) -> str | None:
    """A one-time address that makes the first user; None where there is one already. There is no default password."""
    with writing(engine) as session:
        if access.has_users(session):
            return None
        return f"{address}/setup/{access.replace_setup_token(session, datetime.now(UTC))}"


def _engine() -> tuple[Settings, Engine]:
    settings = load_settings()
    return settings, Desk(settings).engine


@users_app.command("list")
def users_list(as_json: AsJson = False) -> None:
    """Everybody who may open the desk, or once could."""
    _, engine = _engine()
    with reading(engine) as session:
        found = [{"name": u.name, "role": u.role, "active": u.active, "password": bool(u.password_hash)} for u in access.users(session)]
    if as_json:
        print_json(found)
        return
    table = Table("name", "role", "may sign in", "password", box=None, pad_edge=False)
    for u in found:
        table.add_row(str(u["name"]), str(u["role"]), "yes" if u["active"] else "no", "chosen" if u["password"] else "not yet")
    out.print(table)


@users_app.command("add")
def users_add(name: str, role: Annotated[Role, typer.Option(help="What the person may do.")] = Role.REVIEWER) -> None:
    """Add a person; prints a one-time address where they choose their password."""
    settings, engine = _engine()
    with writing(engine) as session:
        if access.user_named(session, name) is not None:
            err.print(f"there is already a user {name}", style="red", markup=False)
            raise typer.Exit(WRONG_INPUT)
        user = access.add_user(session, " ".join(name.split())[:80], role, None, datetime.now(UTC))
        secret = access.make_token(session, user.id, "password", name, datetime.now(UTC))
    out.print(f"{_address(settings)}/setup/{secret}", soft_wrap=True)


@users_app.command("link")
def users_link(name: str) -> None:
    """A new one-time address where a person chooses a new password."""
    settings, engine = _engine()
    with writing(engine) as session:
        user = access.user_named(session, name)
        if user is None:
            err.print(f"there is no user {name}", style="red", markup=False)
            raise typer.Exit(WRONG_INPUT)
        secret = access.make_token(session, user.id, "password", user.name, datetime.now(UTC))
    out.print(f"{_address(settings)}/setup/{secret}", soft_wrap=True)


@users_app.command("stop")
def users_stop(name: str) -> None:
    """End a person's access and all sessions. What they decided stays."""
    _, engine = _engine()
    with writing(engine) as session:
        user = access.user_named(session, name)
        if user is None:
            err.print(f"there is no user {name}", style="red", markup=False)
            raise typer.Exit(WRONG_INPUT)
        user.active = False
        access.revoke_sessions(session, user.id, datetime.now(UTC))
    out.print(f"{name} can no longer sign in")


def _address(settings: Settings) -> str:
    return settings.public_url.rstrip("/") or f"http://{settings.listen}"


@decisions_app.command("verify")
def decisions_verify(
    head: Annotated[str | None, typer.Option(help="Hash the log once ended with: tells whether later rows were cut off.")] = None,
) -> None:
    """Check the chain of the decision log from its first row to its last."""
    _, engine = _engine()
    with reading(engine) as session:
        chain = deciding.verify(session)
        known = head is None or head == deciding.GENESIS or any(d.hash == head for d in deciding.log(session))
    if chain.broken is not None:
        err.print(
            f"broken at decision {chain.broken.decision_id}: {chain.broken.why}; {chain.length} rows before it hold",
            style="red",
            markup=False,
            soft_wrap=True,
        )
        raise typer.Exit(NEEDS_A_PERSON)
    if not known:
        err.print(
            f"{chain.length} rows hold, but none has the hash {head}: the log was cut off, or is another one",
            style="red",
            markup=False,
            soft_wrap=True,
        )
        raise typer.Exit(NEEDS_A_PERSON)
    out.print(f"{chain.length} decisions, the chain holds; head {chain.head}", soft_wrap=True)
    raise typer.Exit(DONE)


@decisions_app.command("export")
def decisions_export(
    folder: Annotated[Path, typer.Option("--out", help="Folder for <report>.items.jsonl and <report>.labels.jsonl.")],
) -> None:
    """Decided flags as labelled data: what `ajour fit` learns from."""
    _, engine = _engine()
    lines: dict[str, list[deciding.Labelled]] = {}
    with reading(engine) as session:
        for row in deciding.labelled(session):
            lines.setdefault(row.report_id, []).append(row)
    for report, rows in lines.items():
        show.write(folder / f"{report}.items.jsonl", "".join(json.dumps(r.item, ensure_ascii=False) + "\n" for r in rows))
        show.write(folder / f"{report}.labels.jsonl", "".join(json.dumps(r.label, ensure_ascii=False) + "\n" for r in rows))
        out.print(f"{report}: {len(rows)} items, {sum(bool(r.label['flag']) for r in rows)} of them updates")
    if not lines:
        out.print("nothing is decided yet")
