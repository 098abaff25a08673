"""Erasing a private person's name from everything that was received, on that person's request.

`search` finds where the names occur; `erase` replaces them by ERASED in texts, deletes the bytes of
captures and messages that hold them, and stores a row of `erasure` that says when, why and how
many, never what. Triggers let a text of history change only if its row names such an erasure.

What people wrote (decisions, notes, claims) and addresses stay and are named in `NameMatches.kept`:
the hash chain covers the decisions, and an address is the proof of where a text was published.
"""

import re
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from html import unescape
from typing import Any
from urllib.parse import unquote

from sqlalchemy import Engine, delete, inspect, select, text, update
from sqlalchemy.orm import Session

from db.engine import reading, writing
from db.enums import MailState
from db.models import (
    AssessmentRow,
    Base,
    CaptureRow,
    ChannelNotificationRow,
    CitationNoteRow,
    ClaimDraftRow,
    ClaimRow,
    ClaimVersionRow,
    DecisionRow,
    DeskChangeRow,
    DigestRow,
    ErasureRow,
    FetchPageRow,
    FetchRow,
    FlagEventRow,
    FlagMessageRow,
    ItemRow,
    ItemVersionRow,
    NotificationRow,
    OutboxRow,
    PageChangeRow,
    PagePartRow,
    ReadingAidRow,
    ReportUploadRow,
    SavedSearchRow,
    StoryFingerprintRow,
    StoryRow,
    TranslationRow,
    text_sha256,
)
from db.ops import EMPTY
from db.statements import chunks

ERASED = "[erased]"  # in place of a name
LEAST_LETTERS = 3  # of a name; a shorter one would match in every text
BATCH = 200
# Where received texts are kept, and the columns that hold them.
TEXTS: Sequence[tuple[type[Base], tuple[str, ...]]] = (
    (ItemVersionRow, ("title", "text", "origin")),
    (AssessmentRow, ("changes", "reasons", "gist")),
    (ReadingAidRow, ("gist", "dropped")),
    (TranslationRow, ("text", "dropped")),
    (PagePartRow, ("title", "text")),
    (PageChangeRow, ("old", "new")),
    (StoryRow, ("title",)),
    (DigestRow, ("subject", "entries", "left_out")),
    (OutboxRow, ("subject", "last_error")),
    (NotificationRow, ("facts",)),
    (ChannelNotificationRow, ("facts",)),
)
# What people wrote, and addresses: reported, not erased.
KEPT: Sequence[tuple[type[Base], tuple[str, ...]]] = (
    (DecisionRow, ("note", "facts")),
    (FlagEventRow, ("note",)),
    (FlagMessageRow, ("text",)),
    (ClaimVersionRow, ("statement", "body")),
    (ClaimRow, ("file_body",)),
    (ClaimDraftRow, ("body",)),
    (ReportUploadRow, ("name", "content")),
    (DeskChangeRow, ("detail",)),
    (CitationNoteRow, ("translation", "author")),
    (SavedSearchRow, ("name", "query")),
    (ItemRow, ("url",)),
)
_ENCODINGS = ("cp1251", "koi8-r", "utf-16-le", "utf-16-be")  # beside UTF-8
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")


class UnclearName(ValueError):
    """A name that is too short to be searched for."""


@dataclass
class NameMatches:
    """Where the names occur."""

    rows: dict[str, list[int]] = field(default_factory=dict)  # table → keys of its rows
    captures: list[str] = field(default_factory=list)  # SHA-256
    # Ids of outbox messages whose bytes hold a name
    messages: list[int] = field(default_factory=list)
    # Table → keys of rows that stay as they are
    kept: dict[str, list[int]] = field(default_factory=dict)
    forms: Counter[str] = field(default_factory=Counter)  # the names as they were found

    @property
    def counts(self) -> dict[str, int]:
        """Table → rows that an erasure changes."""
        counts = {name: len(keys) for name, keys in self.rows.items()}
        return counts | {name: len(keys) for name, keys in (("capture", self.captures), ("message", self.messages)) if keys}


