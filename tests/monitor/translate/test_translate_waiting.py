"""The step of the monitor that translates: what is asked once, what is stored, what never waits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db import translations
from db.engine import reading, writing
from db.enums import FlagState
from db.erasure import erase, name_pattern, search
from db.models import FlagRow, TranslationRow
from db.translations import Direction
from monitor.translate.translate_waiting import FAILED_AT_FIRST, SOURCES, TranslationRun, translate_waiting, wanted_directions
from monitor.translate.translator import CannotTranslate, TextNotTranslated
from tests.alerts_factory import NOW, TEXT, TITLE, Tale, add_flag, lay_out

WORDS = "summons law adopted by the lower house within a term of some days " * 3
EN, DA = (Direction("ru", target, "Engine", "1") for target in ("en", "da"))


@dataclass
class Scripted:
    """An engine that says what a test wants."""

    says: Callable[[str, Direction], str] = lambda text, _: f"Translation: {WORDS[: len(text) // 4]}"
    offered: Sequence[Direction] = (DA, EN)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def directions(self) -> Sequence[Direction]:
        return self.offered

    def problems(self) -> Sequence[str]:
        return ()

    def translate(self, text: str, direction: Direction) -> str:
        self.asked.append((text, direction.target))
        return self.says(text, direction)

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def laid_out(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)


def run(engine: Engine, translator: Scripted, *targets: str, **more: Any) -> TranslationRun:
    return translate_waiting(engine, translator, lambda: NOW, targets or ("en",), **more)


def rows(engine: Engine) -> list[TranslationRow]:
    with reading(engine) as session:
        return list(session.scalars(select(TranslationRow).order_by(TranslationRow.id)))


def test_title_lead_and_evidence_are_translated_once(engine: Engine) -> None:
    translator = Scripted()
    done = run(engine, translator)
    assert done.summary == f"{len(translator.asked)} passages translated, 0 dropped by the checks"
    assert translator.asked[0] == (TITLE, "en")
    assert any(TEXT.startswith(text.removesuffix(" …")[:40]) for text, _ in translator.asked[1:])
    assert {r.part for r in rows(engine)} == {"title", "lead"}
    assert run(engine, translator).summary == ""
    assert len(rows(engine)) == len(translator.asked)
    with reading(engine) as session:
        found = translations.of_versions(session, [1])[1].of(TITLE, "en")
    assert found is not None
    assert (found.text.split(":")[0], found.mark) == ("Translation", "Engine 1")


def test_another_version_of_the_engine_translates_again(engine: Engine) -> None:
    run(engine, Scripted())
    again = Scripted(lambda text, _: f"Better words, {WORDS[: len(text) // 4]}", offered=(Direction("ru", "en", "Engine", "2"),))
    assert run(engine, again).kept == len(again.asked) > 0
    with reading(engine) as session:
        newest = translations.titles(session, [1], "en").get(1)
    assert newest is not None
    assert newest.text.startswith("Better words")


def test_english_comes_first_and_languages_without_readers_are_left_out(engine: Engine) -> None:
    translator = Scripted(offered=(DA, EN, Direction("ru", "sv", "Engine", "1"), Direction("de", "en", "Engine", "1")))
    run(engine, translator, "en", "da")
    targets = [target for _, target in translator.asked]
    assert sorted(targets, key=lambda t: t != "en") == targets
    assert set(targets) == {"en", "da"}
    assert [d.target for d in wanted_directions(translator.offered, ["da", "en", "nl"])] == ["en", "da"]
    assert "en" not in SOURCES


def test_the_same_passage_of_a_repost_is_not_asked_for_again(engine: Engine) -> None:
    translator = Scripted()
    run(engine, translator)
    with writing(engine) as session:
        add_flag(session, Tale(sources=("channel",)))
    result = len(translator.asked)
    assert run(engine, translator).kept > 0
    assert len(translator.asked) == result
    assert {r.item_version_id for r in rows(engine)} == {1, 2}


def test_what_fails_a_check_is_kept_as_dropped_and_not_asked_again(engine: Engine) -> None:
    translator = Scripted(lambda text, _: text)
    assert run(engine, translator).dropped == len(translator.asked)
    assert {(r.text, r.dropped) for r in rows(engine)} == {("", "it is the source text")}
    assert run(engine, translator).summary == ""
    with reading(engine) as session:
        assert translations.of_versions(session, [1]) == {}


def failing(_text: str, _direction: Direction) -> str:
    raise TextNotTranslated("it answered 500", engine_failed=True)


def test_an_engine_that_only_fails_ends_the_run_and_nothing_is_lost(engine: Engine) -> None:
    with writing(engine) as session:
        for number in range(FAILED_AT_FIRST):
            add_flag(session, Tale(title=f"Новость номер {number}", text=""))
    translator = Scripted(failing)
    with pytest.raises(CannotTranslate, match="answered 500"):
        run(engine, translator)
    assert len(translator.asked) == FAILED_AT_FIRST
    assert rows(engine) == []
    assert run(engine, Scripted()).kept > FAILED_AT_FIRST


def test_one_text_that_the_engine_fails_at_does_not_keep_the_others_waiting(engine: Engine) -> None:
    translator = Scripted(lambda text, d: failing(text, d) if text == TITLE else f"In other words, {WORDS}")
    done = run(engine, translator)
    assert (done.dropped, done.kept) == (1, len(translator.asked) - 1)
    assert [r.dropped for r in rows(engine) if r.dropped] == ["it answered 500"]


def test_a_run_that_fails_half_way_keeps_what_it_has(engine: Engine) -> None:
    def away(text: str, _direction: Direction) -> str:
        if text != TITLE:
            raise CannotTranslate("it is away")
        return "The law was adopted"

    with pytest.raises(CannotTranslate, match="away"):
        run(engine, Scripted(away))
    assert [r.text for r in rows(engine)] == ["The law was adopted"]
    later = Scripted()
    run(engine, later)
    assert TITLE not in [text for text, _ in later.asked]
    assert later.asked


def test_open_and_grave_flags_come_first_and_a_run_has_an_end(engine: Engine) -> None:
    with writing(engine) as session:
        add_flag(session, Tale(title="Мелочь", text="", severity="low", at=NOW - timedelta(minutes=5)))
        add_flag(session, Tale(title="Новое и важное", text="", at=NOW - timedelta(hours=1)))
        decided = add_flag(session, Tale(title="Решено", text=""))
        decided.state = FlagState.DISMISSED.value
    translator = Scripted()
    run(engine, translator, most=1)
    assert [text for text, _ in translator.asked] == ["Новое и важное"]
    run(engine, translator)
    titles = [text for text, _ in translator.asked]
    assert titles.index(TITLE) < titles.index("Мелочь")
    assert "Решено" not in titles
    assert run(engine, Scripted(), seconds=-1).summary == ""


def test_after_a_decision_for_another_claim_its_evidence_is_translated_too(engine: Engine) -> None:
    far = "Начало. " * 60 + "Явиться нужно в течение 30 дней."
    other = {"claim": "C-2", "what": "days", "old": "14 days", "new": "30 дней"}
    with writing(engine) as session:
        flag = add_flag(session, Tale(text=far, changes=[other]))
    first = Scripted()
    run(engine, first)
    assert "Явиться нужно в течение 30 дней." not in [text for text, _ in first.asked]
    with writing(engine) as session:
        decided = session.get_one(FlagRow, flag.id)
        decided.claim_id, decided.changed_at = "C-2", NOW + timedelta(hours=1)
    translator = Scripted()
    translate_waiting(engine, translator, lambda: NOW + timedelta(hours=2), ["en"])
    assert "Явиться нужно в течение 30 дней." in [text for text, _ in translator.asked]
    with reading(engine) as session:
        quoted = translations.of_versions(session, [2])[2].of("… Явиться нужно в течение 30 дней.", "en")
    assert quoted is not None
    assert quoted.text.startswith("… Translation"), "the mark of the cut stands before both"
    assert translate_waiting(engine, Scripted(), lambda: NOW + timedelta(hours=3), ["en"]).summary == ""


def test_a_text_from_which_a_name_was_erased_is_not_sent_and_its_translation_goes(engine: Engine) -> None:
    run(engine, Scripted(lambda _text, _direction: "The Gosduma adopted the law"))
    pattern = name_pattern(["Госдума"])
    erase(engine, search(engine, pattern), pattern, "a request", NOW)
    assert rows(engine) == []
    translator = Scripted()
    run(engine, translator)
    assert translator.asked == []
