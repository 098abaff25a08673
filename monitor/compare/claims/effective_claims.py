"""A report's claims with the updates that reviewers confirmed.

After a confirmed update, items are compared with the new wording and value: the same news, also
months later, restates what is known, and the next change is a change of the new value. The old
value stays as a superseded value (`past`).
"""

from collections.abc import Iterable, Sequence

from db.reports import ConfirmedClaim
from monitor.baseline import Baseline, Claim, ClaimValue
from monitor.compare.reading.values import FoundValue, bounds, read_values, show


def as_confirmed(baseline: Baseline, confirmed: Iterable[ConfirmedClaim]) -> Baseline:
    """`baseline` with the wordings and values of `confirmed`; `baseline` itself if there are none."""
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
    """The values after `what` changed from `old` to `new` (both as displayed to the reviewer). Text
    without such a value changes nothing.
    """
    was = next((v for v in values if v.measures == what and not v.past and (limits := bounds(v)) and show(v, limits) == old), None)
    read = next((f for f in read_values(new, None) if was is not None and f.kind == was.kind), None)
    if was is None or read is None:
        return list(values)
    return [v.model_copy(update={"past": True}) if v is was else v for v in values] + [_value(was, read)]


def _value(was: ClaimValue, read: FoundValue) -> ClaimValue:
    exact = read.low == read.high
    number = {"value": read.high if exact else None, "lower": None if exact else read.low or None, "upper": None if exact else read.high}
    return was.model_copy(update={**number, "unit": was.unit if read.unit == "?" else read.unit})
