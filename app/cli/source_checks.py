"""`ajour sources check|test|add`: what the sources answer now. Nothing is stored."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
import yaml

from app.cli.common import DONE, NEEDS_A_PERSON, AsJson, bar, err, out, print_json
from app.cli.sources import SourceId, find_source
from app.runtime.container import Container, watch_list
from app.runtime.settings import Settings, load_settings
from db.enums import FetchOutcome, FetchReason
from monitor.fetch.discover import NothingFound, discover_source, feeds_on
from monitor.fetch.fetch_session import SourceMemory
from monitor.fetch.fetch_source import LookOutcome, addresses, fetch_source
from monitor.fetch.http_client import Client
from monitor.fetch.played import RAW, raw_bytes
from monitor.kinds.registry import KINDS
from monitor.parse.parser_pool import Parsers
from monitor.sources import ADDED, Source, duplicates
from monitor.strict_yaml import WrongFile


def sources_check(
    live: Annotated[bool, typer.Option("--live", help="Look at every source once; nothing is stored.")] = False, as_json: AsJson = False
) -> None:
    """Load the watch list; a wrong one is refused with file, line, field and what to mend. Names
    sources that are the same stream twice.
    """
    desk = Container(load_settings())
    twice = duplicates(desk.sources)
    looks = _probe(desk) if live else []
    ill = [look for look in looks if not look.found.good]
    if as_json:
        rows = [{**_look_row(look), "proposal": _proposal(desk, look) if not look.found.good else None} for look in looks]
        print_json({"sources": len(desk.sources), "duplicates": twice, "looks": rows})
    else:
        out.print(f"{len(desk.sources)} sources, well; {sum(not s.is_stream for s in desk.sources)} are no stream.")
        for first, second, url in twice:
            out.print(f"{first} and {second} are the same stream: {url}", markup=False)
        if looks:
            out.print(f"{len(looks) - len(ill)} of {len(looks)} were read well.")
        for look in ill:
            proposal = _proposal(desk, look)
            out.print(
                f"{look.source.id}: {look.record.reason.value}: {look.record.detail or ''}{f' Instead: {proposal}' if proposal else ''}",
                markup=False,
            )
    raise typer.Exit(NEEDS_A_PERSON if ill else DONE)


def _probe(desk: Container) -> list[LookOutcome]:
    streams = [s for s in desk.sources if s.is_stream]
    client = desk.client()
    with Parsers() as parsers, ThreadPoolExecutor(desk.settings.workers) as pool, bar() as shown:
        task = shown.add_task("looking", total=len(streams))
        looks = []
        for look in pool.map(lambda s: fetch_source(s, client, parsers, SourceMemory()), streams):
            looks.append(look)
            shown.advance(task)
    client.close()
    return looks


def _proposal(desk: Container, look: LookOutcome) -> str | None:
    """A feed that the site's own pages name, where the configured one is gone."""
    if not KINDS[look.source.kind].is_feed or look.record.reason not in (
        FetchReason.HTTP_404,
        FetchReason.HTTP_410,
        FetchReason.NOT_A_FEED,
        FetchReason.OFFSITE_REDIRECT,
    ):
        return None
    client = desk.client()
    try:
        parts = urlsplit(look.source.url or "")
        return next((f for f in feeds_on(client.get(f"{parts.scheme}://{parts.netloc}/")) if f != look.source.url), None)
    except Exception as error:  # noqa: BLE001  # a proposal is a favour: why there is none is said, and the check goes on
        err.print(f"{look.source.id}: no proposal: {error}", markup=False, soft_wrap=True)
        return None
    finally:
        client.close()


def sources_test(
    source_id: SourceId,
    keep: Annotated[Path | None, typer.Option(help="Save the received answers here, as files for `ajour read`.")] = None,
    as_json: AsJson = False,
) -> None:
    """Fetch each address of a source once: what answers, what is read, what robots.txt says.
    Nothing is stored.
    """
    desk = Container(load_settings())
    source = find_source(desk.sources, source_id)
    client = desk.client()
    rows = []
    with Parsers() as parsers:
        for address in addresses(source):
            alone = source.model_copy(update={"url": address.url, "kind": address.kind, "mirrors": [], "fallback": None})
            look = fetch_source(alone, client, parsers, SourceMemory())
            rows.append({**_look_row(look), "robots": _robots(look, client)})
            if keep is not None:
                _keep(keep, source.id, len(rows), look)
    client.close()
    if as_json:
        print_json(rows)
    else:
        _print_test(source, rows)
    raise typer.Exit(DONE if rows and rows[0]["outcome"] == FetchOutcome.NOTHING_NEW.value else NEEDS_A_PERSON)


