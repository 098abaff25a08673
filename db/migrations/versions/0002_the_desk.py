"""The desk: sessions, tokens, happenings of flags, saved searches, full-text search.

Revision: 0002, after 0001
"""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    add_columns()
    add_tables()
    refuse_changes('flag_event')
    if op.get_bind().dialect.name == 'sqlite':
        add_search_on_sqlite()
    else:
        add_search_on_postgresql()


def add_columns() -> None:
    """Plain ADD COLUMN: a copied table (batch mode) would lose its append-only triggers."""
    for column in (
        sa.Column('version', sa.Integer(), server_default='1', nullable=False),
        sa.Column('movement', sa.String(length=16), server_default='new', nullable=False),
        sa.Column('second_reader', sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column('assigned_to', sa.Integer(), nullable=True),
        sa.Column('until', MOMENT, nullable=True),
        sa.Column('condition', sa.String(length=24), nullable=True),
        sa.Column('merged_into', sa.Integer(), nullable=True),
    ):
        op.add_column('flag', column)
    op.create_index('ix_flag_merged_into', 'flag', ['merged_into'])
    op.create_index('ix_flag_report_state', 'flag', ['report_id', 'state'])
    op.add_column('user', sa.Column('preferences', sa.JSON(), server_default='{}', nullable=False))
    for more in (
        sa.Column('state_before', sa.String(length=16), nullable=True),
        sa.Column('state_after', sa.String(length=16), nullable=True),
        sa.Column('facts', sa.JSON(), server_default='{}', nullable=False),
    ):
        op.add_column('decision', more)
    # one chain, no forks: two decisions can never follow the same one
    op.create_index('uq_decision_previous_hash', 'decision', ['previous_hash'], unique=True)


def add_tables() -> None:
    op.create_table('flag_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('flag_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('state_after', sa.String(length=16), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['flag_id'], ['flag.id'], name='fk_flag_event_flag_id_flag'),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name='fk_flag_event_user_id_user'),
    sa.PrimaryKeyConstraint('id', name='pk_flag_event')
    )
    op.create_index('ix_flag_event_flag_id', 'flag_event', ['flag_id'])
    op.create_index('ix_flag_event_at', 'flag_event', ['at'])
    op.create_table('desk_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('agent', sa.String(length=200), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('seen_at', MOMENT, nullable=False),
    sa.Column('revoked_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name='fk_desk_session_user_id_user'),
    sa.PrimaryKeyConstraint('id', name='pk_desk_session'),
    sa.UniqueConstraint('token_hash', name='uq_desk_session_token_hash')
    )
    op.create_index('ix_desk_session_user_id', 'desk_session', ['user_id'])
    op.create_table('access_token',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('purpose', sa.String(length=12), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.Column('ends_at', MOMENT, nullable=True),
    sa.Column('used_at', MOMENT, nullable=True),
    sa.Column('revoked_at', MOMENT, nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name='fk_access_token_user_id_user'),
    sa.PrimaryKeyConstraint('id', name='pk_access_token'),
    sa.UniqueConstraint('token_hash', name='uq_access_token_token_hash')
    )
    op.create_index('ix_access_token_user_id', 'access_token', ['user_id'])
    op.create_table('sign_in_try',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account', sa.String(length=80), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.PrimaryKeyConstraint('id', name='pk_sign_in_try')
    )
    for name in ('account', 'address', 'at'):
        op.create_index(f'ix_sign_in_try_{name}', 'sign_in_try', [name])
    op.create_table('saved_search',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('query', sa.JSON(), nullable=False),
    sa.Column('created_at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name='fk_saved_search_user_id_user'),
    sa.PrimaryKeyConstraint('id', name='pk_saved_search'),
    sa.UniqueConstraint('user_id', 'name', name='uq_saved_search_user_id_name')
    )


def refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == 'sqlite':
        for verb in ('UPDATE', 'DELETE'):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(f'CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON \"{table}\" FOR EACH ROW EXECUTE FUNCTION refuse_change()')


def add_search_on_sqlite() -> None:
    """FTS5 over item_version's own text (external content: nothing is stored twice), kept by a trigger; the table only ever grows."""
    op.execute(
        "CREATE VIRTUAL TABLE item_search USING fts5(title, text, content='item_version', content_rowid='id', "
        "tokenize='unicode61 remove_diacritics 2', prefix='3 4 5')"
    )
    op.execute("INSERT INTO item_search(item_search) VALUES ('rebuild')")
    op.execute(
        'CREATE TRIGGER item_search_keep AFTER INSERT ON item_version BEGIN '
        'INSERT INTO item_search(rowid, title, text) VALUES (new.id, new.title, new.text); END'
    )


def add_search_on_postgresql() -> None:
    op.execute("CREATE INDEX item_search ON item_version USING gin (to_tsvector('simple', title || ' ' || text))")


def downgrade() -> None:
    raise NotImplementedError('a desk with decisions is not taken apart; restore a backup instead')
