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
        result = sqlalchemy.create_engine(*given, **options)
        result._compiled_cache = _STATEMENTS

        def share(*_: Any) -> None:
            # The dialect is a part of a statement's key
            result.dialect = _DIALECTS.setdefault(type(result.dialect), result.dialect)

        event.listen(result.pool, "connect", share, once=True)  # by then the dialect knows its server
        return result

    vars(db_engine)["create_engine"] = create
