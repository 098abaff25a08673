"""The schema of a database: its revision, the revision of this code, and the migrations in between.

Only `db.migrate.upgrade` writes a backup first. Use `apply` alone for a new database or one filled
from an archive.
"""

import threading
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from db.engine import CannotOpen

MIGRATIONS = Path(__file__).parent / "migrations"
# Schemas of development versions before the first release
UNRELEASED = frozenset(f"{n:04}" for n in range(1, 11))
# "migr": several processes on one PostgreSQL database start at the same moment
_MIGRATION_LOCK = 0x6D696772
# Alembic keeps the current migration in module globals (`alembic.op`, `alembic.context`). Two
# threads that migrate two databases at once would run their statements on each other's connection.
MIGRATING = threading.RLock()


class NewerDatabase(CannotOpen):
    """The database was written by a newer Ajour; nothing is touched."""


class UnreleasedDatabase(CannotOpen):
    """The database was written by a development version whose schema was never released; nothing is
    touched.
    """


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def revision(engine: Engine) -> str | None:
    """The schema revision of the database; None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The schema revision of this code."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    assert revision is not None, "the package ships at least one migration"
    return revision


def revisions() -> list[str]:
    """All schema revisions this code knows, oldest first."""
    return [r.revision for r in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def refuse_unknown(engine: Engine) -> str | None:
    """The revision of the database (None: empty). Raises UnreleasedDatabase, NewerDatabase where
    this code does not know it.
    """
    current = revision(engine)
    if current in UNRELEASED:
        raise UnreleasedDatabase(
            f"the database has schema {current} of a development version before the first release, which cannot be upgraded. "
            "Nothing was changed. Move the database away (the version that wrote it can still export it) and start Ajour again: "
            "it creates a new database and loads sources and reports into it"
        )
    if current is not None and current not in revisions():
        raise NewerDatabase(
            f"the database has schema {current}, which this version of Ajour does not know (newest known: {head()}); "
            "it was written by a newer version. Install that version, or restore a backup made before it"
        )
    return current


def apply(engine: Engine, to: str | None = None) -> None:
    """Apply the missing migrations (up to the revision `to`) without a backup. Raises
    UnreleasedDatabase, NewerDatabase, CannotOpen.
    """
    with MIGRATING:
        target = to or head()
        if refuse_unknown(engine) != target:
            with engine.connect() as connection:
                _apply(connection, target)


def _apply(connection: Connection, target: str) -> None:
    """Run the migrations in one transaction. On SQLite foreign keys are off: they would delete the
    children of a table that is recreated.
    """
    sqlite = connection.dialect.name == "sqlite"
    driver = connection.connection.dbapi_connection
    if sqlite and driver is not None:
        driver.cursor().execute("PRAGMA foreign_keys=OFF")  # has no effect inside a transaction
    try:
        with connection.begin():
            if not sqlite:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, target)
            if sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).fetchone()):
                raise CannotOpen(
                    f"the migration to {target} would leave rows of {broken[0]} that refer to missing rows; nothing was changed"
                )
    finally:
        if sqlite and driver is not None:
            driver.cursor().execute("PRAGMA foreign_keys=ON")
