"""How far one machine goes, and what breaks first beyond it; the numbers of docs/scaling.md.

- cost of a cycle as the store grows: the same sources and new items on stores of 10⁴, 10⁵, 10⁶ items;
- cost of finding an item's story as the items of three weeks grow;
- items a second from fetch to flag with 1, 2 and 4 workers on PostgreSQL;
- a capacity model from those rates, simulated up to 10,000 sources and 10 million items a day.

BENCH_ITEMS=1000000 sets the largest store (default 100,000: seconds instead of minutes).
"""

import os
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import yaml
from sqlalchemy import Engine, text

from app.demo.server import outlets
from app.desk import Desk
from app.settings import load_settings
from db.engine import connect, writing
from monitor.compare.story import StoryBook, Trace, unpack

SOURCES, ITEMS = 20, 3  # of one measured cycle
LARGEST = int(os.environ.get("BENCH_ITEMS", "100000"))


def texts() -> list[tuple[str, str]]:
    """(title, text) of real retellings, to be varied."""
    return [
        (i.get("title") or i["text"][:80], i.get("text") or "") for o in outlets() for i in o["items"] if i.get("title") or i.get("text")
    ]


@contextmanager
def feeds() -> Iterator[tuple[int, dict[str, int]]]:
    """A server of feeds on all of 127/8, one address a source: (port, state). `state["round"]` makes new items, `state["items"]` says how many."""
    state, material = {"round": 0, "items": ITEMS}, texts()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            host, now = self.headers["Host"].split(":")[0], datetime.now(UTC)
            items = []
            for n in range(state["items"]):
                key = f"{host}-{state['round']}-{n}"
                title, body = material[zlib.crc32(key.encode()) % len(material)]
                items.append(
                    f"<item><title>{title} {key}</title><link>https://example.org/{key}</link><guid>{key}</guid>"
                    f"<pubDate>{format_datetime(now - timedelta(minutes=n))}</pubDate><description>{body}</description></item>"
                )
            found = self.path == "/feed.xml"
            body_ = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>x</title>{"".join(items)}</channel></rss>'.encode()
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", "application/rss+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(body_) if found else 0))
            self.end_headers()
            self.wfile.write(body_ if found else b"")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("0.0.0.0", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_address[1], state
    finally:
        server.shutdown()
        server.server_close()


def watch_list(folder: Path, port: int, count: int) -> Path:
    rows = [
        {
            "id": f"s{n}", "name": f"Source {n}", "kind": "feed", "url": f"http://127.0.{n // 200}.{n % 200 + 1}:{port}/feed.xml",
            "host": f"127.0.{n // 200}.{n % 200 + 1}", "languages": ["ru"], "type": "independent_media", "tier": 3, "cited_in": ["added"],
            "confidence": "high",
        }
        for n in range(count)
    ]  # fmt: skip
    path = folder / "sources.yml"
    path.write_text(yaml.safe_dump({"sources": rows}), encoding="utf-8")
    return path


def fill(engine: Engine, start: int, end: int, reports: Sequence[str]) -> None:
    """Compared items `start` … `end` of past years, by plain SQL."""
    old = datetime(2020, 1, 1, tzinfo=UTC)
    with engine.begin() as connection:
        source = connection.scalar(text("SELECT id FROM source LIMIT 1"))
        fetch = connection.scalar(text("SELECT max(id) FROM fetch"))
        for at in range(start, end, 5000):
            ids = range(at, min(end, at + 5000))
            moment = str(old + timedelta(minutes=at))[:26]
            items = [
                {"i": i, "k": f"old-{i}", "m": moment, "s": source, "f": fetch, "h": f"{i:064x}", "t": f"Новость номер {i} о призыве"}
                for i in ids
            ]
            connection.execute(
                text("INSERT INTO item (id, source_id, key, url, published_at, first_seen_at) VALUES (:i, :s, :k, :k, :m, :m)"), items
            )
            connection.execute(
                text(
                    "INSERT INTO item_version (id, item_id, number, title, text, lang, notes, content_hash, fetch_id, seen_at) "
                    "VALUES (:i, :i, 1, :t, 'Текст новости', 'ru', '[]', :h, :f, :m)"
                ),
                items,
            )
            for report in reports:
                connection.execute(
                    text(
                        "INSERT INTO assessment (item_version_id, report_id, comparer, score, flagged, severity, relation, claims, changes, reasons, made_at) "
                        "VALUES (:i, :r, 'old', 0.1, 0, 'none', 'unrelated', '[]', '[]', '[]', :m)"
                    ),
                    [{**row, "r": report} for row in items],
                )


def growth(folder: Path) -> None:
    """Cost of a cycle on stores of different sizes, measured in turns, so that whatever else the machine does meets all of them alike."""
    stores = [n for n in (10_000, 100_000, 1_000_000) if n <= LARGEST]
    with feeds() as (port, state):
        monitors = []
        for store in stores:
            desk = Desk(load_settings(data=folder / str(store), sources=watch_list(folder, port, SOURCES), allow_loopback=True))
            monitor = desk.monitor()
            monitor.register()
            monitor.cycle()
            fill(desk.engine, 1_000_000, 1_000_000 + store, [p.baseline.report.id for p in monitor.prepared])
            monitor.cycle()  # the first cycle of a process looks at the whole store once
            monitors.append(monitor)
        rounds = [[one_cycle(m, state) for m in monitors] for _ in range(5)]
        for m in monitors:
            m.close()
    for n, store in enumerate(stores):
        cpu, wall = min(r[n][0] for r in rounds), min(r[n][1] for r in rounds)
        ratio = median(r[n][0] / r[0][0] for r in rounds)
        print(
            f"a cycle ({SOURCES} sources, {SOURCES * ITEMS} new items) on {store:>9,} items: {wall:.2f} s ({cpu:.2f} s CPU), {ratio:.2f} times the smallest"
        )


def one_cycle(monitor: Any, state: dict[str, int]) -> tuple[float, float]:
    """(CPU seconds of this process, wall seconds), per SOURCES × ITEMS items."""
    state["round"] += 1
    with writing(monitor.engine) as session:
        session.execute(text("UPDATE source SET next_due_at = '2020-01-01 00:00:00.000000'"))
    wall, cpu = time.perf_counter(), time.process_time()
    done = monitor.cycle()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert done.compared, vars(done)
    share = SOURCES * ITEMS / done.compared
    return cpu * share, wall * share


def stories(folder: Path) -> list[tuple[int, float]]:
    """(items of three weeks, seconds to find one item's story)."""
    desk = Desk(load_settings(data=folder))
    with desk.engine.connect() as connection:
        packed = [(row[0], row[1]) for row in connection.execute(text("SELECT item_id, packed FROM trace LIMIT 60"))]
    traces = [unpack(str(i), p) for i, p in packed]
    found = []
    for count in (1_000, 5_000, 20_000):
        book = StoryBook(desk.model)
        today = date.today()  # noqa: DTZ011 - any day will do
        for n in range(count):
            book.remember(f"s{n}", varied(traces[n % len(traces)], n, today - timedelta(days=n % 20)))
        started = time.perf_counter()
        tries = 10
        for n in range(tries):
            book.place(varied(traces[n], count + n, today))
        taken = (time.perf_counter() - started) / tries
        found.append((count, taken))
        print(f"finding an item's story among {count:>6,} items of three weeks: {taken * 1000:.1f} ms")
    return found


def varied(trace: Trace, number: int, day: date) -> Trace:
    """Another event of the same kind: other direction, other rare words, same subjects."""
    chance = np.random.default_rng(number)
    away = chance.normal(size=(2, 512)).astype(np.float32) / 512**0.5
    title, lead = (v + a for v, a in zip((trace.title, trace.lead), away, strict=True))
    words = frozenset(w for w in trace.lemmas if chance.random() < 0.4) | {f"слово{chance.integers(50_000)}" for _ in range(15)}
    return replace(
        trace, item=f"x{number}", day=day, title=title / np.linalg.norm(title), lead=lead / np.linalg.norm(lead), lemmas=words, title_lemmas=frozenset(list(words)[:8]), numbers=frozenset()
    )  # fmt: skip


def crowd(folder: Path) -> list[tuple[int, float]]:
    """(workers, items a second from fetch to flag) on PostgreSQL."""
    from tests import postgres

    found = []
    with feeds() as (port, state), postgres.server() as server:
        sources = watch_list(folder, port, 60)
        for workers in (1, 2, 4):
            rate = _crowd(folder, state, postgres.new_database(server), sources, workers)
            found.append((workers, rate))
            print(f"{workers} worker(s): {rate:.1f} items a second from fetch to flag, {rate / found[0][1]:.2f} times one worker")
    return found


def _crowd(folder: Path, state: dict[str, int], url: str, sources: Path, workers: int) -> float:
    environment = {
        **os.environ, "AJOUR_DATA": str(folder), "AJOUR_DATABASE": url, "AJOUR_SOURCES": str(sources), "AJOUR_ALLOW_LOOPBACK": "1", "AJOUR_HEALTH": "",
        "AJOUR_LOG_LEVEL": "error", "AJOUR_BACKUP_KEEP": "0",
    }  # fmt: skip
    subprocess.run([sys.executable, "-m", "app", "db", "upgrade"], env=environment, check=True, capture_output=True)
    engine = connect(url)
    running = [
        subprocess.Popen([sys.executable, "-m", "app", "worker"], env=environment, stderr=subprocess.DEVNULL) for _ in range(workers)
    ]
    try:
        state["items"] = 0  # until all workers are there and have looked once
        _until(engine, f"SELECT count(*) = {workers} FROM procrastinate_workers")
        _until(engine, "SELECT count(*) = 60 FROM source WHERE last_fetch_at IS NOT NULL")
        state["items"], state["round"] = 10, state["round"] + 1
        with engine.begin() as connection:
            connection.execute(text("UPDATE source SET next_due_at = now() - interval '1 hour'"))
        _until(engine, "SELECT count(*) > 0 FROM item")
        started = time.perf_counter()
        _until(engine, "SELECT count(DISTINCT item_version_id) >= 590 FROM assessment")
        return 590 / (time.perf_counter() - started)
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(30)
        engine.dispose()


def _until(engine: Engine, query: str) -> None:
    while True:
        with engine.connect() as connection:
            if connection.scalar(text(query)):
                return
        time.sleep(0.2)


@dataclass(frozen=True)
class Costs:
    """What was measured, in seconds of one core."""

    read_and_assess: float  # an item: language, lemmas, vectors, all claims of two reports; side by side
    store: float  # an item: one at a time
    place: float  # finding the story, per thousand items of three weeks; one at a time
    look: float  # a fetch that brings nothing new; side by side


def simulate(sources: int, items_a_day: int, looks_a_day: int, cores: int, costs: Costs) -> tuple[float, float]:
    """(share of the cores that is busy, share of the one-at-a-time path that is busy); above 1 the work piles up."""
    window = items_a_day * 21 / 1000
    crowd_ = items_a_day * costs.read_and_assess + sources * looks_a_day * costs.look
    serial = items_a_day * (costs.store + costs.place * window)
    return (crowd_ + serial) / (86_400 * cores), serial / 86_400


def model(costs: Costs) -> None:
    """What breaks first on the way to ten million items a day."""
    print("sources  items a day   cores   cores busy   one-at-a-time busy")
    for sources, items in ((124, 5_000), (124, 20_000), (500, 50_000), (1_000, 100_000), (2_000, 500_000), (10_000, 10_000_000)):
        cores = next((c for c in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024) if simulate(sources, items, 96, c, costs)[0] < 0.7), 2048)
        busy, serial = simulate(sources, items, 96, cores, costs)
        print(f"{sources:>7,} {items:>12,} {cores:>7} {busy:>11.0%} {serial:>19.0%}{'   piles up' if serial > 0.9 else ''}")


