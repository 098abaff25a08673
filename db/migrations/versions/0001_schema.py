"""The schema as it stands before the first release: all tables, append-only triggers, full-text
search.

Until a release exists, a change of the schema is made in this file; afterwards, by a new migration.

Revision: 1a, the first
"""

import sqlalchemy as sa
from alembic import op

revision = '1a'
down_revision = None
branch_labels = None
depends_on = None

# Rows of these tables are history: a trigger refuses to change or remove them, whoever asks.
APPEND_ONLY = (
    'fetch', 'item_version', 'assessment', 'claim_version', 'decision', 'source_version',
    'flag_event', 'fetch_page', 'source_state', 'page_part', 'page_change', 'desk_change', 'erasure',
)
# Columns of them that an erasure on request may change; the row must then name the erasure.
ERASABLE = {
    'item_version': ('title', 'text', 'origin', 'text_sha256'),
    'assessment': ('changes', 'reasons', 'gist'),
    'page_part': ('title', 'text', 'text_sha256'),
    'page_change': ('old', 'new'),
}


def upgrade() -> None:
    create_tables()
    sqlite = op.get_bind().dialect.name == 'sqlite'
    if not sqlite:
        op.execute(
            'CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS '
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$ LANGUAGE plpgsql"
        )
    for table in APPEND_ONLY:
        refuse_changes(table, sqlite)
    if sqlite:
        add_search_on_sqlite()
    else:
        add_search_on_postgresql()


def downgrade() -> None:
    raise NotImplementedError('the first schema has nothing before it; restore a backup instead')


def refuse_changes(table: str, sqlite: bool) -> None:
    if not sqlite:
        op.execute(
            f'CREATE TRIGGER {table}_append_only BEFORE UPDATE ON "{table}" '
            f'FOR EACH ROW {unless_erased(table, "IS DISTINCT FROM", "::text")} EXECUTE FUNCTION refuse_change()'
        )
        op.execute(
            f'CREATE TRIGGER {table}_no_delete BEFORE DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION refuse_change()'
        )
        return
    for verb in ('UPDATE', 'DELETE'):
        condition = unless_erased(table, 'IS NOT', '') if verb == 'UPDATE' else ''
        op.execute(
            f'CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {condition} '
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )


def unless_erased(table: str, differs: str, cast: str) -> str:
    """The condition under which an update is refused: always, or if it is no erasure.

    An erasure names itself and changes no other columns than those that hold texts. `cast`: JSON
    has no equality on PostgreSQL.
    """
    if table not in ERASABLE:
        return ''
    columns = sa.inspect(op.get_bind()).get_columns(table)
    fixed = [c['name'] for c in columns if c['name'] not in (*ERASABLE[table], 'erasure_id')]
    changed = [f'NEW."{name}"{cast} {differs} OLD."{name}"{cast}' for name in fixed]
    return (
        f'WHEN (NEW.erasure_id IS NULL OR NOT (NEW.erasure_id {differs} OLD.erasure_id) OR {" OR ".join(changed)})'
    )


def add_search_on_sqlite() -> None:
    """FTS5 over item_version (external content: no text is stored twice), kept by a trigger.

    Searches ask for words by their beginnings, without a rank: indexes of prefixes and lengths of
    columns would double the time of an insert, and make no search faster.
    """
    op.execute(
        "CREATE VIRTUAL TABLE item_search USING fts5(title, text, content='item_version', "
        "content_rowid='id', tokenize='unicode61 remove_diacritics 2', columnsize=0)"
    )
    op.execute(
        'CREATE TRIGGER item_search_keep AFTER INSERT ON item_version BEGIN '
        'INSERT INTO item_search(rowid, title, text) VALUES (new.id, new.title, new.text); END'
    )
    op.execute(
        'CREATE TRIGGER item_search_erase AFTER UPDATE ON item_version BEGIN '
        "INSERT INTO item_search(item_search, rowid, title, text) VALUES ('delete', old.id, old.title, old.text); "
        'INSERT INTO item_search(rowid, title, text) VALUES (new.id, new.title, new.text); END'
    )


def add_search_on_postgresql() -> None:
    """A GIN index over the first 60,000 characters: PostgreSQL refuses a longer tsvector."""
    op.execute(
        'CREATE INDEX item_search ON item_version USING gin '
        "(to_tsvector('simple', left(title || ' ' || text, 60000)))"
    )


def create_tables() -> None:
    op.create_table('erasure',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(), nullable=False),
    sa.Column('counts', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasure'))
    )
    op.create_table('capture',
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('deflated', sa.LargeBinary(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('media_type', sa.String(), nullable=True),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('sha256', name=op.f('pk_capture'))
    )
    op.create_table('job_run',
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('good_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('result', sa.String(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_job_run'))
    )
    op.create_table('login_attempt',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('account_hash', sa.String(length=64), nullable=False),
    sa.Column('network', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_login_attempt'))
    )
    op.create_index(op.f('ix_login_attempt_account_hash'), 'login_attempt', ['account_hash'], unique=False)
    op.create_index(op.f('ix_login_attempt_network'), 'login_attempt', ['network'], unique=False)
    op.create_index(op.f('ix_login_attempt_at'), 'login_attempt', ['at'], unique=False)
    op.create_table('operator_alert',
    sa.Column('key', sa.String(length=80), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('over_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_operator_alert'))
    )
    op.create_table('report',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('publisher', sa.String(), nullable=False),
    sa.Column('published', sa.String(length=10), nullable=False),
    sa.Column('research_closed', sa.String(length=10), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('url', sa.String(), nullable=True),
    sa.Column('packs', sa.JSON(), nullable=False),
    sa.Column('sections', sa.JSON(), server_default='{}', nullable=False),
    sa.Column('origin', sa.String(length=8), nullable=False),
    sa.Column('listed', sa.Boolean(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('comparer', sa.String(length=120), nullable=True),
    sa.Column('again_from', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report'))
    )
    op.create_table('source',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('tier', sa.Integer(), nullable=False),
    sa.Column('config', sa.JSON(), nullable=False),
    sa.Column('listed', sa.Boolean(), nullable=False),
    sa.Column('paused', sa.Boolean(), nullable=False),
    sa.Column('etag', sa.String(), nullable=True),
    sa.Column('last_modified', sa.String(), nullable=True),
    sa.Column('next_due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('last_fetch_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_good_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_outcome', sa.String(length=24), nullable=True),
    sa.Column('last_reason', sa.String(length=40), nullable=True),
    sa.Column('last_quality', sa.Double(), nullable=True),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lease_owner', sa.String(length=120), nullable=True),
    sa.Column('full_read_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('body_sha256', sa.String(length=64), nullable=True),
    sa.Column('route', sa.String(), nullable=True),
    sa.Column('probed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('watch_state', sa.JSON(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source'))
    )
    op.create_index(op.f('ix_source_next_due_at'), 'source', ['next_due_at'], unique=False)
    op.create_table('story',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=40), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('items', sa.Integer(), nullable=False),
    sa.Column('origins', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_story')),
    sa.UniqueConstraint('key', name=op.f('uq_story_key'))
    )
    op.create_index(op.f('ix_story_first_at'), 'story', ['first_at'], unique=False)
    op.create_index(op.f('ix_story_last_at'), 'story', ['last_at'], unique=False)
    op.create_table('subscriber',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('address', sa.String(length=254), nullable=True),
    sa.Column('generation', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('paused_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('suspended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('suspended_reason', sa.String(length=32), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_reason', sa.String(length=32), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscriber')),
    sa.UniqueConstraint('address', name=op.f('uq_subscriber_address'))
    )
    op.create_table('user',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('password_hash', sa.String(), nullable=True),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('preferences', sa.JSON(), server_default='{}', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_user')),
    sa.UniqueConstraint('name', name=op.f('uq_user_name'))
    )
    op.create_table('access_token',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('purpose', sa.String(length=12), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ends_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_access_token_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_access_token')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_access_token_token_hash'))
    )
    op.create_index(op.f('ix_access_token_user_id'), 'access_token', ['user_id'], unique=False)
    op.create_table('channel_gap',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.String(length=64), nullable=False),
    sa.Column('first', sa.Integer(), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.Column('why', sa.String(length=16), nullable=False),
    sa.Column('noted_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_channel_gap_source_id_source')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel_gap')),
    sa.UniqueConstraint('source_id', 'first', name=op.f('uq_channel_gap_source_id_first'))
    )
    op.create_table('claim',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('report_id', sa.String(length=64), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('section', sa.String(), nullable=False),
    sa.Column('topic', sa.String(length=40), nullable=False),
    sa.Column('subject', sa.String(length=64), server_default='', nullable=False),
    sa.Column('phrase', sa.JSON(), server_default='{}', nullable=False),
    sa.Column('listed', sa.Boolean(), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('replaced_by', sa.JSON(), nullable=True),
    sa.Column('file_body', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_claim_report_id_report')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_claim'))
    )
    op.create_index(op.f('ix_claim_report_id'), 'claim', ['report_id'], unique=False)
    op.create_index(op.f('ix_claim_topic'), 'claim', ['topic'], unique=False)
    op.create_table('desk_session',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('agent', sa.String(length=200), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_desk_session_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_session')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_desk_session_token_hash'))
    )
    op.create_index(op.f('ix_desk_session_user_id'), 'desk_session', ['user_id'], unique=False)
    op.create_table('fetch',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.String(length=64), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.String(length=24), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('detail', sa.String(), nullable=True),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=True),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('seen', sa.Integer(), nullable=False),
    sa.Column('new', sa.Integer(), nullable=False),
    sa.Column('edited', sa.Integer(), nullable=False),
    sa.Column('capture_sha256', sa.String(length=64), nullable=True),
    sa.Column('quality', sa.Double(), nullable=True),
    sa.Column('doubts', sa.JSON(), nullable=True),
    sa.ForeignKeyConstraint(['capture_sha256'], ['capture.sha256'], name=op.f('fk_fetch_capture_sha256_capture')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_fetch_source_id_source')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fetch'))
    )
    op.create_index('ix_fetch_source_started', 'fetch', ['source_id', 'started_at'], unique=False)
    op.create_table('item',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('url', sa.String(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('first_seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('story_id', sa.Integer(), nullable=True),
    sa.Column('missing_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('gone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_item_source_id_source')),
    sa.ForeignKeyConstraint(['story_id'], ['story.id'], name=op.f('fk_item_story_id_story')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item')),
    sa.UniqueConstraint('source_id', 'key', name=op.f('uq_item_source_id_key'))
    )
    op.create_index(op.f('ix_item_first_seen_at'), 'item', ['first_seen_at'], unique=False)
    op.create_index(op.f('ix_item_published_at'), 'item', ['published_at'], unique=False)
    op.create_index('ix_item_source_newest', 'item', ['source_id', 'id'], unique=False)
    op.create_index(op.f('ix_item_story_id'), 'item', ['story_id'], unique=False)
    op.create_index(op.f('ix_item_url'), 'item', ['url'], unique=False)
    op.create_table('citation_note',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('translation', sa.String(), nullable=False),
    sa.Column('pages', sa.String(length=40), nullable=False),
    sa.Column('author', sa.String(length=120), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_citation_note_item_id_item')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_citation_note_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_citation_note')),
    sa.UniqueConstraint('item_id', 'language', name=op.f('uq_citation_note_item_id_language'))
    )
    op.create_table('presence',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('subject', sa.String(length=24), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_presence_user_id_user')),
    sa.PrimaryKeyConstraint('user_id', 'subject', name=op.f('pk_presence'))
    )
    op.create_index(op.f('ix_presence_subject'), 'presence', ['subject'], unique=False)
    op.create_table('saved_search',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('page', sa.String(length=12), server_default='search', nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('query', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_saved_search_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_search')),
    sa.UniqueConstraint('user_id', 'page', 'name', name=op.f('uq_saved_search_user_id_page_name'))
    )
    op.create_table('source_state',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=False),
    sa.Column('detail', sa.String(), nullable=True),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('by', sa.String(length=80), nullable=True),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_source_state_source_id_source')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_state'))
    )
    op.create_index(op.f('ix_source_state_since'), 'source_state', ['since'], unique=False)
    op.create_index('ix_source_state_source_id_id', 'source_state', ['source_id', 'id'], unique=False)
    op.create_table('source_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.String(length=64), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('config', sa.JSON(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_source_version_source_id_source')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_source_version')),
    sa.UniqueConstraint('source_id', 'digest', name=op.f('uq_source_version_source_id_digest'))
    )
    op.create_table('story_bill',
    sa.Column('story_id', sa.Integer(), nullable=False),
    sa.Column('bill', sa.String(length=60), nullable=False),
    sa.Column('stage', sa.String(length=24), nullable=False),
    sa.ForeignKeyConstraint(['story_id'], ['story.id'], name=op.f('fk_story_bill_story_id_story')),
    sa.PrimaryKeyConstraint('story_id', 'bill', name=op.f('pk_story_bill'))
    )
    op.create_index(op.f('ix_story_bill_bill'), 'story_bill', ['bill'], unique=False)
    op.create_table('subscription',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('zone', sa.String(length=64), nullable=False),
    sa.Column('preferences', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_reason', sa.String(length=32), nullable=True),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_subscription_subscriber_id_subscriber')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_subscription'))
    )
    op.create_index(op.f('ix_subscription_subscriber_id'), 'subscription', ['subscriber_id'], unique=False)
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
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['capture_sha256'], ['capture.sha256'], name=op.f('fk_fetch_page_capture_sha256_capture')),
    sa.ForeignKeyConstraint(['fetch_id'], ['fetch.id'], name=op.f('fk_fetch_page_fetch_id_fetch')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_fetch_page')),
    sa.UniqueConstraint('fetch_id', 'position', name=op.f('uq_fetch_page_fetch_id_position'))
    )
    op.create_table('item_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('item_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('lang', sa.String(length=8), nullable=True),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('origin', sa.String(), nullable=True),
    sa.Column('notes', sa.JSON(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('entry_hash', sa.String(length=64), nullable=True),
    sa.Column('fetch_id', sa.Integer(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('text_sha256', sa.String(length=64), nullable=False),
    sa.Column('urgency', sa.Integer(), server_default='0', nullable=False),
    sa.Column('erasure_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['erasure_id'], ['erasure.id'], name=op.f('fk_item_version_erasure_id_erasure')),
    sa.ForeignKeyConstraint(['fetch_id'], ['fetch.id'], name=op.f('fk_item_version_fetch_id_fetch')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_item_version_item_id_item')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_item_version')),
    sa.UniqueConstraint('item_id', 'number', name=op.f('uq_item_version_item_id_number'))
    )
    op.create_index(op.f('ix_item_version_content_hash'), 'item_version', ['content_hash'], unique=False)
    op.create_table('translation',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('item_version_id', sa.Integer(), nullable=False),
    sa.Column('part', sa.String(length=8), nullable=False),
    sa.Column('source_sha256', sa.String(length=64), nullable=False),
    sa.Column('source_language', sa.String(length=8), nullable=False),
    sa.Column('target_language', sa.String(length=8), nullable=False),
    sa.Column('engine', sa.String(length=40), nullable=False),
    sa.Column('version', sa.String(length=120), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('dropped', sa.String(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('looked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['item_version_id'], ['item_version.id'], name=op.f('fk_translation_item_version_id_item_version')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_translation')),
    sa.UniqueConstraint('item_version_id', 'source_sha256', 'target_language', 'engine', 'version', name='uq_translation_passage')
    )
    op.create_index('ix_translation_source', 'translation', ['source_sha256', 'target_language'], unique=False)
    op.create_table('page_change',
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
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('erasure_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['erasure_id'], ['erasure.id'], name=op.f('fk_page_change_erasure_id_erasure')),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_page_change_item_id_item')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_page_change_source_id_source')),
    sa.PrimaryKeyConstraint('item_id', name=op.f('pk_page_change'))
    )
    op.create_index(op.f('ix_page_change_source_id'), 'page_change', ['source_id'], unique=False)
    op.create_table('page_part',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('source_id', sa.String(length=64), nullable=False),
    sa.Column('key', sa.String(length=200), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('marks', sa.JSON(), nullable=True),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('text_sha256', sa.String(length=64), nullable=False),
    sa.Column('fetch_id', sa.Integer(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('erasure_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['erasure_id'], ['erasure.id'], name=op.f('fk_page_part_erasure_id_erasure')),
    sa.ForeignKeyConstraint(['fetch_id'], ['fetch.id'], name=op.f('fk_page_part_fetch_id_fetch')),
    sa.ForeignKeyConstraint(['source_id'], ['source.id'], name=op.f('fk_page_part_source_id_source')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_page_part')),
    sa.UniqueConstraint('source_id', 'key', 'number', name=op.f('uq_page_part_source_id_key_number'))
    )
    op.create_table('pending_article',
    sa.Column('item_id', sa.Integer(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=40), nullable=True),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_pending_article_item_id_item')),
    sa.PrimaryKeyConstraint('item_id', name=op.f('pk_pending_article'))
    )
    op.create_index(op.f('ix_pending_article_due_at'), 'pending_article', ['due_at'], unique=False)
    op.create_table('story_fingerprint',
    sa.Column('item_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.String(length=10), nullable=True),
    sa.Column('encoder', sa.String(length=40), nullable=False),
    sa.Column('packed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['item_id'], ['item.id'], name=op.f('fk_story_fingerprint_item_id_item')),
    sa.PrimaryKeyConstraint('item_id', name=op.f('pk_story_fingerprint'))
    )
    op.create_index(op.f('ix_story_fingerprint_day'), 'story_fingerprint', ['day'], unique=False)
    op.create_table('assessment',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('item_version_id', sa.Integer(), nullable=False),
    sa.Column('report_id', sa.String(length=64), nullable=False),
    sa.Column('comparer', sa.String(length=40), nullable=False),
    sa.Column('score', sa.Double(), nullable=False),
    sa.Column('flagged', sa.Boolean(), nullable=False),
    sa.Column('severity', sa.String(length=8), nullable=False),
    sa.Column('relation', sa.String(length=24), nullable=False),
    sa.Column('stage', sa.String(length=16), nullable=True),
    sa.Column('claims', sa.JSON(), nullable=False),
    sa.Column('changes', sa.JSON(), nullable=False),
    sa.Column('reasons', sa.JSON(), nullable=False),
    sa.Column('subject', sa.String(length=64), server_default='', nullable=False),
    sa.Column('gist', sa.JSON(), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('erasure_id', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['erasure_id'], ['erasure.id'], name=op.f('fk_assessment_erasure_id_erasure')),
    sa.ForeignKeyConstraint(['item_version_id'], ['item_version.id'], name=op.f('fk_assessment_item_version_id_item_version')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_assessment_report_id_report')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_assessment')),
    sa.UniqueConstraint('item_version_id', 'report_id', 'comparer', name=op.f('uq_assessment_item_version_id_report_id_comparer'))
    )
    op.create_index('ix_assessment_subject_score', 'assessment', ['subject', 'score'], unique=False)
    op.create_table('outbox',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('key', sa.String(length=120), nullable=False),
    sa.Column('kind', sa.String(length=16), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=True),
    sa.Column('channel', sa.String(length=24), nullable=False),
    sa.Column('recipient', sa.String(length=254), nullable=True),
    sa.Column('subject', sa.String(), nullable=True),
    sa.Column('message', sa.LargeBinary(), nullable=True),
    sa.Column('message_id', sa.String(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease', sa.String(length=32), nullable=True),
    sa.Column('leased_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_error', sa.String(), nullable=True),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_outbox_subscriber_id_subscriber')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outbox')),
    sa.UniqueConstraint('key', name=op.f('uq_outbox_key'))
    )
    op.create_index(op.f('ix_outbox_message_id'), 'outbox', ['message_id'], unique=False)
    op.create_index(op.f('ix_outbox_not_before'), 'outbox', ['not_before'], unique=False)
    op.create_index('ix_outbox_state_priority', 'outbox', ['state', 'priority', 'not_before'], unique=False)
    op.create_index(op.f('ix_outbox_subscriber_id'), 'outbox', ['subscriber_id'], unique=False)
    op.create_table('digest',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('subscription_id', sa.Integer(), nullable=False),
    sa.Column('rhythm', sa.String(length=16), nullable=False),
    sa.Column('period_start', sa.DateTime(timezone=True), nullable=False),
    sa.Column('period_end', sa.DateTime(timezone=True), nullable=False),
    sa.Column('built_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outbox_id', sa.Integer(), nullable=True),
    sa.Column('subject', sa.String(), nullable=True),
    sa.Column('entries', sa.JSON(), nullable=False),
    sa.Column('left_out', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['outbox_id'], ['outbox.id'], name=op.f('fk_digest_outbox_id_outbox')),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_digest_subscriber_id_subscriber')),
    sa.ForeignKeyConstraint(['subscription_id'], ['subscription.id'], name=op.f('fk_digest_subscription_id_subscription')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_digest')),
    sa.UniqueConstraint('subscription_id', 'period_start', name=op.f('uq_digest_subscription_id_period_start'))
    )
    op.create_index(op.f('ix_digest_outbox_id'), 'digest', ['outbox_id'], unique=False)
    op.create_index(op.f('ix_digest_period_end'), 'digest', ['period_end'], unique=False)
    op.create_table('bounce',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('outbox_id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=True),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('permanent', sa.Boolean(), nullable=False),
    sa.Column('detail', sa.String(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['outbox_id'], ['outbox.id'], name=op.f('fk_bounce_outbox_id_outbox')),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_bounce_subscriber_id_subscriber')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bounce'))
    )
    op.create_index(op.f('ix_bounce_subscriber_id'), 'bounce', ['subscriber_id'], unique=False)
    op.create_table('flag',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('story_id', sa.Integer(), nullable=False),
    sa.Column('report_id', sa.String(length=64), nullable=False),
    sa.Column('subject', sa.String(length=64), server_default='', nullable=False),
    sa.Column('claim_id', sa.String(length=64), nullable=True),
    sa.Column('assessment_id', sa.Integer(), nullable=False),
    sa.Column('score', sa.Double(), nullable=False),
    sa.Column('severity', sa.String(length=8), nullable=False),
    sa.Column('relation', sa.String(length=24), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('raised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('movement', sa.String(length=16), server_default='new', nullable=False),
    sa.Column('second_reader', sa.Boolean(), server_default=sa.false(), nullable=False),
    sa.Column('assigned_to', sa.Integer(), nullable=True),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('condition', sa.String(length=24), nullable=True),
    sa.Column('merged_into', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_flag_assessment_id_assessment')),
    sa.ForeignKeyConstraint(['claim_id'], ['claim.id'], name=op.f('fk_flag_claim_id_claim')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_flag_report_id_report')),
    sa.ForeignKeyConstraint(['story_id'], ['story.id'], name=op.f('fk_flag_story_id_story')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flag')),
    sa.UniqueConstraint('story_id', 'report_id', 'subject', name=op.f('uq_flag_story_id_report_id_subject'))
    )
    op.create_index(op.f('ix_flag_changed_at'), 'flag', ['changed_at'], unique=False)
    op.create_index(op.f('ix_flag_claim_id'), 'flag', ['claim_id'], unique=False)
    op.create_index(op.f('ix_flag_merged_into'), 'flag', ['merged_into'], unique=False)
    op.create_index(op.f('ix_flag_raised_at'), 'flag', ['raised_at'], unique=False)
    op.create_index(op.f('ix_flag_report_id'), 'flag', ['report_id'], unique=False)
    op.create_index('ix_flag_report_state', 'flag', ['report_id', 'state'], unique=False)
    op.create_index(op.f('ix_flag_severity'), 'flag', ['severity'], unique=False)
    op.create_index(op.f('ix_flag_state'), 'flag', ['state'], unique=False)
    op.create_table('decision',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('flag_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('choice', sa.String(length=32), nullable=False),
    sa.Column('claim_id', sa.String(length=64), nullable=True),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('previous_hash', sa.String(length=64), nullable=False),
    sa.Column('hash', sa.String(length=64), nullable=False),
    sa.Column('state_before', sa.String(length=16), nullable=True),
    sa.Column('state_after', sa.String(length=16), nullable=True),
    sa.Column('facts', sa.JSON(), server_default='{}', nullable=False),
    sa.ForeignKeyConstraint(['claim_id'], ['claim.id'], name=op.f('fk_decision_claim_id_claim')),
    sa.ForeignKeyConstraint(['flag_id'], ['flag.id'], name=op.f('fk_decision_flag_id_flag')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_decision_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_decision')),
    sa.UniqueConstraint('hash', name=op.f('uq_decision_hash'))
    )
    op.create_index(op.f('ix_decision_flag_id'), 'decision', ['flag_id'], unique=False)
    op.create_index('uq_decision_previous_hash', 'decision', ['previous_hash'], unique=True)
    op.create_table('feedback',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('flag_id', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(length=16), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['flag_id'], ['flag.id'], name=op.f('fk_feedback_flag_id_flag')),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_feedback_subscriber_id_subscriber')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_feedback'))
    )
    op.create_index(op.f('ix_feedback_flag_id'), 'feedback', ['flag_id'], unique=False)
    op.create_table('reading_aid',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('assessment_id', sa.Integer(), nullable=False),
    sa.Column('model', sa.String(length=120), nullable=False),
    sa.Column('claim_id', sa.String(length=64), nullable=True),
    sa.Column('change', sa.String(length=16), nullable=False),
    sa.Column('gist', sa.String(), nullable=False),
    sa.Column('quote_start', sa.Integer(), nullable=False),
    sa.Column('quote_end', sa.Integer(), nullable=False),
    sa.Column('dropped', sa.String(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_reading_aid_assessment_id_assessment')),
    sa.ForeignKeyConstraint(['claim_id'], ['claim.id'], name=op.f('fk_reading_aid_claim_id_claim')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reading_aid')),
    sa.UniqueConstraint('assessment_id', name=op.f('uq_reading_aid_assessment_id'))
    )
    op.create_table('recall_audit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('week', sa.String(length=10), nullable=False),
    sa.Column('report_id', sa.String(length=64), nullable=False),
    sa.Column('assessment_id', sa.Integer(), nullable=False),
    sa.Column('group', sa.String(length=8), nullable=False),
    sa.Column('group_size', sa.Integer(), nullable=False),
    sa.Column('verdict', sa.String(length=12), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('judged_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['assessment_id'], ['assessment.id'], name=op.f('fk_recall_audit_assessment_id_assessment')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_recall_audit_report_id_report')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_recall_audit_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recall_audit')),
    sa.UniqueConstraint('week', 'assessment_id', name=op.f('uq_recall_audit_week_assessment_id'))
    )
    op.create_index(op.f('ix_recall_audit_week'), 'recall_audit', ['week'], unique=False)
    op.create_table('flag_message',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('flag_id', sa.Integer(), nullable=False),
    sa.Column('from_user', sa.Integer(), nullable=False),
    sa.Column('to_user', sa.Integer(), nullable=False),
    sa.Column('text', sa.String(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['flag_id'], ['flag.id'], name=op.f('fk_flag_message_flag_id_flag')),
    sa.ForeignKeyConstraint(['from_user'], ['user.id'], name=op.f('fk_flag_message_from_user_user')),
    sa.ForeignKeyConstraint(['to_user'], ['user.id'], name=op.f('fk_flag_message_to_user_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flag_message'))
    )
    op.create_index(op.f('ix_flag_message_flag_id'), 'flag_message', ['flag_id'], unique=False)
    op.create_index('ix_flag_message_to_user_read_at', 'flag_message', ['to_user', 'read_at'], unique=False)
    op.create_table('flag_event',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('flag_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('state_after', sa.String(length=16), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['flag_id'], ['flag.id'], name=op.f('fk_flag_event_flag_id_flag')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_flag_event_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flag_event'))
    )
    op.create_index(op.f('ix_flag_event_at'), 'flag_event', ['at'], unique=False)
    op.create_index(op.f('ix_flag_event_flag_id'), 'flag_event', ['flag_id'], unique=False)
    op.create_table('notification',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('subscriber_id', sa.Integer(), nullable=False),
    sa.Column('flag_id', sa.Integer(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('outbox_id', sa.Integer(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('shown', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['flag_id'], ['flag.id'], name=op.f('fk_notification_flag_id_flag')),
    sa.ForeignKeyConstraint(['outbox_id'], ['outbox.id'], name=op.f('fk_notification_outbox_id_outbox')),
    sa.ForeignKeyConstraint(['subscriber_id'], ['subscriber.id'], name=op.f('fk_notification_subscriber_id_subscriber')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notification')),
    sa.UniqueConstraint('subscriber_id', 'flag_id', 'revision', name=op.f('uq_notification_subscriber_id_flag_id_revision'))
    )
    op.create_index(op.f('ix_notification_flag_id'), 'notification', ['flag_id'], unique=False)
    op.create_table('channel_notification',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('channel', sa.String(length=80), nullable=False),
    sa.Column('flag_id', sa.Integer(), nullable=False),
    sa.Column('outbox_id', sa.Integer(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['flag_id'], ['flag.id'], name=op.f('fk_channel_notification_flag_id_flag')),
    sa.ForeignKeyConstraint(['outbox_id'], ['outbox.id'], name=op.f('fk_channel_notification_outbox_id_outbox')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_channel_notification'))
    )
    op.create_index('ix_channel_notification_channel_flag', 'channel_notification', ['channel', 'flag_id'], unique=False)
    op.create_index(op.f('ix_channel_notification_flag_id'), 'channel_notification', ['flag_id'], unique=False)
    op.create_table('claim_version',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('claim_id', sa.String(length=64), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('statement', sa.String(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('decision_id', sa.Integer(), nullable=True),
    sa.Column('edited', sa.Boolean(), nullable=False),
    sa.Column('editor_id', sa.Integer(), nullable=True),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['claim_id'], ['claim.id'], name=op.f('fk_claim_version_claim_id_claim')),
    sa.ForeignKeyConstraint(['decision_id'], ['decision.id'], name=op.f('fk_claim_version_decision_id_decision')),
    sa.ForeignKeyConstraint(['editor_id'], ['user.id'], name=op.f('fk_claim_version_editor_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_claim_version')),
    sa.UniqueConstraint('claim_id', 'number', name=op.f('uq_claim_version_claim_id_number'))
    )
    op.create_table('report_upload',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('report_id', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('deflated', sa.LargeBinary(), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_report_upload_report_id_report')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_report_upload_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_upload')),
    sa.UniqueConstraint('report_id', 'sha256', name=op.f('uq_report_upload_report_id_sha256'))
    )
    op.create_table('claim_draft',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('upload_id', sa.Integer(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('sentence', sa.Integer(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('claim_id', sa.String(length=64), nullable=True),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['claim_id'], ['claim.id'], name=op.f('fk_claim_draft_claim_id_claim')),
    sa.ForeignKeyConstraint(['upload_id'], ['report_upload.id'], name=op.f('fk_claim_draft_upload_id_report_upload')),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_claim_draft_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_claim_draft')),
    sa.UniqueConstraint('upload_id', 'position', name=op.f('uq_claim_draft_upload_id_position'))
    )
    op.create_table('source_override',
    sa.Column('source_id', sa.String(length=64), nullable=False),
    sa.Column('config', sa.JSON(), nullable=True),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('source_id', name=op.f('pk_source_override'))
    )
    op.create_table('desk_change',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('action', sa.String(length=24), nullable=False),
    sa.Column('target', sa.String(length=64), nullable=False),
    sa.Column('detail', sa.String(), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['user.id'], name=op.f('fk_desk_change_user_id_user')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_desk_change'))
    )
    op.create_index(op.f('ix_desk_change_target'), 'desk_change', ['target'], unique=False)
