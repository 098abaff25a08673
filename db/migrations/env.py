"""Alembic's environment: run by db.migrate on an open connection, or by `alembic` on a scratch
database for autogenerate.
"""

from typing import Any, Literal

from alembic import context
from sqlalchemy import Connection, create_engine

from db.models import Base, UtcDateTime


def render_item(type_: str, obj: Any, autogen_context: Any) -> str | Literal[False]:  # noqa: ARG001
    return "sa.DateTime(timezone=True)" if type_ == "type" and isinstance(obj, UtcDateTime) else False


def include_name(name: str | None, type_: str, parents: object) -> bool:  # noqa: ARG001
    """Leave out full-text search: it is made by SQL that no model describes."""
    return not (name or "").startswith("item_search")


def run(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, render_item=render_item, include_name=include_name
    )
    with context.begin_transaction():
        context.run_migrations()


open_connection = context.config.attributes.get("connection")
if open_connection is not None:
    run(open_connection)
else:
    with create_engine(context.config.get_main_option("sqlalchemy.url") or "sqlite://").connect() as scratch:
        run(scratch)
