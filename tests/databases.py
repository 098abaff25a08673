"""Fresh SQLite databases with the tables of today: copies of one that was migrated once."""

import shutil
from pathlib import Path

from sqlalchemy import Engine

from db.engine import connect
from db.migrate import upgrade
from tests.run_folder import made_once


def sqlite(path: Path) -> Engine:
    """An engine on a fresh, migrated database in the file `path`; the caller disposes of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(made_once("sqlite", _migrate) / "migrated.db", path)
    return connect(f"sqlite:///{path}")


def _migrate(folder: Path) -> None:
    engine = connect(f"sqlite:///{folder / 'migrated.db'}")
    upgrade(engine)
    engine.dispose()
