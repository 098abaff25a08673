"""A private person's name leaves everything that was received; the evidence and the chain stay
sound.
"""

import json
import zlib
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import DBAPIError

from db import assessments, decision_log, drafts, fetches, reports, saved_searches, search, sources
from db.engine import reading, writing
from db.enums import Choice, FetchOutcome, FetchReason, MailState, SavedPage
from db.erasure import ERASED, UnclearName, erase, name_pattern
from db.erasure import search as search_names
from db.fetches import FetchRecord, KeptPage
from db.integrity import CheckedCounts, verify
from db.items import NewVersion
from db.models import CaptureRow, ErasureRow, FlagRow, ItemVersionRow, OutboxRow, StoryFingerprintRow, StoryRow, UserRow
from monitor.parse.clean_entry import content_hash
from tests import databases

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
CONFIG = {"id": "a", "name": "A", "kind": "feed", "url": "https://example.org/feed", "tier": 2}
REPORT = {"id": "r", "title": "T", "publisher": "P", "published": "2026-01-01", "research_closed": "2026-01-01", "language": "en"}
CLAIM = {"id": "r-1", "section": "1", "topic": "x", "statement": "The age is 18."}
NAME, OTHER = "Выдуман Примеров", "Иной Человеков"
TITLE = "Осуждён Выдуман Примеров"
TEXT = "Суд вынес приговор. Выдумана Примерова осудили, сообщил Иной Человеков. ПРИМЕРОВ ВЫДУМАН молчит."
PATTERN = name_pattern(["Выдуман* Пример*", "Пример* Выдуман*"])
FEEDS = {
    "utf-8": TEXT.encode(),
    "windows-1251": TEXT.encode("cp1251"),
    "references": "".join(f"&#{ord(c)};" for c in TEXT).encode(),
    "json": json.dumps({"text": TEXT}).encode(),
    "without": b"<rss>nobody</rss>",
}


def entry(key: str, title: str, body: str) -> NewVersion:
    return NewVersion(key, f"https://example.org/{key}", title, body, "ru", NOW, None, None, content_hash(title, body))


def store(engine: Engine, *entries: NewVersion, body: bytes, capture: bool = True) -> fetches.StoredFetch:
    page = KeptPage("https://example.org/feed", 200, None, body)
    record = FetchRecord(
        "a", NOW, NOW, FetchOutcome.NEW_ITEMS, FetchReason.OK, "https://example.org/feed", status=200, body=body, pages=(page,) * capture
    )
    with writing(engine) as session:
        return fetches.store_fetch(session, record, entries, 1800)


def message(body: str) -> bytes:
    mail = EmailMessage()
    mail["Subject"] = "Digest"
    mail.set_content(body, cte="base64")
    return zlib.compress(bytes(mail))


def fill(engine: Engine) -> None:
    """Two items, one of them about the person; a flag, a decision, a digest and three messages."""
    with writing(engine) as session:
        sources.register_sources(session, [CONFIG], NOW)
        reports.register_report(session, REPORT, [CLAIM], NOW)
        session.add(UserRow(id=1, name="Anna", role="reviewer", created_at=NOW))
    store(engine, entry("one", TITLE, TEXT), entry("two", "Погода", "Снег."), body=FEEDS["utf-8"])
    for number, (name, body) in enumerate(FEEDS.items()):
        store(engine, entry(f"n{number}", f"Новость {name}", "Без имён."), body=body)
    with writing(engine) as session:
        (waiting, *_) = [w for w in assessments.waiting(session, ["r"], 100) if w.item.key == "one"]
        new = assessments.NewAssessment(
            "r", "test", 0.9, True, "high", "updates", "signed", [{"id": "r-1", "score": 0.9}], [],
            [{"code": "watch_phrase", "claim": "r-1", "phrase": "приговор", "sentence": TEXT}],
        )  # fmt: skip
        comparison = assessments.NewComparison(waiting, "s1", ("2026-11-24", "enc", json.dumps({"names": [NAME]}).encode()), [new])
        (flag,) = assessments.store_comparisons(session, [comparison], NOW)
        decision_log.append(session, flag, 1, Choice.STILL_VALID, "r-1", "checked", None, "open", {}, NOW)
        for number, (state, words) in enumerate((("sent", TEXT), ("queued", TEXT), ("sent", "Nothing new."))):
            row = OutboxRow(
                key=f"k{number}", kind="digest", recipient="x@example.org", subject=f"Digest: {TITLE}" if words == TEXT else "Digest", state=state,
                message=message(words), message_id=f"m{number}", not_before=NOW, created_at=NOW,
            )  # fmt: skip
            session.add(row)


