"""Evaluation on held-out events: ablation, aging and calibration. `ajour fit --report` writes it to
the docs.

No event is on both sides of a split.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from monitor.compare.decide.model import Model
from monitor.compare.signals.features import HAS_TEXT, groups
from monitor.compare.signals.pair_signals import PAIR_SIGNALS, Floats
from monitor.compare.training.train import Example, evaluate, fit_pairs, held_out_odds, later_odds, matrix, remeasured, scored


@dataclass(frozen=True)
class ReliabilityBin:
    """Items whose score is in [low, high): their number, mean score, and share of real updates."""

    low: float
    high: float
    items: int
    mean_score: float
    share: float


def without(examples: Sequence[Example], start: Model, group: str) -> Floats:
    """Held-out scores without one group of signals."""
    keep = np.array([0.0 if pair.group == group else 1.0 for pair in PAIR_SIGNALS])
    reduced = [replace(e, measured=replace(e.measured, pair_rows=e.measured.pair_rows * keep)) for e in examples]
    weights, intercept = fit_pairs(reduced)
    reduced = remeasured(reduced, replace(start, pair_weights=weights, pair_intercept=intercept))
    registry = start.registry
    x, _, _ = matrix(reduced, registry)
    removed = [i for i, signal in enumerate(registry.signals) if signal.group == group]
    x[:, removed] = 0.0
    return scored(reduced, held_out_odds(reduced, registry, x))


def ablation(examples: Sequence[Example], start: Model) -> dict[str, dict[str, float]]:
    """Average precision per dataset with each group of signals left out."""
    return {g: _precision(examples, without(examples, start, g)) for g in groups(start.registry)}


def later(examples: Sequence[Example], day: str, model: Model) -> dict[str, dict[str, float]]:
    """Scores on items published from `day` on, with weights fitted on items before it, at the
    thresholds of `model`.
    """
    after, odds = later_odds(examples, model.registry, day)
    some = [examples[i] for i in after]
    offset = float(model.weights[model.registry.names.index(HAS_TEXT)])
    return evaluate(some, scored(some, odds, offset), model.threshold)


def _precision(examples: Sequence[Example], scores: Floats) -> dict[str, float]:
    return {dataset: row["average_precision"] for dataset, row in evaluate(examples, scores, 0.5).items()}


def calibration(
    examples: Sequence[Example], scores: Floats, edges: Sequence[float] = (0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.01)
) -> list[ReliabilityBin]:
    """The reliability of the scores over all datasets, easy negatives included."""
    y = np.array([bool(e.label["flag"]) for e in examples])
    bins = []
    for low, high in zip(edges, edges[1:], strict=False):
        inside = (scores >= low) & (scores < high)
        if inside.any():
            bins.append(ReliabilityBin(low, min(high, 1.0), int(inside.sum()), float(scores[inside].mean()), float(y[inside].mean())))
    return bins


def calibration_svg(bins: Sequence[ReliabilityBin], size: int = 360) -> str:
    """The calibration as SVG: score on the x axis, share of updates on the y axis. The diagonal is
    perfect calibration; the size of a dot shows its number of items.
    """
    pad, span = 44, size - 64

    def x(v: float) -> float:
        return round(pad + v * span, 1)

    def y(v: float) -> float:
        return round(size - pad - v * span, 1)

    ticks = "".join(
        f'<text x="{x(t)}" y="{size - pad + 18}" text-anchor="middle">{t:g}</text><text x="{pad - 8}" y="{y(t) + 4}" text-anchor="end">{t:g}</text>'
        f'<line x1="{x(t)}" y1="{y(0)}" x2="{x(t)}" y2="{y(1)}" stroke="#ddd"/><line x1="{x(0)}" y1="{y(t)}" x2="{x(1)}" y2="{y(t)}" stroke="#ddd"/>'
        for t in (0, 0.25, 0.5, 0.75, 1)
    )
    dots = "".join(
        f'<circle cx="{x(b.mean_score)}" cy="{y(b.share)}" r="{round(3 + np.log10(b.items) * 2, 1)}" fill="#1f4e79" fill-opacity="0.75">'
        f"<title>score {b.mean_score:.2f}: {b.share:.0%} of {b.items} items are updates</title></circle>"
        for b in bins
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" viewBox="0 0 {size} {size}" font-family="sans-serif" font-size="12" role="img" '
        f'aria-label="Calibration: score against share of updates"><rect width="{size}" height="{size}" fill="#fff"/>{ticks}'
        f'<line x1="{x(0)}" y1="{y(0)}" x2="{x(1)}" y2="{y(1)}" stroke="#999" stroke-dasharray="4 4"/>{dots}'
        f'<text x="{x(0.5)}" y="{size - 6}" text-anchor="middle">score, on held-out events</text>'
        f'<text x="14" y="{y(0.5)}" text-anchor="middle" transform="rotate(-90 14 {y(0.5)})">share that are updates</text></svg>\n'
    )


def markdown(title: str, columns: Sequence[str], rows: dict[str, dict[str, float]]) -> str:
    """A table with one row per name and one column per dataset or measure."""
    lines = [f"| {title} | {' | '.join(columns)} |", f"| --- |{' ---: |' * len(columns)}"]
    lines += [f"| {name} | {' | '.join(_cell(c, row) for c in columns)} |" for name, row in rows.items()]
    return "\n".join(lines) + "\n"


def _cell(column: str, row: dict[str, float]) -> str:
    if column not in row:
        return ""
    return f"{row[column]:,.0f}" if column == "items" else f"{row[column]:.3f}"
