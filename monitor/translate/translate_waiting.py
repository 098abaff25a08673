"""Translates what flags show of their items, and stores it: the step of the monitor.

`review` and `alerts` only read what is stored. Only texts of items are translated, which outlets
have published; a text of a report never is.
"""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import Engine

from db import translations
from db.engine import reading, writing
from db.translations import Direction, Passage, UntranslatedVersion
from monitor.translate.checks import fault_of, tidied
from monitor.translate.translator import CannotTranslate, TextNotTranslated, Translator

log = structlog.get_logger(__name__)
MOST = 20  # item versions in one run, so that the next flag does not wait for a whole backlog
SECONDS = 45.0  # after which a run begins no further text
SOURCES = ("ru", "uk", "be")  # languages of items that few readers know
FAILED_AT_FIRST = 3  # failures of the engine before its first translation that end a run


@dataclass
class TranslationRun:
    """What a run did. `until`: the moment, on the monotonic clock, after which it begins no
    text.
    """

    until: float
    kept: int = 0
    dropped: int = 0
    answered: int = 0  # texts that the engine translated, well or not
    # Texts that the engine failed at; they count as dropped once it translated another one
    failed: list[tuple[UntranslatedVersion, Passage, Direction, str]] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return time.monotonic() > self.until

    @property
    def summary(self) -> str:
        """One line for the job's row; empty where nothing waited."""
        if not (self.kept or self.dropped):
            return ""
        return f"{self.kept} passages translated, {self.dropped} dropped by the checks"


def wanted_directions(offered: Sequence[Direction], targets: Collection[str]) -> list[Direction]:
    """The directions to use: from a language of SOURCES into a target; English first, because
    readers of every other language fall back on it.
    """
    found = [d for d in offered if d.source in SOURCES and d.target in targets and d.source != d.target]
    return sorted(found, key=lambda d: (d.target != "en", d.target, SOURCES.index(d.source)))


def translate_waiting(
    engine: Engine,
    translator: Translator,
    now: Callable[[], datetime],
    targets: Collection[str],
    most: int = MOST,
    check_stop: Callable[[], None] = lambda: None,
    seconds: float = SECONDS,
) -> TranslationRun:
    """Translate what waits, at most `most` item versions: into English, then into the others.

    `check_stop` is called between texts and may raise. After `seconds` the rest waits for the next
    run. Raises CannotTranslate; what was translated before it is kept.
    """
    run = TranslationRun(until=time.monotonic() + seconds)
    for direction in wanted_directions(translator.directions(), targets):
        with reading(engine) as session:
            waiting = translations.waiting(session, direction, most)
        for version in waiting:
            if run.over:
                break
            _translate_version(engine, translator, version, direction, run, now, check_stop)
        most -= len(waiting)
        if most <= 0 or run.over:
            break
    _drop_failed(engine, run, now)
    return run


def _translate_version(
    engine: Engine, translator: Translator, version: UntranslatedVersion, direction: Direction, run: TranslationRun,
    now: Callable[[], datetime], check_stop: Callable[[], None],
) -> None:  # fmt: skip
    failed = False
    for passage in version.passages:
        check_stop()
        if run.over:
            return
        with reading(engine) as session:
            before = translations.made_before(session, passage.text, direction)
        try:
            text, fault = before or _translated(translator, passage, direction)
            run.answered += before is None
        except TextNotTranslated as error:
            if error.engine_failed:
                failed = True
                run.failed.append((version, passage, direction, str(error)))
                if len(run.failed) >= FAILED_AT_FIRST and not run.answered:
                    raise CannotTranslate(f"it failed {len(run.failed)} times: {error}") from error
                continue
            text, fault = "", str(error)
        _store(engine, version, passage, direction, text, fault, run, now())
    if not failed:
        with writing(engine) as session:
            translations.mark_looked(session, version.version_id, direction, now())


def _translated(translator: Translator, passage: Passage, direction: Direction) -> tuple[str, str]:
    """(translation, why it cannot be kept). The marks of a cut are ours, so the engine does not get
    them.
    """
    words = passage.text.removeprefix("… ").removesuffix(" …")
    text = tidied(translator.translate(words, direction))
    before, after = "… " * passage.text.startswith("… "), " …" * passage.text.endswith(" …")
    return f"{before}{text}{after}", fault_of(words, text, direction.target)


def _store(
    engine: Engine, version: UntranslatedVersion, passage: Passage, direction: Direction, text: str, fault: str, run: TranslationRun, at: datetime
) -> None:  # fmt: skip
    if fault:
        log.info("translation_dropped", item_version=version.version_id, target=direction.target, reason=fault)
    with writing(engine) as session:
        translations.store(session, version.version_id, passage, direction, text, fault[:300], at)
    run.kept, run.dropped = run.kept + (not fault), run.dropped + bool(fault)


def _drop_failed(engine: Engine, run: TranslationRun, now: Callable[[], datetime]) -> None:
    """Texts that the engine failed at while it translated others would keep the queue waiting for
    ever. Raises CannotTranslate where it translated none.
    """
    if run.failed and not run.answered:
        raise CannotTranslate(run.failed[0][-1])
    for version, passage, direction, why in run.failed:
        _store(engine, version, passage, direction, "", why, run, now())
