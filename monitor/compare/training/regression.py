"""Logistic regression with bounded signs of the weights. Fitting needs scipy (the extra `fit`);
scoring does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from monitor.compare.signals.pair_signals import Floats


def bounded_logistic(
    x: Floats, y: npt.NDArray[np.bool_], weight: Floats, strength: float, pulls: Sequence[float], vote: float = 0.0
) -> tuple[Floats, float]:
    """Logistic regression by L-BFGS-B. Returns (weights, intercept).

    `x`: (n, features); `weight`: (n,); `strength`: inverse of the penalty. The sign of `pulls`
    bounds the sign of each weight (0: free). The L2 penalty is on the distance from `vote` times
    the pull.
    """
    from scipy.optimize import minimize

    sign = np.where(y, 1.0, -1.0)
    opinion = vote * np.array(pulls, dtype=np.float64)

    def loss(theta: Floats) -> tuple[float, Floats]:
        z = sign * (x @ theta[:-1] + theta[-1])
        moved = theta[:-1] - opinion
        value = float((weight * np.logaddexp(0, -z)).sum() + 0.5 / strength * (moved**2).sum())
        slope = -weight * sign / (1 + np.exp(np.minimum(z, 700)))
        return value, np.append(x.T @ slope + moved / strength, slope.sum())

    bounds: list[tuple[float | None, float | None]] = [(0, None) if p > 0 else (None, 0) if p < 0 else (None, None) for p in pulls]
    result = minimize(
        loss,
        np.append(opinion, 0.0),
        jac=True,
        method="L-BFGS-B",
        bounds=[*bounds, (None, None)],
        options={"maxiter": 2000},
    )
    return result.x[:-1], float(result.x[-1])


@dataclass(frozen=True)
class Standardizer:
    """Mean and scale of each feature, so that weights are comparable."""

    means: Floats
    scales: Floats

    @classmethod
    def of(cls, x: Floats, weight: Floats) -> "Standardizer":
        means = np.average(x, axis=0, weights=weight)
        scales = np.sqrt(np.average((x - means) ** 2, axis=0, weights=weight))
        return cls(means, np.where(scales < 1e-9, 1.0, scales))

    def __call__(self, x: Floats) -> Floats:
        return (x - self.means) / self.scales
