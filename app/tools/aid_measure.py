"""`ajour evaluate --aid URL`: how often the reading aid names the right claim, and how often its
answers fail the checks.
"""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from monitor.aid.answer import DroppedAnswer
from monitor.aid.question import CLAIMS, AidItem, CandidateClaim
from monitor.aid.reading_aid import ReadingAid
from monitor.compare.training.train import Example


def measure_aid(aid: ReadingAid, examples: Sequence[Example], most: int) -> dict[str, dict[str, float]]:
    """Dataset → counts and shares over at most `most` items that are labelled with claims.

    `asked`, `kept` (passed all checks), `aid_right` and `ours_right`: share of the kept answers,
    and of the same items, whose claim is one of the labelled ones. Raises CannotFetch where the
    server does not answer.
    """
    kept: dict[str, list[tuple[bool, bool]]] = defaultdict(list)
    asked: dict[str, int] = defaultdict(int)
    for example in [e for e in examples if e.label.get("claims")][:most]:
        document, nearest = example.read.document, np.argsort(-example.measured.pairs)[:CLAIMS]
        claims = [example.measured.claims[int(i)] for i in nearest]
        item = AidItem(document.title, document.text, document.outlet, f"{document.day or ''}")
        right = set(example.label["claims"])
        asked[example.dataset] += 1
        try:
            answer = aid.ask(item, [CandidateClaim(c.id, c.statement) for c in claims])
        except DroppedAnswer:
            continue
        kept[example.dataset].append((answer.claim in right, claims[0].id in right))
    return {name: _shares(count, kept[name]) for name, count in asked.items()}


def _shares(asked: int, kept: Sequence[tuple[bool, bool]]) -> dict[str, float]:
    count = max(1, len(kept))
    return {
        "asked": asked,
        "kept": len(kept),
        "aid_right": sum(aid for aid, _ in kept) / count,
        "ours_right": sum(ours for _, ours in kept) / count,
    }
