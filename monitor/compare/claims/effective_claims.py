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


def _renewed(claim: Claim, now: ConfirmedClaim) -> Claim:
    values = list(claim.values)
    for change in now.changes:
        values = _with(values, change["what"], change["old"], change["new"])
    return claim.model_copy(update={"statement": now.statement, "as_of": now.as_of, "values": values})


def _with(values: Sequence[ClaimValue], what: str, old: str, new: str) -> list[ClaimValue]:
    """The values after `what` went from `old` to `new`, both as shown to the person who confirmed:
    "10,000-30,000 RUB", "7 days".

    Words in which no such value is read change nothing.
    """
    told = {float(n.replace(",", "")) for n in _NUMBER.findall(old)}
    was = next((v for v in values if v.measures == what and not v.past and told and told <= set(bounds(v) or ())), None)
    if was is None or (now := _read(was, new)) is None:
        return list(values)
    return [v.model_copy(update={"past": True}) if v is was else v for v in values] + [_value(was, told, *now)]


_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_SHOWN = re.compile(r"(\d[\d,]*(?:\.\d+)?)(?:[-–](\d[\d,]*(?:\.\d+)?))? ([A-Za-z ]+)")


def _read(was: ClaimValue, new: str) -> tuple[float, float, str | None] | None:
    """(low, high, unit) of a value as it is shown; of an older release's, in the item's own words;
    None where there is none.
    """
    if shown := _SHOWN.fullmatch(new.strip()):
        low, high = (float(n.replace(",", "")) for n in (shown[1], shown[2] or shown[1]))
        return low, high, shown[3] if was.kind == "period" else was.unit
    found = next((f for f in read_values(new, None) if f.kind == was.kind), None)
    return (found.low, found.high, was.unit if found.unit == "?" else found.unit) if found else None


def _value(was: ClaimValue, told: set[float], low: float, high: float, unit: str | None) -> ClaimValue:
    """The new value. Where only one end of a range was told, the other stays."""
    if low == high and was.lower is not None and was.upper is not None and len(told) == 1:
        low, high = (low, was.upper) if was.lower in told else (was.lower, high)  # type: ignore[assignment]  # a number: dates are never shown so
    exact = low == high
    number = {"value": high if exact else None, "lower": None if exact else low or None, "upper": None if exact else high}
    return was.model_copy(update={**number, "unit": unit})