def _keep(folder: Path, source_id: str, number: int, look: LookOutcome) -> None:
    """Write the answers of one fetch to `folder`, and print the command that reads the first of
    them again.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = [folder / f"{source_id}-{number}{f'-{page}' if page > 1 else ''}{RAW}" for page in range(1, len(look.answers) + 1)]
    for file, answer in zip(files, look.answers, strict=True):
        file.write_bytes(raw_bytes(answer))
    kind = "law" if look.source.law else look.source.kind
    if files:
        err.print(f"ajour read --kind {kind} --url {look.answers[0].url} {files[0]}", markup=False, soft_wrap=True)


def _robots(look: LookOutcome, client: Client) -> str:
    rules = client.robots(look.source.url or "")
    said = "cannot be read" if rules.closed else "allows it" if rules.allow(look.source.url or "") else "forbids it"
    return f"{said}{f', asks for {rules.delay:.0f} s between requests' if rules.delay else ''}"


def _look_row(look: LookOutcome) -> dict[str, object]:
    newest = max((v.published_at for v in look.entries if v.published_at), default=None)
    record = look.record
    return {
        "source": look.source.id, "kind": look.source.kind, "address": look.source.url, "answered": record.url, "ip": record.address,
        "status": record.status, "outcome": record.outcome.value, "reason": record.reason.value, "detail": record.detail, "quality": record.quality,
        "doubts": list(record.doubts), "seconds": round((record.ended_at - record.started_at).total_seconds(), 2), "bytes": sum(len(p.body) for p in record.pages),
        "entries": len(look.entries), "parts": len(look.found.parts), "newest": newest, "titles": [v.title or v.text[:80] for v in look.entries[:3]],
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
        for name, said in lines.items():
            out.print(f"  {name:<11} {said}", markup=False, soft_wrap=True)
        for title in row["titles"] if isinstance(row["titles"], list) else []:
            out.print(f"              – {title}", markup=False, soft_wrap=True)


def sources_add(
    url: Annotated[str, typer.Argument(help="An outlet's address, a feed, or a channel (@name, t.me/name).")],
    write: Annotated[bool, typer.Option("--write", help="Append the row to the watch list instead of printing it.")] = False,
) -> None:
    """Find out how an address is best watched, and give its row for sources.yml."""
    desk = Container(load_settings())
    client = desk.client()
    try:
        found = discover_source(url, client)
    except NothingFound as error:
        err.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(NEEDS_A_PERSON) from error
    finally:
        client.close()
    handle = KINDS[found.kind].handle
    host = handle.host.format(name=found.name) if handle and found.name else (urlsplit(found.url).hostname or "").removeprefix("www.")
    row = {
        "id": (handle.prefix if handle else "") + "".join(c if c.isalnum() else "-" for c in (found.name or host).lower()).strip("-"), "name": found.title or host,
        "kind": found.kind, "url": found.url, "host": host, "languages": [found.language or "ru"],
        "type": "independent_media", "tier": 3, "cited_in": [ADDED], "confidence": "medium",
    }  # fmt: skip
    text = "".join(f"  {line}\n" for line in yaml.safe_dump([row], allow_unicode=True, sort_keys=False).splitlines())
    if not write:
        out.print(text, markup=False)
        out.print(
            f"{found.kind} with {found.entries} entries. Check type, tier and name; `--write` appends it to {desk.settings.sources}.",
            markup=False,
        )
        return
    _append(desk.settings, text)
    out.print(f"{row['id']} was added to {desk.settings.sources}.", markup=False)


def _append(settings: Settings, text: str) -> None:
    """Append a row; a file that is no watch list afterwards is put back as it was. Raises
    WrongFile.
    """
    path = settings.sources
    before = path.read_text(encoding="utf-8")
    if re.search(r"^- \w+:", before, re.M):  # rows without an indent are YAML as well
        text = re.sub(r"^  ", "", text, flags=re.M)
    path.write_text(before.rstrip("\n") + "\n" + text, encoding="utf-8")
    try:
        watch_list(settings)
    except WrongFile:
        path.write_text(before, encoding="utf-8")
        raise
