"""The values that pass between the steps of a comparison.

An item that was read, a prepared report, the signals of one against the other, the verdict, and the
assessment. The steps (`assess`, `judge`, `reasons`) import these values and never one another.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from db.enums import Relation, Severity
from db.reason_codes import Reason
from monitor.baseline import Baseline, Claim
from monitor.compare.claims.candidates import Candidates
from monitor.compare.claims.claim_index import LawIndex, TopicIndex, ValueIndex
from monitor.compare.decide.model import Model
from monitor.compare.reading.annotate import AnnotatedText, Document
from monitor.compare.reading.concepts import ConceptIndex
from monitor.compare.reading.values import ValueChange
from monitor.compare.signals.encoder import Vectors
from monitor.compare.signals.features import Floats
from monitor.compare.signals.phrase_match import PhraseIndex, PhraseMatch
from monitor.compare.signals.semantic import MeaningIndex, Scores, SemanticMatch
from monitor.compare.stories.fingerprint import StoryFingerprint, trace

CLAIMS_TRACED = 3  # claims by which a story is recognised


@dataclass(frozen=True)
class EncodedDocument:
    """A document with what was read in it and its sentences' vectors.

    It is made once and compared with every report.
    """

    document: Document
    reading: AnnotatedText
    vectors: Vectors

    def trace(self, claims: Iterable[str] = ()) -> StoryFingerprint:
        """What its story is recognised by.

        `claims`: the nearest claims, over all reports the item was compared with.
        """
        return trace(self.document, self.reading, self.vectors, claims)


@dataclass(frozen=True)
class PreparedReport:
    """One report, ready for comparison."""

    baseline: Baseline
    phrases: PhraseIndex
    meanings: MeaningIndex
    topics: TopicIndex
    laws: LawIndex
    values: ValueIndex
    concepts: ConceptIndex
    shortlist: Candidates | None  # None where the claims are so few that an item is set against all of them
    model: Model
    digest: str  # of claims, vocabulary, model and encoder: what an assessment depends on besides the item

    def near(self, reads: Sequence[EncodedDocument]) -> list[Scores]:
        """How near each item comes to all texts of the claims, or to all claims of a long report.

        Computed for many items at once: one product of large matrices is faster than many small
        ones.
        """
        return (self.shortlist or self.meanings).near([r.vectors for r in reads])


@dataclass(frozen=True)
class Signals:
    """All signals of one item against one report, before the verdict.

    `ajour fit` learns from them and `ajour why` prints them.
    """

    claims: Sequence[Claim]  # those it was set against: all further positions are positions here
    reading: AnnotatedText
    wording: PhraseMatch
    meaning: SemanticMatch
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
