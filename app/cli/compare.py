"""Commands of comparison: `ajour replay`, `fit`, `evaluate`, `why`, `terms`."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, TaskID

from app.cli.common import AsJson, bar, err, need, out, print_json
from app.runtime.container import Container
from app.runtime.settings import Settings, load_settings
from app.tools import tables
from app.tools.bulk_replay import open_archive, replay_archive
from app.tools.replay_items import WrongItems

if TYPE_CHECKING:
    from monitor.compare.training.train import Example


ClaimsBefore = Annotated[
    str | None,
    typer.Option(
        "--claims-before",
        help="Only claims of the report's editions before this month (YYYY-MM).",
        callback=lambda month: _month(month),
    ),
]


def _month(text: str | None) -> str | None:
    if text is not None and not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        raise typer.BadParameter(f"{text!r} is not a month. Write YYYY-MM, e.g. 2026-11")
    return text


def replay_command(
    items: Annotated[Path, typer.Argument(help="Dated items, JSON Lines.")],
    baseline: Annotated[str, typer.Option(help="Id of the report to compare with.")],
    out_path: Annotated[Path, typer.Option("--out", help="Output file: assessments, JSON Lines, in the order of the items.")],
    cores: Annotated[int | None, typer.Option(help="Processes that compare; default: all cores.", min=1, max=256)] = None,
    desk: Annotated[bool, typer.Option("--desk", help="Compare with the report as the desk has it, not as its file says.")] = False,
    claims_before: ClaimsBefore = None,
) -> None:
    """Read, compare and flag dated items from a file as a live cycle would, in order of time,
    without network.
    """
    settings = load_settings()
    container = Container(settings)
    # An unknown report is refused before a large file is read
    (container.desk_baselines if desk else container.baselines)([baseline])
    archive = open_archive(items)
    if out_path.exists() and out_path.samefile(items):
        raise WrongItems(f"--out {out_path} is the file of items itself. Name another file")
    with bar() as shown:
        task = shown.add_task("comparing", total=len(archive))
        flagged = replay_archive(
            archive, baseline, out_path, settings, lambda done: shown.update(task, completed=done), cores, desk=desk, before=claims_before
        )
    err.print(f"{len(archive)} items compared with {baseline}, {flagged} flagged, written to {out_path}")


Labelled = Annotated[Path, typer.Argument(help="Folder with pairs <name>.items.jsonl and <name>.labels.jsonl.")]


def fit(
    folder: Labelled,
    write: Annotated[bool, typer.Option(help="Write the model file; default: only show the scores.")] = False,
    report: Annotated[
        Path | None, typer.Option(help="Write scores, ablation and calibration here, as Markdown with a picture beside it.")
    ] = None,
    claims_before: ClaimsBefore = None,
) -> None:
    """Train the model on labelled items; scores are of held-out events. Needs the extra `fit`
    (scikit-learn).
    """
    need("fit", "sklearn", "ajour fit")
    from app.tools.train_data import load_examples
    from monitor.compare.decide.model import FILE, blank_model, save_model
    from monitor.compare.training import train as fitting

    container = Container(load_settings())
    with bar() as shown:
        tasks: dict[str, TaskID] = {}
        examples, digest = load_examples(
            container, folder, blank_model(container.words), lambda name, n: _advance(shown, tasks, name, n), claims_before
        )
    fitted = fitting.fit(examples, blank_model(container.words), digest)
    if report is not None:
        from app.tools.train_data import first_edition, write_report

        write_report(report, fitted, digest, None if claims_before else first_edition(container, folder, fitted.model))
    out.print(tables.scores(fitted.scores))
    out.print(f"model {fitted.model.version}, flags from {fitted.model.threshold}, trained on {len(examples)} items (data {digest})")
    if write:
        save_model(fitted.model)
        out.print(f"written to {FILE}")


def evaluate(
    folder: Labelled,
    aid: Annotated[str, typer.Option(help="Address of an OpenAI-compatible server: measure the reading aid instead.")] = "",
    aid_items: Annotated[int, typer.Option(min=1, help="Items with labelled claims that the reading aid is asked about.")] = 100,
    claims_before: ClaimsBefore = None,
    as_json: AsJson = False,
) -> None:
    """Measure the shipped model on labelled items, at its threshold. Needs the extra `fit`
    (scikit-learn).
    """
    need("fit", "sklearn", "ajour evaluate")
    import numpy as np

    from app.tools.train_data import load_examples
    from monitor.compare.training import train as fitting

    container = Container(load_settings())
    with bar() as shown:
        tasks: dict[str, TaskID] = {}
        examples, _ = load_examples(container, folder, container.model, lambda name, n: _advance(shown, tasks, name, n), claims_before)
    if aid:
        _evaluate_aid(container.settings, aid, examples, aid_items, as_json=as_json)
        return
    scores = np.array([container.model.weigh(e.measured.features)[0] for e in examples])
    result = fitting.evaluate(examples, scores, container.model.threshold)
    for dataset, f1 in fitting.story_scores(examples, container.model).items():
        result[dataset]["story_pair_f1"] = f1
    if as_json:
        print_json({"model": container.model.version, "threshold": container.model.threshold, "scores": result})
    else:
        out.print(tables.scores(result))


def _evaluate_aid(settings: Settings, url: str, examples: "Sequence[Example]", most: int, *, as_json: bool) -> None:
    from app.runtime.container import reading_aid
    from app.tools.aid_measure import measure_aid

    with reading_aid(settings, url) as asked:
        scores = measure_aid(asked, examples, most)
    if as_json:
        print_json({"model": settings.aid_model, "scores": scores})
    else:
        out.print(tables.scores(scores))


def _advance(shown: Progress, tasks: dict[str, TaskID], name: str, done: int) -> None:
    if name not in tasks:
        tasks[name] = shown.add_task(name, total=None)
    shown.update(tasks[name], completed=done)


def why(
    item: Annotated[str, typer.Argument(help="Number or address of a stored item, or id of an item in --items.")],
    items: Annotated[Path | None, typer.Option(help="A file of items instead of the database.")] = None,
    baseline: Annotated[list[str] | None, typer.Option(help="Only this report; may be given several times.")] = None,
    as_json: AsJson = False,
) -> None:
    """Explain why an item was flagged or not: the signals, their weights and the nearest claims."""
    from app.tools.explain import explain, find_document, render

    container = Container(load_settings())
    document = find_document(container, item, items)
    desk = items is None
    reports = container.desk_baselines(baseline) if desk else container.baselines(baseline)
    answers = [explain(container, document, container.prepared(b.report.id, desk=desk)) for b in reports]
    if as_json:
        print_json([a.__dict__ for a in answers])
        return
    out.print(f"{document.outlet}, {document.day or 'no date'}: {document.title or document.text[:120]}\n{document.url}\n", markup=False)
    for answer in answers:
        out.print(render(answer))


def terms(
    baseline: Annotated[list[str] | None, typer.Option(help="Only the packs of this report; may be given several times.")] = None,
    days: Annotated[int, typer.Option(help="Titles of items seen in so many days.", min=1, max=3650)] = 30,
    items: Annotated[Path | None, typer.Option(help="A file of items instead of the database.")] = None,
    most: Annotated[int, typer.Option(help="Terms to show for each pack.", min=1, max=1000)] = 40,
    as_json: AsJson = False,
) -> None:
    """Count words in titles near the subjects of a pack that no cue of the pack knows: new words
    for what the pack is about, to be added to its file.
    """
    from app.tools.unknown_terms import by_pack

    container = Container(load_settings())
    reports = container.baselines(baseline) if items else container.desk_baselines(baseline)
    terms_by_pack = by_pack(container, reports, items, days)
    if as_json:
        print_json({pack: [vars(t) for t in pack_terms[:most]] for pack, pack_terms in terms_by_pack.items()})
        return
    for pack, pack_terms in terms_by_pack.items():
        out.print(f"{pack}: {len(pack_terms)} terms near its subjects that no cue knows")
        if pack_terms:
            out.print(tables.unknown_terms(pack_terms[:most]))
