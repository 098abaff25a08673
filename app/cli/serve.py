"""`ajour serve`: the review desk alone."""

from pathlib import Path
from typing import Annotated

import typer

from app.cli.common import err
from app.runtime.container import Container
from app.runtime.settings import Settings, load_settings
from db.engine import CannotOpen


def serve(
    listen: Annotated[str | None, typer.Option(help="host:port; default: AJOUR_LISTEN.")] = None,
    demo: Annotated[bool, typer.Option(help="Open the demo's database (made by `ajour demo`).")] = False,
) -> None:
    """Serve the review desk alone, without fetching. Prints a one-time address while there is no
    user.
    """
    overrides: dict[str, object] = {"listen": listen} if listen else {}
    if not demo:
        open_desk(load_settings(**overrides))
        return
    from app.runtime.lock import sole

    settings = demo_settings(load_settings().data / "demo", overrides)
    with sole(settings.data):  # `ajour demo` must not replace the database meanwhile
        open_desk(settings)


def demo_settings(folder: Path, overrides: dict[str, object]) -> Settings:
    """Settings for the demo database in `folder`."""
    fixed = {"data": folder, "database": f"sqlite:///{folder / 'demo.db'}", "sources": folder / "sources.yml", "allow_loopback": True}
    return load_settings(**fixed, **overrides)


def open_desk(settings: Settings) -> None:
    """Serve until Ctrl-C. Raises CannotOpen if the address is taken."""
    from app.runtime.health import check_free, split
    from app.runtime.web import create_app, setup_link
    from app.runtime.web_server import guarded_server

    check_free(settings.listen)
    host, port = split(settings.listen)
    container = Container(settings)
    link = setup_link(container.engine, settings.desk_url)
    err.print(f"The desk: {settings.desk_url}  (Ctrl-C ends it)", soft_wrap=True)
    if link:
        err.print(f"Nobody can sign in yet. Make the first user here (works once, within two days): {link}", soft_wrap=True)
    server = guarded_server(create_app(settings, container.engine), host, port, "desk", log_level="warning", timeout_graceful_shutdown=15)
    try:
        server.run()
    except KeyboardInterrupt:
        return  # Ctrl-C is how people end it
    except SystemExit as error:  # uvicorn exits when it cannot listen
        raise CannotOpen(f"cannot listen on {settings.listen}; is the port taken? See AJOUR_LISTEN") from error
