"""The values of claims that can change, and their comparison with the numbers of an item: unit,
order, equality, and how both are shown.
"""

import math
from dataclasses import dataclass

from db.gist import GistValue
from monitor.baseline import Claim, ClaimValue
from monitor.compare.statements.number import Number, Part

_DAYS = {"hours": 1 / 24, "days": 1.0, "weeks": 7.0, "months": 365.25 / 12, "years": 365.25}
_LIKE_PEOPLE = frozenset(
    {"people", "men", "servicemen", "casualties", "prisoners", "contract soldiers", "convictions", "verdicts", "users", "contracts"}
)
_LIKE_CASES = frozenset({"cases", "verdicts", "decisions", "rulings", "convictions", "people"})
ORDER = 20.0  # beyond that it is another measure
# Counts of men do not grow twentyfold; from next to nothing anything can
LARGE, FEW = 100_000.0, 2.0


@dataclass(frozen=True)
class KnownValue:
    """A value of a claim that can change."""

    position: int
    claim: Claim
    value: ClaimValue
    low: float
    high: float

    @property
    def blank(self) -> bool:
        """Whether the claim speaks of the aspect without a number."""
        return math.isnan(self.high)


def limits(value: ClaimValue) -> tuple[float, float] | None:
    """(low, high) of a claim's value, a date as YYYYMMDD; None where it is past or no number."""
    if value.past:
        return None
    one = value.value
    low, high = (one, one) if one is not None else (value.lower, value.upper)
    if value.kind == "date":
        return (_day(one), _day(one)) if isinstance(one, str) else None
    if not isinstance(low, float) and not isinstance(high, float):
        return None
    bottom, top = (float(x) if isinstance(x, float) else None for x in (low, high))
    return (bottom if bottom is not None else top or 0.0, top if top is not None else bottom or 0.0)


def _day(text: str) -> float:
    year, month, day = (*map(int, text.split("-")), 0, 0)[:3]
    return float(year * 10000 + month * 100 + day)


def of_kind(n: Number, kind: str) -> bool:
    """Whether the number can be a value of `kind`; of ages those from 13 to 75."""
    if kind == "age":
        return (n.kind == "period" and n.unit == "years" and 13 <= n.high <= 75) or (
            n.unit == "?" and n.low == n.high and 14 <= n.high <= 75
        )
    if kind == "count":
        return n.kind == "count"
    return n.kind == kind


def comparable(n: Number, k: KnownValue) -> bool:
    """Whether number and value are of one unit, and of an order in which one could have become the
    other.
    """
    value = k.value
    if value.kind == "date":
        return n.kind == "date" and n.high >= 20_000_000
    if not of_kind(n, value.kind):
        return n.unit == "?" and n.part is Part.OLD and n.high > 0
    if value.kind == "money" and n.unit != value.unit:
        return False
    if value.kind == "count" and not _one_unit(n.unit, value.unit or "?"):
        return False
    if n.unit == "?" and n.part is Part.NEW and value.kind == "count" and n.high < 100:
        return False
    a, b = figure(n, k)[1], _measure(k.high, value.unit)
    if value.kind == "age" or k.blank or a <= 0 or b <= 0:
        return True
    counted = value.kind == "count"
    order = ORDER / 4 if counted and max(a, b) >= LARGE else ORDER
    return (a <= b * order and b <= a * order) or value.unit == "summonses" or (counted and k.high <= FEW and n.unit != "?")


def _one_unit(unit: str, known: str) -> bool:
    return unit in ("?", known) or {unit, known} <= _LIKE_PEOPLE or {unit, known} <= _LIKE_CASES


def _measure(number: float, unit: str | None) -> float:
    return number * _DAYS.get(unit or "", 1.0)


def figure(n: Number, k: KnownValue) -> tuple[float, float]:
    """(low, high) of the number; of a period in days."""
    if k.value.kind == "period" and n.unit in _DAYS:
        return n.low * _DAYS[n.unit], n.high * _DAYS[n.unit]
    if k.value.kind == "period" and n.unit == "?":
        return _measure(n.low, k.value.unit), _measure(n.high, k.value.unit)
    return n.low, n.high


def equal(n: Number, k: KnownValue) -> bool:
    """The same value, as far as both say it: the bound of an age, a rounded count, a year for a day
    of it.
    """
    if k.blank:
        return False
    low, high = figure(n, k)
    a, b = (_measure(k.low, k.value.unit), _measure(k.high, k.value.unit)) if k.value.kind == "period" else (k.low, k.high)
    if k.value.kind == "date":
        return int(high) // 10000 == int(b) // 10000 and (not int(high) % 10000 or not int(b) % 10000 or high == b)
    if k.value.kind == "age" and low == high:
        return high in (a, b)
    tolerance = 0.01 * max(abs(b), 1e-9)
    return abs(high - b) <= tolerance and (abs(low - a) <= tolerance or low == high or n.up_to or k.low == k.high)


def rounds(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Whether one is the other, rounded, or its upper end."""
    return abs(a[1] - b[1]) <= 0.01 * max(a[1], b[1], 1e-9)


def gist_value(low: float, high: float, k: KnownValue, n: Number, new: bool) -> GistValue:
    """The value that is shown; of an age only the bound that changed."""
    value = k.value
    if value.kind == "date":
        number = int(high)
        parts = (f"{number // 10000:04d}", f"{number // 100 % 100:02d}", f"{number % 100:02d}")
        return GistValue(date="-".join(p for p in parts if p != "00"))
    unit = value.unit or ""
    if new and value.kind == "period" and n.unit in _DAYS:
        unit = n.unit
    if value.kind == "age" and low != high and not new and n.low == n.high:
        low = high if n.high > low else low
        low, high = (k.low, k.low) if "lower" in value.measures else (k.high, k.high)
    return GistValue(low, high, unit)


def plain_text(value: GistValue) -> str:
    """As the replay output writes it: "10,000-30,000 RUB", "30 years", "2027-03"."""
    if value.date:
        return value.date
    text = _digits(value.high) if value.low == value.high else f"{_digits(value.low)}-{_digits(value.high)}"
    return f"{text} {_counted(value.unit, value.high)}".strip()


def _digits(number: float) -> str:
    return f"{number:,.0f}" if abs(number - round(number)) < 1e-6 else f"{number:,.1f}"


_SINGULAR = {
    "days": "day",
    "weeks": "week",
    "months": "month",
    "years": "year",
    "cases": "case",
    "ways": "way",
    "drafts": "draft",
    "regions": "region",
    "raids": "raid",
    "hours": "hour",
}


def _counted(unit: str, number: float) -> str:
    return _SINGULAR.get(unit, unit) if number == 1 else unit
