"""The watch list in force: the rows of sources.yml with the changes of the desk."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml
from pydantic import ValidationError
from sqlalchemy.orm import Session

from db import source_overrides
from db.enums import OverrideState
from db.field_problems import field_problems
from monitor.baseline import Baseline
from monitor.sources import Source

log = logging.getLogger(__name__)


def in_force(session: Session, listed: Sequence[Source]) -> list[Source]:
    """The sources of the file with the desk's rows in their place, the desk's own after them,
    without retired ones. A row that this version cannot read is logged; that of the file is used
    then.
    """
    changed = source_overrides.overrides(session)
    sources = list[Source]()
    for source in listed:
        row = changed.pop(source.id, None)
        if row is None:
            sources.append(source)
        elif row.state != OverrideState.RETIRED:
            sources.append((_read(row.config) if row.config else None) or source)
    own = (_read(row.config) for row in changed.values() if row.config and row.state != OverrideState.RETIRED)
    return [*sources, *(s for s in own if s)]


def _read(config: Mapping[str, Any]) -> Source | None:
    try:
        return Source.model_validate(config)
    except ValidationError as error:
        log.error("the desk's row of source %s cannot be read: %s", config.get("id"), "; ".join(field_problems(error)))  # noqa: TRY400 - the message says all
        return None


def source_problems(config: Mapping[str, Any], known: Iterable[Source]) -> list[str]:
    """The faults of a row of the watch list, one line each; empty for a valid one."""
    try:
        source = Source.model_validate(dict(config))
    except ValidationError as error:
        return field_problems(error)
    twin = next((s for s in known if s.id != source.id and source.url and _bare(s.url) == _bare(source.url)), None)
    return [f"url: {twin.id} watches this address already"] if twin else []


def _bare(url: str | None) -> str:
    return (url or "").split("://", 1)[-1].removeprefix("www.").rstrip("/").lower()


def to_yaml(sources: Iterable[Source]) -> str:
    """Sources as a sources.yml."""
    rows = [s.model_dump(mode="json", exclude_none=True, exclude_defaults=True) for s in sources]
    return yaml.safe_dump({"sources": rows}, allow_unicode=True, sort_keys=False, width=160)


def unwatched(baseline: Baseline, sources: Sequence[Source]) -> list[tuple[str, str, int]]:
    """(outlet, an address, number of citations) of the outlets that a report's claims cite and that
    are not watched, the most cited first.
    """
    hosts = {h.lower().removeprefix("www.") for s in sources for h in (s.host, *s.hosts)}
    names = {s.name.casefold() for s in sources}
    by_host: dict[str, tuple[str, str, int]] = {}
    for cited in (c for claim in baseline.claims for c in claim.sources):
        host = (cited.url or "").split("://", 1)[-1].split("/", 1)[0].lower().removeprefix("www.")
        if cited.outlet.casefold() in names or not host or any(host == h or host.endswith(f".{h}") for h in hosts):
            continue
        outlet, url, count = by_host.get(host, (cited.outlet, cited.url or "", 0))
        by_host[host] = (outlet, url, count + 1)
    return sorted(by_host.values(), key=lambda row: (-row[2], row[0]))
