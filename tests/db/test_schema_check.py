"""A database that is not what the migrations make is described, object by object."""

import pytest
from sqlalchemy import Engine, text

from db import schema, schema_check
from db.models import APPEND_ONLY


def faults(engine: Engine, *statements: str) -> list[str]:
    """What is found wrong after these statements."""
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    with engine.connect() as connection:
        return schema_check.schema_faults(connection)


def test_a_migrated_database_is_as_it_should_be(engine: Engine) -> None:
    assert faults(engine) == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DROP INDEX ix_item_url", "the index ix_item_url is missing"),
        ("CREATE TABLE notes (x)", "the table notes does not belong to Ajour"),
        ("DROP TRIGGER decision_no_update", "the trigger decision_no_update is missing"),
        ("ALTER TABLE item ADD COLUMN x", "the table item was changed"),
        ("CREATE VIEW v AS SELECT 1", "the view v does not belong to Ajour"),
    ],
)
def test_what_is_missing_foreign_or_changed_is_named_on_sqlite(engine: Engine, statement: str, fault: str) -> None:
    if engine.dialect.name != "sqlite":
        pytest.skip("on PostgreSQL only what is missing or disabled is named")
    assert faults(engine, statement) == [fault]


def test_a_disabled_trigger_is_named_on_postgresql(engine: Engine) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("SQLite has no disabled triggers")
    changed = "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS 'BEGIN RETURN NEW; END' LANGUAGE plpgsql"
    assert faults(engine, "ALTER TABLE decision DISABLE TRIGGER decision_append_only", changed) == [
        "the trigger decision_append_only is missing or disabled",
        "the function refuse_change was changed",
    ]


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DROP INDEX ix_item_url", "the index ix_item_url is missing"),
        ("DROP TABLE story_bill", "the table story_bill is missing"),
        ("ALTER TABLE pending_article DROP COLUMN reason", "the column pending_article.reason is missing"),
    ],
)
def test_what_is_missing_is_named_on_postgresql(engine: Engine, statement: str, fault: str) -> None:
    if engine.dialect.name != "postgresql":
        pytest.skip("the check of SQLite compares the wording")
    assert faults(engine, statement) == [fault]


def test_the_schema_of_a_revision_has_every_guard() -> None:
    names = {(kind, name) for kind, name, _ in schema_check.schema_of(schema.head())}
    assert {("trigger", f"{table}_no_{verb}") for table in APPEND_ONLY for verb in ("update", "delete")} <= names
