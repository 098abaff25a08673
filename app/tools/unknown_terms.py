"""`ajour terms`: the terms near the subjects of each pack that none of its cues knows."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.runtime.container import Container
from app.tools.replay_items import read_items
from db.engine import reading
from db.items import titles_since
from monitor.baseline import Baseline
from monitor.compare.statements.packs import packs_of
from monitor.compare.statements.unknown_terms import UnknownTerm, unknown_terms


def by_pack(container: Container, reports: Sequence[Baseline], items: Path | None, days: int) -> dict[str, list[UnknownTerm]]:
    """Names of packs → their terms, the most telling first. `items`: a file of items instead of the
    titles that were stored in the last `days`.
    """
    if items is not None:
        titles = [(line.document.title, line.document.lang) for line in read_items(items)]
    else:
        with reading(container.engine) as session:
            titles = titles_since(session, datetime.now(UTC) - timedelta(days=days))
    packs = dict.fromkeys(packs_of(tuple(b.report.packs)) for b in reports)
    return {pack.name: unknown_terms(titles, pack) for pack in packs}
