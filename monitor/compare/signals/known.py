"""What shows that an item repeats what the report knows: its numbers and its dates."""

from dataclasses import dataclass

from monitor.compare.statements.number import Part
from monitor.compare.statements.read import IN_LEAD, ItemStatements

_YEAR = 10_000  # dates are numbers YYYYMMDD, with zeros for what is not given; MMDD without a year


@dataclass(frozen=True)
class KnownSignals:
    """Two signs, each 0..1."""

    restated: float  # how surely a number of the item is a claim's own value
    # Whether title and lead date the matter before the report's research closed, and nothing after
    old_dates: float


NO_KNOWN_SIGNALS = KnownSignals(restated=0.0, old_dates=0.0)


def old_dates(item: ItemStatements, research_closed: str) -> float:
    """The weight of the best place that dates the matter before `research_closed` (ISO 8601); 0
    where another date is later.

    A year alone is too coarse to be old; a day without a year is near the day of publication.
    """
    closed = [int(part) for part in research_closed.split("-")]
    year, month, day = (*closed, 99, 99)[:3]
    close = year * _YEAR + month * 100 + day
    before = 0.0
    for line in item.lines:
        for number in line.numbers:
            if number.unit != "date" or number.part is Part.OLD or line.weight < IN_LEAD:
                continue
            date = int(number.high)
            coarse = date % _YEAR == 0
            if date < _YEAR or (date >= (year + 1) * _YEAR if coarse else date > close):
                return 0.0
            if not coarse:
                before = max(before, line.weight)
    return before
