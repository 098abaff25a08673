"""Between files and the database: what is compared, and who is told of claims that no pack
covers.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from db import claim_editing
from db.engine import reading, writing
from db.models import ClaimRow
from monitor.baseline import Baseline, claim_body, load_baseline
from monitor.stored_reports import read_baselines, register_baselines, warn_of_uncovered

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def example() -> Baseline:
    return load_baseline(Path(__file__).resolve().parents[2] / "baseline" / "examples" / "agents-2025.yml")


def test_what_comes_out_of_the_database_is_what_the_file_says(engine: Engine, example: Baseline) -> None:
    with writing(engine) as session:
        register_baselines(session, [example], NOW)
    with reading(engine) as session:
        (stored,) = read_baselines(session)
        assert stored == example
        assert session.get_one(ClaimRow, "AGN-003").phrase["en"] == "fine for breaking the duties of a foreign agent"


def test_an_edited_claim_is_compared_as_edited(engine: Engine, example: Baseline) -> None:
    body = {**claim_body(example.claims[0]), "statement": "As the desk says it."}
    with writing(engine) as session:
        register_baselines(session, [example], NOW)
        claim_editing.edit_claim(session, "AGN-001", body, 1, None, NOW)
    with reading(engine) as session:
        assert read_baselines(session)[0].claims[0].statement != example.claims[0].statement
        assert session.scalar(select(ClaimRow.subject).where(ClaimRow.id == "AGN-001")) == "agents.status"


def test_a_report_without_its_pack_is_warned_of(example: Baseline, caplog: pytest.LogCaptureFixture) -> None:
    warn_of_uncovered([example])
    assert caplog.text == ""
    warn_of_uncovered([example.model_copy(update={"report": example.report.model_copy(update={"packs": ["military"]})})])
    assert "the pack military does not cover" in caplog.text
