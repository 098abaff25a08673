"""`ajour sources test|add`: fetch one source now. Nothing is stored."""

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from app.cli.common import DONE, NEEDS_A_PERSON, AsJson, err, out, print_json
from app.cli.sources import SourceId, find_source
from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.watch_list_edit import row_text, write_rows
from db.enums import FetchOutcome
from monitor.fetch.discover import DiscoveredFeed, NothingFound, discover_source
from monitor.fetch.fetch_session import SourceMemory
from monitor.fetch.fetch_source import FetchedSource, addresses, fetch_source
from monitor.fetch.http_client import Client
from monitor.fetch.played import RAW, raw_bytes
from monitor.kinds.registry import KINDS
from monitor.parse.parser_pool import Parsers
from monitor.sources import ADDED, Source


def sources_test(
    source_id: SourceId,
    keep: Annotated[Path | None, typer.Option(help="Save the received answers here, as files for `ajour read`.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch each address of a source once: what answers, what is read, what robots.txt says.
    Nothing is stored.
    """
    container = Container(load_settings())
    source = find_source(container.sources, source_id)
    client = container.client()
    rows = []
    with Parsers() as parsers:
        for address in addresses(source):
            alone = source.model_copy(update={"url": address.url, "kind": address.kind, "mirrors": [], "fallback": None})
            fetched = fetch_source(alone, client, parsers, SourceMemory())
            rows.append({**fetch_row(fetched), "robots": _robots(fetched, client)})
            if keep is not None:
                _keep(keep, source.id, len(rows), fetched)
    client.close()
    if as_json:
        print_json(rows)
    else:
        _print_test(source, rows)
    raise typer.Exit(DONE if rows and rows[0]["outcome"] == FetchOutcome.NOTHING_NEW.value else NEEDS_A_PERSON)


def _keep(folder: Path, source_id: str, number: int, fetched: FetchedSource) -> None:
    """Write the answers of one fetch to `folder`, and print the command that reads the first of
    them again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{source_id}-{number}{f'-{page}' if page > 1 else ''}{RAW}" for page in range(1, len(fetched.answers) + 1)]
    for file, answer in zip(files, fetched.answers, strict=True):
        file.write_bytes(raw_bytes(answer))
    kind = "law" if fetched.source.law else fetched.source.kind
    if files:
        err.print(f"ajour read --kind {kind} --url {fetched.answers[0].url} {files[0]}", markup=False, soft_wrap=True)


def _robots(fetched: FetchedSource, client: Client) -> str:
    rules = client.robots(fetched.source.url or "")
    rule = "cannot be read" if rules.closed else "allows it" if rules.allow(fetched.source.url or "") else "forbids it"
    return f"{rule}{f', asks for {rules.delay:.0f} s between requests' if rules.delay else ''}"


def fetch_row(fetched: FetchedSource) -> dict[str, object]:
    """One fetch as `--json` shows it."""
    newest = max((v.published_at for v in fetched.entries if v.published_at), default=None)
    record = fetched.record
    return {
        "source": fetched.source.id, "kind": fetched.source.kind, "address": fetched.source.url, "answered": record.url, "ip": record.address,
        "status": record.status, "outcome": record.outcome.value, "reason": record.reason.value, "detail": record.detail, "quality": record.quality,
        "doubts": list(record.doubts), "seconds": round((record.ended_at - record.started_at).total_seconds(), 2), "bytes": sum(len(p.body) for p in record.pages),
        "entries": len(fetched.entries), "parts": len(fetched.result.parts), "newest": newest, "titles": [v.title or v.text[:80] for v in fetched.entries[:3]],
    }  # fmt: skip


def _print_test(source: Source, rows: list[dict[str, object]]) -> None:
    out.print(f"[bold]{source.id}[/] {source.name} ({source.kind})", highlight=False)
    for row in rows:
        out.print(f"\n{row['address']}", markup=False, soft_wrap=True)
        why = f": {row['detail']}" if row["detail"] else ""
        doubts = "; ".join(map(str, row["doubts"])) if isinstance(row["doubts"], list) else ""
        lines = {
            "outcome": f"{row['outcome']}, {row['reason']}{why}",
            "answered": f"{row['answered']} at {row['ip'] or 'no address'}, status {row['status']}, {row['bytes']:,} bytes in {row['seconds']} s",
            "quality": f"{row['quality']} {doubts}",
            "robots.txt": row["robots"],
            "read": f"{row['entries']} entries, {row['parts']} parts; newest {row['newest'] or 'undated'}",
        }
        for name, value in lines.items():
            out.print(f"  {name:<11} {value}", markup=False, soft_wrap=True)
        for title in row["titles"] if isinstance(row["titles"], list) else []:
            out.print(f"              – {title}", markup=False, soft_wrap=True)


def discovered_row(discovered: DiscoveredFeed) -> dict[str, object]:
    """A row for a discovered address; a person checks type, tier and name."""
    handle = KINDS[discovered.kind].handle
    host = (
        handle.host.format(name=discovered.name)
        if handle and discovered.name
        else (urlsplit(discovered.url).hostname or "").removeprefix("www.")
    )
    return {
        "id": (handle.prefix if handle else "") + "".join(c if c.isalnum() else "-" for c in (discovered.name or host).lower()).strip("-"), "name": discovered.title or host,
        "kind": discovered.kind, "url": discovered.url, "host": host, "languages": [discovered.language or "ru"],
        "type": "independent_media", "tier": 3, "cited_in": [ADDED], "confidence": "medium",
    }  # fmt: skip


def sources_add(
    url: Annotated[str, typer.Argument(help="An outlet's address, a feed, or a channel (@name, t.me/name).")],
    write: Annotated[bool, typer.Option("--write", help="Add the row to the watch list instead of printing it.")] = False,
) -> None:
    """Find out how an address is best watched, and give its row for sources.yml."""
    container = Container(load_settings())
    client = container.client()
    try:
        discovered = discover_source(url, client)
    except NothingFound as error:
        err.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(NEEDS_A_PERSON) from error
    finally:
        client.close()
    row = discovered_row(discovered)
    if not write:
        out.print(row_text(row), markup=False)
        out.print(
            f"{discovered.kind} with {discovered.entries} entries. Check type, tier and name; `--write` adds it to the watch list of this desk.",
            markup=False,
        )
        return
    write_rows(container.engine, container.sources, {str(row["id"]): row})
    out.print(f"{row['id']} was added to the watch list of this desk.", markup=False)
