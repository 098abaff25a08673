"""Speed and memory of the comparison, as ratios within one run.

- items a second with both baselines, against encoding the same sentences alone;
- cost of an item as the claims grow a hundredfold (290 → 29,000);
- peak memory.
"""

import resource
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from app.demo.server import outlets
from app.desk import Desk
from app.settings import load_settings
from monitor.baseline import Baseline
from monitor.compare.assess import Prepared, Read, assess, prepare, read_documents
from monitor.compare.encoder import Encoder, Vectors
from monitor.compare.reading import Document

COPIES = 100
REPEATS = 5


class OnceEncoder:
    """Encodes every distinct text once: a hundred copies of a claim have one vector."""

    def __init__(self, inner: Encoder) -> None:
        self._inner = inner

    @property
    def name(self) -> str:
        return self._inner.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        place = {t: i for i, t in enumerate(dict.fromkeys(texts))}
        return self._inner.encode(list(place))[[place[t] for t in texts]]


def documents() -> list[Document]:
    """The demo's items, each with a number of its own."""
    rows = [(o, i) for o in outlets() for i in o["items"] if i.get("title") or i.get("text")]
    return [
        Document(f"{n}", o["name"], i["url"], i["published"][:10], i.get("lang"), i.get("title") or "", i.get("text") or "")
        for n, (o, i) in enumerate(rows)
    ]


def seconds_for(reads: list[Read], prepared: list[Prepared]) -> float:
    started = time.perf_counter()
    for read in reads:
        for p in prepared:
            assess(read, p)
    return (time.perf_counter() - started) / len(reads)


def many(baseline: Baseline, copies: int) -> Baseline:
    """The same claims `copies` times, each with its own id."""
    claims = [c.model_copy(update={"id": f"BIG-{n:04d}"}) for n, c in enumerate(baseline.claims * copies)]
    return baseline.model_copy(update={"claims": claims})


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as folder:
        desk = Desk(load_settings(data=Path(folder)))
        items = documents() * REPEATS
        prepared = [desk.prepared(b.report.id) for b in desk.baselines()]
        reads = list(read_documents(items, desk.words, desk.encoder))  # warms up

        started = time.perf_counter()
        for at in range(0, len(reads), 64):
            desk.encoder.encode([u.text for r in reads[at : at + 64] for u in r.reading.units])
        encoding = time.perf_counter() - started

        started = time.perf_counter()
        for read in read_documents(items, desk.words, desk.encoder):
            for p in prepared:
                assess(read, p)
        whole = time.perf_counter() - started
        print(
            f"compare: {len(items) / whole:.0f} items/s with both baselines; {whole / encoding:.2f} times encoding alone ({encoding:.2f} s)"
        )
        print(f"memory:  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most so far")

        small = seconds_for(reads[:60], prepared)
        big = [prepare(many(p.baseline, COPIES), OnceEncoder(desk.claims_encoder), desk.words, desk.model) for p in prepared]
        large = seconds_for(reads[:60], big)
        claims = sum(len(p.baseline.claims) for p in prepared)
        print(f"claims:  {claims} → {claims * COPIES}: {small * 1000:.1f} → {large * 1000:.1f} ms an item, {large / small:.1f} times")


if __name__ == "__main__":
    main()
