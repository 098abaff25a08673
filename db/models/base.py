"""What all tables share: moments in UTC, names of constraints, hashes of texts, and which tables
are append-only.
"""

import hashlib
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, MetaData
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import DateTime, TypeDecorator

from db.invisible import storable

APPEND_ONLY = (
    "fetch",
    "item_version",
    "assessment",
    "claim_version",
    "decision",
    "source_version",
    "flag_event",
    "fetch_page",
    "source_state",
    "page_part",
    "page_change",
    "desk_change",
    "erasure",
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment. Refuses naive values going in, returns aware UTC coming out (SQLite keeps no
    zone).
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a moment without a zone: {value!r}")
        return value.astimezone(UTC)

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002
    ) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def text_sha256(title: str, text: str) -> str:
    """SHA-256 of the exact title and text as stored. NUL, which no database stores, separates
    them.
    """
    return hashlib.sha256(f"{storable(title)}\0{storable(text)}".encode()).hexdigest()


def text_sha256_of_row(context: Any) -> str:
    """`text_sha256` of the row that is inserted: a default of a column."""
    values = context.get_current_parameters()
    return text_sha256(values["title"], values["text"])


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }
