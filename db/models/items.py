"""Tables of items and their versions."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, text_sha256_of_row


class PendingArticleRow(Base):
    """An item whose source gave a title only and whose own page is still to be read. The row is
    deleted when the page was read.
    """

    __tablename__ = "pending_article"
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), primary_key=True)
    due_at: Mapped[datetime] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    reason: Mapped[str | None] = mapped_column(String(40))  # why the last attempt failed


class ItemRow(Base):
    """One thing an outlet published, known by the key the outlet gives it. Its texts are in
    ItemVersion.
    """

    __tablename__ = "item"
    # The index finds a source's newest items. Without it, those of a quiet source are searched in
    # the whole table.
    __table_args__ = (UniqueConstraint("source_id", "key"), Index("ix_item_source_newest", "source_id", "id"))
    id: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("source.id"))
    key: Mapped[str]
    url: Mapped[str] = mapped_column(index=True)  # canonical
    published_at: Mapped[datetime | None] = mapped_column(index=True)
    first_seen_at: Mapped[datetime] = mapped_column(index=True)
    story_id: Mapped[int | None] = mapped_column(ForeignKey("story.id"), index=True)
    # Missing in one fetch, which proves nothing yet
    missing_since: Mapped[datetime | None]
    gone_at: Mapped[datetime | None]  # still missing in a later, independent fetch: taken down


class ItemVersionRow(Base):
    """One text state of an item. An edit is a new row, never an overwrite."""

    __tablename__ = "item_version"
    __table_args__ = (UniqueConstraint("item_id", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    number: Mapped[int]
    title: Mapped[str]
    text: Mapped[str]
    lang: Mapped[str | None] = mapped_column(String(8))
    edited_at: Mapped[datetime | None]
    # Where the item itself says it comes from: a forward, "сообщает ТАСС"
    origin: Mapped[str | None]
    notes: Mapped[list[Any]]  # remarks of the parser: text withheld, date missing, truncated …
    content_hash: Mapped[str] = mapped_column(String(64), index=True)
    # Hash of the list entry, where the text is from the item's own page
    entry_hash: Mapped[str | None] = mapped_column(String(64))
    fetch_id: Mapped[int] = mapped_column(ForeignKey("fetch.id"))
    seen_at: Mapped[datetime]
    # The exact title and text; `content_hash` ignores case and punctuation
    text_sha256: Mapped[str] = mapped_column(String(64), default=text_sha256_of_row)
    # db.enums.Urgency of title and lead
    urgency: Mapped[int] = mapped_column(default=0, server_default="0")
    # The last erasure that changed this text
    erasure_id: Mapped[int | None] = mapped_column(ForeignKey("erasure.id"))


class TranslationRow(Base):
    """A machine translation of one passage of an item version. A passage whose translation failed a
    check has a row without a text, so that it is not asked for again.
    """

    __tablename__ = "translation"
    __table_args__ = (
        UniqueConstraint("item_version_id", "source_sha256", "target_language", "engine", "version", name="uq_translation_passage"),
        Index("ix_translation_source", "source_sha256", "target_language"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    item_version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"))
    part: Mapped[str] = mapped_column(String(8))  # db.enums.PassagePart
    source_sha256: Mapped[str] = mapped_column(String(64))  # of the passage (db.passages)
    source_language: Mapped[str] = mapped_column(String(8))
    target_language: Mapped[str] = mapped_column(String(8))
    engine: Mapped[str] = mapped_column(String(40))
    version: Mapped[str] = mapped_column(String(120))
    text: Mapped[str]
    # The check that the translation failed; empty: it passed
    dropped: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    # When all that flags show of the item version was last found translated; None: a part is
    # missing
    looked_at: Mapped[datetime | None]


class CitationNoteRow(Base):
    """What a researcher added to the citation of an item, for reports in one language."""

    __tablename__ = "citation_note"
    __table_args__ = (UniqueConstraint("item_id", "language"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"))
    language: Mapped[str] = mapped_column(String(8))
    translation: Mapped[str] = mapped_column(default="")  # of the title
    pages: Mapped[str] = mapped_column(String(40), default="")
    author: Mapped[str] = mapped_column(String(120), default="")
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    at: Mapped[datetime]