def everything(engine: Engine) -> str:
    """All that any table says, bytes inflated."""
    said = []
    with engine.connect() as connection:
        for table in sorted(ItemVersionRow.metadata.tables):
            for row in connection.execute(text(f'SELECT * FROM "{table}"')):
                said += [_shown(v) for v in row]
    return "\n".join(said)


def _shown(value: Any) -> str:
    if not isinstance(value, bytes | memoryview):
        return str(value)
    try:
        return zlib.decompress(bytes(value)).decode("utf-8", "replace")
    except zlib.error:
        return bytes(value).decode("utf-8", "replace")


@pytest.mark.slow
def test_the_name_leaves_every_table_and_the_store_stays_sound(engine: Engine) -> None:
    fill(engine)
    assert "Примеров" in everything(engine)
    found = search_names(engine, PATTERN)
    assert found.counts == {
        "item_version": 1, "assessment": 1, "story": 1, "outbox": 2, "capture": 4, "message": 2,
    }  # fmt: skip
    assert set(found.forms) == {"Выдуман Примеров", "Выдумана Примерова", "ПРИМЕРОВ ВЫДУМАН"}
    number = erase(engine, found, PATTERN, "request of 20 November", NOW)
    shown = everything(engine).lower()
    assert "пример" not in shown
    assert "выдуман" not in shown
    assert OTHER.lower() in shown, "nobody else is erased"
    assert list(verify(engine, CheckedCounts())) == []
    with reading(engine) as session:
        version = session.scalars(select(ItemVersionRow).where(ItemVersionRow.erasure_id == number)).one()
        assert version.title == f"Осуждён {ERASED}"
        assert version.text == f"Суд вынес приговор. {ERASED} осудили, сообщил Иной Человеков. {ERASED} молчит."
        assert session.get_one(ErasureRow, number).counts == found.counts
        assert session.scalars(select(StoryFingerprintRow)).all() == []
        assert [(m.state, m.message is None) for m in session.scalars(select(OutboxRow).order_by(OutboxRow.id))] == [
            (MailState.SENT, True),
            (MailState.CANCELLED, True),
            (MailState.SENT, False),
        ]
        kept = [c for c in session.scalars(select(CaptureRow)) if fetches.capture_body(c)]
        assert [fetches.capture_body(c) for c in kept] == [FEEDS["without"]]
        assert decision_log.verify(session).broken is None
    assert search_names(engine, PATTERN).counts == {}


def test_what_people_uploaded_and_saved_is_listed_and_stays(engine: Engine) -> None:
    fill(engine)
    with writing(engine) as session:
        content = {"sentences": [{"text": f"{NAME} was fined.", "page": 1}]}
        drafts.save_upload(session, "r", "report.txt", b"x", content, [drafts.NewDraft(0, {"quote": f"{NAME} was fined."})], 1, NOW)
        saved_searches.save(session, 1, SavedPage.SEARCH, "person", {"q": NAME}, NOW)
    found = search_names(engine, PATTERN)
    assert {t: len(found.kept[t]) for t in ("report_upload", "claim_draft", "saved_search")} == {
        "report_upload": 1, "claim_draft": 1, "saved_search": 1,
    }  # fmt: skip
    assert not {"report_upload", "claim_draft", "saved_search"} & set(found.counts)


