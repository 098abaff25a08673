"""Outlets that have moved to another host (`moved_hosts.csv`: old host, new host, how it is known).

An item keeps its identity across the move, a redirect to the new host is the outlet's own, and the
new host is tried where the old one does not answer.
"""

import csv
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

LIST = Path(__file__).with_name("moved_hosts.csv")


@cache
def moved_hosts() -> dict[str, str]:
    """Old host → new host, both without "www."."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return {row["old"]: row["new"] for row in csv.DictReader(file)}


def new_host(host: str) -> str:
    """The host to which `host` or the domain above it has moved; `host` itself if it has not
    moved.
    """
    bare = host.lower().removeprefix("www.")
    for old, new in moved_hosts().items():
        if bare == old:
            return new
        if bare.endswith(f".{old}"):
            return f"{bare.removesuffix(old)}{new}"
    return host


def new_address(url: str) -> str | None:
    """`url` on the host to which its host has moved; None if it has not moved."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    moved = new_host(host)
    return urlunsplit(parts._replace(netloc=moved)) if moved != host else None
