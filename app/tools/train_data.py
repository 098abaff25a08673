"""`ajour fit` and `ajour evaluate`: fits and evaluates the models on a folder of labelled items.

A folder holds pairs `<name>.items.jsonl` and `<name>.labels.jsonl`. The name ends with the id of
the report that the pair is labelled for ("headlines-drc-2024": drc-2024).
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import fill

import numpy as np

from app.runtime.container import Container
from app.tools.files import write
from app.tools.replay_items import WrongItems, read_items
from monitor.baseline import claims_before
from monitor.compare.decide.assess import prepare, read_documents
from monitor.compare.decide.model import Model
from monitor.compare.training import evaluation
from monitor.compare.training import train as fitting


def dataset_paths(folder: Path) -> list[Path]:
    """The items files of `folder` that have labels. Raises WrongItems where there is none."""
    paths = [p for p in sorted(folder.glob("*.items.jsonl")) if labels_path(p).exists()]
    if not paths:
        raise WrongItems(f"{folder}: holds no pair <name>.items.jsonl and <name>.labels.jsonl. Point to a folder with labelled items")
    return paths


def labels_path(items: Path) -> Path:
    return items.with_name(items.name.replace(".items.jsonl", ".labels.jsonl"))


# Section of the report: what was tuned on which data
TUNED_ON = """## What was tuned on

Weights, priors, thresholds and penalties are those of the folds: no figure above comes from a
weight that saw the event. The word lists (vocabulary, cues of the packs, words of stages) are not:
they were widened by reading the misses and the false flags of all these files, the later months
included. On other events expect less than these figures. No labelled file was kept out.
"""
EDITION_MEASURES = ("average_precision", "precision", "recall", "claim_hit_at_1", "claim_hit_at_3")
ON_EDITIONS = """The fitted model on the items it was fitted on, compared with the claims of the first edition and
with all. The labels were written for the first edition: where an added claim is the nearer one, they
call it wrong."""
LATER = "2025-12"  # first month that the fit of `later months` does not see


def load_examples(
    container: Container, folder: Path, model: Model, progress: Callable[[str, int], None] = lambda *_: None, before: str | None = None
) -> tuple[list[fitting.Example], str]:
    """All labelled items of `folder`, measured with the pair weights of `model`; and the digest of
    the files. `before`: measured on the claims of editions before that month (YYYY-MM).
    """
    reports = [b.report.id for b in container.baselines()]
    prepared = {
        r: prepare(claims_before(container.baselines([r])[0], before), container.claims_encoder, container.words, model) for r in reports
    }
    examples: list[fitting.Example] = []
    paths = dataset_paths(folder)
    for path in paths:
        name = path.name.removesuffix(".items.jsonl")
        report = next((r for r in reports if name.endswith(r)), None)
        if report is None:
            raise WrongItems(f"{path}: its name ends with no report's id ({', '.join(reports)}). Rename it")
        documents = (line.document for line in read_items(path))
        reads = []
        for read in read_documents(documents, container.words, container.encoder):
            reads.append(read)
            progress(name, len(reads))
        examples += fitting.measured(name, reads, fitting.read_labels(labels_path(path)), prepared[report])
    return examples, fitting.digest_of([p for i in paths for p in (i, labels_path(i))])


def first_edition(container: Container, folder: Path, model: Model) -> list[fitting.Example] | None:
    """The labelled items measured on the claims of the reports' first editions alone; None where no
    claim was added since. The labels name no added claim.
    """
    months = {c.added for b in container.baselines() for c in b.claims if c.added}
    return load_examples(container, folder, model, before=min(months))[0] if months else None


def editions(fitted: fitting.FitResult, first: Sequence[fitting.Example]) -> str:
    """How the fitted model does on the claims of the `first` edition, and on all, as Markdown."""
    model = fitted.model
    scores = {
        name: fitting.evaluate(some, np.array([model.weigh(e.measured.features)[0] for e in some]), model.threshold)
        for name, some in (("first edition", first), ("all claims", fitted.examples))
    }
    rows = {
        f"{measure.replace('_', ' ')}, {name}": {d: row[measure] for d, row in by_set.items() if measure in row}
        for measure in EDITION_MEASURES
        for name, by_set in scores.items()
    }
    return f"## Claims added since the first edition\n\n{ON_EDITIONS}\n\n{evaluation.markdown('measure', list(scores['first edition']), rows)}\n"


def write_report(path: Path, fitted: fitting.FitResult, digest: str, first: Sequence[fitting.Example] | None = None) -> None:
    """Write the evaluation of a fit as Markdown, with the calibration chart beside it. `first`: the
    items measured on the claims of the first editions.
    """
    model = fitted.model
    datasets = list(fitted.scores)
    measures = list(dict.fromkeys(m for row in fitted.scores.values() for m in row if m != "items"))
    by_measure = {m.replace("_", " "): {d: row[m] for d, row in fitted.scores.items() if m in row} for m in measures}
    bins = evaluation.calibration(fitted.examples, fitted.held_out)
    whole = {d: row["average_precision"] for d, row in fitted.scores.items()}
    ablated = {"all signals": whole, **{f"without {k}": v for k, v in evaluation.ablation(fitted.examples, model).items()}}
    reliability = {f"{b.low:.2f}–{b.high:.2f}": {"mean score": b.mean_score, "share of updates": b.share, "items": b.items} for b in bins}
    later = {
        m.replace("_", " "): {d: row[m] for d, row in evaluation.later(fitted.examples, LATER, model).items() if m in row}
        for m in ("items", "average_precision", "precision", "recall")
    }
    picture = path.with_suffix(".svg")
    items = ", ".join(f"{d} {row['items']:.0f}" for d, row in fitted.scores.items())
    write(picture, evaluation.calibration_svg(bins))
    write(
        path,
        _wrapped(
            f"# Measured on held-out events\n\nWritten by `ajour fit`; do not edit. Model {model.version}, flags from {model.threshold}, data {digest}. Items: {items}.\n"
            f"No event stands on both sides of a split ({fitting.FOLDS} folds).\n\n{evaluation.markdown('measure', datasets, by_measure)}\n"
            f"## Later months\n\nWeights fitted on what was published before {LATER}, measured on events that began after it, at the lines of the shipped model.\n\n{evaluation.markdown('measure', datasets, later)}\n"
            f"{editions(fitted, first) if first else ''}"
            f"{TUNED_ON}\n"
            f"## What each signal is worth\n\nAverage precision with one signal left out.\n\n{evaluation.markdown('signals', datasets, ablated)}\n"
            f"## Calibration\n\n![Calibration]({picture.name})\n\n{evaluation.markdown('score', ['mean score', 'share of updates', 'items'], reliability)}",
        ),
    )


def _wrapped(text: str) -> str:
    """Markdown with its prose at 100 columns."""
    return "\n".join(
        line if line.startswith(("|", "#", "!")) else fill(line, 100, break_on_hyphens=False, break_long_words=False)
        for line in text.split("\n")
    )
