"""`ajour fit` and `ajour evaluate`: the verdict from a folder of labelled items.

A folder holds pairs `<name>.items.jsonl` and `<name>.labels.jsonl`; the report a pair is labelled for is the one whose id its name ends with
("headlines-drc-2024" is labelled for drc-2024).
"""

from collections.abc import Callable
from pathlib import Path

from app.desk import Desk
from app.replay import WrongItems, read_items
from monitor.compare import fit as fitting
from monitor.compare.assess import prepare, read_documents
from monitor.compare.verdict import Model


def dataset_paths(folder: Path) -> list[Path]:
    """The items files of `folder` that have labels. Raises WrongItems where there is none."""
    found = [p for p in sorted(folder.glob("*.items.jsonl")) if labels_path(p).exists()]
    if not found:
        raise WrongItems(f"{folder}: holds no pair <name>.items.jsonl and <name>.labels.jsonl. Point to a folder with labelled items")
    return found


def labels_path(items: Path) -> Path:
    return items.with_name(items.name.replace(".items.jsonl", ".labels.jsonl"))


def load_examples(
    desk: Desk, folder: Path, model: Model, progress: Callable[[str, int], None] = lambda *_: None
) -> tuple[list[fitting.Example], str]:
    """All labelled items of `folder`, read and measured with `model`'s pair weights; and the digest of the files."""
    reports = [b.report.id for b in desk.baselines()]
    prepared = {r: prepare(desk.baselines([r])[0], desk.claims_encoder, desk.words, model) for r in reports}
    examples: list[fitting.Example] = []
    paths = dataset_paths(folder)
    for path in paths:
        name = path.name.removesuffix(".items.jsonl")
        report = next((r for r in reports if name.endswith(r)), None)
        if report is None:
            raise WrongItems(f"{path}: its name ends with no report's id ({', '.join(reports)}). Rename it")
        documents = (line.document for line in read_items(path))
        reads = []
        for read in read_documents(documents, desk.words, desk.encoder):
            reads.append(read)
            progress(name, len(reads))
        examples += fitting.measured(name, reads, fitting.read_labels(labels_path(path)), prepared[report])
    return examples, fitting.digest_of([p for i in paths for p in (i, labels_path(i))])
