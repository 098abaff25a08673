"""`ajour translate …`: what is translated, a check of one text, a run by hand."""

from typing import Annotated

import typer
from rich.table import Table

from app.cli.common import DONE, MACHINE, NEEDS_A_PERSON, WRONG_INPUT, AsJson, err, out, print_json
from app.runtime.container import Container, translation_targets, translator
from app.runtime.job_runner import WorkerContext
from app.runtime.jobs import translate
from app.runtime.settings import Settings, load_settings
from db import translations
from db.engine import reading
from monitor.translate.checks import fault_of, tidied
from monitor.translate.translate_waiting import SOURCES, wanted_directions
from monitor.translate.translator import CannotTranslate, TextNotTranslated

translate_app = typer.Typer(no_args_is_help=True)
_OFF = "machine translation is off; set AJOUR_TRANSLATE_URL or AJOUR_TRANSLATE_MODELS (docs/translation.md)"


@translate_app.command("status")
def status(as_json: AsJson = False) -> None:
    """Show engine, version and languages, how many items wait, and what was stored."""
    settings = _switched_on()
    with reading(Container(settings).engine) as session:
        targets, stored = translation_targets(settings, session), translations.counts(session)
        problem, problems, directions = "", list[str](), list[translations.Direction]()
        try:
            with translator(settings) as ready:
                problems = list(ready.problems())
                directions = wanted_directions(ready.directions(), targets)
        except CannotTranslate as error:
            problem = str(error)
        waiting = [(d, translations.count_waiting(session, d)) for d in directions]
    missing = [f"{s}→{t}" for t in targets for s in SOURCES[:2] if not any((d.source, d.target) == (s, t) for d in directions)]
    if as_json:
        print_json(
            {"targets": targets, "problem": problem, "unusable": problems, "missing": missing, "waiting": [vars(d) | {"items": n} for d, n in waiting], "stored": [vars(c) for c in stored]}
        )  # fmt: skip
    else:
        _print_status(waiting, stored)
        if missing and not problem:
            out.print(f"not offered: {', '.join(missing)}; readers of these languages get English where there is any", markup=False)
        for each in problems if directions else ():
            err.print(each, style="yellow", markup=False, soft_wrap=True)
        if problem:
            err.print(problem, style="red", markup=False, soft_wrap=True)
    raise typer.Exit(NEEDS_A_PERSON if problem or not directions else DONE)


def _print_status(waiting: list[tuple[translations.Direction, int]], stored: list[translations.TranslationCounts]) -> None:
    table = Table("engine", "version", "languages", "items waiting", "passages stored", "dropped by checks", box=None, pad_edge=False)
    counted = {(c.engine, c.version, c.target): c for c in stored}
    for d, number in waiting:
        c = counted.pop((d.engine, d.version, d.target), None)
        table.add_row(d.engine, d.version, f"{d.source} → {d.target}", str(number), str(c.kept if c else 0), str(c.dropped if c else 0))
    for c in counted.values():
        table.add_row(c.engine, c.version, f"→ {c.target}", "–", str(c.kept), str(c.dropped))
    out.print(table)


@translate_app.command("text")
def text(
    text: Annotated[str, typer.Argument(help="The text.")],
    to: Annotated[str, typer.Option("--to", help="Language to translate into.")] = "en",
    source: Annotated[str, typer.Option("--from", help="Language of the text.")] = "ru",
) -> None:
    """Translate one text, to check the engine. Nothing is stored."""
    try:
        with translator(_switched_on()) as ready:
            direction = next((d for d in ready.directions() if (d.source, d.target) == (source, to)), None)
            if direction is None:
                err.print(f"the engine does not translate {source} into {to}; `ajour translate status` shows what it does", style="red")
                raise typer.Exit(WRONG_INPUT)
            translated = tidied(ready.translate(text, direction))
    except (CannotTranslate, TextNotTranslated) as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(MACHINE) from error
    out.print(translated, markup=False, soft_wrap=True)
    out.print(f"machine translation, {direction.engine} {direction.version}", style="dim", markup=False, soft_wrap=True)
    if fault := fault_of(text, translated, to):
        err.print(f"it would not be kept: {fault}", style="yellow", markup=False, soft_wrap=True)
        raise typer.Exit(NEEDS_A_PERSON)


@translate_app.command("now")
def now() -> None:
    """Translate what waits, one run of the job `translate`."""
    try:
        done = translate(WorkerContext(_switched_on()))
    except CannotTranslate as error:
        err.print(str(error), style="red", markup=False, soft_wrap=True)
        raise typer.Exit(MACHINE) from error
    out.print(done or "nothing waits", soft_wrap=True)


def _switched_on() -> Settings:
    settings = load_settings()
    if not settings.translates:
        err.print(_OFF, style="red", soft_wrap=True)
        raise typer.Exit(WRONG_INPUT)
    return settings
