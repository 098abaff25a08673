"""the newest items of a source are found by an index

Revision: 0007, after 0006
"""

from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index('ix_item_source_newest', 'item', ['source_id', 'id'])


def downgrade() -> None:
    op.drop_index('ix_item_source_newest', table_name='item')
