"""Migrates a database to the schema of this code, after a backup; refuses a newer one."""

import logging
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from db import schema
from db.backup import write_backup

log = logging.getLogger(__name__)


def upgrade(engine: Engine, backups: Path | None = None, to: str | None = None) -> None:
    """Apply the missing migrations (up to the revision `to`), after a backup into `backups` or
    beside the SQLite file.

    Raises UnreleasedDatabase, NewerDatabase for a schema that this code does not know, CannotOpen
    if no backup can be written: nothing is migrated then.
    """
    with schema.MIGRATING:
        current, target = schema.refuse_unknown(engine), to or schema.head()
        if current is not None and current != target:
            _back_up(engine, backups, current, target)
        schema.apply(engine, target)


def _back_up(engine: Engine, backups: Path | None, current: str, target: str) -> None:
    file = engine.url.database
    folder = backups or (Path(file).parent / "backups" if engine.dialect.name == "sqlite" and file not in (None, "", ":memory:") else None)
    if folder is None:
        return
    path = folder / f"before-{target}-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.zip"
    write_backup(engine, path)
    log.warning("schema %s becomes %s; the backup is %s", current, target, path)
