"""`ajour sources export|import`: the watch list as OPML 2.0, as feed readers exchange it, and rows
from such a file.
"""

from collections.abc import Collection, Iterable
from itertools import count
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit
from xml.sax.saxutils import quoteattr

import typer
import yaml
from lxml import etree

from app.cli.common import NEEDS_A_PERSON, WRONG_INPUT, err, out
from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.files import write
from monitor.kinds.registry import KINDS
from monitor.sources import ADDED, Source
from monitor.watched_sources import to_yaml

MOST = 5_000_000  # bytes; reading lists have a few hundred lines


def sources_export(
    out_file: Annotated[Path | None, typer.Option("--out", help="The file; default: standard output.")] = None,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="As a sources.yml, with everything that the desk changed.")] = False,
) -> None:
    """The watch list in force as OPML (feeds with their address, all else as links), or as YAML."""
    sources = Container(load_settings()).sources
    text = to_yaml(sources) if as_yaml else to_opml([s for s in sources if s.is_stream])
    if out_file is None:
        typer.echo(text)
    else:
        write(out_file, text)
        out.print(f"{out_file} written.", markup=False)


def to_opml(sources: list[Source]) -> str:
    """OPML 2.0 (http://opml.org/spec2.opml)."""
    lines = []
    for s in sources:
        kind = f'type="rss" xmlUrl={quoteattr(s.url or "")}' if KINDS[s.kind].is_feed else f'type="link" url={quoteattr(s.url or "")}'
        lines.append(f"    <outline text={quoteattr(s.name)} {kind} language={quoteattr(s.languages[0])} category={quoteattr(s.type)}/>")
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n  <head><title>Ajour watch list</title></head>\n  <body>\n'
    return head + "\n".join(lines) + "\n  </body>\n</opml>\n"


def sources_import(file: Annotated[Path, typer.Argument(help="An OPML file.")]) -> None:
    """Rows for sources.yml of the feeds in an OPML file that are not on the list yet. They are
    printed: type, tier and name are for people to check.
    """
    try:
        raw = file.read_bytes()
        feeds = from_opml(raw)
    except (OSError, ValueError) as error:
        err.print(f"{file}: {error}", markup=False)
        raise typer.Exit(WRONG_INPUT) from error
    known = Container(load_settings()).sources
    rows = opml_rows(feeds, {s.url for s in known if s.url}, {s.id for s in known})
    if not rows:
        out.print(f"{len(feeds)} feeds, all of them on the list already.")
        raise typer.Exit(NEEDS_A_PERSON if not feeds else 0)
    text = yaml.safe_dump(rows, allow_unicode=True, sort_keys=False)
    typer.echo("".join(f"  {line}\n" for line in text.splitlines()))
    err.print(f"{len(rows)} of {len(feeds)} feeds are new. `ajour sources add URL --write` adds one after looking at it.", markup=False)


def from_opml(raw: bytes) -> list[tuple[str, str]]:
    """(name, address) of the feeds in an OPML file, each once. Raises ValueError for a file that is
    not OPML.
    """
    if len(raw) > MOST:
        raise ValueError(f"is larger than {MOST:,} bytes, which no reading list is")
    try:
        tree = etree.fromstring(raw, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError as error:
        raise ValueError(f"is not XML: {error}") from error
    if tree.tag != "opml":
        raise ValueError(f"is not OPML: its root is <{tree.tag}>")
    feeds: dict[str, str] = {}
    for node in tree.iter("outline"):
        url = (node.get("xmlUrl") or "").strip()
        if _is_web_address(url):
            feeds.setdefault(url, (node.get("title") or node.get("text") or url).strip())
    return [(name, url) for url, name in feeds.items()]


def _is_web_address(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:  # "http://[": one wrong line does not make the list unreadable
        return False


def opml_rows(feeds: Iterable[tuple[str, str]], watched: Collection[str], taken: Collection[str]) -> list[dict[str, object]]:
    """Rows for the feeds whose address is not `watched`, each with an id that no other source has.

    `taken`: ids of other sources. Several feeds of one host must not replace each other.
    """
    used, rows = set(taken), list[dict[str, object]]()
    for name, url in feeds:
        if url not in watched:
            row = _opml_row(name, url)
            row["id"] = free_id(str(row["id"]), used)
            used.add(str(row["id"]))
            rows.append(row)
    return rows


def free_id(base: str, taken: Collection[str]) -> str:
    """`base`, or the first of base-2, base-3, … that is not taken."""
    if base not in taken:
        return base
    return next(name for n in count(2) if (name := f"{base}-{n}") not in taken)


def _opml_row(name: str, url: str) -> dict[str, object]:
    """A row for a feed of a reading list."""
    host = (urlsplit(url).hostname or "").removeprefix("www.")
    return {
        "id": "".join(c if c.isascii() and c.isalnum() else "-" for c in host).strip("-"), "name": name, "kind": "feed", "url": url, "host": host,
        "languages": ["ru"], "type": "independent_media", "tier": 3, "cited_in": [ADDED], "confidence": "low",
    }  # fmt: skip
