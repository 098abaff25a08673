"""How much the watch costs: 1,000 local sources in one cycle, and again with nothing changed.

Aims: peak memory under 300 MB, a second cycle where nothing changed at most 0.25 of the first in
processor time. What the first cycle costs is measured against a peer (`bench.peers`); a bare httpx
client that only downloads the same bytes is shown beside it. The server runs in a process of its
own. Half the sources answer with validators, half without; a tenth are Telegram previews, a tenth
listings.
"""

import multiprocessing
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import httpx

from app.tools.local_server import QuietHandler, running
from db.engine import connect, writing
from db.migrate import upgrade
from db.models import SourceRow as Row
from db.sources import register_sources
from monitor.fetch.http_client import Client
from monitor.fetch.watcher import Watcher
from monitor.parse.parser_pool import Parsers
from monitor.sources import Source

SOURCES = 1000
ENTRIES = 20
WORKERS = 8
LEAD = "Военный комиссариат области сообщил о порядке вручения повесток в весенний призыв и о сроках явки граждан. " * 2


def body(number: int) -> tuple[str, bytes]:
    """What source `number` answers: mostly feeds of 20 entries with leads (about 14 kB), as outlets
    have them.
    """
    kind = number % 10
    if kind == 8:
        posts = "".join(
            f'<div class="tgme_widget_message" data-post="k{number}/{n}"><div class="tgme_widget_message_text js-message_text">{LEAD}{n}</div>'
            f'<a class="tgme_widget_message_date"><time datetime="2026-11-24T07:{n:02d}:00+00:00"></time></a></div>'
            for n in range(1, ENTRIES + 1)
        )
        return "text/html", f"<html><body><div class=tgme_channel_info></div>{posts}</body></html>".encode()
    if kind == 9:
        rows = "".join(
            f'<div class="card"><h3><a href="/{number}/news/2026/novost-{n}">Новость {number} о призыве на службу номер {n}</a></h3></div>'
            for n in range(ENTRIES)
        )
        return "text/html", f"<html><head><title>Новости</title></head><body><main>{rows}</main></body></html>".encode()
    items = "".join(
        f"<item><title>Новость {number} о призыве номер {n}</title><link>https://s{number}.example/{n}</link><guid>https://s{number}.example/{n}</guid>"
        f"<pubDate>Tue, 24 Nov 2026 10:{n:02d}:00 +0300</pubDate><description>{LEAD}</description></item>"
        for n in range(ENTRIES)
    )
    return (
        "application/rss+xml",
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>S</title>{items}</channel></rss>'.encode(),
    )


def serve(pipe: Connection, bodies: list[tuple[str, bytes]] | None = None) -> None:
    """The server's process: answers until it is ended. `bodies`: what each number answers,
    otherwise `body`.
    """
    bodies = bodies or [body(n) for n in range(SOURCES)]

    class Handler(QuietHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            number = self.path.rsplit("/", 1)[-1].split("?")[0]
            if not number.isdigit():
                self.send_response(404)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            kind, raw = bodies[int(number)]
            etag = f'"{number}"' if int(number) % 2 else None
            if etag and self.headers.get("If-None-Match") == etag:
                self.send_response(304)
                self.end_headers()
                return
            head = (
                f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(raw)}\r\n"
                + (f"ETag: {etag}\r\n" if etag else "")
                + "\r\n"
            )
            self.wfile.write(head.encode() + raw)

    with running(Handler) as address:
        pipe.send(address)
        threading.Event().wait()  # until this process is ended


