"""The values that pass between the steps of a comparison.

A document that was read, a prepared report, the signals, the verdict, and the assessment. The steps
(`assess`, `classify`, `explain`) import these values and never one another.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from db.enums import Relation, Severity
from db.gist import Gist
from db.reason_codes import Reason
from monitor.baseline import Baseline, Claim
from monitor.compare.claims.candidates import Candidates
from monitor.compare.claims.claim_index import LawIndex, TopicIndex, ValueIndex
from monitor.compare.decide.model import Model
from monitor.compare.reading.annotate import AnnotatedText, Document
from monitor.compare.reading.concepts import ConceptIndex
from monitor.compare.reading.values import ValueChange
from monitor.compare.signals.encoder import Vectors
from monitor.compare.signals.known import KnownSignals
from monitor.compare.signals.pair_signals import Floats
from monitor.compare.signals.phrase_match import PhraseIndex, PhraseMatch
from monitor.compare.signals.semantic import MeaningIndex, Scores, SemanticMatch
from monitor.compare.statements.differ import Change, StatementIndex
from monitor.compare.statements.subjects import Pack
from monitor.compare.stories.fingerprint import StoryFingerprint, fingerprint_of

CLAIMS_IN_FINGERPRINT = 3  # claims by which a story is recognised


@dataclass(frozen=True)
class EncodedDocument:
    """A document, its annotations, and the vectors of its sentences. Made once and compared with
    every report.
    """

    document: Document
    # That of the pack whose subjects it speaks of; the first pack's if it speaks of none
    reading: AnnotatedText
    vectors: Vectors
    by_pack: Mapping[str, AnnotatedText] = field(default_factory=dict)

    def read_for(self, pack: str) -> AnnotatedText:
        """The reading with the subjects of a pack."""
        return self.by_pack.get(pack, self.reading)

    def fingerprint(self, claims: Iterable[str] = ()) -> StoryFingerprint:
        """The fingerprint by which its story is recognised. `claims`: the nearest claims over all
        reports.
        """
        return fingerprint_of(self.document, self.reading, self.vectors, claims)


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
    statements: StatementIndex
    pack: Pack  # the packs that the report names, as one
    shortlist: Candidates | None  # None where items are compared with all claims
    model: Model
    # Of claims, vocabulary, model and encoder: what an assessment depends on besides the item
    digest: str

    def near(self, reads: Sequence[EncodedDocument]) -> list[Scores]:
        """Similarity of each item to every claim text, computed as one batch (per claim for reports
        over 200 claims).
        """
        return (self.shortlist or self.meanings).near([r.vectors for r in reads])


@dataclass(frozen=True)
class Signals:
    """All signals of one item against one report, before the verdict. `ajour fit` trains on them;
    `ajour why` prints them.
    """

    claims: Sequence[Claim]  # the claims it was compared with; positions below are positions here
    reading: AnnotatedText
    wording: PhraseMatch
    meaning: SemanticMatch
    changes: dict[int, list[ValueChange]]
    restated: dict[int, float]
    stated: list[Change]  # claims' numbers for which the item gives a new value, surest first
    known: KnownSignals
    pair_rows: Floats
    pairs: Floats  # log-odds per claim
    features: dict[str, float]


@dataclass(frozen=True)
class Verdict:
    """The result of the rules for a score."""

    flag: bool
    severity: Severity
    relation: Relation
    claims: tuple[tuple[str, float], ...]  # (id, 0..1) best first
    nearest: Claim
    position: int  # of `nearest` among the claims that were measured
    changes: tuple[Change, ...]  # old → new, where certain, for the claims named
    gist: Gist
    older: bool  # the item is older than the report's research: known by definition


@dataclass(frozen=True)
class Assessment:
    """Result of comparing one item with one report."""

    id: str
    report: str
    flag: bool
    score: float
    severity: Severity
    relation: Relation
    claims: tuple[tuple[str, float], ...]
    stage: str | None
    changes: tuple[Change, ...]
    gist: Gist
    reasons: tuple[Reason, ...]
    comparer: str
    subject: str = ""  # of the nearest claim: a story has one flag per report and subject

    @property
    def nearest(self) -> tuple[str, ...]:
        """Ids of the claims that the item is more likely about than not."""
        return tuple(c for c, score in self.claims[:CLAIMS_IN_FINGERPRINT] if score > 0.5)
