"""Entry point: prepare a report once, then assess any number of documents against it.

`assess` is a pure function of (document, prepared report): no clock, no database, no network. The
same input gives the same assessment on every machine, so it can be mapped over any archive. What
depends on other items (its story) is added by the caller through `StoryBook`.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, chain, islice

import numpy as np

from db.reason_codes import Reason, ReasonCode
from monitor.baseline import Baseline
from monitor.compare.claims.candidates import WHOLE, Candidates
from monitor.compare.claims.claim_index import LawIndex, TopicIndex, ValueIndex
from monitor.compare.claims.csr import Ints
from monitor.compare.decide.classify import judge
from monitor.compare.decide.explain import explain
from monitor.compare.decide.model import Model
from monitor.compare.reading.annotate import AnnotatedText, Document, read_again, read_item
from monitor.compare.reading.concepts import ConceptIndex
from monitor.compare.reading.values import kinds_of_people
from monitor.compare.reading.vocabulary import Vocabulary
from monitor.compare.signals.encoder import Encoder, Vectors
from monitor.compare.signals.features import ItemInputs
from monitor.compare.signals.known import NO_KNOWN_SIGNALS, KnownSignals, old_dates
from monitor.compare.signals.pair_signals import Floats, PairInputs, pair_features
from monitor.compare.signals.phrase_match import PhraseIndex
from monitor.compare.signals.semantic import MeaningIndex, Scores
from monitor.compare.statements.differ import STATEMENT, Change, StatementIndex
from monitor.compare.statements.packs import packs_of, topic_subjects, words_of
from monitor.compare.statements.subjects import Pack, load_pack
from monitor.compare.types import Assessment, EncodedDocument, PreparedReport, Signals

BATCH = 64  # documents encoded together
CLAIMS_NAMED = 5  # claims named in an assessment, best first


def prepare(baseline: Baseline, encoder: Encoder, words: Vocabulary, model: Model) -> PreparedReport:
    """Index the claims of `baseline`. Costs a second or two the first time, little when the encoder
    keeps vectors.
    """
    claims = baseline.claims
    phrases = [(i, lang, p) for i, c in enumerate(claims) for lang in ("ru", "en", "uk") for p in getattr(c.watch, lang)]
    pack = packs_of(tuple(baseline.report.packs))
    words = words_of(pack, words)
    digest_input = "\x00".join([baseline.model_dump_json(), words.digest, pack.digest, model.version, encoder.name])
    meanings = MeaningIndex(claims, encoder)
    return PreparedReport(
        baseline=baseline,
        phrases=PhraseIndex(phrases, len(claims)),
        meanings=meanings,
        topics=TopicIndex(claims, topic_subjects(pack)),
        laws=LawIndex(claims),
        values=ValueIndex(((c.id, c.values) for c in claims), kinds_of_people(words)),
        concepts=ConceptIndex(claims, words),
        statements=StatementIndex(claims, pack),
        pack=pack,
        shortlist=Candidates(meanings, model) if len(claims) > WHOLE else None,
        model=model,
        digest=f"{baseline.report.id}-{hashlib.sha256(digest_input.encode()).hexdigest()[:16]}",
    )


def read_documents(
    documents: Iterable[Document], words: Vocabulary, encoder: Encoder, packs: Sequence[Pack] = ()
) -> Iterator[EncodedDocument]:
    """Read and encode in batches, in order; memory stays that of one batch. `packs`: those of the
    reports to compare with; default the one that the model was fitted on.
    """
    return chain.from_iterable(_batches(documents, words, encoder, packs))


@dataclass(frozen=True)
class CannotCompare:
    """A document that could not be read or compared, and why: a fault of this program, which must
    not stop the documents after it.
    """

    document: Document
    error: Exception

    def as_empty_assessment(
        self, reports: Sequence[PreparedReport], words: Vocabulary, encoder: Encoder
    ) -> tuple[EncodedDocument, list[Assessment]]:
        """The assessment of an empty document, with the error as its reason: for callers that need
        a result for every document.
        """
        ((read, assessments),) = _compared([replace(self.document, title="", text="")], reports, words, encoder)
        why = Reason(ReasonCode.NOT_COMPARED, {"error": type(self.error).__name__, "message": str(self.error)})
        return read, [replace(a, reasons=(why,)) for a in assessments]


def compare_documents(
    documents: Iterable[Document], reports: Sequence[PreparedReport], words: Vocabulary, encoder: Encoder
) -> Iterator[tuple[EncodedDocument, list[Assessment]] | CannotCompare]:
    """Read documents and assess each against every report, in order. The same as `assess` one by
    one, and faster: see `PreparedReport.near`.
    """
    stream = iter(documents)
    while batch := list(islice(stream, BATCH)):
        try:
            yield from _compared(batch, reports, words, encoder)
        except Exception:  # noqa: BLE001 - each is compared alone below
            for document in batch:
                try:
                    yield from _compared([document], reports, words, encoder)
                except Exception as error:  # noqa: BLE001 - it goes on with its document
                    yield CannotCompare(document, error)


def _compared(
    batch: Sequence[Document], reports: Sequence[PreparedReport], words: Vocabulary, encoder: Encoder
) -> list[tuple[EncodedDocument, list[Assessment]]]:
    (reads,) = _batches(batch, words, encoder, list({r.pack.name: r.pack for r in reports}.values()))
    near = [prepared.near(reads) for prepared in reports]
    return [(read, [assess(read, prepared, near[i][place]) for i, prepared in enumerate(reports)]) for place, read in enumerate(reads)]


def _batches(documents: Iterable[Document], words: Vocabulary, encoder: Encoder, packs: Sequence[Pack]) -> Iterator[list[EncodedDocument]]:
    stream, packs = iter(documents), packs or (load_pack(),)
    while batch := list(islice(stream, BATCH)):
        readings = [read_item(d, words_of(packs[0], words), packs[0]) for d in batch]
        vectors = encoder.encode([u.text for r in readings for u in r.units])
        ends = list(accumulate(len(r.units) for r in readings))
        nothing = np.zeros((1, vectors.shape[1]), dtype=np.float32)
        yield [
            _encoded(document, reading, vectors[end - len(reading.units) : end] if reading.units else nothing, words, packs)
            for document, reading, end in zip(batch, readings, ends, strict=True)
        ]


def _encoded(document: Document, first: AnnotatedText, vectors: Vectors, words: Vocabulary, packs: Sequence[Pack]) -> EncodedDocument:
    """The document with one reading per pack."""
    if len(packs) == 1:
        return EncodedDocument(document, first, vectors)
    by_pack = {packs[0].name: first} | {p.name: read_again(first, document, words_of(p, words), p) for p in packs[1:]}
    speaking = next((r for r in by_pack.values() if r.subjects), first)
    return EncodedDocument(document, speaking, vectors, by_pack)


def measure(read: EncodedDocument, prepared: PreparedReport, near: Scores | None = None) -> Signals:
    """All signals of one item against one report. `near`: what `PreparedReport.near` says of the
    item, where it is known.
    """
    reading = read.read_for(prepared.pack.name)
    near = prepared.near([read])[0] if near is None else near
    title, body = set(reading.subjects_title), set(reading.subjects_body)
    law, concepts = prepared.laws.match(f"{reading.title}\n{reading.body}"), prepared.concepts.match(reading)
    among, claims = None, prepared.baseline.claims
    if prepared.shortlist:
        topics = prepared.topics.weigh(prepared.shortlist.topics(title, body))
        among, wording = prepared.shortlist.likeliest(prepared.phrases, reading.units, near, topics, law, concepts)
        claims, law, concepts = [claims[i] for i in among.tolist()], law[among], concepts[among]
        meaning = prepared.meanings.match_among(read.vectors, among)
    else:
        wording, meaning = prepared.phrases.match(reading.units), prepared.meanings.match(near)
    changes, restated = prepared.values.compare(reading.values, among)
    stated, known, agreement = _statement_signals(reading, prepared, among)
    on_title, on_body = prepared.topics.match(title, among), prepared.topics.match(body, among)
    rows = pair_features(PairInputs(wording, meaning, on_title, on_body, law, changes, restated, concepts, agreement))
    return with_pairs(Signals(claims, reading, wording, meaning, changes, restated, stated, known, rows, rows[:, 0], {}), prepared.model)


def _statement_signals(reading: AnnotatedText, prepared: PreparedReport, among: Ints | None) -> tuple[list[Change], KnownSignals, Floats]:
    """What the item's statements change and repeat, and how far they agree with each claim's
    (those at the positions `among`).
    """
    if not reading.statements.speaks:
        return [], NO_KNOWN_SIGNALS, np.zeros((len(prepared.baseline.claims) if among is None else len(among), len(STATEMENT)))
    stated, restated = prepared.statements.changes(reading.statements)
    known = KnownSignals(
        restated=max(restated.values(), default=0.0),
        old_dates=old_dates(reading.statements, prepared.baseline.report.research_closed),
    )
    return stated, known, prepared.statements.agreement(reading.statements, stated, among)


def with_pairs(measured: Signals, model: Model) -> Signals:
    """`measured` with pair scores by `model`, and the features that rest on them."""
    m, pairs = measured, model.pairs(measured.pair_rows)
    nearest = [int(i) for i in np.argsort(-pairs)[:3]]
    changed = max((c.likeness for i in nearest for c in m.changes.get(i, ())), default=0.0)
    same = max((m.restated.get(i, 0.0) for i in nearest), default=0.0)
    return replace(
        m,
        pairs=pairs,
        features=model.registry.measure(
            ItemInputs(
                m.reading, pairs, m.meaning, m.wording, changed, same, m.pair_rows[:, -len(STATEMENT) :], m.known, model.registry.words
            )
        ),
    )


def assess(read: EncodedDocument, prepared: PreparedReport, near: Scores | None = None) -> Assessment:
    """The item against the claims of one report: score, relation, severity, reasons. `near`: as for
    `measure`.
    """
    measured = measure(read, prepared, near)
    score, parts = prepared.model.weigh(measured.features)
    verdict = judge(read.document, measured, prepared, score)
    return Assessment(
        id=read.document.id,
        report=prepared.baseline.report.id,
        flag=verdict.flag,
        score=round(score, 4),
        severity=verdict.severity,
        relation=verdict.relation,
        claims=verdict.claims[:CLAIMS_NAMED],
        stage=measured.reading.stage.stage.value if measured.reading.stage else None,
        changes=verdict.changes,
        gist=verdict.gist,
        reasons=explain(read.document, measured, prepared, verdict, parts),
        comparer=prepared.digest,
        subject=verdict.nearest.subject,
    )
