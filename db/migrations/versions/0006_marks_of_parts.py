"""Marks of parts: which amending acts an article names, so that a new one can be told.

Revision: 0006, after 0005
"""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('part', sa.Column('marks', sa.JSON(), nullable=True))


def downgrade() -> None:
    raise NotImplementedError('restore a backup instead')
