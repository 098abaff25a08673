"""Adaptive fetch interval: a half to four times the period of sources.yml, by publication rate.

A channel that posts every ten minutes is fetched sooner than its period, an institute that
publishes once a week later. A tier 1 source is never fetched later than its period, because a delay
of a day matters there. Cache-Control lengthens the interval, up to `SLOWEST`.
"""

import re
from collections.abc import Mapping

FASTEST = 0.5  # of the period
SLOWEST = 4.0  # of the period
LEAST_SECONDS = 300
LONGEST_SECONDS = 86_400
ITEMS_PER_FETCH = 2.0  # target for the average number of new items per fetch


def interval(period: int, per_day: float | None, tier: int, max_age: float = 0.0) -> int:
    """Seconds until the next fetch.

    `period`: seconds from sources.yml; `per_day`: average items per day, None if unknown;
    `max_age`: seconds for which the answer stays fresh.
    """
    seconds = float(period)
    if per_day is not None:
        by_rate = 86_400 * ITEMS_PER_FETCH / per_day if per_day > 0 else LONGEST_SECONDS
        slowest = period if tier == 1 else period * SLOWEST
        seconds = min(max(by_rate, period * FASTEST), slowest)
    seconds = max(seconds, min(max_age, period * SLOWEST), min(period, LEAST_SECONDS))
    return round(min(seconds, max(period, LONGEST_SECONDS)))


def max_age(headers: Mapping[str, str]) -> float:
    """`max-age` of Cache-Control in seconds; 0 if absent or if caching is forbidden."""
    directives = headers.get("cache-control", "").lower()
    match = re.search(r"\bmax-age\s*=\s*\"?(\d{1,9})", directives)
    return float(match.group(1)) if match and "no-store" not in directives and "no-cache" not in directives else 0.0
