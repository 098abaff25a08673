"""How often a source is looked at: between a half and four times the rhythm that sources.yml gives it, by how much it publishes. Pure.

A channel that posts every ten minutes is looked at sooner than its rhythm says, a research institute that publishes once a week later; a primary text
never later than its rhythm, because there a day counts. What the server asks for (Cache-Control, Retry-After) is heard, within a day.
"""

import re
from collections.abc import Mapping

FASTEST = 0.5  # of the rhythm
SLOWEST = 4.0
LEAST_SECONDS = 300  # nobody is asked more often than every five minutes
LONGEST_SECONDS = 86_400
ITEMS_A_LOOK = 2.0  # how many new items a look should find on average


def interval(period: int, per_day: float | None, tier: int, max_age: float = 0.0) -> int:
    """Seconds until the next look. `per_day`: usual items a day, None while nobody knows."""
    wanted = float(period)
    if per_day is not None:
        by_rate = 86_400 * ITEMS_A_LOOK / per_day if per_day > 0 else LONGEST_SECONDS
        slowest = period if tier == 1 else period * SLOWEST
        wanted = min(max(by_rate, period * FASTEST), slowest)
    wanted = max(wanted, min(max_age, period * SLOWEST), min(period, LEAST_SECONDS))
    return round(min(wanted, max(period, LONGEST_SECONDS)))


def max_age(headers: Mapping[str, str]) -> float:
    """Seconds that Cache-Control says an answer stays fresh; 0 where it says nothing or forbids keeping."""
    said = headers.get("cache-control", "").lower()
    match = re.search(r"\bmax-age\s*=\s*\"?(\d{1,9})", said)
    return float(match.group(1)) if match and "no-store" not in said and "no-cache" not in said else 0.0
