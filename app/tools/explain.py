"""`ajour why`: why an item was flagged or not. Lists every signal that counted and the nearest
claims, as numbers that add up.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Group
from rich.table import Table
from sqlalchemy import or_, select

from app.runtime.container import Container
from app.tools.explain_statements import of_change, of_claim, of_item
from app.tools.replay_items import read_items
from db.assessments import UncomparedVersion
from db.engine import reading
from db.models import ItemRow, ItemVersionRow, SourceRow
from db.reason_codes import SIGNALS, Reason
from monitor.compare.decide.assess import assess, measure, read_documents
from monitor.compare.reading.annotate import Document
from monitor.compare.signals.pair_signals import PAIR
from monitor.compare.stored_rows import document_of
from monitor.compare.types import PreparedReport, Signals
from monitor.strict_yaml import FileFault, WrongFile

SHOWN_FEATURES = 14
SHOWN_CLAIMS = 5
SHOWN_CHANGES = 5


@dataclass(frozen=True)
class Explanation:
    """The answer for one report."""

    report: str
    # Version of the comparer used now; equal to that of the stored assessment: equal numbers
    comparer: str
    flag: bool
    score: float
    threshold: float
    relation: str
    reasons: tuple[Reason, ...]
    # Name, words, value, contribution to the log-odds; strongest first
    parts: list[tuple[str, str, float, float]]
    claims: list[tuple[str, str, float, dict[str, float]]]  # id, statement, score, signals
    item_says: list[str]  # the item's statements, sentence by sentence
    claims_say: list[tuple[str, str]]  # id, the claim's statement in the same form
    changes: list[str]  # numbers of the item against those of claims, and whether they are shown


def find_document(container: Container, item: str, items: Path | None) -> Document:
    """The document with this id or address, from a file of items or from the database. Raises
    WrongFile where there is none.
    """
    if items is not None:
        document = next((line.document for line in read_items(items) if item in (line.document.id, line.document.url)), None)
    else:
        document = _stored(container, item)
    if document is None:
        where = items or container.settings.database_url
        raise WrongFile([FileFault(Path(str(where)), 0, item, "no item has this id or address", "Give the number or address of an item")])
    return document


def _stored(container: Container, item: str) -> Document | None:
    number = int(item) if item.isdigit() else -1
    with reading(container.engine) as session:
        row = session.execute(
            select(ItemVersionRow, ItemRow, SourceRow)
            .join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
            .join(SourceRow, SourceRow.id == ItemRow.source_id)
            .where(or_(ItemRow.id == number, ItemRow.url == item))
            .order_by(ItemVersionRow.number.desc())
            .limit(1)
        ).first()
        return document_of(UncomparedVersion(*row)) if row else None


def explain(container: Container, document: Document, prepared: PreparedReport) -> Explanation:
    """Compare `document` again and keep all contributions."""
    read = next(iter(read_documents([document], container.words, container.encoder)))
    assessment, measured = assess(read, prepared), measure(read, prepared)
    _, contributions = prepared.model.weigh(measured.features)
    parts = sorted(((n, SIGNALS[n], measured.features[n], c) for n, c in contributions.items() if abs(c) >= 0.02), key=lambda p: -abs(p[3]))
    return Explanation(
        report=prepared.baseline.report.id,
        comparer=prepared.digest,
        flag=assessment.flag,
        score=assessment.score,
        threshold=prepared.model.threshold,
        relation=assessment.relation.value,
        reasons=assessment.reasons,
        parts=parts,
        claims=_claims(measured),
        item_says=of_item(measured.reading.statements),
        claims_say=[(c.id, of_claim(c)) for c in (measured.claims[int(i)] for i in np.argsort(-measured.pairs)[:SHOWN_CLAIMS])],
        changes=[of_change(c) for c in measured.stated[:SHOWN_CHANGES]],
    )


def _claims(measured: Signals) -> list[tuple[str, str, float, dict[str, float]]]:
    out = []
    for i in np.argsort(-measured.pairs)[:SHOWN_CLAIMS]:
        claim = measured.claims[int(i)]
        signals = {name: round(float(v), 2) for name, v in zip(PAIR, measured.pair_rows[int(i)], strict=True)}
        out.append((claim.id, claim.statement, round(float(1 / (1 + np.exp(-measured.pairs[int(i)]))), 3), signals))
    return out


def render(answer: Explanation) -> Group:
    """The answer as text and tables."""
    word = "flagged" if answer.flag else "not flagged"
    head = f"[bold]{answer.report}[/]: {word}, score {answer.score:.3f}, flagged from {answer.threshold:.3f}; {answer.relation.replace('_', ' ')}\n  compared now by {answer.comparer}"
    weighed = Table("weighs", "value", "what", box=None, pad_edge=False)
    for _, text, value, part in answer.parts[:SHOWN_FEATURES]:
        weighed.add_row(f"[{'green' if part > 0 else 'red'}]{part:+.2f}[/]", f"{value:.2f}", text)
    near = Table("claim", "near", *PAIR, "statement", box=None, pad_edge=False)
    for claim, statement, score, signals in answer.claims:
        near.add_row(claim, f"{score:.2f}", *(f"{signals[name]:.2f}" for name in PAIR), statement)
    statements = Table("statements", "", box=None, pad_edge=False)
    for line in answer.item_says:
        statements.add_row("item", line)
    for claim, text in answer.claims_say:
        statements.add_row(claim, text)
    for change in answer.changes:
        statements.add_row("numbers", change)
    return Group(head, *(f"  · {r.text()}".replace("[", "\\[") for r in answer.reasons), "", statements, "", weighed, "", near, "")
