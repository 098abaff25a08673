"""Parts of pages, and gaps of channels."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from db import page_parts
from db.engine import reading, writing
from db.models import SourceRow

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def test_a_gap_that_is_explained_later_is_no_longer_unknown(engine: Engine) -> None:
    with writing(engine) as session:
        session.add(SourceRow(id="s", name="s", kind="telegram", url="https://t.me/s/example", tier=2, config={}))
    for why in ("unknown", "album", "unknown"):
        with writing(engine) as session:
            page_parts.store_gaps(session, "s", [page_parts.NewChannelGap(4, 4, why)], NOW)
    with reading(engine) as session:
        assert [(g.first, g.why) for g in page_parts.gaps(session, "s")] == [(4, "album")]
