"""Rows that commands add to the watch list: rows of the database over sources.yml, which a
container cannot write.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Engine

from db.engine import writing
from db.source_overrides import save_row
from monitor.sources import Source
from monitor.strict_yaml import FileFault, WrongFile
from monitor.watched_sources import source_problems


def row_text(row: Mapping[str, Any]) -> str:
    """A row as text of sources.yml."""
    return "".join(f"  {line}\n" for line in yaml.safe_dump([dict(row)], allow_unicode=True, sort_keys=False).splitlines())


def write_rows(engine: Engine, known: list[Source], rows: Mapping[str, Mapping[str, Any]]) -> None:
    """Write rows over the watch list, all or none. `rows`: id → fields that differ from the row in
    force, or a whole new row. Raises WrongFile naming the row and the field.
    """
    in_force = {s.id: s.model_dump(mode="json", exclude_none=True, exclude_defaults=True) for s in known}
    configs = {source_id: {**in_force.get(source_id, {}), **fields} for source_id, fields in rows.items()}
    faults = [
        FileFault(Path("row"), 0, source_id, problem, "Correct it, or write it by hand")
        for source_id, c in configs.items()
        for problem in source_problems(c, known)
    ]
    if faults:
        raise WrongFile(faults)
    now = datetime.now(UTC)
    with writing(engine) as session:
        for config in configs.values():
            save_row(session, config, None, now)
