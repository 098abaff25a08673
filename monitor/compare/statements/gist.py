"""`gist`: one English sentence made of the statement, true or absent.

"Deadline to appear after an e-summons: 30 days → 45 days (adopted by parliament)". Nothing stands
in it that was not read: the aspect as the pack words it, the claim's value and the item's, and the
stage that title or lead state.
"""

from dataclasses import dataclass

from db.enums import Stage
from db.reason_codes import STAGES
from monitor.compare.statements.differ import Change
from monitor.compare.statements.read import IN_TITLE, ItemStatements
from monitor.compare.statements.subjects import Pack

VALUE = "{what}: {old} → {new}{stage}"
STATUS = "{what}: {stage}"


@dataclass(frozen=True)
class Gist:
    """What the sentence is made of, so that other languages can be made of the same."""

    aspect: str
    old: str
    new: str
    above: bool
    stage: Stage | None

    def text(self, pack: Pack) -> str:
        """The English sentence."""
        what = pack.aspects[self.aspect].says
        what = what[0].upper() + what[1:]
        if not self.new:
            return STATUS.format(what=what, stage=STAGES[self.stage] if self.stage else "newly reported")
        new = f"more than {self.new}" if self.above else self.new
        return VALUE.format(what=what, old=self.old, new=new, stage=f" ({STAGES[self.stage]})" if self.stage else "")


def gist_of(item: ItemStatements, aspect: str | None, change: Change | None, stage: Stage | None) -> Gist | None:
    """The gist of a certain change, else of what the title says of the claim's `aspect`; None where
    neither is sure.
    """
    if change:
        return Gist(change.aspect, change.old, change.new, change.above, stage)
    if aspect and item.aspects.get(aspect, 0.0) >= IN_TITLE and not item.foreign:
        return Gist(aspect, "", "", False, stage)
    return None
