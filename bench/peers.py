"""Ours and `reader` (lemon24), a feed library of the same job: the same 1,000 feeds of 20 entries
fetched, stored in SQLite and indexed for search.

Processor time as ratios of one run, each variant in a process of its own. Ours does more with each
entry (clean text, language, canonical address, content hash, the raw answer kept as evidence), so
the ratio is no verdict on reader. The variant without the second RSS parser
(`monitor.kinds.rss_fast`) says what that parser is worth.
"""

import multiprocessing
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

from bench.watch import ENTRIES, SOURCES, WORKERS, Cost, body, serve, timed

WORD = "повесток"  # in every entry's text


def of_reader(address: str, folder: Path) -> tuple[Cost, int, int]:
    """reader as its documentation uses it: feeds updated by as many threads as ours, then its
    search index.
    """
    import feedparser_sgmllib
    from reader import make_reader

    # The feedparser inside reader 3.26 imports it by its old name
    sys.modules["sgmllib"] = feedparser_sgmllib
    reader = make_reader(str(folder / "reader.sqlite"))
    for number in range(SOURCES):
        reader.add_feed(f"{address}/{number}")
    reader.enable_search()

    def update() -> int:
        reader.update_feeds(workers=WORKERS)
        reader.update_search()
        return reader.get_entry_counts().total or 0

    cost, stored = timed(update)
    found = reader.search_entry_counts(WORD).total or 0
    reader.close()
    return cost, stored, found


def of_ours(address: str, folder: Path) -> tuple[Cost, int, int]:
    """One cycle of the watch as it is shipped: two parsers' processes, every answer kept, the
    search index written with the items.
    """
    from sqlalchemy import text

    from db.engine import connect, writing
    from db.migrate import upgrade
    from db.sources import register_sources
    from monitor.fetch.http_client import Client
    from monitor.fetch.watcher import Watcher
    from monitor.parse.parser_pool import Parsers
    from monitor.sources import Source

    listed = [
        Source(
            id=f"s{n}", name=f"S{n}", kind="feed", url=f"{address}/{n}", host="127.0.0.1", languages=["ru"], type="blog", tier=3,
            cited_in=["added"], confidence="low",
        )
        for n in range(SOURCES)
    ]  # fmt: skip
    engine = connect(f"sqlite:///{folder / 'ours.db'}")
    upgrade(engine)
    with writing(engine) as session:
        register_sources(session, [s.model_dump(mode="json", exclude_none=True) for s in listed], datetime.now(UTC))
    client = Client("Ajour/bench", allow_loopback=True)
    with Parsers(processes=2) as parser_pool:
        parser_pool.run(len, [1])
        watcher = Watcher(engine, listed, client, parser_pool, WORKERS)
        cost, stored = timed(lambda: sum(done.new for _, done in watcher.round()))
    client.close()
    with engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM item_search WHERE item_search MATCH :word"), {"word": WORD}).scalar_one()
    engine.dispose()
    return cost, stored, int(found)


def of_ours_with_feedparser_only(address: str, folder: Path) -> tuple[Cost, int, int]:
    """The same without `monitor.kinds.rss_fast`."""
    from monitor.parse import parser_pool

    parser_pool.PRELOAD.append("bench._feedparser_only")
    return of_ours(address, folder)


VARIANTS: dict[str, Callable[[str, Path], tuple[Cost, int, int]]] = {
    "reader": of_reader, "ours": of_ours, "ours, feedparser only": of_ours_with_feedparser_only,
}  # fmt: skip


def run(name: str, address: str, pipe: Connection) -> None:
    """One variant, in its own process."""
    with tempfile.TemporaryDirectory() as folder:
        pipe.send(VARIANTS[name](address, Path(folder)))


def serve_feeds(pipe: Connection) -> None:
    """The server's process: every number is a feed."""
    serve(pipe, [body(10 * n) for n in range(SOURCES)])


def main() -> int:
    spawn = multiprocessing.get_context("spawn")
    here, there = multiprocessing.Pipe()
    server = spawn.Process(target=serve_feeds, args=(there,), daemon=True)
    server.start()
    address = here.recv()
    costs: dict[str, Cost] = {}
    try:
        for name in VARIANTS:
            process = spawn.Process(target=run, args=(name, address, there))
            process.start()
            while not here.poll(1.0):
                if not process.is_alive():
                    print(f"  {name} stopped with exit code {process.exitcode}", file=sys.stderr)
                    return 1
            costs[name], stored, found = here.recv()
            process.join()
            print(
                f"  {name}: {stored} entries stored, {found} found by {WORD!r}; {costs[name].processor:.1f} s of processor time", flush=True
            )
            if stored != SOURCES * ENTRIES or found < stored:
                print(f"  {name} did not store and index everything", file=sys.stderr)
                return 1
    finally:
        server.terminate()
    print(f"  ours / reader: {costs['ours'].processor / costs['reader'].processor:.2f}")
    print(f"  ours with feedparser only / ours: {costs['ours, feedparser only'].processor / costs['ours'].processor:.2f}")
    print(f"  ours with feedparser only / reader: {costs['ours, feedparser only'].processor / costs['reader'].processor:.2f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
