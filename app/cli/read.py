"""`ajour read`: what the watch would read from captured answers. No network, no database of the
desk.
"""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.common import DONE, NEEDS_A_PERSON, WRONG_INPUT, err, out
from app.tools.read_files import DEFAULT_URL, KINDS_READ, play
from db.enums import GOOD_OUTCOMES


def read(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…", exists=True, dir_okay=False, help="Answers in order; a .http file is a whole raw answer."),
    ],
    kind: Annotated[str, typer.Option(help=f"What the files are: {', '.join(KINDS_READ)}.")],
    url: Annotated[str, typer.Option(help="The address that was fetched.")] = DEFAULT_URL,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON line per file (per line for text-date).")] = False,
) -> None:
    """Read FILEs as consecutive fetches of one source, exactly as the watch would, and show what is
    new, edited or changed.
    """
    if kind not in KINDS_READ:
        err.print(f"--kind {kind!r} is not known. Use one of {', '.join(KINDS_READ)}", markup=False)
        raise typer.Exit(WRONG_INPUT)
    good = True
    for fetch in play(kind, url, files):
        good = good and fetch.get("outcome", GOOD_OUTCOMES[0]) in GOOD_OUTCOMES
        if as_json:
            typer.echo(json.dumps(fetch, ensure_ascii=False, default=str))
        else:
            _print(fetch)
    raise typer.Exit(DONE if good else NEEDS_A_PERSON)


def _print(fetch: dict[str, Any]) -> None:
    for line in _lines(fetch):
        out.print(line, markup=False, soft_wrap=True)


def _lines(fetch: dict[str, Any]) -> list[str]:
    """One fetch (or one date) for people."""
    if "text" in fetch:
        return [f"{fetch['text']}: {fetch['published'] or 'no date'}"]
    if "feeds" in fetch:
        return [f"{fetch['look']}: {len(fetch['feeds'])} feeds", *(f"   {feed}" for feed in fetch["feeds"])]
    detail = f": {fetch['detail']}" if fetch["detail"] else ""
    lines = [f"{fetch['look']}: {fetch['outcome']}, {fetch['reason']}{detail}"]
    lines += [f"   doubt: {doubt}" for doubt in fetch["doubts"]]
    for name in ("new", "edited"):
        lines += [f"   {name}: {i['published'] or 'no date':<25} {i['title'] or i['text'][:80]}  {i['url']}" for i in fetch[name]]
    for change in fetch["changes"]:
        lines += [f"   {change['what']}: {change['where']}", f"      old: {change['old'][:300]}", f"      new: {change['new'][:300]}"]
    return lines
