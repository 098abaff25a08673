"""`ajour sources check`: the watch list as a file; with `--all`, what every source answers now and
what to change.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated

import typer

from app.cli.common import DONE, NEEDS_A_PERSON, WRONG_INPUT, AsJson, bar, err, out, print_json
from app.cli.source_checks import fetch_row
from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.watch_list_edit import write_rows
from monitor.fetch.fetch_source import FetchedSource
from monitor.fetch.http_client import Client
from monitor.fetch.proposals import Proposal, fetch_all_addresses, propose
from monitor.parse.parser_pool import Parsers
from monitor.sources import Source, duplicates


@dataclass(frozen=True)
class SurveyResult:
    """What one source answered, and what to change in its row."""

    fetched: FetchedSource
    proposals: tuple[Proposal, ...]

    @property
    def elsewhere(self) -> bool:
        """Whether a mirror or the fallback was read instead of the first address."""
        return self.fetched.result.good and self.fetched.record.route is not None

    @property
    def well(self) -> bool:
        return self.fetched.result.good and not self.elsewhere


def sources_check(
    every: Annotated[bool, typer.Option("--all", help="Fetch every source once; nothing is stored in the database.")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="With --all: change the watch list as proposed, where the proposal is certain.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Load the watch list; a wrong one is refused with file, line, field and fix. Names sources
    that are the same stream.

    With --all every source is fetched once with all its addresses, a few at a time and with pauses
    for each host. For each one that does not read well it looks for its new address, its feed and
    its Telegram channel. --write changes the rows; without it they are only shown.
    """
    if write and not every:
        err.print("--write needs --all: without fetching there is nothing to propose.", markup=False)
        raise typer.Exit(WRONG_INPUT)
    container = Container(load_settings())
    surveyed = _survey(container) if every else []
    written = _write(container, surveyed) if write else 0
    if as_json:
        print_json(
            {
                "sources": len(container.sources),
                "duplicates": duplicates(container.sources),
                "written": written,
                "looks": [_row(s) for s in surveyed],
            }
        )
    else:
        for line in _report(container.sources, surveyed, written if write else None):
            out.print(line, markup=False, soft_wrap=True)
    raise typer.Exit(DONE if all(s.well for s in surveyed) else NEEDS_A_PERSON)


def _survey(container: Container) -> list[SurveyResult]:
    """Every stream of the watch list, in its order."""
    streams = [s for s in container.sources if s.is_stream]
    client = container.client()
    with Parsers() as parsers, ThreadPoolExecutor(container.settings.workers) as pool, bar() as shown:
        task = shown.add_task("fetching", total=len(streams))
        surveyed = []
        for one in pool.map(lambda s: _one(s, client, parsers), streams):
            surveyed.append(one)
            shown.advance(task)
    client.close()
    return surveyed


def _one(source: Source, client: Client, parsers: Parsers) -> SurveyResult:
    fetched = fetch_all_addresses(source, client, parsers)
    return SurveyResult(fetched, tuple(propose(fetched, client, parsers)))


def _write(container: Container, surveyed: Sequence[SurveyResult]) -> int:
    """Set the fields of all certain proposals; returns the number of changed rows. Raises
    WrongFile.
    """
    changes = {s.fetched.source.id: {k: v for p in s.proposals if p.certain for k, v in p.fields.items()} for s in surveyed}
    changes = {source_id: fields for source_id, fields in changes.items() if fields}
    if changes:
        write_rows(container.engine, container.sources, changes)
    return len(changes)


def _row(one: SurveyResult) -> dict[str, object]:
    proposals = [{"fields": dict(p.fields), "why": p.why, "certain": p.certain} for p in one.proposals]
    return {**fetch_row(one.fetched), "read_at": one.fetched.record.route, "proposals": proposals}


def _report(sources: Sequence[Source], surveyed: Sequence[SurveyResult], written: int | None) -> Iterator[str]:
    """The report for people: the totals, then the sources that need work, the most certain
    proposals first.
    """
    yield f"{len(sources)} sources, valid; {sum(not s.is_stream for s in sources)} are no stream."
    for first, second, url in duplicates(sources):
        yield f"{first} and {second} are the same stream: {url}"
    if not surveyed:
        return
    elsewhere = [s for s in surveyed if s.elsewhere]
    unread = [s for s in surveyed if not s.fetched.result.good]
    yield (
        f"{len(surveyed)} fetched: {sum(s.well for s in surveyed)} were read at their own address, "
        f"{len(elsewhere)} at a mirror or fallback, {len(unread)} not at all."
    )
    proposed = [s for s in surveyed if s.proposals]
    yield from _section("Proposed", (line for s in proposed for line in _proposed(s)))
    yield from _section("Read at another address, without a proposal", (_line(s) for s in elsewhere if not s.proposals))
    yield from _section("Not read, without a proposal", (_line(s) for s in unread if not s.proposals))
    if written is not None:
        yield f"\n{written} rows of the watch list were changed. Run the command again to see whether they read well."
    elif any(p.certain for s in proposed for p in s.proposals):
        yield "\n`ajour sources check --all --write` changes these rows, except those to be checked by hand."


def _section(heading: str, lines: Iterator[str]) -> Iterator[str]:
    listed = list(lines)
    if listed:
        yield f"\n{heading}:"
        yield from listed


def _proposed(one: SurveyResult) -> Iterator[str]:
    yield _line(one)
    for proposal in one.proposals:
        fields = ", ".join(f"{name}: {value['url'] if isinstance(value, dict) else value}" for name, value in proposal.fields.items())
        yield f"      → {fields} ({proposal.why}{'' if proposal.certain else '; check by hand that it is the same outlet'})"


def _line(one: SurveyResult) -> str:
    record = one.fetched.record
    where = f"read at {record.route}; {record.detail or ''}" if one.elsewhere else f"{record.reason.value}: {record.detail or ''}"
    return f"  {one.fetched.source.id}: {where if not one.well else 'read well'}"
