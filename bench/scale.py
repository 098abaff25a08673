"""How far one machine goes, and what breaks first beyond it; the numbers of docs/scaling.md.

- cost of a cycle as the store grows: the same sources and new items on stores of 10⁴, 10⁵, 10⁶
  items;
- cost of finding an item's story as the items of three weeks grow;
- what a fetch, an item, a comparison and its part under the lock `stories` cost the worker and the
  database server, on PostgreSQL;
- items a second from fetch to flag with 1, 2 and 4 workers, and how far scale_model.py simulates
  the same.

BENCH_ITEMS=1000000 sets the largest store (default 100,000: seconds instead of minutes).
"""

import os
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

import numpy as np
import yaml
from sqlalchemy import Engine, text

from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.demo.server import outlets
from app.tools.local_server import QuietHandler, answer, running
from bench.scale_model import HOUR, Costs, Plan, simulate
from db import assessments
from db.engine import connect, reading, writing
from monitor.compare import pipeline
from monitor.compare.stories.clustering import StoryFingerprint, StoryIndex, unpack
from tests import postgres

SOURCES, ITEMS = 20, 3  # of one measured cycle
SHARED_SOURCES = 60  # sources that several workers share
TIMEOUT_SECONDS = 600  # seconds
LARGEST = int(os.environ.get("BENCH_ITEMS", "100000"))


def texts() -> list[tuple[str, str]]:
    """(title, text) of real retellings, to be varied."""
    return [
        (i.get("title") or i["text"][:80], i.get("text") or "") for o in outlets() for i in o["items"] if i.get("title") or i.get("text")
    ]


@contextmanager
def feeds() -> Iterator[tuple[int, dict[str, int]]]:
    """A server of feeds on all of 127/8, one address a source: (port, state). `state["round"]`
    makes new items, `state["items"]` says how many.
    """
    state, material = {"round": 0, "items": ITEMS}, texts()

    class Handler(QuietHandler):
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
            body = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>x</title>{"".join(items)}</channel></rss>'
            if self.path == "/feed.xml":
                answer(self, body.encode(), 200, "application/rss+xml; charset=utf-8")
            else:
                answer(self, b"", 404)

    with running(Handler, host="0.0.0.0") as address:
        yield int(address.rsplit(":", 1)[1]), state


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
                    "INSERT INTO item_version (id, item_id, number, title, text, lang, notes, content_hash, text_sha256, fetch_id, seen_at) "
                    "VALUES (:i, :i, 1, :t, 'Текст новости', 'ru', '[]', :h, :h, :f, :m)"
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
    """Cost of a cycle on stores of different sizes, measured in turns, so that whatever else the
    machine does meets all of them alike.
    """
    stores = [n for n in (10_000, 100_000, 1_000_000) if n <= LARGEST]
    with feeds() as (port, state):
        monitors = []
        for store in stores:
            desk = Container(load_settings(data=folder / str(store), sources=watch_list(folder, port, SOURCES), allow_loopback=True))
            monitor = desk.monitor()
            monitor.register()
            monitor.cycle()
            fill(desk.engine, 1_000_000, 1_000_000 + store, monitor.pipeline.report_ids)
            monitor.cycle()  # the first cycle of a process reads the whole store once
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
    desk = Container(load_settings(data=folder))
    with desk.engine.connect() as connection:
        packed = [(row[0], row[1]) for row in connection.execute(text("SELECT item_id, packed FROM story_fingerprint LIMIT 60"))]
    fingerprints = [unpack(str(i), p) for i, p in packed]
    results = []
    for count in (1_000, 5_000, 20_000):
        book = StoryIndex(desk.model)
        today = date.today()  # noqa: DTZ011 - any day will do
        for n in range(count):
            book.remember(f"s{n}", variant(fingerprints[n % len(fingerprints)], n, today - timedelta(days=n % 20)))
        started = time.perf_counter()
        tries = 10
        for n in range(tries):
            book.place(variant(fingerprints[n], count + n, today))
        taken = (time.perf_counter() - started) / tries
        results.append((count, taken))
        print(f"finding an item's story among {count:>6,} items of three weeks: {taken * 1000:.1f} ms")
    return results


def variant(fingerprint: StoryFingerprint, number: int, day: date) -> StoryFingerprint:
    """Another event of the same kind: other direction, other rare words, same subjects."""
    chance = np.random.default_rng(number)
    away = chance.normal(size=(2, 512)).astype(np.float32) / 512**0.5
    title, lead = (v + a for v, a in zip((fingerprint.title, fingerprint.lead), away, strict=True))
    words = frozenset(w for w in fingerprint.words if chance.random() < 0.4) | {f"слово{chance.integers(50_000)}" for _ in range(15)}
    return replace(
        fingerprint, item=f"x{number}", day=day, title=title / np.linalg.norm(title), lead=lead / np.linalg.norm(lead), words=words, title_words=frozenset(list(words)[:8]), numbers=frozenset()
    )  # fmt: skip