def costs_of(folder: Path, placing: Sequence[tuple[int, float]]) -> Costs:
    """The parts of an item's cost, measured apart."""
    from monitor.compare.assess import assess, read_documents
    from monitor.compare.reading import Document

    desk = Desk(load_settings(data=folder))
    prepared = [desk.prepared(b.report.id) for b in desk.baselines()]
    documents = [Document(str(n), "x", "u", "2026-01-01", "ru", f"{t} {n}", b) for n, (t, b) in enumerate(texts())]
    for _ in read_documents(documents[:5], desk.words, desk.encoder):
        pass
    started = time.perf_counter()
    for read in read_documents(documents, desk.words, desk.encoder):
        for p in prepared:
            assess(read, p)
    assessing = (time.perf_counter() - started) / len(documents)
    count, seconds = placing[-1]
    costs = Costs(assessing, 0.004, seconds / count * 1000, 0.02)
    print(
        f"an item: {costs.read_and_assess * 1000:.1f} ms to read and assess, {costs.place * 1000:.2f} ms per thousand items of three weeks to place"
    )
    return costs


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        growth(folder)
        placing = stories(folder / "10000")
        costs = costs_of(folder / "10000", placing)
        model(costs)
        try:
            crowd(folder / "10000")
        except BaseException as error:
            if type(error).__name__ != "Skipped":
                raise
            print(f"no PostgreSQL here: {error}")
