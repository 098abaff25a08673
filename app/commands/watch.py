"""Commands of the watch: `ajour cycle`, `ajour sources …`."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
import yaml
from rich.table import Table

from app import show
from app.commands import opml
from app.commands.common import DONE, NEEDS_A_PERSON, WRONG_INPUT, AsJson, bar, err, out, print_json
from app.desk import Desk
from app.settings import load_settings
from db import source_states
from db.engine import reading, writing
from db.models import Source as Row
from db.words import Kind, Outcome, Reason, Watch
from monitor.sources import Source, duplicates, load_sources, schema
from monitor.watch.asking import Memory
from monitor.watch.discover import NothingFound, feeds_on, find_out
from monitor.watch.parsers import Parsers
from monitor.watch.watch import Look, addresses, watch_source
from monitor.yamlfile import WrongFile

sources_app = typer.Typer(help="The watch list, and how watching it goes.", no_args_is_help=True)
SourceId = Annotated[str, typer.Argument(help="The source's id in sources.yml.")]


def register(app: typer.Typer) -> None:
    app.command()(cycle)
    opml.register(sources_app)
    app.add_typer(sources_app, name="sources")


def cycle(as_json: AsJson = False) -> None:
    """One round: look at every source that is due, store, compare, flag."""
    desk = Desk(load_settings())
    monitor = desk.monitor()
    monitor.register()
    with bar() as shown:
        tasks = {name: shown.add_task(name, total=None) for name in ("watching", "comparing")}
        done = monitor.cycle(lambda name, at, total: shown.update(tasks[name], completed=at, total=total or None))
    monitor.close()
    counts = {o.value: done.outcomes.get(o, 0) for o in Outcome}
    bad = counts[Outcome.BROKEN.value] + counts[Outcome.SUSPICIOUS.value]
    if as_json:
        print_json(
            {
                "looked": done.looked,
                "outcomes": counts,
                "new": done.new,
                "edited": done.edited,
                "articles": done.articles,
                "compared": done.compared,
                "flags": sorted(done.flagged),
                "states": [{"source": s, "state": j.state, "reason": j.reason, "detail": j.detail} for s, j in done.states],
            }
        )
    else:
        ended = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items() if n) or "none was due"
        out.print(f"{done.looked} sources looked at: {ended}.")
        out.print(f"{done.new} new items, {done.edited} edited, {done.compared} compared, {len(done.flagged)} stories flagged.")
        for source_id, judged in done.states:
            if judged.state is not Watch.WELL or judged.recovered:
                out.print(
                    f"{source_id} is {judged.state.value} now: {judged.reason.value.replace('_', ' ')}. {judged.detail or ''}", markup=False
                )
    raise typer.Exit(NEEDS_A_PERSON if done.looked and bad == done.looked else DONE)


@sources_app.command("list")
def sources_list(kind: Annotated[Kind | None, typer.Option(help="Only this kind.")] = None, as_json: AsJson = False) -> None:
    """The watch list as a table."""
    sources = [s for s in Desk(load_settings()).sources if kind is None or s.kind is kind]
    if as_json:
        print_json([s.model_dump(mode="json", exclude_none=True) for s in sources])
    else:
        out.print(show.sources(sources))


@sources_app.command("check")
def sources_check(
    live: Annotated[bool, typer.Option("--live", help="Look at every source once; nothing is stored.")] = False, as_json: AsJson = False
) -> None:
    """Load the watch list; a wrong one is refused with file, line, field and what to mend. Names sources that are the same stream twice."""
    desk = Desk(load_settings())
    twice = duplicates(desk.sources)
    looks = _probe(desk) if live else []
    ill = [look for look in looks if not look.found.good]
    if as_json:
        rows = [{**_look_row(look), "proposal": _proposal(desk, look) if not look.found.good else None} for look in looks]
        print_json({"sources": len(desk.sources), "duplicates": twice, "looks": rows})
    else:
        out.print(f"{len(desk.sources)} sources, well; {sum(s.kind is Kind.NONE for s in desk.sources)} are no stream.")
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


def _probe(desk: Desk) -> list[Look]:
    from concurrent.futures import ThreadPoolExecutor

    streams = [s for s in desk.sources if s.kind is not Kind.NONE]
    client = desk.client()
    with Parsers() as parsers, ThreadPoolExecutor(desk.settings.workers) as pool, bar() as shown:
        task = shown.add_task("looking", total=len(streams))
        looks = []
        for look in pool.map(lambda s: watch_source(s, client, parsers, Memory()), streams):
            looks.append(look)
            shown.advance(task)
    client.close()
    return looks


def _proposal(desk: Desk, look: Look) -> str | None:
    """A feed that the site's own pages name, where the configured one is gone."""
    if look.source.kind is not Kind.FEED or look.record.reason not in (
        Reason.HTTP_404,
        Reason.HTTP_410,
        Reason.NOT_A_FEED,
        Reason.OFFSITE_REDIRECT,
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


@sources_app.command("test")
def sources_test(source_id: SourceId, as_json: AsJson = False) -> None:
    """Look once at each address of a source: what answers, what is read, what robots.txt says. Nothing is stored."""
    desk = Desk(load_settings())
    source = _one(desk, source_id)
    client = desk.client()
    rows = []
    with Parsers() as parsers:
        for address in addresses(source):
            alone = source.model_copy(update={"url": address.url, "kind": address.kind, "mirrors": [], "fallback": None})
            look = watch_source(alone, client, parsers, Memory())
            rows.append({**_look_row(look), "robots": _robots(look, client)})
    client.close()
    if as_json:
        print_json(rows)
    else:
        _print_test(source, rows)
    raise typer.Exit(DONE if rows and rows[0]["outcome"] == Outcome.NOTHING_NEW.value else NEEDS_A_PERSON)


def _one(desk: Desk, source_id: str) -> Source:
    found = next((s for s in desk.sources if s.id == source_id), None)
    if found is None:
        near = ", ".join(s.id for s in desk.sources if source_id in s.id)
        err.print(
            f"no source has the id {source_id!r}.{f' Did you mean: {near}?' if near else ' `ajour sources list` shows all.'}", markup=False
        )
        raise typer.Exit(WRONG_INPUT)
    return found


def _robots(look: Look, client: object) -> str:
    from monitor.watch.client import Client

    assert isinstance(client, Client)
    rules = client.robots(look.source.url or "")
    said = "cannot be read" if rules.closed else "allows it" if rules.allow(look.source.url or "") else "forbids it"
    return f"{said}{f', asks for {rules.delay:.0f} s between requests' if rules.delay else ''}"


def _look_row(look: Look) -> dict[str, object]:
    newest = max((v.published_at for v in look.entries if v.published_at), default=None)
    record = look.record
    return {
        "source": look.source.id, "kind": look.source.kind.value, "address": look.source.url, "answered": record.url, "ip": record.address,
        "status": record.status, "outcome": record.outcome.value, "reason": record.reason.value, "detail": record.detail, "quality": record.quality,
        "doubts": list(record.doubts), "seconds": round((record.ended_at - record.started_at).total_seconds(), 2), "bytes": sum(len(p.body) for p in record.pages),
        "entries": len(look.entries), "parts": len(look.found.parts), "newest": newest, "titles": [v.title or v.text[:80] for v in look.entries[:3]],
    }  # fmt: skip


def _print_test(source: Source, rows: list[dict[str, object]]) -> None:
    out.print(f"[bold]{source.id}[/] {source.name} ({source.kind.value})", highlight=False)
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


@sources_app.command("status", hidden=True)  # the word some look for first
@sources_app.command("health")
def sources_health(
    bad: Annotated[bool, typer.Option("--bad", help="Only those that are not well.")] = False, as_json: AsJson = False
) -> None:
    """How watching goes, worst first: state, last good read, last outcome, quality, items a day against the usual, lag."""
    desk = Desk(load_settings())
    now = datetime.now(UTC)
    with reading(desk.engine) as session:
        rows = [h for h in source_states.health(session, now) if not bad or (h.state and h.state.state != Watch.WELL.value)]
        data = [_health_row(h) for h in rows]
        same = source_states.twins(session, now)
    if as_json:
        print_json(data)
        return
    table = Table(
        "state", "id", "since", "why", "last good", "last looks", "quality", "items 24 h", "usual", "lag", box=None, pad_edge=False
    )
    colours = {"blind": "red", "degraded": "yellow", "acknowledged": "cyan", "well": "green"}
    for row in data:
        state = str(row["state"])
        table.add_row(
            f"[{colours.get(state, 'dim')}]{state}[/]", str(row["source"]), _ago(row["since"], now), str(row["reason"]).replace("_", " "),
            _ago(row["last_good_at"], now), str(row["looks"]), "" if row["quality"] is None else f"{row['quality']:.2f}", str(row["items_today"]),
            f"{row['items_usual']:.1f}", _span(row["lag_seconds"]),
        )  # fmt: skip
    out.print(table)
    out.print("last looks, newest first: + new items, = nothing new, ? suspiciously empty, x blocked or broken")
    for one, other, share in same:
        out.print(f"{one} and {other} give the same articles ({share:.0%}): is one of them superfluous?", markup=False)


def _health_row(h: source_states.Health) -> dict[str, object]:
    signs = {Outcome.NEW_ITEMS.value: "+", Outcome.NOTHING_NEW.value: "=", Outcome.SUSPICIOUS.value: "?", Outcome.BROKEN.value: "x"}
    return {
        "source": h.source.id, "name": h.source.name, "kind": h.source.kind, "tier": h.source.tier, "state": h.state.state if h.state else "not looked at yet",
        "since": h.state.since if h.state else None, "reason": h.state.reason if h.state else "", "detail": h.state.detail if h.state else None,
        "until": h.state.until if h.state else None, "last_good_at": h.source.last_good_at, "last_outcome": h.source.last_outcome,
        "last_reason": h.source.last_reason, "quality": h.source.last_quality, "route": h.source.route, "next_due_at": h.source.next_due_at,
        "looks": "".join(signs.get(o, "·") for o in h.recent), "items_today": h.items_today, "items_usual": round(h.items_usual, 2),
        "lag_seconds": h.lag.total_seconds() if h.lag else None,
    }  # fmt: skip


def _ago(when: object, now: datetime) -> str:
    return f"{_span((now - when).total_seconds())} ago" if isinstance(when, datetime) else "never"


def _span(seconds: object) -> str:
    if not isinstance(seconds, int | float):
        return ""
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "m")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