def measured(folder: Path) -> Costs:
    """What the parts cost, one worker at work on PostgreSQL. Of CPU time, so that whatever else the
    machine does counts little.
    """
    with feeds() as (port, state), postgres.server_of_its_own() as server:
        state["items"] = 0
        settings = load_settings(
            data=folder, database=postgres.new_database(server), sources=watch_list(folder, port, SOURCES), allow_loopback=True
        )
        desk = Container(settings)
        monitor, database = desk.monitor(), Cpu(_postmaster(desk.engine))
        monitor.register()
        rounds_cost = [_cost_of_round(monitor, database, state, items) for items in (0, 0, 30)]
        with reading(desk.engine) as session:
            ids = [w.version.id for w in assessments.waiting(session, monitor.pipeline.report_ids, 10_000)]
        timed = Timed()
        with timed.watching():
            began, server_cpu = time.process_time(), database.seconds()
            for n in range(0, len(ids), 30):  # as they arrive: a job per fetch
                for _ in monitor.pipeline.compare_versions(ids[n : n + 30]):
                    pass
            cpu, server_cpu = time.process_time() - began, database.seconds() - server_cpu
        monitor.close()
    empty, full = rounds_cost[1], rounds_cost[2]
    count = len(ids)
    costs = Costs(
        look=empty[0] / SOURCES, seen=(full[0] - empty[0]) / count, assess=(cpu - sum(timed.scored)) / count, spread=0.3,
        score=sum(timed.scored) / max(1, sum(timed.near)), hold=sum(timed.held) / max(1, sum(timed.stored)), db_look=empty[1] / SOURCES, db_item=(full[1] - empty[1] + server_cpu) / count,
    )  # fmt: skip
    print(
        f"a fetch: {costs.look * 1000:.1f} ms of the worker, {costs.db_look * 1000:.1f} ms of the database; a new item: {costs.seen * 1000:.1f} ms to read and store,"
        f" {costs.assess * 1000:.1f} ms to compare, {costs.db_item * 1000:.1f} ms of the database; scoring it against one near story: {costs.score * 1000:.2f} ms;"
        f" the lock `stories` is held for {costs.hold * 1000:.1f} ms an item, {median(timed.held) * 1000:.1f} ms a batch (median; nine of ten below {sorted(timed.held)[len(timed.held) * 9 // 10] * 1000:.1f})"
    )
    return costs


def _cost_of_round(monitor: Any, database: "Cpu", state: dict[str, int], items: int) -> tuple[float, float]:
    """(CPU seconds here, of the database server) of one fetch of every source."""
    state["items"], state["round"] = items, state["round"] + 1
    with writing(monitor.engine) as session:
        session.execute(text("UPDATE source SET next_due_at = '2020-01-01'"))
    began, server = time.process_time(), database.seconds()
    for _ in monitor.watcher.round():
        pass
    return time.process_time() - began, database.seconds() - server


class Timed:
    """Times the parts of a pipeline by wrapping them."""

    def __init__(self) -> None:
        self.held, self.stored, self.scored, self.near = list[float](), list[int](), list[float](), list[int]()

    @contextmanager
    def watching(self) -> Iterator[None]:
        exclude_, writing_ = pipeline.exclude_writers, pipeline.writing
        store_, score_ = assessments.store_comparisons, StoryIndex.score
        since: list[float] = []

        def exclude(session: Any, scope: str) -> None:
            exclude_(session, scope)
            since.append(time.perf_counter())

        @contextmanager
        def holding(engine: Engine, scope: Any = None) -> Iterator[Any]:
            since.clear()
            with writing_(engine, scope) as session:
                yield session
            self.held.extend(time.perf_counter() - s for s in since)

        def store(session: Any, placed: Any, now: datetime) -> Any:
            if since:
                self.stored.append(len(placed))
            return store_(session, placed, now)

        def score(book: StoryIndex, new: Any) -> Any:
            began = time.thread_time()
            result = score_(book, new)
            self.scored.append(time.thread_time() - began)
            self.near.append(len(result.alike))
            return result

        with (
            patch.object(pipeline, "exclude_writers", exclude),
            patch.object(pipeline, "writing", holding),
            patch.object(assessments, "store_comparisons", store),
            patch.object(StoryIndex, "score", score),
        ):
            yield


