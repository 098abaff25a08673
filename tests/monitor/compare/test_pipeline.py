"""The compare pipeline: whatever the batches, the same is stored; and one item that fails stops no
other.
"""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from db import assessments as db_assessments
from db import fetches, items, reports, sources
from db.engine import reading, writing
from db.enums import FetchOutcome, FetchReason, Urgency
from db.gist import stored_gist
from db.items import UrgencyOf
from db.models import AssessmentRow, FlagRow, ItemRow, ItemVersionRow, StoryRow
from monitor.baseline import Baseline, load_baseline
from monitor.compare.decide.assess import prepare
from monitor.compare.decide.model import load_model
from monitor.compare.pipeline import ComparePipeline, Comparison, PackedStories
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.stored_rows import document_of
from monitor.compare.stories.fingerprint import pack
from tests import databases
from tests.failing_compare import comparing_fails
from tests.fake_encoder import BagOfWords

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SIGNED = "Путин подписал указ о призыве резервистов на сборы"
NEWS = [
    ("a", SIGNED, 0),
    ("b", "Погода в Архангельске", 1),
    ("c", SIGNED, 2),
    ("d", "Штраф за неявку в военкомат вырос до 50 тысяч рублей", 3),
    ("e", "Госдума приняла закон о запрете выезда для получивших повестки", 4),
    ("f", SIGNED, 24 * 40),
    ("g", "Штраф за неявку в военкомат вырос до 50 тысяч рублей", 24 * 40),
]
WORDS = vocabulary()
ENCODER, MODEL = BagOfWords(), load_model(WORDS)


@cache
def baseline() -> Baseline:
    """The first claims of a report."""
    whole = load_baseline(ROOT / "baseline" / "drc-2024.yml")
    return whole.model_copy(update={"claims": whole.claims[:40]})


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    made = databases.sqlite(tmp_path / "test.db")
    with writing(made) as session:
        profile = {"kind": "feed", "tier": 2, "name": "An outlet", "every": "30m"}
        sources.register_sources(session, [{"id": n, "url": f"https://{n}.example/rss", **profile} for n in ("north", "south")], NOW)
        claims = [c.model_dump(mode="json", by_alias=True, exclude_none=True) for c in baseline().claims]
        reports.register_report(session, baseline().report.model_dump(mode="json", exclude_none=True), claims, NOW)
    yield made
    made.dispose()


def publish(engine: Engine, source: str, *news: tuple[str, str, int], urgency_of: UrgencyOf = lambda _: Urgency.NONE) -> None:
    entries = [
        items.NewVersion(
            key=f"{source}-{key}", url=f"https://{source}.example/{key}", title=title, text="", lang="ru", edited_at=None, origin=None,
            published_at=NOW + timedelta(hours=hours), content_hash=f"{source}{title}",
        )
        for key, title, hours in news
    ]  # fmt: skip
    record = fetches.FetchRecord(source, NOW, NOW, FetchOutcome.NEW_ITEMS, FetchReason.OK, f"https://{source}.example/rss")
    with writing(engine) as session:
        fetches.store_fetch(session, record, entries, 1800, urgency_of)


def pipeline(engine: Engine, batch: int = 64) -> ComparePipeline:
    made = ComparePipeline(engine, [baseline()], ENCODER, ENCODER, WORDS, MODEL)
    made.batch = batch
    return made


def run(made: ComparePipeline) -> int:
    return sum(result.compared for result in made.compare_waiting())


def stored(engine: Engine) -> tuple[list[Any], list[Any], list[Any]]:
    """(items with the story they are in, assessments, flags)."""
    with reading(engine) as session:
        placed = session.execute(select(ItemRow.key, StoryRow.key).join(StoryRow, StoryRow.id == ItemRow.story_id).order_by(ItemRow.key))
        made = session.execute(
            select(ItemRow.key, ItemVersionRow.number, AssessmentRow.score, AssessmentRow.reasons)
            .join(ItemVersionRow, ItemVersionRow.item_id == ItemRow.id)
            .join(AssessmentRow, AssessmentRow.item_version_id == ItemVersionRow.id)
            .order_by(ItemRow.key, ItemVersionRow.number)
        )
        raised = session.execute(
            select(StoryRow.key, FlagRow.claim_id, FlagRow.score).join(StoryRow, StoryRow.id == FlagRow.story_id).order_by(StoryRow.key)
        )
        return [tuple(r) for r in placed], [tuple(r) for r in made], [tuple(r) for r in raised]


def test_flagged_assessments_have_a_gist_and_no_others(engine: Engine) -> None:
    publish(engine, "north", *NEWS)
    run(pipeline(engine))
    with reading(engine) as session:
        made = list(session.scalars(select(AssessmentRow)))
    assert {a.flagged for a in made} == {True, False}
    assert all((a.gist is not None) == a.flagged for a in made)
    assert all(gist and gist.outlet == "An outlet" for gist in (stored_gist(a.gist) for a in made if a.flagged))


