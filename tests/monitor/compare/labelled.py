"""Labelled items whose signals are given, for tests of fitting."""

import numpy as np

from monitor.baseline import Claim, ClaimReliability, WatchPhrases
from monitor.compare.reading.annotate import Document, read_item
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.signals.features import Registry
from monitor.compare.signals.known import NO_KNOWN_SIGNALS
from monitor.compare.signals.pair_signals import PAIR
from monitor.compare.signals.phrase_match import PhraseMatch
from monitor.compare.signals.semantic import SemanticMatch
from monitor.compare.training.train import Example
from monitor.compare.types import EncodedDocument, Signals

REGISTRY = Registry(vocabulary())
NONE = np.zeros(2, dtype=np.float32)
READING = read_item(Document("x", "", "", "2025-03-01", "ru", "Слово", ""), vocabulary())
CLAIMS = [
    Claim(id=f"EXA-00{n}", key="a", section="1", topic="other", statement="x", quote="x", as_of="2024", status=ClaimReliability.IN_FORCE,
          watch=WatchPhrases(ru=["слово"]), changes_if=["x"])
    for n in (1, 2)
]  # fmt: skip


def example(
    item: str,
    flag: bool,
    dataset: str = "d",
    event: str | None = None,
    day: str = "2025-03-01",
    rows: list[list[float]] | None = None,
    **features: float,
) -> Example:
    """An item with the given signals (all others 0), labelled with the first claim where it is
    flagged.
    """
    values = dict.fromkeys(REGISTRY.names, 0.0) | features
    pair_rows = np.array(rows or [[0.0] * len(PAIR)] * 2)
    measured = Signals(
        CLAIMS,
        READING,
        PhraseMatch(NONE, NONE, 0.0, {}),
        SemanticMatch(NONE, NONE, NONE, NONE, np.array([0])),
        {},
        {},
        [],
        NO_KNOWN_SIGNALS,
        pair_rows,
        pair_rows[:, 0],
        values,
    )
    label = {"flag": flag, "class": "update" if flag else "hard", "event": event, "claims": ["EXA-001"] if flag else []}
    read = EncodedDocument(Document(item, "", "", day, "ru", "Слово", ""), READING, np.zeros((1, 512), dtype=np.float32))
    return Example(dataset, read, measured, label, None)  # type: ignore[arg-type]  # no report needed


def labelled(n: int = 60) -> list[Example]:
    """Updates speak of scale, others ask; the text's length says nothing."""
    return [example(f"{i}", i % 2 == 0, event=f"e{i // 2}", scale=float(i % 2 == 0), asks=float(i % 2)) for i in range(n)]
