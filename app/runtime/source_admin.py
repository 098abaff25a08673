"""Services of the monitor for changing the watch list at the desk."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.cli.opml import free_id, from_opml, opml_rows
from app.cli.source_checks import discovered_row
from app.runtime.container import Container, watch_list
from db import source_overrides
from db.engine import reading
from monitor.fetch.discover import NothingFound, discover_source
from monitor.fetch.fetch_source import fetch_source
from monitor.parse.parser_pool import Parsers
from monitor.sources import Source
from monitor.stored_reports import read_baselines
from monitor.watched_sources import in_force, source_problems, to_yaml, unwatched
from review.context import FoundSource

SHOWN = 8  # titles of a preview
LEAST_DATED = 3  # entries with dates from which a rate is told
ON_THE_MACHINE = ("proxy", "ca")  # fields that name hosts and files of the machine
PAGES = ("new", "import")  # /sources/new and /sources/import are pages of the desk
ADDRESSES = ("url", "hosts", "mirrors", "fallback")  # fields that say which hosts are fetched


class DeskSourceAdmin:
    """Implements review.context.SourceAdmin. ValueError carries a message for the user."""

    def __init__(self, container: Container) -> None:
        self._container = container
        self._read: tuple[tuple[int, int], list[Source]] | None = None  # (state of the file, rows)

    def _listed(self) -> list[Source]:
        """The rows of sources.yml, read again when the file has changed: an import asks for each of
        its feeds.
        """
        stat = self._container.settings.sources.stat()
        state = (stat.st_mtime_ns, stat.st_size)
        if self._read is None or self._read[0] != state:
            self._read = (state, watch_list(self._container.settings))
        return self._read[1]

    def _sources(self) -> list[Source]:
        """The watch list in force now: other processes change it too."""
        with reading(self._container.engine) as session:
            return in_force(session, self._listed())

    def discover(self, address: str) -> FoundSource:
        """Find out how an address is best watched, and read it once. Raises ValueError."""
        client = self._container.client()
        try:
            row = discovered_row(discover_source(address, client))
            row["id"] = free_id(str(row["id"]), self._taken())
        except NothingFound as error:
            raise ValueError(str(error)) from error
        finally:
            client.close()
        return self.look(row)

    def look(self, row: Mapping[str, Any]) -> FoundSource:
        """What would be read with a row, fetched once. Nothing is stored. Where the row has no
        `expect`, one is proposed from the dates of what was read.
        """
        client = self._container.client()
        try:
            with Parsers() as parsers:
                look = fetch_source(Source.model_validate(row), client, parsers)
        finally:
            client.close()
        rate, expect = _rate(sorted(e.published_at for e in look.entries if e.published_at))
        titles = [e.title or e.text[:80] for e in look.entries] or [p.text[:80] for p in look.result.parts]
        why = look.record.detail or look.record.reason.value.replace("_", " ")
        given = {"expect": expect} if expect else {}
        return FoundSource({**given, **row}, len(titles), titles[:SHOWN], rate, "" if titles else f"Nothing was read: {why}")

    def row(self, source_id: str) -> Mapping[str, Any] | None:
        """The row in force; None where the watch list has none."""
        source = next((s for s in self._sources() if s.id == source_id), None)
        return source.model_dump(mode="json", exclude_none=True, exclude_defaults=True) if source else None

    def problems(self, row: Mapping[str, Any]) -> list[str]:
        """The faults of a row of the watch list, one line each; empty for a valid one."""
        return [*source_problems(row, self._sources()), *self._reserved(row)]

    def _reserved(self, row: Mapping[str, Any]) -> list[str]:
        """Fields of the machine that differ from sources.yml. A proxy may have a private address,
        so a user of the desk could reach any host of the network with one.
        """
        listed = next((s for s in self._listed() if s.id == row.get("id")), None)
        problems = [
            f"{field}: is set in sources.yml only, by the operator of this machine"
            for field in ON_THE_MACHINE
            if row.get(field) not in (None, getattr(listed, field, None))
        ]
        # Behind a proxy the client cannot check the address of a host
        if listed is not None and row.get("proxy"):
            file_row = listed.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
            problems += [
                f"{field}: of a source with a proxy is set in sources.yml only, by the operator of this machine"
                for field in ADDRESSES
                if row.get(field) != file_row.get(field)
            ]
        if row.get("id") in PAGES:
            problems.append(f"id: {row['id']} is an address of the desk; take another id")
        return problems

    def _taken(self) -> set[str]:
        with reading(self._container.engine) as session:
            return {s.id for s in self._sources()} | source_overrides.ids_in_use(session)

    def from_opml(self, body: bytes) -> list[Mapping[str, Any]]:
        """Rows for the feeds of a reading list that are not watched yet. Raises ValueError."""
        return list(opml_rows(from_opml(body), {s.url for s in self._sources() if s.url}, self._taken()))

    def unwatched(self, report_id: str) -> list[tuple[str, str, int]]:
        """(outlet, address, citations) of the outlets that a report cites and that are not
        watched.
        """
        sources = self._sources()
        with reading(self._container.engine) as session:
            return [row for b in read_baselines(session, [report_id]) for row in unwatched(b, sources)]

    def as_yaml(self) -> str:
        """The watch list in force as a sources.yml."""
        return to_yaml(self._sources())


def _rate(days: Sequence[datetime]) -> tuple[str, dict[str, Any] | None]:
    """(how much is published, in words; what to expect) by the days of entries in order. A source
    counts as silent when it publishes less than a third of its usual rate.
    """
    if len(days) < LEAST_DATED:
        return "", None
    span = max((days[-1] - days[0]).total_seconds() / 86400, 1 / 24)
    a_day = (len(days) - 1) / span
    if a_day >= 1:
        return f"about {a_day:.0f} a day", {"items": max(1, int(a_day / 3)), "within": "1d"}
    return f"about one in {1 / a_day:.0f} days", {"items": 1, "within": f"{math.ceil(3 / a_day)}d"}
