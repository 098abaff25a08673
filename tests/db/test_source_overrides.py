"""The desk's rows over the watch list: versions, pauses that hold at once, the log."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from db import claim_editing, source_overrides, sources
from db.claim_editing import EditConflict
from db.engine import reading, writing
from db.enums import OverrideState
from db.models import SourceRow

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ROW = {"id": "one", "name": "One", "kind": "feed", "url": "https://one.example/feed", "tier": 2}


def due(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return [s.id for s in sources.due_sources(session, NOW, ["feed"])]


def test_a_paused_source_is_not_due_also_after_the_list_was_read_again(engine: Engine) -> None:
    with writing(engine) as session:
        sources.register_sources(session, [ROW], NOW)
    assert due(engine) == ["one"]
    with writing(engine) as session:
        source_overrides.set_state(session, "one", OverrideState.PAUSED, "asked by the outlet", None, NOW)
        sources.register_sources(session, [ROW], NOW)
    assert due(engine) == []
    with writing(engine) as session:
        source_overrides.set_state(session, "one", OverrideState.LISTED, "", None, NOW)
    assert due(engine) == ["one"]
    with reading(engine) as session:
        assert [c.action for c, _ in claim_editing.changes_of(session, ["one"])] == ["source_resumed", "source_paused"]


def test_a_retired_source_is_unlisted_at_once(engine: Engine) -> None:
    with writing(engine) as session:
        sources.register_sources(session, [ROW], NOW)
        source_overrides.set_state(session, "one", OverrideState.RETIRED, "closed down", None, NOW)
        assert not session.get_one(SourceRow, "one").listed


def test_a_row_is_saved_in_versions_and_the_second_editor_gets_an_error(engine: Engine) -> None:
    with writing(engine) as session:
        before = source_overrides.overrides_state(session)
        source_overrides.save_row(session, ROW, None, NOW, seen=0)
        assert source_overrides.overrides_state(session) != before
        source_overrides.save_row(session, {**ROW, "tier": 3}, None, NOW, seen=1)
        assert source_overrides.overrides(session)["one"].config == {**ROW, "tier": 3}
    with pytest.raises(EditConflict, match="one was changed by another person"), writing(engine) as session:
        source_overrides.save_row(session, ROW, None, NOW, seen=1)
