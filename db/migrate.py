"""Bringing a database to the schema of this code, and refusing one that is newer."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine

from db.engine import CannotOpen


class NewerDatabase(CannotOpen):
    """The database was written by a newer Ajour; nothing is touched."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def revision(engine: Engine) -> str | None:
    """The schema revision of the database; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The schema revision of this code."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None, "the package ships at least one migration"
    return found


def upgrade(engine: Engine) -> None:
    """Apply what is missing. Raises NewerDatabase where the database is ahead of this code."""
    current = revision(engine)
    known = {r.revision for r in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise NewerDatabase(
            f"the database has schema {current}, which this version of Ajour does not know (newest known: {head()}); "
            "it was written by a newer version. Install that version, or restore a backup made before it"
        )
    if current == head():
        return
    config = _config()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
