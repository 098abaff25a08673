"""`gist_of`: what an item's statement changes, as data from which each language makes one sentence.

Nothing stands in it that was not read: the aspect as the pack words it, the claim's value and the
item's, and the stage that title or lead state. Where no statement is certain, it names the subject
of the nearest claim and who reports it, and the stage where the title speaks of that subject.
"""

from db.enums import Stage
from db.gist import Gist, GistCode
from monitor.baseline import Claim
from monitor.compare.statements.differ import Change
from monitor.compare.statements.read import IN_TITLE, ItemStatements
from monitor.compare.statements.subjects import NUMBERS, Pack


def gist_of(item: ItemStatements, nearest: Claim, change: Change | None, stage: Stage | None, outlet: str, pack: Pack) -> Gist:
    """The gist of a certain change, else of what the title says of the aspect of `nearest`, else of
    its subject alone (`code` REPORTED).
    """
    said = stage.value if stage else None
    if change:
        return Gist(
            GistCode.VALUE, pack.subject_of(change.aspect), change.claim_id, outlet, pack.aspects[change.aspect].says, change.aspect,
            change.before, change.after, change.above, said,
        )  # fmt: skip
    aspect = nearest.about.aspect if nearest.about else None
    # Of a limit or a number, "newly reported" without the number says nothing.
    says = aspect and (stage or pack.aspects[aspect].kind not in NUMBERS)
    if aspect and says and item.aspects.get(aspect, 0.0) >= IN_TITLE and not item.foreign:
        return Gist(GistCode.STAGE, pack.subject_of(aspect), nearest.id, outlet, pack.aspects[aspect].says, aspect, stage=said)
    # Else it may be the stage of something else
    own = said if item.subjects.get(nearest.subject, 0.0) >= IN_TITLE else None
    return Gist(GistCode.REPORTED, nearest.subject, nearest.id, outlet, pack.phrases(nearest.subject), stage=own)
