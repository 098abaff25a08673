"""The part of each number in its sentence: "from A to B" gives the old value and the new one; the
words of a clause tell the rest.
"""

import re
from dataclasses import replace

from monitor.compare.statements import words as w
from monitor.compare.statements.number import Number, Part

_STEP_FROM = re.compile(r"(?<!\w)(?:с|со|з|із|from|von|fra|van|de|от|z|ze)\s$")
_STEP_TO = re.compile(r"(?:до|на|to|auf|til|naar|a|hasta|do)")


def stepped(sentence: str, numbers: list[Number]) -> list[Number]:
    """ "from A to B" where something changes: A is the old value, B the new one, in B's unit where
    A bears none.
    """
    out, i = list[Number](), 0
    while i < len(numbers):
        a, b = numbers[i], numbers[i + 1] if i + 1 < len(numbers) else None
        if b and _is_step(sentence, a, b):
            unit = (b.kind, b.unit) if b.unit != "?" else (a.kind, a.unit)
            if (a.unit in ("?", unit[1]) or b.unit == "?") and "date" not in {a.kind, b.kind} - {unit[0]}:
                factor = _same_scale(a, b)
                out.append(
                    replace(
                        a,
                        low=a.low * factor,
                        high=a.high * factor,
                        kind=unit[0],
                        unit=unit[1],
                        part=Part.OLD,
                        stepped=True,
                        up_to=False,
                        above=False,
                    )
                )
                out.append(replace(b, kind=unit[0], unit=unit[1], part=Part.NEW, stepped=True, up_to=False, above=False))
                i += 2
                continue
        out.append(a)
        i += 1
    return out


_REPLACED = re.compile(
    r"^(?:[\w-]+ ){0,2}(?:замен\w+|смен\w+|замін\w+|is replaced (?:by|with)|are replaced (?:by|with)|replaced (?:by|with)|gives way to)(?: на)?$"
)


def _is_step(sentence: str, a: Number, b: Number) -> bool:
    between = sentence[a.end : b.start].strip()
    if between == "→" or _REPLACED.search(between):
        return a.kind == b.kind or "?" in (a.unit, b.unit)
    if not _STEP_FROM.search(sentence[max(0, a.start - 6) : a.start]):
        return False
    word = between.split(" ")[-1] if between else ""
    if len(between.split()) > 4 or not _STEP_TO.fullmatch(word):
        return False
    return word in ("на", "auf", "naar") or bool(w.CHANGE.search(sentence))


def _same_scale(a: Number, b: Number) -> float:
    """ "с 10 до 30 тысяч": the first one is in thousands too."""
    scaled = any(b.high >= f * 1 and a.high * f <= b.high * 20 and a.high * f * 20 >= b.high for f in (1e3, 1e6)) and a.high < b.high / 20
    return next((f for f in (1e3, 1e6) if scaled and a.high * f * 20 >= b.high and a.high * f <= b.high * 20), 1.0)


_INSTEAD = re.compile(
    r"(?<!\w)(?:вместо|а не|против|rather than|instead of|than|compared|up from|down from|against|statt|i stedet for|in plaats van|замість|чем)(?!\w)"
)


_TO = re.compile(r"(?<!\w)(?:до|на|to|auf|til|naar|tot|op)$")


def part_of(sentence: str, n: Number) -> Part:
    """What the words of its clause make of a number."""
    clause, before = sentence[n.clause[0] : n.clause[1]], sentence[max(0, n.start - 40) : n.start].rstrip()
    after = _INSTEAD.search(sentence, n.end, n.clause[1])
    clause = sentence[n.clause[0] : after.start()] if after else clause
    if n.kind == "share" and re.search(r"(?:(?<!\w)на|by|um|med|met)(?: \w+)?$", before):
        return Part.ASIDE  # "by 40 percent": how much something changed, not what it is
    if w.OLD_BEFORE.search(before):
        return Part.OLD
    if w.ASIDE.search(clause):
        return Part.ASIDE
    if w.SAME_CLAUSE.search(clause) and not (_TO.search(before) and w.CHANGE.search(clause)):
        return Part.SAME
    if sentence[n.clause[0]] == "(" and n.clause[1] - n.clause[0] < n.end - n.clause[0] + 12:
        return Part.OLD if not w.NEW_CLAUSE.search(clause) else Part.NEW
    if w.OLD_CLAUSE.search(clause) and not w.NEW_CLAUSE.search(clause):
        return Part.OLD
    return Part.NEW
