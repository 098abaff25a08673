"""Enums fit the columns that store them, and the sets that rules rest on are complete."""

from enum import StrEnum

import pytest
from sqlalchemy import String

from db import enums, models
from db.models import Base

STORED = [
    ("fetch", "outcome", enums.FetchOutcome), ("fetch", "reason", enums.FetchReason), ("source", "last_outcome", enums.FetchOutcome),
    ("source", "last_reason", enums.FetchReason), ("source_state", "state", enums.SourceHealth), ("source_state", "reason", enums.FetchReason),
    ("assessment", "severity", enums.Severity), ("assessment", "relation", enums.Relation), ("assessment", "stage", enums.Stage),
    ("flag", "severity", enums.Severity), ("flag", "state", enums.FlagState), ("flag", "relation", enums.Relation), ("decision", "choice", enums.Choice),
    ("decision", "state_after", enums.FlagState), ("flag_event", "kind", enums.FlagEventKind), ("user", "role", enums.Role),
    ("outbox", "state", enums.MailState), ("outbox", "kind", enums.MailKind), ("digest", "rhythm", enums.Rhythm),
    ("subscriber", "ended_reason", enums.EndReason), ("subscriber", "suspended_reason", enums.SuspendReason), ("feedback", "verdict", enums.Rating),
    ("report", "origin", enums.ReportOrigin), ("claim_draft", "state", enums.DraftState), ("source_override", "state", enums.OverrideState),
    ("desk_change", "action", enums.ChangeAction),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "values"), STORED)
def test_every_value_fits_the_column_that_stores_it(table: str, column: str, values: type[StrEnum]) -> None:
    """PostgreSQL refuses a longer text; SQLite would not notice."""
    kind = Base.metadata.tables[table].columns[column].type
    assert isinstance(kind, String)
    assert kind.length is None or max(map(len, values)) <= kind.length


def test_severities_have_one_order() -> None:
    assert sorted(enums.Severity, key=lambda s: enums.SEVERITY_RANK[s]) == ["none", "low", "medium", "high"]


def test_each_stage_either_binds_or_does_not() -> None:
    assert set(enums.Stage) - enums.NOT_YET_LAW == {"signed", "published", "in_force", "repealed", "court"}


def test_only_updates_contradictions_and_checks_may_be_about_several_claims() -> None:
    assert {"new_or_amended_law", "value_or_date_changed", "new_practice", "court_or_interpretation"} == enums.UPDATES
    assert {"contradicts", "still_valid"} == enums.ALSO - enums.UPDATES


def test_a_good_outcome_means_that_everything_was_read() -> None:
    assert set(enums.FetchOutcome) - set(enums.GOOD_OUTCOMES) == {"blocked_or_broken", "suspiciously_empty"}


def test_append_only_tables_exist() -> None:
    assert set(models.APPEND_ONLY) <= set(Base.metadata.tables)
