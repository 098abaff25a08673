"""`ajour sources check`: the watch list as a file; with `--all`, what every source answers now and
what to change.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated

import typer

from app.cli.common import DONE, NEEDS_A_PERSON, WRONG_INPUT, AsJson, bar, err, out, print_json
from app.cli.source_checks import look_row
from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.watch_list_edit import write_rows
from monitor.fetch.fetch_source import LookOutcome
from monitor.fetch.http_client import Client
from monitor.fetch.proposals import Proposal, look_at, propose
from monitor.parse.parser_pool import Parsers
from monitor.sources import Source, duplicates


@dataclass(frozen=True)
class Surveyed:
    """What one source answered, and what to change in its row."""

    look: LookOutcome
    proposals: tuple[Proposal, ...]

    @property
    def elsewhere(self) -> bool:
        """Whether a mirror or the fallback was read instead of the first address."""
        return self.look.result.good and self.look.record.route is not None

    @property
    def well(self) -> bool:
        return self.look.result.good and not self.elsewhere


def sources_check(
    every: Annotated[bool, typer.Option("--all", help="Fetch every source once; nothing is stored in the database.")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="With --all: change the watch list as proposed, where the proposal is certain.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Load the watch list; a wrong one is refused with file, line, field and what to mend. Names
    sources that are the same stream twice.

    With --all every source is fetched once with all its addresses, a few at a time and with pauses
    for each host. For each one that does not read well it looks for its new address, its feed and
    its Telegram channel. --write changes the rows; without it they are only shown.
    """
    if write and not every:
        err.print("--write needs --all: without fetching there is nothing to propose.", markup=False)
        raise typer.Exit(WRONG_INPUT)
    desk = Container(load_settings())
    surveyed = _survey(desk) if every else []
    written = _write(desk, surveyed) if write else 0
    if as_json:
        print_json(
            {"sources": len(desk.sources), "duplicates": duplicates(desk.sources), "written": written, "looks": [_row(s) for s in surveyed]}
        )
    else:
        for line in _report(desk.sources, surveyed, written if write else None):
            out.print(line, markup=False, soft_wrap=True)
    raise typer.Exit(DONE if all(s.well for s in surveyed) else NEEDS_A_PERSON)


def _survey(desk: Container) -> list[Surveyed]:
    """Every stream of the watch list, in its order."""
    streams = [s for s in desk.sources if s.is_stream]
    client = desk.client()
    with Parsers() as parsers, ThreadPoolExecutor(desk.settings.workers) as pool, bar() as shown:
        task = shown.add_task("fetching", total=len(streams))
        surveyed = []
        for one in pool.map(lambda s: _one(s, client, parsers), streams):
            surveyed.append(one)
            shown.advance(task)
    client.close()
    return surveyed


def _one(source: Source, client: Client, parsers: Parsers) -> Surveyed:
    look = look_at(source, client, parsers)
    return Surveyed(look, tuple(propose(look, client, parsers)))


def _write(desk: Container, surveyed: Sequence[Surveyed]) -> int:
    """Set the fields of all certain proposals; returns the number of changed rows. Raises
    WrongFile.
    """
    changes = {s.look.source.id: {k: v for p in s.proposals if p.certain for k, v in p.fields.items()} for s in surveyed}
    changes = {source_id: fields for source_id, fields in changes.items() if fields}
    if changes:
        write_rows(desk.engine, desk.sources, changes)
    return len(changes)


def _row(one: Surveyed) -> dict[str, object]:
    proposals = [{"fields": dict(p.fields), "why": p.why, "certain": p.certain} for p in one.proposals]
    return {**look_row(one.look), "read_at": one.look.record.route, "proposals": proposals}


def _report(sources: Sequence[Source], surveyed: Sequence[Surveyed], written: int | None) -> Iterator[str]:
    """The report for people: the sum, then what needs a hand, the most certain first."""
    yield f"{len(sources)} sources, well; {sum(not s.is_stream for s in sources)} are no stream."
    for first, second, url in duplicates(sources):
        yield f"{first} and {second} are the same stream: {url}"
    if not surveyed:
        return
    elsewhere = [s for s in surveyed if s.elsewhere]
    unread = [s for s in surveyed if not s.look.result.good]
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


def _proposed(one: Surveyed) -> Iterator[str]:
    yield _line(one)
    for proposal in one.proposals:
        fields = ", ".join(f"{name}: {value['url'] if isinstance(value, dict) else value}" for name, value in proposal.fields.items())
        yield f"      → {fields} ({proposal.why}{'' if proposal.certain else '; check by hand that it is the same outlet'})"


def _line(one: Surveyed) -> str:
    record = one.look.record
    where = f"read at {record.route}; {record.detail or ''}" if one.elsewhere else f"{record.reason.value}: {record.detail or ''}"
    return f"  {one.look.source.id}: {where if not one.well else 'read well'}"