def name_pattern(names: Sequence[str]) -> re.Pattern[str]:
    """The names as whole words, in any case, with е for ё; `*` at the end of a word: any ending.
    Raises UnclearName.
    """
    patterns = []
    for name in names:
        words = name.split()
        if sum(map(str.isalpha, name)) < LEAST_LETTERS or any("*" in w[:-1] or w == "*" for w in words):
            raise UnclearName(
                f"{name!r} is too short or has a * inside a word; write at least {LEAST_LETTERS} letters, * only at the end of a word"
            )
        patterns.append(r"[\s.\-\u2010-\u2015]+".join(_word(w) for w in words))
    return re.compile(rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)", re.IGNORECASE)


def _word(word: str) -> str:
    letters = re.sub("[её]", "[её]", re.escape(word.removesuffix("*")), flags=re.IGNORECASE)
    return letters + r"\w*" * word.endswith("*")


def search(engine: Engine, pattern: re.Pattern[str]) -> NameMatches:
    """Everything that contains a name. Reads the whole database in batches and locks nothing."""
    matches = NameMatches()
    for row, columns in TEXTS:
        if keys := [key for key, values in _rows(engine, row, columns) if _holds(values, pattern, matches.forms)]:
            matches.rows[row.__tablename__] = keys
    for row, columns in KEPT:
        if keys := [key for key, values in _rows(engine, row, columns) if _holds(values, pattern, Counter())]:
            matches.kept[row.__tablename__] = keys
    for key, (message,) in _rows(engine, OutboxRow, ("message",)):
        if message is not None and _message_holds(message, pattern):
            matches.messages.append(key)
    matches.captures = _captures(engine, matches, pattern)
    return matches


def erase(engine: Engine, matches: NameMatches, pattern: re.Pattern[str], reason: str, now: datetime) -> int:
    """Erase what was found, in one transaction; returns the id of the erasure. Messages that were
    not sent are cancelled.
    """
    with writing(engine) as session:
        if engine.dialect.name == "sqlite":
            # Freed pages are overwritten, not only marked
            session.execute(text("PRAGMA secure_delete=ON"))
        erasure = ErasureRow(at=now, reason=reason, counts=matches.counts)
        session.add(erasure)
        session.flush()
        for row, columns in TEXTS:
            for part in chunks(matches.rows.get(row.__tablename__, ())):
                _replace(session, row, columns, part, pattern, erasure.id)
        for part in chunks(matches.rows.get("item_version", ())):  # they hold words of the texts
            items = select(ItemVersionRow.item_id).where(ItemVersionRow.id.in_(part))
            session.execute(delete(StoryFingerprintRow).where(StoryFingerprintRow.item_id.in_(items)))
            # A translation has the name in other letters, which no search finds
            session.execute(delete(TranslationRow).where(TranslationRow.item_version_id.in_(part)))
        for names in chunks(matches.captures):
            session.execute(update(CaptureRow).where(CaptureRow.sha256.in_(names)).values(deflated=EMPTY))
        for ids in chunks(matches.messages):
            _drop_messages(session, ids)
        if engine.dialect.name == "sqlite":
            # Old words leave the index
            session.execute(text("INSERT INTO item_search(item_search) VALUES('optimize')"))
        number = erasure.id
    _purge(engine, matches)
    return number


def _rows(engine: Engine, row: type[Base], columns: Sequence[str]) -> Iterator[tuple[int, tuple[Any, ...]]]:
    """(key, values of the columns) of each row."""
    key, last = inspect(row).primary_key[0], None
    while True:
        query = select(key, *(getattr(row, c) for c in columns)).order_by(key).limit(BATCH)
        with reading(engine) as session:
            batch = session.execute(query if last is None else query.where(key > last)).all()
        for number, *values in batch:
            yield number, tuple(values)
        if len(batch) < BATCH:
            return
        last = batch[-1][0]


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value of JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)


def _holds(values: Any, pattern: re.Pattern[str], forms: Counter[str]) -> bool:
    hits = [m.group() for value in _texts(values) for m in pattern.finditer(value)]
    forms.update(hits)
    return bool(hits)


def _replaced(value: Any, pattern: re.Pattern[str]) -> Any:
    if isinstance(value, str):
        return pattern.sub(ERASED, value)
    if isinstance(value, dict):
        return {k: _replaced(v, pattern) for k, v in value.items()}
    if isinstance(value, list):
        return [_replaced(v, pattern) for v in value]
    return value


