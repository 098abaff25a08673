"""Watching: states of sources, pages kept of a fetch, gaps in channels, parts of pages and their changes, pages still to be read.

Revision: 0005, after 0004
"""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    add_columns()
    add_tables()
    for table in ('fetch_page', 'source_state', 'part', 'part_change'):
        refuse_changes(table)


def add_columns() -> None:
    """Plain ADD COLUMN: a copied table (batch mode) would lose its append-only triggers."""
    for column in (
        sa.Column('last_quality', sa.Float(), nullable=True),
        sa.Column('leased_until', MOMENT, nullable=True),
        sa.Column('lease_owner', sa.String(length=120), nullable=True),
        sa.Column('full_read_at', MOMENT, nullable=True),
        sa.Column('body_sha256', sa.String(length=64), nullable=True),
        sa.Column('route', sa.String(), nullable=True),
        sa.Column('probed_at', MOMENT, nullable=True),
        sa.Column('memo', sa.JSON(), nullable=True),
    ):
        op.add_column('source', column)
    op.add_column('fetch', sa.Column('quality', sa.Float(), nullable=True))
    op.add_column('fetch', sa.Column('doubts', sa.JSON(), nullable=True))
    op.add_column('item', sa.Column('missing_since', MOMENT, nullable=True))
    op.add_column('item', sa.Column('gone_at', MOMENT, nullable=True))
    op.add_column('item_version', sa.Column('entry_hash', sa.String(length=64), nullable=True))


def add_tables() -> None:
    op.create_table('fetch_page',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('fetch_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('address', sa.String(length=64), nullable=True),
    sa.Column('redirects', sa.JSON(), nullable=False),
    sa.Column('transport', sa.String(), nullable=True),
    sa.Column('capture_sha256', sa.String(length=64), nullable=False),
    sa.Column('received_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['capture_sha256'], ['capture.sha256'], name=op.f('fk_fetch_page_capture_sha256_capture')),
    sa.ForeignKeyConstraint(['fetch_id'], ['fetch.id'], name=op.f('fk_fetch_page_fetch_id_fetch')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fetch_page')),
    sa.UniqueConstraint('fetch_id', 'position', name=op.f('uq_fetch_page_fetch_id_position'))
    )
    op.create_table('source_state',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('detail', sa.String(), nullable=True),
    sa.Column('since', MOMENT, nullable=False),
    sa.Column('until', MOMENT, nullable=True),
    sa.Column('by', sa.String(length=80), nullable=True),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_source_state_source_id_source')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_state'))
    )
    op.create_index('ix_source_state_since', 'source_state', ['since'])
    op.create_index('ix_source_state_source_id_id', 'source_state', ['source_id', 'id'])
    op.create_table('gap',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.String(length=64), nullable=False),
    sa.Column('first', sa.Integer(), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.Column('why', sa.String(length=16), nullable=False),
    sa.Column('noted_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_gap_source_id_source')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gap')),
    sa.UniqueConstraint('source_id', 'first', name=op.f('uq_gap_source_id_first'))
    )
    op.create_table('part',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('fetch_id', sa.Integer(), nullable=False),
    sa.Column('seen_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_part_source_id_source')),
    sa.ForeignKeyConstraint(['fetch_id'], ['fetch.id'], name=op.f('fk_part_fetch_id_fetch')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_part')),
    sa.UniqueConstraint('source_id', 'key', 'number', name=op.f('uq_part_source_id_key_number'))
    )
    op.create_table('part_change',
    sa.Column('item_id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('what', sa.String(length=16), nullable=False),
    sa.Column('act', sa.String(length=80), nullable=True),
    sa.Column('article', sa.String(length=40), nullable=True),
    sa.Column('old', sa.String(), nullable=False),
    sa.Column('new', sa.String(), nullable=False),
    sa.Column('marks', sa.JSON(), nullable=False),
    sa.Column('claims', sa.JSON(), nullable=False),
    sa.Column('seen_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_part_change_source_id_source')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_part_change_item_id_item')),
    sa.PrimaryKeyConstraint('item_id', name=op.f('pk_part_change'))
    )
    op.create_index('ix_part_change_source_id', 'part_change', ['source_id'])
    op.create_table('unread',
    sa.Column('item_id', sa.Integer(), nullable=False),
    sa.Column('due_at', MOMENT, nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_unread_item_id_item')),
    sa.PrimaryKeyConstraint('item_id', name=op.f('pk_unread'))
    )
    op.create_index('ix_unread_due_at', 'unread', ['due_at'])


def refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for verb in ('UPDATE', 'DELETE'):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(f'CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON \"{table}\" FOR EACH ROW EXECUTE FUNCTION refuse_change()')


def downgrade() -> None:
    raise NotImplementedError('restore a backup instead: what was watched since would be lost')
