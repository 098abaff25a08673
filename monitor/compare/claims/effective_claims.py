"""A report's claims with the updates that reviewers confirmed.

After a confirmed update, items are compared with the new wording and value: the same news, also
months later, restates what is known, and the next change is a change of the new value. The old
value stays as a superseded value (`past`).
"""

import re
from collections.abc import Iterable, Sequence

from db.reports import ConfirmedClaim
from monitor.baseline import Baseline, Claim, ClaimValue
from monitor.compare.reading.values import bounds, read_values


def as_confirmed(baseline: Baseline, confirmed: Iterable[ConfirmedClaim]) -> Baseline:
    """`baseline` with the wordings and values of `confirmed`; `baseline` itself if there are
    none.
    """
    by_claim = {c.claim_id: c for c in confirmed}
    if not by_claim:
        return baseline
    return baseline.model_copy(update={"claims": [_renewed(c, by_claim[c.id]) if c.id in by_claim else c for c in baseline.claims]})


def _renewed(claim: Claim, confirmed: ConfirmedClaim) -> Claim:
    values = list(claim.values)
    for change in confirmed.changes:
        values = _with(values, change["what"], change["old"], change["new"])
    return claim.model_copy(update={"statement": confirmed.statement, "as_of": confirmed.as_of, "values": values})


def _with(values: Sequence[ClaimValue], what: str, old: str, new: str) -> list[ClaimValue]:
    """The values after `what` went from `old` to `new`, both as shown to the person who confirmed:
    "10,000-30,000 RUB", "7 days".

    Words in which no such value is read change nothing.
    """
    old_numbers = {float(n.replace(",", "")) for n in _NUMBER.findall(old)}
    old_value = next((v for v in values if v.measures == what and not v.past and old_numbers and old_numbers <= set(bounds(v) or ())), None)
    if old_value is None or (read := _read(old_value, new)) is None:
        return list(values)
    return [v.model_copy(update={"past": True}) if v is old_value else v for v in values] + [_value(old_value, old_numbers, *read)]


_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SHOWN = re.compile(r"(\d[\d,]*(?:\.\d+)?)(?:[-–](\d[\d,]*(?:\.\d+)?))? ([A-Za-z ]+)")


def _read(old_value: ClaimValue, new: str) -> tuple[float, float, str | None] | None:
    """(low, high, unit) of a value as it is shown; of an older release's, in the item's own words;
    None where there is none.
    """
    if shown := _SHOWN.fullmatch(new.strip()):
        low, high = (float(n.replace(",", "")) for n in (shown[1], shown[2] or shown[1]))
        return low, high, shown[3] if old_value.kind == "period" else old_value.unit
    value = next((f for f in read_values(new, None) if f.kind == old_value.kind), None)
    return (value.low, value.high, old_value.unit if value.unit == "?" else value.unit) if value else None


def _value(old_value: ClaimValue, old_numbers: set[float], low: float, high: float, unit: str | None) -> ClaimValue:
    """The new value. Where only one end of a range was given, the other stays."""
    if low == high and old_value.lower is not None and old_value.upper is not None and len(old_numbers) == 1:
        # Numbers: dates are never shown so
        low, high = (low, old_value.upper) if old_value.lower in old_numbers else (old_value.lower, high)  # type: ignore[assignment]
    exact = low == high
    number = {"value": high if exact else None, "lower": None if exact else low or None, "upper": None if exact else high}
    return old_value.model_copy(update={**number, "unit": unit})
