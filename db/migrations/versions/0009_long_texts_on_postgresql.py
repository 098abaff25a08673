"""the search index of PostgreSQL takes the beginning of a very long text, which it would refuse as a whole

Revision: 0009, after 0008
"""

from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    index("left(title || ' ' || text, 60000)")


def downgrade() -> None:
    index("title || ' ' || text")


def index(words: str) -> None:
    if op.get_context().dialect.name == 'postgresql':
        op.execute('DROP INDEX item_search')
        op.execute(f"CREATE INDEX item_search ON item_version USING gin (to_tsvector('simple', {words}))")
