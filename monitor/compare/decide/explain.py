"""Reasons of an assessment: what changed, the stage, what spoke for and against, each with its
words.

Reasons are data (db.reason_codes); the sentences are made where they are shown.
"""

from collections.abc import Sequence

from db.reason_codes import Reason, ReasonCode
from monitor.compare.decide.model import GUARDS
from monitor.compare.reading.annotate import Document
from monitor.compare.signals.features import Signal
from monitor.compare.types import PreparedReport, Signals, Verdict

READ_BY_RULE = frozenset({"ru", "uk", "en", "de", "da", "nl"})
SUBJECTS_READ = frozenset({"es", "bg", "pl"})  # the pack has cues for the main subjects
STRONG = 0.2  # log-odds from which a feature is worth naming
NEAR = 0.35  # score of wording or meaning from which it is worth naming
MOST_SIGNALS = 3  # named for a flag, and as many against it


def explain(
    document: Document, measured: Signals, prepared: PreparedReport, verdict: Verdict, parts: dict[str, float]
) -> tuple[Reason, ...]:
    """Reasons by weight: the change first, then the claim, the stage, and what spoke for and
    against.

    `parts`: contribution of each feature to the log-odds (Model.weigh).
    """
    reasons = [
        Reason(ReasonCode.VALUE_CHANGED, {"claim": c.claim_id, "measures": c.measures, "old": c.old, "new": c.new})
        for c in verdict.changes[:2]
    ]
    reasons += _nearest_claim(measured, verdict)
    if stage := measured.reading.stage:
        reasons.append(Reason(ReasonCode.STAGE, {"stage": stage.stage.value, "words": [stage.words.strip()]}))
    if document.lang and document.lang not in READ_BY_RULE:
        code = ReasonCode.SUBJECTS_ONLY if document.lang in SUBJECTS_READ else ReasonCode.ENCODER_ONLY
        reasons.append(Reason(code, {"lang": document.lang}))
    if verdict.older:
        closed = prepared.baseline.report.research_closed
        reasons.append(Reason(ReasonCode.BEFORE_RESEARCH, {"day": document.day, "closed": closed}))
    if measured.reading.subjects:
        reasons += [Reason(ReasonCode.PENALTY, {"penalty": g.code}) for g in GUARDS if g.applies(measured.features)]
    signals = [(parts[s.name], s) for s in prepared.model.registry.signals if s.named and measured.features[s.name]]
    reasons += _strongest(ReasonCode.SIGNAL_FOR, measured, signals)
    reasons += _strongest(ReasonCode.SIGNAL_AGAINST, measured, [(-part, signal) for part, signal in signals])
    return tuple(reasons) or (Reason(ReasonCode.NOTHING_FOUND, {}),)


def _nearest_claim(measured: Signals, verdict: Verdict) -> list[Reason]:
    """What brings the item near its claim: a watch phrase, or a change that the claim foresees."""
    reasons, position, claim = list[Reason](), verdict.position, verdict.nearest
    if position in measured.wording.best and measured.wording.scores[position] >= NEAR:
        phrase, sentence = measured.wording.best[position]
        reasons.append(Reason(ReasonCode.WATCH_PHRASE, {"claim": claim.id, "phrase": phrase, "sentence": _short(sentence)}))
    if float(measured.meaning.changes[position]) >= NEAR:
        change = claim.changes_if[measured.meaning.nearest_change(position)]
        reasons.append(Reason(ReasonCode.LIKE_CHANGE, {"claim": claim.id, "change": change}))
    return reasons


def _strongest(code: ReasonCode, measured: Signals, signals: Sequence[tuple[float, Signal]]) -> list[Reason]:
    """The signals that decided most, each with the first words that it rests on; the number says
    how much each speaks for `code`.
    """
    ranked = sorted((pair for pair in signals if pair[0] >= STRONG), key=lambda pair: -pair[0])
    return [
        Reason(code, {"signal": signal.name, "words": [_short(hit.words.strip(), 60) for hit in signal.quotes(measured.reading)]})
        for _, signal in ranked[:MOST_SIGNALS]
    ]


def _short(text: str, most: int = 110) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"
