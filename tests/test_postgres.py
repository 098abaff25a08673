"""A PostgreSQL database that a test gets after another test is as a new one."""

from sqlalchemy import Engine, inspect, text

from db.models import Base
from tests import postgres
from tests.fill_tables import fill_any


def test_an_emptied_database_has_no_rows_and_numbers_from_one(postgres_engine: Engine) -> None:
    spare = postgres_engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    schema = postgres.schema_of(spare)
    fill_any(postgres_engine)
    left_open = postgres_engine.connect()
    left_open.execute(text("SELECT * FROM item"))
    postgres_engine.dispose()
    assert postgres.emptied(spare, schema)
    with postgres_engine.connect() as connection:
        filled = {t: connection.scalar(text(f'SELECT count(*) FROM "{t}"')) for t in inspect(postgres_engine).get_table_names()}
        assert {t for t, rows in filled.items() if rows} == {"alembic_version"}
        assert connection.scalar(text("SELECT count(*) FROM pg_sequences WHERE last_value IS NOT NULL")) == 0
    assert filled.keys() >= set(Base.metadata.tables)


def test_a_database_whose_schema_was_changed_is_not_used_again(postgres_engine: Engine) -> None:
    spare = postgres_engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    schema = postgres.schema_of(spare)
    with postgres_engine.begin() as connection:
        connection.execute(text("ALTER TABLE decision DISABLE TRIGGER decision_append_only"))
    assert not postgres.emptied(spare, schema)
