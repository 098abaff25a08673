"""Whether the packs of a report speak of what its claims say. News about a claim that no pack
covers is found by its phrases and its meaning alone, which finds few; so a gap is reported.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from monitor.baseline import Baseline, Claim
from monitor.compare.reading.tokenize import plain
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.statements.packs import all_packs, packs_of, words_of
from monitor.compare.statements.subjects import Pack

ENOUGH = 0.8  # share of covered claims from which a report counts as covered
NAMED = 5  # uncovered claims that the warning names


@dataclass(frozen=True)
class PackCoverage:
    """How far packs cover the claims of a report."""

    report: str
    packs: tuple[str, ...]
    claims: int
    uncovered: tuple[str, ...]  # ids
    better: str | None  # another pack that covers more of the claims

    @property
    def enough(self) -> bool:
        """Whether nearly all news about the claims can be found."""
        return len(self.uncovered) <= (1 - ENOUGH) * self.claims

    def warning(self) -> str:
        """What to tell people, in one or two sentences; "" where every claim is covered."""
        if not self.uncovered:
            return ""
        named = ", ".join(self.uncovered[:NAMED]) + (f" and {len(self.uncovered) - NAMED} more" if len(self.uncovered) > NAMED else "")
        packs = ", ".join(self.packs)
        fix = (
            f"Name the pack {self.better} in `packs:`"
            if self.better
            else "Add their subjects to a pack (baseline/subjects/), or give the claims watch phrases that name its subjects"
        )
        if self.enough:
            return f"{self.report}: the pack {packs} does not speak of {named}; news about them is found by phrases alone."
        share = 100 * len(self.uncovered) // self.claims
        return (
            f"{self.report}: the pack {packs} does not cover {len(self.uncovered)} of {self.claims} claims ({share} %): {named}. "
            f"Most updates of these claims will be missed. {fix}."
        )


def coverage(baseline: Baseline) -> PackCoverage:
    """How far the packs that the report names cover its claims."""
    pack = packs_of(tuple(baseline.report.packs))
    uncovered = tuple(_uncovered(baseline.claims, pack))
    better = _better_pack(baseline, len(uncovered)) if uncovered else None
    return PackCoverage(baseline.report.id, tuple(baseline.report.packs), len(baseline.claims), uncovered, better)


def _better_pack(baseline: Baseline, uncovered: int) -> str | None:
    """Another pack that leaves less than half as many claims uncovered."""
    others = [(sum(1 for _ in _uncovered(baseline.claims, p)), p.name) for p in all_packs() if p.name not in baseline.report.packs]
    fewest, name = min(others, default=(uncovered, ""))
    return name if fewest < uncovered / 2 else None


def _uncovered(claims: Sequence[Claim], pack: Pack) -> Iterable[str]:
    return (c.id for c in claims if not _covers(pack, (*c.watch.all(), c.statement)))


@cache
def _covers(pack: Pack, phrases: tuple[str, ...]) -> bool:
    """Whether one of `phrases` names a subject of the pack."""
    words = words_of(pack, vocabulary())
    texts = [plain(p) for p in phrases]
    return any(h.owner[0] in "sa" for t in texts for h in pack.cues.find(t)) or any(words.find("subjects", t) for t in texts)
