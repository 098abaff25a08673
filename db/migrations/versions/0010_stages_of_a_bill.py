"""which bills and articles a story is about, so that stages of one bill are linked

Revision: 0010, after 0009
"""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        'story_bill',
        sa.Column('story_id', sa.Integer(), sa.ForeignKey('story.id', name=op.f('fk_story_bill_story_id_story')), nullable=False),
        sa.Column('bill', sa.String(60), nullable=False),
        sa.Column('stage', sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint('story_id', 'bill', name=op.f('pk_story_bill')),
    )
    op.create_index('ix_story_bill_bill', 'story_bill', ['bill'])


def downgrade() -> None:
    op.drop_index('ix_story_bill_bill', table_name='story_bill')
    op.drop_table('story_bill')
