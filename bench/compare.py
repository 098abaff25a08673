"""Speed and memory of the comparison, as ratios within one run. Times are processor time on one
core, so that other load counts little.

- items per second with both baselines, relative to encoding the same sentences alone;
- cost of an item with a hundred times more claims (290 → 29,000), and what the preselection then
  misses;
- peak memory.
"""

import random
import re
import resource
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.demo.server import outlets
from monitor.baseline import Baseline, Claim
from monitor.compare.decide.assess import assess, compare_documents, prepare, read_documents
from monitor.compare.reading.annotate import Document
from monitor.compare.signals.encoder import Encoder, Vectors
from monitor.compare.types import EncodedDocument, PreparedReport

COPIES = 100
REPEATS = 5
CLOSELY = 60  # items compared with the many claims
# Mean cosine of a text and its copy with one word replaced, over a thousand texts of `varied`
ALIKE = 0.86


class MovedEncoder:
    """Vectors of varied texts without encoding a quarter of a million texts: the original's vector,
    moved at random by the distance that one replaced word moves it.
    """

    def __init__(self, inner: Encoder, originals: dict[str, str]) -> None:
        self._inner, self._originals = inner, originals

    @property
    def name(self) -> str:
        return self._inner.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        known = [self._originals.get(t, t) for t in texts]
        place = {t: i for i, t in enumerate(dict.fromkeys(known))}
        vectors = self._inner.encode(list(place))[[place[t] for t in known]]
        away = np.random.default_rng(7).standard_normal(vectors.shape, dtype=np.float32)
        away /= np.linalg.norm(away, axis=1, keepdims=True)
        vectors += away * (1 / ALIKE**2 - 1) ** 0.5
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors


def documents() -> list[Document]:
    """The demo's items with new ids."""
    rows = [(o, i) for o in outlets() for i in o["items"] if i.get("title") or i.get("text")]
    return [
        Document(f"{n}", o["name"], i["url"], i["published"][:10], i.get("lang"), i.get("title") or "", i.get("text") or "")
        for n, (o, i) in enumerate(rows)
    ]


def many(baseline: Baseline, copies: int) -> tuple[Baseline, dict[str, str]]:
    """`copies` times as many claims, all different; and for every text of theirs its original.

    In each text one word is replaced by a word from anywhere in the report. Numbers change by up to
    half. The laws are those of random claims.
    """
    chance = random.Random(7)
    words = sorted({w for c in baseline.claims for t in (c.statement, *c.watch.all(), *c.changes_if) for w in re.findall(r"\w{4,}", t)})
    laws = list(chain.from_iterable(c.law for c in baseline.claims))
    originals: dict[str, str] = {}

    def varied(text: str) -> str:
        places = list(re.finditer(r"\w{4,}", text)) or list(re.finditer(r"\w+", text))
        at = chance.choice(places)
        new: str = (text[: at.start()] + chance.choice(words) + text[at.end() :])[:120]
        originals[new] = text
        return new

    def another(claim: Claim, number: int) -> Claim:
        watch = claim.watch.model_copy(update={lang: [varied(p) for p in getattr(claim.watch, lang)] for lang in ("ru", "en", "uk")})
        values = [
            v.model_copy(update={"value": v.value * chance.uniform(0.5, 1.5)}) if isinstance(v.value, float) else v for v in claim.values
        ]
        return claim.model_copy(
            update={
                "id": f"BIG-{number:05d}",
                "statement": varied(claim.statement),
                "watch": watch,
                "changes_if": [varied(t) for t in claim.changes_if],
                "values": values,
                "law": [chance.choice(laws) for _ in claim.law],
            }
        )

    claims = [another(c, n) for n, c in enumerate(baseline.claims * copies)]
    return baseline.model_copy(update={"claims": claims}), originals


def cost(reads: list[EncodedDocument], prepared: PreparedReport) -> float:
    """Seconds per item, the best of three runs; the first warms up."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        for read, near in zip(reads, prepared.near(reads), strict=True):
            assess(read, prepared, near)
        best = min(best, (time.process_time() - started) / len(reads))
    return best


def missed(reads: list[EncodedDocument], prepared: PreparedReport) -> str:
    """What the preselection changes, relative to comparing all claims in full."""
    whole = replace(prepared, shortlist=None)
    pairs = [(assess(r, prepared), assess(r, whole)) for r in reads]
    same = sum(a.claims[0][0] == b.claims[0][0] for a, b in pairs) / len(pairs)
    near = sum(a.claims[0][1] > b.claims[0][1] - 0.05 for a, b in pairs) / len(pairs)
    flags = sum(a.flag != b.flag for a, b in pairs)
    return f"nearest claim the same for {same:.0%}, as near (±0.05) for {near:.0%}, {flags} of {len(pairs)} flags other, score at most {max(abs(a.score - b.score) for a, b in pairs):.3f} away"


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        container = Container(load_settings(data=Path(folder)))
        items = documents() * REPEATS
        prepared = [container.prepared(b.report.id) for b in container.baselines()]
        reads = list(read_documents(items, container.words, container.encoder))  # warms up
        sentences = [[u.text for r in reads[at : at + 64] for u in r.reading.units] for at in range(0, len(reads), 64)]
        encoding, whole = float("inf"), float("inf")
        for _ in range(3):
            started = time.process_time()
            for batch in sentences:
                container.encoder.encode(batch)
            encoding = min(encoding, time.process_time() - started)
            started = time.process_time()
            for _ in compare_documents(items, prepared, container.words, container.encoder):
                pass
            whole = min(whole, time.process_time() - started)
        print(
            f"compare: {len(items) / whole:.0f} items/s with both baselines; {whole / encoding:.2f} times encoding alone ({encoding:.2f} s)"
        )
        print(f"memory:  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most so far")

        some = reads[:CLOSELY]
        small = large = 0.0
        for p in prepared:
            baseline, originals = many(p.baseline, COPIES)
            big = prepare(baseline, MovedEncoder(container.encoder, originals), container.words, container.model)
            small, large = small + cost(some, p), large + cost(some, big)
            print(f"         {len(p.baseline.claims)} → {len(baseline.claims)} claims: {missed(some, big)}")
        claims = sum(len(p.baseline.claims) for p in prepared)
        print(f"claims:  {claims} → {claims * COPIES}: {small * 1000:.2f} → {large * 1000:.2f} ms an item, {large / small:.1f} times")


if __name__ == "__main__":
    main()
