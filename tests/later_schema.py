"""A migration after the newest one, for drills of upgrading: it adds a column and a table."""

import shutil
from pathlib import Path

import pytest

from db import schema

LATER = "9z"
MIGRATION = f"""
import sqlalchemy as sa
from alembic import op

revision = '{LATER}'
down_revision = '%s'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('source', sa.Column('of_tomorrow', sa.Integer(), nullable=True))
    op.create_table('tomorrow', sa.Column('id', sa.Integer(), primary_key=True))
"""


def add_later_migration(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on in this test the code knows one revision more, LATER."""
    newest = schema.head()
    made = folder / "migrations"
    shutil.copytree(schema.MIGRATIONS, made, ignore=shutil.ignore_patterns("__pycache__"))
    (made / "versions" / "9999_later.py").write_text(MIGRATION % newest)
    monkeypatch.setattr(schema, "MIGRATIONS", made)
