"""Reasons of an assessment: what changed, the stage, what spoke for and against, each with its words.

Reasons are data (db.reason_codes); the sentences are made where they are shown.
"""

from db.reason_codes import Reason, ReasonCode
from monitor.compare.features import HAS_TEXT
from monitor.compare.reading import Document, Hits
from monitor.compare.types import Measured, Prepared, Verdict
from monitor.compare.verdict import GUARDS

READ_BY_RULE = frozenset({"ru", "uk", "en", "de", "da", "nl"})
STRONG = 0.2  # log-odds from which a feature is worth naming
NEAR = 0.35  # score of wording or meaning from which it is worth naming
MOST_SIGNALS = 3  # named for a flag, and as many against it
# Signals that are not named: a reason of its own shows the words, or there are no words to show.
_NOT_NAMED = ("pair_", "meaning_", "wording", "stage_", HAS_TEXT)


def explain(document: Document, measured: Measured, prepared: Prepared, verdict: Verdict, parts: dict[str, float]) -> tuple[Reason, ...]:
    """Reasons by weight: the change first, then the claim, the stage, and what spoke for and against.

    `parts`: contribution of each feature to the log-odds (Model.weigh).
    """
    found = [
        Reason(ReasonCode.VALUE_CHANGED, {"claim": c.claim_id, "measures": c.measures, "old": c.old, "new": c.new})
        for c in verdict.changes[:2]
    ]
    found += _nearest_claim(measured, verdict)
    if stage := measured.reading.stage:
        found.append(Reason(ReasonCode.STAGE, {"stage": stage.stage.value, "words": [stage.words.strip()]}))
    if document.lang and document.lang not in READ_BY_RULE:
        found.append(Reason(ReasonCode.ENCODER_ONLY, {"lang": document.lang}))
    if verdict.older:
        closed = prepared.baseline.report.research_closed
        found.append(Reason(ReasonCode.BEFORE_RESEARCH, {"day": document.day, "closed": closed}))
    if measured.reading.subjects:
        found += [Reason(ReasonCode.PENALTY, {"penalty": g.code}) for g in GUARDS if g.applies(measured.features)]
    found += _strongest(ReasonCode.SIGNAL_FOR, measured, parts)
    found += _strongest(ReasonCode.SIGNAL_AGAINST, measured, {name: -part for name, part in parts.items()})
    return tuple(found) or (Reason(ReasonCode.NOTHING_FOUND, {}),)


def _nearest_claim(measured: Measured, verdict: Verdict) -> list[Reason]:
    """What brings the item near its claim: a watch phrase, or a change that the claim foresees."""
    found, position, claim = list[Reason](), verdict.position, verdict.nearest
    if position in measured.wording.best and measured.wording.scores[position] >= NEAR:
        phrase, sentence = measured.wording.best[position]
        found.append(Reason(ReasonCode.WATCH_PHRASE, {"claim": claim.id, "phrase": phrase, "sentence": _short(sentence)}))
    if float(measured.meaning.changes[position]) >= NEAR:
        change = claim.changes_if[measured.meaning.nearest_change(position)]
        found.append(Reason(ReasonCode.LIKE_CHANGE, {"claim": claim.id, "change": change}))
    return found


def _strongest(code: ReasonCode, measured: Measured, parts: dict[str, float]) -> list[Reason]:
    """The signals that decided most; `parts`: how much each speaks for what `code` says."""
    named = [n for n, part in parts.items() if part >= STRONG and measured.features[n] and not n.startswith(_NOT_NAMED)]
    ranked = sorted(named, key=lambda n: -parts[n])
    return [Reason(code, {"signal": n, "words": _words(n, measured)}) for n in ranked[:MOST_SIGNALS]]


def _words(name: str, measured: Measured) -> list[str]:
    """The words of the item that a signal rests on; [] where it rests on no single words."""
    group, _, entry = name.partition("_")
    r = measured.reading
    places: dict[str, tuple[Hits, ...]] = {
        "subject": (r.subjects_title, r.subjects_body),
        "field": (r.field,),
        "kind": (r.kinds_title, r.kinds_body),
        "actor": (r.actors_title, r.actors),
    }
    for hits in places.get(group, ()):
        if entry in hits:
            return [_short(hits[entry][0].words.strip(), 60)]
    if name.startswith(("other", "ukraine")):
        found = {c: h for c, h in {**r.countries_title, **r.countries_body}.items() if c != "russia"}
        return [h[0].words for h in list(found.values())[:2]]
    return []


def _short(text: str, most: int = 110) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"
