"""`own_number`: the number that an item itself gives of what its title speaks of.

It is set against no claim: "Число призванных: 261 тысяча" says how many are called up, whatever the
report gives. Shown only where one number can be meant, and with the limits that the text sets
("about", "up to").
"""

from collections.abc import Sequence
from dataclasses import dataclass

from db.gist import GistValue
from monitor.compare.statements.claim_values import of_kind
from monitor.compare.statements.measures import Measures
from monitor.compare.statements.number import Number, Part
from monitor.compare.statements.read import IN_LEAD, IN_TITLE, ItemStatements, Line
from monitor.compare.statements.subjects import NUMBERS, Pack

SURE_IN_TITLE, SURE_IN_LEAD = 0.9, 0.95  # see Measures.binding
_PEOPLE = frozenset({"people", "men", "servicemen", "contract soldiers", "prisoners", "casualties"})


@dataclass(frozen=True)
class OwnNumber:
    """The number, and the item's own old value where it gives one."""

    new: GistValue
    in_title: bool
    old: GistValue | None = None
    above: bool = False
    up_to: bool = False
    about: bool = False


def own_number(item: ItemStatements, aspect: str, pack: Pack) -> OwnNumber | None:
    """The number of `aspect` in title or lead; None where none or more than one can be meant."""
    kind = pack.aspects[aspect].kind
    if kind not in NUMBERS - {"date"} or item.elsewhere:
        return None
    measures = Measures(pack)
    for weight, sure in ((IN_TITLE, SURE_IN_TITLE), (IN_LEAD, SURE_IN_LEAD)):
        candidates = [
            (line, n)
            for line in item.lines
            if line.weight == weight
            for n in line.numbers
            if n.part is Part.NEW and _measures(n, kind, pack.aspects[aspect].unit) and measures.binding(item, line, n, aspect) >= sure
        ]
        if candidates:
            return _one(candidates, item, aspect, pack, measures)
    return None


def _measures(n: Number, kind: str, unit: str | None) -> bool:
    if not of_kind(n, kind) or n.high <= 0:
        return False
    if kind == "count":
        return n.unit == unit or (n.unit == "?" and n.high >= 20) or {n.unit, unit} <= _PEOPLE
    return kind == "age" or n.unit != "?"


def _one(candidates: Sequence[tuple[Line, Number]], item: ItemStatements, aspect: str, pack: Pack, measures: Measures) -> OwnNumber | None:
    line, n = candidates[0]
    if any((m.low, m.high, m.unit) != (n.low, n.high, n.unit) for _, m in candidates):
        return None
    if measures.rivals_for(item, line, n, aspect, measures.binding(item, line, n, aspect)):
        return None
    unit = pack.aspects[aspect].unit or ""
    own = unit if n.unit == "?" or pack.aspects[aspect].kind == "age" else n.unit
    olds = {(m.low, m.high): m for m in line.numbers if m.part is Part.OLD and m.kind == n.kind and m.unit in (n.unit, "?")}
    old = GistValue(*next(iter(olds)), own) if len(olds) == 1 and (n.low, n.high) not in olds else None
    return OwnNumber(GistValue(n.low, n.high, own), line.weight == IN_TITLE, old, n.above and n.low == n.high, n.up_to, n.about)
