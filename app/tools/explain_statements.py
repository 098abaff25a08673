"""The statements of an item and of claims, as `ajour why` shows them side by side."""

from monitor.baseline import Claim, ClaimValue
from monitor.compare.statements.differ import Change
from monitor.compare.statements.number import Number
from monitor.compare.statements.read import IN_LEAD, IN_TITLE, ItemStatements, Line


def of_item(item: ItemStatements) -> list[str]:
    """One line for each sentence that counts: its place, aspects (or subjects), persons, places and
    numbers, each number with the part it plays.
    """
    return [text for line in item.lines if line.weight and (text := _line(line))]


def _line(line: Line) -> str:
    place = "title" if line.weight == IN_TITLE else "lead" if line.weight == IN_LEAD else "text"
    subjects_only = {s for s in line.subjects if not any(a.startswith(f"{s}.") for a in line.aspects)}
    parts = [
        ", ".join([*sorted(line.aspects), *sorted(subjects_only)]),
        ", ".join(sorted(line.persons)),
        ", ".join(f"in {p}" for p in sorted(line.places)),
        ", ".join(_number(n) for n in line.numbers),
    ]
    text = "; ".join(p for p in parts if p)
    return f"{place}: {text}" if text else ""


def _number(n: Number) -> str:
    figures = f"{n.high:,.10g}" if n.low == n.high else f"{n.low:,.10g}-{n.high:,.10g}"
    if n.kind == "date":
        digits = f"{n.high:08.0f}"
        figures = "-".join(p for p in (digits[:4], digits[4:6], digits[6:]) if int(p))
    unit = "" if n.unit in ("?", "date") else f" {n.unit}"
    return f"{figures}{unit} ({n.part.value})"


def of_claim(claim: Claim) -> str:
    """What the claim says in the same form; "" where it names no aspect."""
    about = claim.about
    if about is None:
        return ""
    parts = [
        ", ".join([about.aspect, *about.touches]),
        ", ".join(about.persons),
        f"in {about.place}",
        ", ".join(filter(None, map(_value, claim.values))),
    ]
    return "; ".join(p for p in parts if p)


def _value(value: ClaimValue) -> str:
    if not value.aspect or value.past:
        return ""
    low, high = value.lower, value.upper
    if value.value is not None:
        figure = _figure(value.value)
    elif low is None or high is None:
        figure = f"up to {_figure(high)}" if low is None else f"from {_figure(low)}"
    else:
        figure = f"{_figure(low)}-{_figure(high)}"
    return f"{figure} {value.unit or ''}".strip()


def _figure(value: float | str | None) -> str:
    return f"{value:,.10g}" if isinstance(value, float) else str(value)


def of_change(change: Change) -> str:
    """A number set against a claim's, and why it is shown or not."""
    head = f"{change.claim_id} {change.measures}: {change.old or 'no value'} → {change.new}"
    if change.certain:
        return f"{head}: shown"
    if change.sure:
        return f"{head}: not shown, another period or inside the claim's range"
    stated = "the old value is stated" if change.stated else "no old value is stated"
    return f"{head}: not shown, not certain (words {min(1.0, change.weight):.2f}, {stated})"
