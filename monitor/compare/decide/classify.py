"""From score to judgement: is it flagged, what is it to its claim, how soon should a person look.

The one home of "is it flagged". The score ranks; this module draws the lines, each of them a rule a
person can check.
"""

import math
import re

import numpy as np

from db.enums import Relation, Severity, Stage
from monitor.baseline import Claim, ClaimReliability
from monitor.compare.reading.annotate import Document
from monitor.compare.reading.legal_stage import RANK, RANK_OF_STATUS, StageFound
from monitor.compare.statements.gist import ItemFacts, gist_of, reported
from monitor.compare.statements.read import IN_TITLE
from monitor.compare.statements.subjects import Pack
from monitor.compare.types import PreparedReport, Signals, Verdict

_HIGH_COURT = re.compile(r"верховн|конституционн|пленум|supreme|constitutional")
ABOUT = 0.0  # pair log-odds from which an item counts as being about a claim


def judge(document: Document, measured: Signals, prepared: PreparedReport, score: float) -> Verdict:
    """Apply the lines to `score`."""
    claims = measured.claims
    order = np.argsort(-measured.pairs, kind="stable")
    nearest = claims[int(order[0])]
    named = tuple((claims[int(i)].id, round(1 / (1 + math.exp(-float(measured.pairs[i]))), 4)) for i in order[:5])
    older = is_older(document.published, prepared.baseline.report.research_closed)
    flag = score >= prepared.model.threshold and not older
    among = {claim for claim, _ in named}
    certain = [c for c in measured.stated if c.certain and c.claim_id in among] if measured.features["other_only"] <= 0 else []
    # A first number, where the report gives none, is shown for the claim that the item is about.
    changes = [c for c in certain if c.before or (flag and c.claim_id == nearest.id)]
    stage = measured.reading.stage.stage if measured.reading.stage else None
    grammar = measured.reading.grammar
    in_title = measured.reading.stage is not None and measured.reading.stage.in_title
    facts = ItemFacts(document.outlet, document.published, stage, in_title, foreseen=grammar.future > 0 and not grammar.past)
    relation = _relation(measured, nearest, flag, bool(changes), float(measured.pairs[order[0]]))
    return Verdict(
        flag,
        _severity(measured, prepared.pack, flag),
        relation,
        named,
        nearest,
        int(order[0]),
        tuple(changes[:5]),
        # Only flags show a gist, and few items are flags.
        gist_of(measured.reading.statements, nearest, changes[0] if changes else None, facts, prepared.pack)
        if flag
        else reported(nearest, document.outlet, prepared.pack),
        older,
    )


def is_older(published: str, research_closed: str) -> bool:
    """Whether the item was published before the report's research closed (compared as far as the
    report's date reaches).
    """
    return bool(published) and published[: len(research_closed)] < research_closed


def _relation(measured: Signals, nearest: Claim, flag: bool, value_changed: bool, closeness: float) -> Relation:
    stage = measured.reading.stage
    if not flag:
        return (
            Relation.RESTATES
            if closeness > ABOUT and measured.features["field_army"] + len(measured.reading.subjects) > 1
            else Relation.UNRELATED
        )
    if closeness < ABOUT - 1.5:
        return Relation.NEW_TOPIC
    if nearest.open or nearest.status is ClaimReliability.UNCERTAIN:
        return Relation.ANSWERS
    if stage and stage.stage in (Stage.DENIED, Stage.REPEALED):
        return Relation.CONTRADICTS
    moved = stage is not None and stage.rank > max(2, RANK_OF_STATUS[nearest.status.value] - 3)
    if (
        value_changed
        or moved
        or nearest.status in (ClaimReliability.IN_FORCE, ClaimReliability.ANNOUNCED, ClaimReliability.PROPOSED, ClaimReliability.FIGURE)
    ):
        return Relation.UPDATES
    return Relation.ADDS_DETAIL


def _severity(measured: Signals, pack: Pack, flag: bool) -> Severity:
    """How soon a person should read the item; a rule for each level.

    High: a rule is adopted, signed, in force or repealed, or a high court has ruled; or the title
    reports as fact a practice that the pack marks as grave (men are stopped at the border, a new
    mobilisation). Low: a rumour or a denial, unless the title speaks of such a practice, and a
    figure that the pack marks as minor. Medium: everything else, such as a bill, a new count, the
    yearly act of an aspect marked as routine, and the title of an act that does not say what
    changes.
    """
    if not flag:
        return Severity.NONE
    stage, aspects = measured.reading.stage, [pack.aspects[a] for a, w in measured.reading.statements.aspects.items() if w >= IN_TITLE]
    if stage and stage.stage in (Stage.RUMOUR, Stage.DENIED):
        return Severity.LOW if stage.in_title or not any(a.grave for a in aspects) else Severity.HIGH
    if measured.reading.statements.title_of is not None and not measured.features["st_changed"]:
        return Severity.MEDIUM
    if stage and (stage.rank >= RANK[Stage.ADOPTED] or stage.stage is Stage.REPEALED or _high_court(stage)):
        return Severity.MEDIUM if any(a.routine for a in aspects) else Severity.HIGH
    if stage and stage.rank:
        return Severity.MEDIUM
    if any(a.grave for a in aspects):
        return Severity.HIGH
    return Severity.LOW if aspects and all(a.minor for a in aspects) else Severity.MEDIUM


def _high_court(stage: StageFound) -> bool:
    return stage.stage is Stage.COURT and bool(_HIGH_COURT.search(stage.words))
