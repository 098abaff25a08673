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
from monitor.compare.reading.legal_stage import RANK_OF_STATUS, StageFound
from monitor.compare.statements.gist import gist_of
from monitor.compare.statements.subjects import Pack
from monitor.compare.types import PreparedReport, Signals, Verdict

# Agreement of aspects from which an item speaks of just what the claim says: in title or lead
EXACT = 0.7
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
    relation = _relation(measured, nearest, flag, bool(changes), float(measured.pairs[order[0]]))
    return Verdict(
        flag,
        _severity(measured, _is_grave(nearest, prepared.pack), flag, score, prepared.model.high),
        relation,
        named,
        nearest,
        int(order[0]),
        tuple(changes[:5]),
        gist_of(measured.reading.statements, nearest, changes[0] if changes else None, stage, document.outlet, prepared.pack),
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


def _is_grave(claim: Claim, pack: Pack) -> bool:
    """Whether a change of the claim's topic touches many people at once: the worst to miss."""
    topic = pack.topics.get(claim.topic)
    return topic is not None and topic.grave


def _severity(measured: Signals, grave: bool, flag: bool, score: float, high: float) -> Severity:
    """High: a rule on just what the claim says is adopted, signed, in force or repealed, or a high
    court has ruled; a new mobilisation; force against conscripts. Low: a rumour, a denial, or a
    weak score on a narrow topic. An official title that does not say what changes is no more than
    medium.
    """
    if not flag:
        return Severity.NONE
    stage = measured.reading.stage
    if stage and stage.stage in (Stage.RUMOUR, Stage.DENIED):
        return Severity.LOW
    strong = score >= high
    exact = measured.features["st_changed"] > 0 or measured.features["st_aspect"] >= EXACT
    forced = "coercion" in measured.reading.subjects or "conscripts_war" in measured.reading.subjects
    firm = stage is not None and (stage.rank >= 6 or stage.stage is Stage.REPEALED or _high_court(stage))
    bare = measured.reading.statements.title_of is not None and not measured.features["st_changed"]
    if firm and not bare and (exact or (strong and grave)):
        return Severity.HIGH
    if strong and ((grave and forced) or "mobilisation" in measured.reading.subjects_title):
        return Severity.HIGH
    return Severity.LOW if not (strong or grave or firm or exact) else Severity.MEDIUM


def _high_court(stage: StageFound) -> bool:
    return stage.stage is Stage.COURT and bool(_HIGH_COURT.search(stage.words))
