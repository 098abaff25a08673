"""Faults of ours, made on purpose."""

from typing import Any

import pytest

from monitor.compare.decide import assess
from monitor.compare.types import Assessment, EncodedDocument


def comparing_fails(monkeypatch: pytest.MonkeyPatch, word: str) -> None:
    """From now on an item whose title holds `word` cannot be compared."""

    def fails(read: EncodedDocument, *rest: Any) -> Assessment:
        if word in read.document.title:
            raise ZeroDivisionError("a fault of ours")
        return real(read, *rest)

    real = assess.assess
    monkeypatch.setattr(assess, "assess", fails)