class Cpu:
    """CPU seconds of processes and all that descend from them."""

    def __init__(self, *roots: int) -> None:
        self.roots = roots

    def seconds(self) -> float:
        parents, used = dict[int, int](), dict[int, float]()
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                fields = (folder / "stat").read_text().rsplit(")", 1)[1].split()
                parents[int(folder.name)] = int(fields[1])
                used[int(folder.name)] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
        return sum(seconds for pid, seconds in used.items() if self._ours(pid, parents))

    def _ours(self, pid: int, parents: dict[int, int]) -> bool:
        while pid and pid not in self.roots:
            pid = parents.get(pid, 0)
        return bool(pid)


def idle_seconds() -> float:
    """CPU seconds of this machine that no process has used."""
    return sum(map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[4:6])) / os.sysconf("SC_CLK_TCK")


def _postmaster(engine: Engine) -> int:
    with engine.connect() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    return int(Path(f"/proc/{backend}/stat").read_text().rsplit(")", 1)[1].split()[1])


def parallel_workers(folder: Path, costs: Costs) -> None:
    """Items a second from fetch to flag on PostgreSQL with 1, 2, 4 workers, as measured and as
    simulated for what the machine had left for us.
    """
    with feeds() as (port, state), postgres.server_of_its_own() as server:
        sources = watch_list(folder, port, SHARED_SOURCES)
        for workers in (1, 2, 4):
            rate, cores = _items_per_second(folder, state, postgres.new_database(server), sources, workers)
            plan = Plan(
                SHARED_SOURCES,
                1,
                workers,
                workers,
                together=True,
                at_once=10,
                about=0.7,
                database=2,
                cores=cores,
                burst=0,
                start=0,
                warm=0,
                end=HOUR,
            )
            done = simulate(plan, replace(costs, network=0.0, spacing=0.0, near=0.1))
            simulated_rate = SHARED_SOURCES * 10 / done.ended
            print(
                f"{workers} worker(s) on {cores:.2f} cores: {rate:.1f} items a second from fetch to flag; simulated {simulated_rate:.1f} ({simulated_rate / rate - 1:+.0%})"
            )


def _items_per_second(folder: Path, state: dict[str, int], url: str, sources: Path, workers: int) -> tuple[float, float]:
    """(items a second, cores that were ours or idle)."""
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
        state["items"] = 0  # until all workers have started and every source was fetched once
        _until(engine, f"SELECT count(*) = {workers} FROM procrastinate_workers")
        _until(engine, f"SELECT count(*) = {SHARED_SOURCES} FROM source WHERE last_fetch_at IS NOT NULL")
        # The self-check of a first start, too
        _until(engine, "SELECT count(*) = 0 FROM procrastinate_jobs WHERE status = 'doing'")
        state["items"], state["round"] = 10, state["round"] + 1
        ours = Cpu(os.getpid(), _postmaster(engine))
        with engine.begin() as connection:
            connection.execute(text("UPDATE source SET next_due_at = now() - interval '1 hour'"))
        _until(engine, "SELECT count(*) > 0 FROM item")
        started, used, idle = time.perf_counter(), ours.seconds(), idle_seconds()
        _until(engine, f"SELECT count(DISTINCT item_version_id) >= {SHARED_SOURCES * 10} FROM assessment", _AGAIN)
        taken = time.perf_counter() - started
        return SHARED_SOURCES * 10 / taken, (ours.seconds() - used + idle_seconds() - idle) / taken
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(60)
        engine.dispose()


# On a busy machine a fetch may time out; its source would be due again in an hour
_AGAIN = "UPDATE source SET next_due_at = now() WHERE last_fetch_at IS NOT NULL AND failures > 0 AND next_due_at > now()"


def _until(engine: Engine, query: str, meanwhile: str | None = None) -> None:
    """Wait for the answer "true", and execute `meanwhile` before each question. Raises TimeoutError
    after TIMEOUT_SECONDS seconds.
    """
    end = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < end:
        with engine.begin() as connection:
            if meanwhile:
                connection.execute(text(meanwhile))
            if connection.scalar(text(query)):
                return
        time.sleep(0.2)
    raise TimeoutError(f"not within {TIMEOUT_SECONDS} s: {query}")


def main() -> None:
    """Measure and print."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        growth(folder)
        stories(folder / "10000")
        try:
            parallel_workers(folder / "10000", measured(folder / "10000"))
        except BaseException as error:
            if type(error).__name__ != "Skipped":
                raise
            print(f"no PostgreSQL here: {error}")