def sources(address: str) -> list[Source]:
    kinds = {8: "telegram", 9: "listing"}
    return [
        Source(
            id=f"s{n}", name=f"S{n}", kind=kinds.get(n % 10, "feed"), url=f"{address}/{n}", host="127.0.0.1", languages=["ru"], type="blog", tier=3,
            cited_in=["added"], confidence="low",
        )
        for n in range(SOURCES)
    ]  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock, and of processor time in this process and in the parsers' (the clock
    depends on who else uses the machine).
    """

    wall: float
    processor: float

    def times(self, other: "Cost") -> str:
        return f"{self.wall / other.wall:.1f} times by the clock, {self.processor / other.processor:.1f} times in processor time"


def timed(work: Callable[[], int]) -> tuple[Cost, int]:
    began, before = time.perf_counter(), time.process_time() + processor_of_parsers()
    result = work()
    return Cost(time.perf_counter() - began, time.process_time() + processor_of_parsers() - before), result


def bare(address: str) -> Cost:
    """What a bare httpx client costs that only downloads the same bytes with as many threads."""

    def download() -> int:
        with httpx.Client() as http, ThreadPoolExecutor(WORKERS) as pool:
            return sum(pool.map(lambda n: len(http.get(f"{address}/{n}").content), range(SOURCES)))

    cost, size = timed(download)
    print(f"  bare httpx, {SOURCES} sources, {size / 1e6:.1f} MB: {cost.wall:.2f} s, {cost.processor:.2f} s of processor time")
    return cost


def main() -> int:
    here, there = multiprocessing.Pipe()
    server = multiprocessing.get_context("spawn").Process(target=serve, args=(there,), daemon=True)
    server.start()
    address = here.recv()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return measure(address, Path(folder))
    finally:
        server.terminate()


def measure(address: str, folder: Path) -> int:
    listed = sources(address)
    engine = connect(f"sqlite:///{folder / 'bench.db'}")
    upgrade(engine)
    with writing(engine) as session:
        register_sources(session, [s.model_dump(mode="json", exclude_none=True) for s in listed], datetime.now(UTC))
    bare(address)  # warms up the server
    plain = bare(address)
    with Parsers(processes=2) as parsers:
        parsers.run(len, [1])
        client = Client("Ajour/bench", allow_loopback=True)
        watcher = Watcher(engine, listed, client, parsers, WORKERS)
        first, new = cycle(watcher)
        with writing(engine) as session:
            for row in session.query(Row):
                row.next_due_at = datetime.now(UTC)
        second, again = cycle(watcher)
        children = memory_of_parsers()
        client.close()
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  first cycle, {new} items stored: {first.times(plain)} the bare download")
    print(
        f"  second cycle, nothing changed, {again} items: {second.processor / first.processor:.2f} of the first in processor time (aim: at most 0.25)"
    )
    print(f"  peak memory: {own:.0f} MB here, and {children:.0f} MB of their own in the parsers' processes (aim: under 300 together)")
    engine.dispose()
    return 0


def cycle(watcher: Watcher) -> tuple[Cost, int]:
    cost, new = timed(lambda: sum(stored.new for _, stored in watcher.round()))
    print(f"  (a cycle of {cost.wall:.2f} s, {cost.processor:.2f} s of processor time with the parsers)")
    return cost, new


def parsers_of_this_run() -> Iterator[Path]:
    """The folders in /proc of the fork server and its children."""
    parents = {str(os.getpid())}
    for _ in range(2):  # the fork server, then its children
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                mine = folder.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1] in parents and folder.name not in parents
                if mine and "forkserver" in folder.joinpath("cmdline").read_text():
                    parents.add(folder.name)
                    yield folder
            except OSError:
                continue


def processor_of_parsers() -> float:
    """Seconds of processor time that the parsers' processes have used."""
    ticks = sum(sum(map(int, f.joinpath("stat").read_text().rsplit(")", 1)[1].split()[11:13])) for f in parsers_of_this_run())
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_of_parsers() -> float:
    """MB that the parsers' processes hold (pages they share are counted once, by proportion)."""
    rollups = [f.joinpath("smaps_rollup").read_text() for f in parsers_of_this_run()]
    return sum(int(line.split()[1]) for r in rollups for line in r.splitlines() if line.startswith("Pss:")) / 1024


if __name__ == "__main__":
    sys.exit(main())
