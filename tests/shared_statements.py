"""One cache of compiled SQL for all engines of a test process.

SQLAlchemy keeps compiled statements for each engine; every test has an engine of its own, so each
would compile the same statements again, which took half of the time of many tests.
"""

from typing import Any

import sqlalchemy
from sqlalchemy import Engine, event
from sqlalchemy.engine import Dialect
from sqlalchemy.util import LRUCache

from db import engine as db_engine

_STATEMENTS: LRUCache[Any, Any] = LRUCache(5000)
_DIALECTS: dict[type[Dialect], Dialect] = {}  # those of the first engines, which have connected


def share_statements() -> None:
    """Let every engine that `db.engine` makes use the one cache."""

    def create(*given: Any, **options: Any) -> Engine:
        made = sqlalchemy.create_engine(*given, **options)
        made._compiled_cache = _STATEMENTS

        def share(*_: Any) -> None:
            # The dialect is a part of a statement's key
            made.dialect = _DIALECTS.setdefault(type(made.dialect), made.dialect)

        event.listen(made.pool, "connect", share, once=True)  # by then the dialect knows its server
        return made

    vars(db_engine)["create_engine"] = create
