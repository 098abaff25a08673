"""The English statement of a draft, made of the pack's phrases: aspect, values, place, law, source
and date that were read in the sentence. It says less than the sentence or nothing, never more.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from db.gist import BRITISH, GistValue
from monitor.baseline import ClaimReliability
from monitor.compare.statements.acts import NamedAct
from monitor.compare.statements.number import Number
from monitor.compare.statements.subjects import NUMBERS, Aspect, Pack
from monitor.report_import.sentences import cue

MOST_VALUES = 3  # numbers of one sentence that a statement names
_LONG = frozenset({"months", "years"})  # units of time: a term in days is none in years
_SHORT = frozenset({"hours", "days", "weeks"})
# "no 10 cases"; a term or sum may stand beside "does not appear"
_COUNTED = frozenset({"count", "share"})
_FORBIDS = re.compile(r"\b(?:not|no longer|forbidden|closed to)\b")


@dataclass(frozen=True)
class Read:
    """What was read in a sentence."""

    text: str  # plain
    aspect: Aspect
    says: str  # the English sentence of the aspect, where it has no number; "" for none
    status: ClaimReliability
    beside: bool  # whether words stand there by which the pack tells what a number measures
    values: Sequence[Mapping[str, Any]]  # as the entry of a claim has them
    places: Sequence[str]  # names of places in the pack
    acts: Sequence[NamedAct]
    outlets: Sequence[str]  # that the footnotes cite
    as_of: str | None  # the day that text or footnotes state


def measured(numbers: Iterable[Number], aspect: Aspect) -> list[Number]:
    """The numbers that can be of `aspect`: of its kind, and of a unit that fits."""
    if aspect.kind not in NUMBERS or aspect.kind == "date":
        return []
    return [n for n in numbers if n.kind == aspect.kind and _fits(n, aspect.unit)]


def _fits(number: Number, unit: str | None) -> bool:
    if number.kind == "period":
        return not ({number.unit, unit} & _LONG and {number.unit, unit} & _SHORT)
    if number.kind == "count" and (number.low % 1 or number.high % 1):
        return False  # the number of a section, or of a version
    return number.unit == unit or number.kind in ("money", "share", "age")


def statement(read: Read, pack: Pack) -> str:
    """One English sentence; "" where the sentence denies, limits or doubts what it speaks of, where
    a number of the aspect was not read, or where the pack has no sentence for the aspect.
    """
    if read.status is ClaimReliability.UNCERTAIN or cue("weakened").search(read.text):
        return ""
    denied = bool(cue("negated").search(read.text))
    if read.aspect.kind in NUMBERS:
        telling = read.beside or read.aspect.kind == "share" or (read.aspect.kind == "count" and read.aspect.unit != "people")
        if (denied and read.aspect.kind in _COUNTED) or not telling or not 1 <= len(read.values) <= MOST_VALUES:
            return ""
        says = read.aspect.says["en"]
        shown = " and ".join(dict.fromkeys(_value(v) for v in read.values))
        return _with_source(f"{_capitalised(says)}{_where(read.places, says, pack)}: {shown}", read, pack)
    denied = denied or bool(cue("lacking").search(read.text))
    forbids = bool(_FORBIDS.search(read.says))
    if not read.says or forbids != (denied or bool(cue("banned").search(read.text))):
        return ""
    said = f"{read.says}{_where(read.places, read.says, pack)}"
    outlet = read.outlets[0] if len(set(read.outlets)) == 1 else ""
    begin = {
        ClaimReliability.PROPOSED: "It is proposed that ",
        ClaimReliability.ANNOUNCED: "It is announced that ",
        ClaimReliability.REPORTED: f"{outlet} reports that " if outlet else "It is reported that ",
    }.get(read.status, "")
    return _with_source(f"{begin}{said}" if begin else _capitalised(said), read, pack)


def _capitalised(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _with_source(text: str, read: Read, pack: Pack) -> str:
    """The sentence with its law, source and date."""
    law = [_act(a, pack) for a in read.acts[:2]]
    source = [read.outlets[0]] if len(set(read.outlets)) == 1 and read.outlets[0] not in text and not law else []
    day = [f"as of {GistValue(date=read.as_of).text(BRITISH)}"] if read.as_of else []
    aside = ", ".join([*law, *source, *day])
    return f"{text} ({aside})." if aside else f"{text}."


def _where(places: Sequence[str], says: str, pack: Pack) -> str:
    """The place, where the sentence names one and the phrase does not."""
    narrow = [p for p in places if p != next(iter(pack.places), "")]
    named = pack.places[narrow[0]].says if len(narrow) == 1 else ""
    return f", {named}" if named and not _stems(named) & _stems(says) else ""


def _stems(text: str) -> set[str]:
    return {word[:5].lower() for word in re.findall(r"\w{5,}", text)}


def _value(value: Mapping[str, Any]) -> str:
    low, high = (value.get(k, value.get("value")) for k in ("from", "to"))
    if isinstance(low, float) and isinstance(high, float):
        return GistValue(low, high, value["unit"]).text(BRITISH)
    limit, word = (high, "up to") if low is None else (low, "at least")
    return f"{word} {GistValue(float(limit or 0), float(limit or 0), value['unit']).text(BRITISH)}"


def _act(named: NamedAct, pack: Pack) -> str:
    known = pack.acts.get(named.act)
    article = f", article {min(named.articles)}" if len(named.articles) == 1 else ""
    return f"{known.english if known else named.act}{article}"