@pytest.mark.slow
@pytest.mark.parametrize("batch", [1, 2, 64])
def test_the_stories_are_those_of_a_replay_whatever_the_batches(engine: Engine, batch: int) -> None:
    publish(engine, "north", *NEWS)
    publish(engine, "south", *NEWS)
    with reading(engine) as session:
        documents = [document_of(w) for w in db_assessments.waiting(session, [baseline().report.id], 100)]
        keys = {item.id: item.key for item in session.scalars(select(ItemRow))}
    stories = PackedStories(MODEL)
    replayed = {
        keys[int(c.document.id)]: stories.place(c.document.id, pack(c.fingerprint))
        for c in Comparison([prepare(baseline(), ENCODER, WORDS, MODEL)], WORDS, ENCODER).compare_all(documents)
    }
    assert run(pipeline(engine, batch)) == 2 * len(NEWS)
    placed, _, raised = stored(engine)
    assert dict(placed) == replayed
    assert replayed["north-a"] == replayed["south-c"] != replayed["north-f"], "an anniversary is a story of its own"
    assert raised


@pytest.mark.slow
def test_urgent_items_are_compared_before_a_backlog_also_when_they_come_in_the_middle_of_it(engine: Engine) -> None:
    backlog = [(f"old{n}", f"Новости региона {n}", n) for n in range(12)]
    publish(engine, "north", *backlog)
    made = pipeline(engine, batch=4)
    batches = made.compare_waiting()
    assert next(batches).compared == 4
    publish(engine, "south", ("u", "Объявлена новая волна мобилизации", 99), urgency_of=lambda _: Urgency.TOLD)
    assert next(batches).compared == 1
    with reading(engine) as session:
        assert compared_keys(session)[-1] == "south-u"
    assert sum(b.compared for b in batches) == 12 - 4


def compared_keys(session: Session) -> list[str]:
    """Keys of the items compared, in the order of their comparison."""
    rows = select(ItemRow.key).join(ItemVersionRow, ItemVersionRow.item_id == ItemRow.id).join(AssessmentRow)
    return list(session.scalars(rows.order_by(AssessmentRow.id)))


def test_the_most_urgent_come_first_then_the_oldest(engine: Engine) -> None:
    look = {"a": Urgency.NONE, "b": Urgency.FIRST, "c": Urgency.TOLD, "d": Urgency.FIRST, "e": Urgency.NONE}
    publish(engine, "north", *((key, f"Новость {key}", -n) for n, key in enumerate(look)), urgency_of=lambda e: look[e.key[-1]])
    run(pipeline(engine, batch=1))
    with reading(engine) as session:
        assert [key[-1] for key in compared_keys(session)] == ["c", "d", "b", "e", "a"]


@pytest.mark.slow
def test_pipelines_that_take_turns_make_the_stories_of_one(engine: Engine, tmp_path: Path) -> None:
    crew = [pipeline(engine), pipeline(engine)]
    for n, one in enumerate(NEWS):
        publish(engine, "north", one)
        assert run(crew[n % 2]) == 1
    publish(engine, "south", NEWS[0])  # older than the newest by more than a window
    assert run(crew[0]) == 1
    story = dict(stored(engine)[0])
    assert story["north-a"] == story["north-c"] == story["south-a"] != story["north-f"]
    assert run(crew[1]) == 0


@pytest.mark.slow
def test_an_item_that_cannot_be_compared_or_stored_stops_no_other(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def store(session: Any, made: Any, now: datetime) -> Any:
        if any("Госдума" in c.waiting.version.title for c in made):
            raise ValueError("a value that the database refuses")
        return real(session, made, now)

    real = db_assessments.store_comparisons
    with monkeypatch.context() as patched, caplog.at_level(logging.ERROR):
        patched.setattr(db_assessments, "store_comparisons", store)
        comparing_fails(patched, "Погода")
        publish(engine, "north", *NEWS)
        made = pipeline(engine)
        assert run(made) == len(NEWS) - 2
        assert len(made.failed_version_ids) == 2
        assert "cannot be compared" in caplog.text
        assert "cannot be stored" in caplog.text
        assert run(made) == 0, "they are not tried in every cycle"
    assert run(pipeline(engine)) == 2, "nothing that was received is lost"


@pytest.mark.slow
def test_a_database_that_cannot_be_used_is_no_items_fault(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    def store(*_: Any) -> Any:
        raise OperationalError("INSERT", {}, Exception("the disk is full"))

    publish(engine, "north", *NEWS)
    made = pipeline(engine)
    with monkeypatch.context() as patched:
        patched.setattr(db_assessments, "store_comparisons", store)
        with pytest.raises(OperationalError):
            run(made)
    assert made.failed_version_ids == set()
    assert run(made) == len(NEWS)


def test_an_edit_stays_in_its_items_story_also_in_the_batch_of_the_item(engine: Engine) -> None:
    publish(engine, "north", NEWS[0])
    publish(engine, "north", ("a", NEWS[3][1], 0))
    publish(engine, "south", NEWS[3])
    made = pipeline(engine)
    assert run(made) == 3
    publish(engine, "north", ("a", NEWS[4][1], 0))
    assert run(made) == 1
    _, assessments, _ = stored(engine)
    assert [number for key, number, *_ in assessments if key == "north-a"] == [1, 2, 3]
    with reading(engine) as session:
        assert [s.items for s in session.scalars(select(StoryRow).order_by(StoryRow.id))] in ([1, 1], [2])


@pytest.mark.slow
def test_versions_that_another_process_has_compared_are_left_alone(engine: Engine) -> None:
    publish(engine, "north", *NEWS)
    with reading(engine) as session:
        ids = list(session.scalars(select(ItemVersionRow.id)))
    assert sum(r.compared for r in pipeline(engine).compare_versions(ids[:3])) == 3
    assert sum(r.compared for r in pipeline(engine).compare_versions(ids)) == len(NEWS) - 3
    assert run(pipeline(engine)) == 0
