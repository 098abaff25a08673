"""What comparing stores: what still waits, stories with their origins, and flags that grow but
never double.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db import assessments as db_assessments
from db import fetches, items, ops, reports, review_queue, sources
from db.assessments import NewAssessment, NewComparison
from db.engine import reading, writing
from db.enums import FetchOutcome, FetchReason
from db.models import FlagRow, ItemRow, StoryRow

NOW = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)
REPORTS = ["example", "other"]


@pytest.fixture
def watched(engine: Engine) -> Engine:
    """Two sources and two reports of one claim each."""
    profile = {"kind": "feed", "tier": 2, "name": "An outlet", "every": "30m"}
    with writing(engine) as session:
        sources.register_sources(session, [{"id": n, "url": f"https://{n}.example/rss", **profile} for n in ("north", "south")], NOW)
        for report, claim in (("example", "EXA-001"), ("other", "OTH-001")):
            head = {"id": report, "title": "T", "publisher": "P", "published": "2024", "research_closed": "2024", "language": "da"}
            reports.register_report(session, head, [{"id": claim, "section": "1", "topic": "mobilisation", "statement": "S"}], NOW)
    return engine


def publish(engine: Engine, source: str, key: str, text: str = "", *, hours: int = 0, origin: str | None = None) -> None:
    record = fetches.FetchRecord(source, NOW, NOW, FetchOutcome.NEW_ITEMS, FetchReason.OK, f"https://{source}.example/rss")
    entry = items.NewVersion(
        key=key, url=f"https://{source}.example/{key}", title=f"Title {key}", text=text, lang="ru", published_at=NOW + timedelta(hours=hours),
        edited_at=None, origin=origin, content_hash=text or f"{source}{key}",
    )  # fmt: skip
    with writing(engine) as session:
        fetches.store_fetch(session, record, [entry], 1800)


def waiting(engine: Engine) -> list[db_assessments.UncomparedVersion]:
    with reading(engine) as session:
        return db_assessments.waiting(session, REPORTS, 100)


def found(report: str, score: float = 0.9, severity: str = "medium", **fields: Any) -> NewAssessment:
    claim = {"example": "EXA-001", "other": "OTH-001"}[report]
    values: dict[str, Any] = {
        "report_id": report, "comparer": "c1", "score": score, "flag": score >= 0.5, "severity": severity, "relation": "updates", "stage": None,
        "claims": [{"id": claim, "score": 0.9}], "changes": [], "reasons": [{"code": "nothing_found"}], **fields,
    }  # fmt: skip
    return NewAssessment(**values)


def compare(engine: Engine, story: str, *assessments: NewAssessment, at: datetime = NOW, bills: Sequence[str] = ()) -> list[int]:
    """Store a comparison of what waits longest; ids of the flags that were touched."""
    first = waiting(engine)[0]
    with writing(engine) as session:
        result = NewComparison(first, story, ("2025-03-01", "enc", b"{}"), assessments, bills)
        return [f.id for f in db_assessments.store_comparisons(session, [result], at)]


def flags(engine: Engine) -> list[FlagRow]:
    with reading(engine) as session:
        return list(session.scalars(select(FlagRow).order_by(FlagRow.id)))


def story(engine: Engine, key: str) -> StoryRow:
    with reading(engine) as session:
        return session.scalars(select(StoryRow).where(StoryRow.key == key)).one()


def test_what_waits_comes_in_order_of_publication_until_it_was_compared_with_every_report(watched: Engine) -> None:
    publish(watched, "north", "late", hours=5)
    publish(watched, "south", "early", hours=1)
    assert [w.item.key for w in waiting(watched)] == ["early", "late"]
    compare(watched, "s1", found("example"))
    assert [w.item.key for w in waiting(watched)] == ["early", "late"], "one report is still missing"
    compare(watched, "s1", found("other"))
    assert [w.item.key for w in waiting(watched)] == ["late"]


def test_an_edit_waits_again_and_stays_in_its_story(watched: Engine) -> None:
    publish(watched, "north", "a", "one")
    compare(watched, "s1", found("example"), found("other"))
    publish(watched, "north", "a", "two")
    assert [(w.item.key, w.version.number) for w in waiting(watched)] == [("a", 2)]
    compare(watched, "s2", found("example"), found("other"))
    assert story(watched, "s1").items == 1
    with reading(watched) as session:
        assert session.scalars(select(StoryRow.key)).all() == ["s1"]


def test_one_story_is_one_flag_for_each_report(watched: Engine) -> None:
    publish(watched, "north", "a")
    publish(watched, "south", "b", hours=1)
    compare(watched, "s1", found("example"), found("other"))
    compare(watched, "s1", found("example"), found("other", score=0.1))
    assert sorted(f.report_id for f in flags(watched)) == ["example", "other"]


def test_each_subject_of_a_story_has_a_flag_of_its_own(watched: Engine) -> None:
    for key in ("end", "ban", "again"):
        publish(watched, "north", key)
    compare(watched, "s1", found("example", subject="mobilisation.end"), found("other"))
    compare(watched, "s1", found("example", severity="high", subject="exit_ban"), found("other", 0.1))
    raised = [(f.report_id, f.subject, f.severity) for f in flags(watched)]
    assert raised == [("example", "mobilisation.end", "medium"), ("other", "", "medium"), ("example", "exit_ban", "high")]
    assert compare(watched, "s1", found("example", 0.95, subject="mobilisation.end"), found("other", 0.1)) == [1], "it grows its own"


def test_what_is_below_the_threshold_raises_no_flag(watched: Engine) -> None:
    publish(watched, "north", "a")
    assert compare(watched, "s1", found("example", score=0.2, severity="none"), found("other", score=0.2, severity="none")) == []
    assert flags(watched) == []


@pytest.mark.parametrize(
    ("first", "second", "grows"),
    [((0.9, "medium"), (0.7, "medium"), False), ((0.7, "medium"), (0.9, "medium"), True), ((0.9, "medium"), (0.7, "high"), True), ((0.7, "high"), (0.9, "medium"), False)],
)  # fmt: skip
def test_a_flag_grows_with_a_stronger_witness_and_keeps_its_place_otherwise(
    watched: Engine, first: tuple[float, str], second: tuple[float, str], grows: bool
) -> None:
    publish(watched, "north", "a")
    publish(watched, "south", "b", hours=1)
    compare(watched, "s1", found("example", *first), found("other", 0.1))
    later = NOW + timedelta(hours=2)
    compare(watched, "s1", found("example", *second), found("other", 0.1), at=later)
    (flag,) = flags(watched)
    assert (flag.score, flag.severity) == (second if grows else first)
    assert (flag.raised_at, flag.changed_at) == (NOW, later)


def test_a_story_spans_its_items_and_counts_them_once(watched: Engine) -> None:
    for n, hours in enumerate((5, 1, 9)):
        publish(watched, "north", f"k{n}", hours=hours)
    for _ in range(3):
        compare(watched, "s1", found("example"), found("other"))
    result = story(watched, "s1")
    assert (result.items, result.first_at, result.last_at) == (3, NOW + timedelta(hours=1), NOW + timedelta(hours=9))


@pytest.mark.parametrize(
    ("rows", "count"),
    [
        ([(None, "north", "h1"), (None, "south", "h2")], 2),
        ([(None, "north", "h1"), (None, "south", "h1")], 1),
        ([("ТАСС", "north", "h1"), ("тасс", "south", "h2")], 1),
        ([("ТАСС", "north", "h1"), (None, "south", "h2")], 2),
        ([(None, "north", "h1"), (None, "north", "h2")], 1),
        ([("The Insider", "north", "h1"), (None, "the-insider", "h2")], 1),
        ([], 0),
    ],
    ids=["two outlets", "same text", "same agency", "agency and outlet", "one outlet twice", "reprint and original", "nothing"],
)
def test_reposts_are_not_independent_origins(rows: list[tuple[str | None, str, str]], count: int) -> None:
    assert db_assessments.count_origins(rows) == count


def test_stages_of_one_bill_are_linked_and_stay_stories_of_their_own(watched: Engine) -> None:
    told = [
        ("s1", "proposed", ["733010-8", "коап 21.5"]),
        ("s2", "adopted", ["коап 21.5"]),
        ("s3", "adopted", ["ук 338"]),
        ("s4", "proposed", ["733010-8"]),
    ]
    for hour, (story_key, stage, bills) in enumerate(told):
        publish(watched, "north", story_key, hours=hour)
        compare(watched, story_key, found("example", stage=stage), found("other", 0.1), bills=bills)
    first, second, *_ = flags(watched)
    with reading(watched) as session:
        assert [(s.key, stage) for _, s, stage in review_queue.other_stages(session, first)] == [("s2", "adopted")]
        assert [(s.key, stage) for _, s, stage in review_queue.other_stages(session, second)] == [("s1", "proposed")]


def test_traces_are_found_by_day_and_encoder(watched: Engine) -> None:
    publish(watched, "north", "a")
    compare(watched, "s1", found("example"), found("other"))
    with reading(watched) as session:
        (item,) = session.scalars(select(ItemRow.id)).all()
        newest, rows = ops.fingerprints_after(session, 0, "2025-02-01", "enc")
        assert rows == [("s1", item, b"{}")]
        assert ops.fingerprints_after(session, newest, "2025-02-01", "enc") == (newest, []), "what is known is not loaded again"
        assert ops.fingerprints_after(session, 0, "2025-03-02", "enc")[1] == []
        assert ops.fingerprints_after(session, 0, "2025-02-01", "another")[1] == [], "vectors of another encoder are never mixed"


def test_a_batch_is_stored_as_one_after_the_other(watched: Engine) -> None:
    """Stories, flags and what they count, where a batch holds a new story, its witness, an edit and
    an item of its own.
    """
    for hour, (source, key, origin) in enumerate(
        [("north", "a", None), ("south", "b", "TASS"), ("north", "c", None), ("north", "d", "Tass")]
    ):
        publish(watched, source, key, hours=hour, origin=origin)
    publish(watched, "north", "a", "Another text", hours=4)
    keys = {"a": "s1", "b": "s1", "c": "s2", "d": "s1"}
    with writing(watched) as session:
        batch = [
            NewComparison(
                w, keys[w.item.key], ("2025-03-01", "enc", w.item.key.encode()),
                [found("example", 0.5 + w.version.id / 10, claims=[{"id": "OTH-001" if w.version.number == 2 else "EXA-001", "score": 0.9}]), found("other", 0.1 if w.item.key == "c" else 0.7)],
            )
            for w in db_assessments.waiting(session, REPORTS, 100)
        ]  # fmt: skip
        touched = db_assessments.store_comparisons(session, batch, NOW)
    assert waiting(watched) == []
    assert (story(watched, "s1").items, story(watched, "s1").origins) == (3, 2)
    assert (story(watched, "s2").items, story(watched, "s2").origins) == (1, 1)
    assert story(watched, "s1").last_at == NOW + timedelta(hours=3)
    raised = {(f.story_id, f.report_id): f for f in flags(watched)}
    assert {f.id for f in touched} == {f.id for f in raised.values()}
    assert sorted(r for _, r in raised) == ["example", "example", "other"]
    grown = raised[story(watched, "s1").id, "example"]
    assert grown.claim_id == "OTH-001", "grown by the strongest of the batch, the edit"
    assert grown.score == pytest.approx(1.0)