def test_the_search_no_longer_finds_the_name(engine: Engine) -> None:
    fill(engine)

    def hits(words: str) -> int:
        with reading(engine) as session:
            return search.count_items(session, search.SearchQuery(words))

    assert (hits("Примеров"), hits("приговор")) == (1, 1)
    erase(engine, search_names(engine, PATTERN), PATTERN, "request", NOW)
    assert (hits("Примеров"), hits("приговор")) == (0, 1)


def test_the_same_text_fetched_again_does_not_bring_the_name_back(engine: Engine) -> None:
    fill(engine)
    erase(engine, search_names(engine, PATTERN), PATTERN, "request", NOW)
    again = store(engine, entry("one", TITLE, TEXT), body=FEEDS["utf-8"])
    assert (again.new, again.edited) == (0, 0)
    assert search_names(engine, PATTERN).counts == {}


def test_the_files_of_the_database_no_longer_hold_the_name(tmp_path: Path) -> None:
    engine = databases.sqlite(tmp_path / "test.db")
    fill(engine)
    erase(engine, search_names(engine, PATTERN), PATTERN, "request", NOW)
    engine.dispose()
    held = b"".join(path.read_bytes() for path in tmp_path.glob("test.db*"))
    assert [name for name in (NAME, "Примерова", "примеров", "ПРИМЕРОВ") if name.encode() in held] == []


def test_a_text_changes_only_with_a_new_erasure(engine: Engine) -> None:
    fill(engine)
    number = erase(engine, search_names(engine, PATTERN), PATTERN, "request", NOW)
    for change in (
        "UPDATE item_version SET text = 'x'",
        f"UPDATE item_version SET text = 'x', erasure_id = {number} WHERE erasure_id = {number}",
        f"UPDATE item_version SET erasure_id = NULL WHERE erasure_id = {number}",
        f"UPDATE item_version SET text = 'x', seen_at = '2020-01-01 00:00:00', erasure_id = {number} WHERE erasure_id IS NULL",
        "UPDATE item_version SET text = 'x', erasure_id = 999 WHERE erasure_id IS NULL",
    ):
        with pytest.raises(DBAPIError), engine.begin() as connection:
            connection.execute(text(change))


def test_what_people_wrote_is_named_and_kept(engine: Engine) -> None:
    fill(engine)
    with writing(engine) as session:
        flag = session.scalars(select(FlagRow)).one()
        decision_log.append(session, flag, 1, Choice.STILL_VALID, "r-1", f"{NAME} denies it", None, "open", {}, NOW)
        session.add(StoryRow(key="s2", title="Other", first_at=NOW, last_at=NOW))
    found = search_names(engine, PATTERN)
    assert found.kept == {"decision": [2]}
    erase(engine, found, PATTERN, "request", NOW)
    with reading(engine) as session:
        assert decision_log.verify(session).broken is None


@pytest.mark.parametrize(
    ("names", "written", "found"),
    [
        (["Пётр Ежов"], "Петр Ёжов пришёл", True),
        (["Пётр Ежов"], "ПЁТР\u00a0ЕЖОВ", True),
        (["Пётр Ежов"], "Петра Ежова", False),
        (["Петр* Ежов*"], "Петра Ежова", True),
        (["Ежов"], "Ежовы", False),
        (["Anna-Marie Doe"], "anna-marie  doe", True),
        (["O'Neil"], "Mr. O'Neil.", True),
    ],
)
def test_a_name_is_found_as_whole_words(names: list[str], written: str, found: bool) -> None:
    assert bool(name_pattern(names).search(written)) is found


@pytest.mark.parametrize("name", ["", "a*", "Ли", "*", "П*тров Иван", "* Иванов"])
def test_a_name_that_would_be_found_everywhere_is_refused(name: str) -> None:
    with pytest.raises(UnclearName):
        name_pattern([name])
