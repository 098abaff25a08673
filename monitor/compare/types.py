"""The values that pass between the steps of a comparison.

An item that was read, a prepared report, the signals of one against the other, the verdict, and the
assessment. The steps (`assess`, `judge`, `reasons`) import these values and never one another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from db.reason_codes import Reason
from db.words import Relation, Severity
from monitor.baseline import Baseline, Claim
from monitor.compare.claims import LawIndex, TopicIndex, ValueIndex
from monitor.compare.concepts import ConceptIndex
from monitor.compare.encoder import Vectors
from monitor.compare.features import Floats
from monitor.compare.meaning import Meaning, MeaningIndex, Scores
from monitor.compare.reading import Document, Reading
from monitor.compare.shortlist import Shortlist
from monitor.compare.trace import Trace, trace
from monitor.compare.values import ValueChange
from monitor.compare.verdict import Model
from monitor.compare.wording import PhraseIndex, Wording

CLAIMS_TRACED = 3  # claims by which a story is recognised


@dataclass(frozen=True)
class Read:
    """A document with what was read in it and its sentences' vectors.

    It is made once and compared with every report.
    """

    document: Document
    reading: Reading
    vectors: Vectors

    def trace(self, claims: Iterable[str] = ()) -> Trace:
        """What its story is recognised by.

        `claims`: the nearest claims, over all reports the item was compared with.
        """
        return trace(self.document, self.reading, self.vectors, claims)


@dataclass(frozen=True)
class Prepared:
    """One report, ready for comparison."""

    baseline: Baseline
    phrases: PhraseIndex
    meanings: MeaningIndex
    topics: TopicIndex
    laws: LawIndex
    values: ValueIndex
    concepts: ConceptIndex
    shortlist: Shortlist | None  # None where the claims are so few that an item is set against all of them
    model: Model
    digest: str  # of claims, vocabulary, model and encoder: what an assessment depends on besides the item

    def near(self, reads: Sequence[Read]) -> list[Scores]:
        """How near each item comes to all texts of the claims, or to all claims of a long report.

        Computed for many items at once: one product of large matrices is faster than many small
        ones.
        """
        return (self.shortlist or self.meanings).near([r.vectors for r in reads])


@dataclass(frozen=True)
class Measured:
    """All signals of one item against one report, before the verdict.

    `ajour fit` learns from them and `ajour why` prints them.
    """

    claims: Sequence[Claim]  # those it was set against: all further positions are positions here
    reading: Reading
    wording: Wording
    meaning: Meaning
    changes: dict[int, list[ValueChange]]
    restated: dict[int, float]
    pair_rows: Floats
    pairs: Floats  # log-odds per claim
    features: dict[str, float]


@dataclass(frozen=True)
class Verdict:
    """What the rules made of a score."""

    flag: bool
    severity: Severity
    relation: Relation
    claims: tuple[tuple[str, float], ...]  # (id, 0..1) best first
    nearest: Claim
    position: int  # of `nearest` among the claims that were measured
    changes: tuple[ValueChange, ...]  # old → new, for the claims named
    older: bool  # the item is older than the report's research: known by definition


@dataclass(frozen=True)
class Assessment:
    """What comparing one item with one report gave."""

    id: str
    report: str
    flag: bool
    score: float
    severity: Severity
    relation: Relation
    claims: tuple[tuple[str, float], ...]
    stage: str | None
    changes: tuple[ValueChange, ...]
    reasons: tuple[Reason, ...]
    comparer: str

    @property
    def nearest(self) -> tuple[str, ...]:
        """Ids of the claims the item is more likely about than not."""
        return tuple(c for c, score in self.claims[:CLAIMS_TRACED] if score > 0.5)
