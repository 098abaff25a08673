"""Texts that PostgreSQL's search cannot take whole are stored all the same, and found by their
beginning.
"""

import hashlib
import itertools
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, func, select, text

from db import fetches
from db.engine import reading, writing
from db.enums import FetchOutcome, FetchReason
from db.fetches import FetchRecord
from db.items import NewVersion
from db.models import ItemVersionRow, SourceRow
from db.search import INDEXED, SearchQuery, find_items
from tests import postgres

NOW = datetime(2026, 3, 1, tzinfo=UTC)
MEGABYTES = " ".join(f"слово{n}" for n in range(140_000))
RARE = [chr(n) for n in range(0x20000, 0x2A000)]  # letters of four bytes
LETTERS = " ".join(RARE)
# Indexed whole and in parts
COMPOUNDS = " ".join(f"{a}{b}-{b}{a}" for a, b in itertools.islice(itertools.permutations(RARE, 2), 10_000))
# The same
PATHS = " ".join(f"{a}.org/{a}/{b}" for a, b in itertools.islice(itertools.permutations(RARE, 2), 8_000))


@pytest.fixture(scope="module")
def engine(postgres_server: str) -> Iterator[Engine]:
    with postgres.fresh_engine(postgres_server) as made:
        with writing(made) as session:
            session.add(SourceRow(id="s", name="s", kind="feed", url="https://example.org", tier=1, config={}))
        yield made


@pytest.mark.parametrize("body", [MEGABYTES, LETTERS, COMPOUNDS, PATHS], ids=["2 MB of words", "letters", "compounds", "paths"])
def test_a_text_beyond_what_can_be_searched_is_stored_whole(engine: Engine, body: str) -> None:
    key = f"k{zlib.crc32(body.encode())}"
    version = NewVersion(key, "https://example.org", f"Указ{key}", body, "ru", NOW, None, None, hashlib.sha256(body.encode()).hexdigest())
    with writing(engine) as session:
        fetches.store_fetch(
            session, FetchRecord("s", NOW, NOW, FetchOutcome.NEW_ITEMS, FetchReason.OK, "https://example.org", seen=1), [version], 3600
        )
    with reading(engine) as session:
        (hit,) = find_items(session, SearchQuery(f"Указ{key}"))
        assert hit.version.text == body
        if body == MEGABYTES:
            assert find_items(session, SearchQuery("слово2999")) == [hit]
            assert not find_items(session, SearchQuery("слово139999"))


def test_the_search_asks_for_what_is_indexed(engine: Engine) -> None:
    with engine.connect() as connection:
        connection.execute(text("SET enable_seqscan = off"))
        query = select(func.count()).select_from(ItemVersionRow).where(text(f"{INDEXED} @@ to_tsquery('simple', 'x')"))
        plan = "\n".join(row[0] for row in connection.execute(text(f"EXPLAIN {query}")))
    assert "item_search" in plan