@sources_app.command("acknowledge")
def sources_acknowledge(
    source_id: SourceId,
    until: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="The day until which it is not said again.")],
    note: Annotated[str, typer.Option(help="What is known about it, and what is done.")],
    by: Annotated[str, typer.Option(help="Who says so.")] = "operator",
) -> None:
    """Say that an outage is known until a day: it is not told again before, unless the source recovers."""
    desk = Desk(load_settings())
    _one(desk, source_id)
    with writing(desk.engine) as session:
        if session.get(Row, source_id) is None:
            err.print(f"{source_id} has never been looked at: there is nothing to acknowledge.", markup=False)
            raise typer.Exit(WRONG_INPUT)
        source_states.acknowledge(session, source_id, until.replace(tzinfo=UTC), by, note, datetime.now(UTC))
    out.print(f"{source_id} is acknowledged until {until:%Y-%m-%d}.")


@sources_app.command("add")
def sources_add(
    url: Annotated[str, typer.Argument(help="An outlet's address, a feed, or a channel (@name, t.me/name).")],
    write: Annotated[bool, typer.Option("--write", help="Append the row to the watch list instead of printing it.")] = False,
) -> None:
    """Find out how an address is best watched, and give its row for sources.yml."""
    desk = Desk(load_settings())
    client = desk.client()
    try:
        found = find_out(url, client)
    except NothingFound as error:
        err.print(str(error), markup=False, soft_wrap=True)
        raise typer.Exit(NEEDS_A_PERSON) from error
    finally:
        client.close()
    host = found.url.removeprefix("https://").removeprefix("http://").removeprefix("www.").split("/")[0]
    name = found.url.rstrip("/").rsplit("/", 1)[-1].lower().replace("_", "-") if found.kind is Kind.TELEGRAM else host
    row = {
        "id": ("tg-" if found.kind is Kind.TELEGRAM else "") + "".join(c if c.isalnum() else "-" for c in name).strip("-"), "name": found.title or host,
        "kind": found.kind.value, "url": found.url, "host": f"t.me/{name}" if found.kind is Kind.TELEGRAM else host, "languages": [found.language or "ru"],
        "type": "independent_media", "tier": 3, "cited_in": ["added"], "confidence": "medium",
    }  # fmt: skip
    text = "".join(f"  {line}\n" for line in yaml.safe_dump([row], allow_unicode=True, sort_keys=False).splitlines())
    if not write:
        out.print(text, markup=False)
        out.print(
            f"{found.kind.value} with {found.entries} entries. Check type, tier and name; `--write` appends it to {desk.settings.sources}.",
            markup=False,
        )
        return
    _append(Path(desk.settings.sources), text)
    out.print(f"{row['id']} was added to {desk.settings.sources}.", markup=False)


def _append(path: Path, text: str) -> None:
    """Append a row; a file that is no watch list afterwards is put back as it was. Raises WrongFile."""
    before = path.read_text(encoding="utf-8")
    if re.search(r"^- \w+:", before, re.M):  # rows without an indent are YAML as well
        text = re.sub(r"^  ", "", text, flags=re.M)
    path.write_text(before.rstrip("\n") + "\n" + text, encoding="utf-8")
    try:
        load_sources(path)
    except WrongFile:
        path.write_text(before, encoding="utf-8")
        raise


@sources_app.command("schema")
def sources_schema() -> None:
    """The JSON Schema of sources.yml, for editors."""
    print_json(schema())