def _replace(
    session: Session, row: type[Base], columns: Sequence[str], keys: Sequence[int], pattern: re.Pattern[str], erasure: int
) -> None:
    key = inspect(row).primary_key[0]
    for number, *values in session.execute(select(key, *(getattr(row, c) for c in columns)).where(key.in_(keys))).all():
        new = {c: _replaced(v, pattern) for c, v in zip(columns, values, strict=True)}
        if hasattr(row, "text_sha256"):
            new["text_sha256"] = text_sha256(new["title"], new["text"])
        if hasattr(row, "erasure_id"):
            new["erasure_id"] = erasure
        session.execute(update(row).where(key == number).values(**new))


def _message_holds(deflated: bytes, pattern: re.Pattern[str]) -> bool:
    try:
        raw = zlib.decompress(deflated)
    except zlib.error:
        return False
    if raw.lstrip().startswith(b"{"):  # a message to a chat channel is JSON
        return _body_holds(raw, pattern)
    message = message_from_bytes(raw, policy=policy.default)
    parts = (part.get_content() for part in message.walk() if part.get_content_maintype() == "text")
    return any(pattern.search(t) for t in (str(message.get("Subject", "")), *map(str, parts)))


def _drop_messages(session: Session, ids: Sequence[int]) -> None:
    session.execute(update(OutboxRow).where(OutboxRow.id.in_(ids)).values(message=None))
    unsent = (MailState.QUEUED.value, MailState.FAILED.value, MailState.SENDING.value)
    cancelled = {"state": MailState.CANCELLED.value, "last_error": "it named a person whose name was erased"}
    session.execute(update(OutboxRow).where(OutboxRow.id.in_(ids), OutboxRow.state.in_(unsent)).values(**cancelled))


def _captures(engine: Engine, matches: NameMatches, pattern: re.Pattern[str]) -> list[str]:
    """Captures that hold a name, and those from which a text with a name was read (documents are
    compressed).
    """
    linked: set[str] = set()
    with reading(engine) as session:
        for row in (ItemVersionRow, PagePartRow):
            for part in chunks(matches.rows.get(row.__tablename__, ())):
                fetches = select(row.fetch_id).where(row.id.in_(part))
                linked |= set(session.scalars(select(FetchPageRow.capture_sha256).where(FetchPageRow.fetch_id.in_(fetches))))
                firsts = select(FetchRow.capture_sha256).where(FetchRow.id.in_(fetches), FetchRow.capture_sha256.is_not(None))
                linked |= {str(name) for name in session.scalars(firsts)}
        names = list(session.scalars(select(CaptureRow.sha256).where(CaptureRow.deflated != EMPTY).order_by(CaptureRow.sha256)))
    with_name = []
    for name in names:
        with reading(engine) as session:  # one at a time: a capture may have many megabytes
            deflated = session.scalar(select(CaptureRow.deflated).where(CaptureRow.sha256 == name))
        if deflated is not None and (name in linked or _capture_holds(deflated, pattern)):
            with_name.append(name)
    return with_name


def _capture_holds(deflated: bytes, pattern: re.Pattern[str]) -> bool:
    try:
        return _body_holds(zlib.decompress(deflated), pattern)
    except zlib.error:
        return False  # `ajour evidence verify` names it


def _body_holds(body: bytes, pattern: re.Pattern[str]) -> bool:
    """Whether bytes hold a name: as written, or with references and escapes of HTML, JSON and
    addresses.
    """
    written = body.decode("utf-8", "ignore")
    forms = (written, unescape(written), _ESCAPE.sub(lambda m: chr(int(m.group(1), 16)), written), unquote(written, errors="ignore"))
    return any(pattern.search(t) for t in forms) or any(pattern.search(body.decode(e, "ignore")) for e in _ENCODINGS)


def _purge(engine: Engine, matches: NameMatches) -> None:
    """Remove the old rows from the files of the database."""
    if engine.dialect.name == "sqlite":
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            raw.close()
        return
    tables = {"item_version", "assessment", "capture", "outbox", "story_fingerprint", "translation"} | set(matches.rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in sorted(tables):
            connection.execute(text(f'VACUUM "{table}"'))
