"""From an outlet's publication to the queue and to the urgent mail, on loopback.

An outlet publishes a new mobilisation just after it was fetched, so a whole polling period passes
before it is seen. The primary source is down, and BENCH_BACKLOG items (default 10,000) wait to be
compared. `ajour run` runs as a process of its own, with the shipped reports, encoder and model; one
reader asks for unreviewed changes. Aim: the mail comes within one polling period and 2 minutes.
"""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from sqlalchemy import Engine

from alerts import subscriptions
from alerts.preferences import Preferences
from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.local_server import NOT_FOUND, Answer, serving
from bench.scale import texts
from db import fetches
from db import sources as db_sources
from db.engine import writing
from db.enums import FetchOutcome, FetchReason
from db.fetches import FetchRecord
from db.items import NewVersion
from monitor.parse.clean_entry import content_hash
from tests.smtp_server import Keeper, Loopback

BACKLOG = int(os.environ.get("BENCH_BACKLOG", "10000"))
PERIOD = 60  # seconds between two fetches of the outlet
AIM = PERIOD * 1.1 + 120  # periods are lengthened by up to a tenth, so that sources spread out
LONGEST = 1200.0
FEED = "/feed.xml"
TITLE = "Путин подписал указ о новой частичной мобилизации"
TEXT = (
    "Владимир Путин подписал указ об объявлении частичной мобилизации. Призыву подлежат граждане, пребывающие в запасе. "
    "Указ вступил в силу в день подписания, военкоматы начали вручать повестки."
)


class Outlet:
    """A feed on loopback. `published`: when the mobilisation came into it (monotonic); None
    before.
    """

    def __init__(self) -> None:
        self.fetched, self.published = 0, threading.Event()
        self.at = 0.0

    def publish(self) -> None:
        self.at = time.monotonic()
        self.published.set()

    def page(self, path: str) -> Answer:
        if path != FEED:
            return NOT_FOUND
        self.fetched += 1
        news = [("old", "Погода в Архангельске", "Завтра снег.")] + ([("new", TITLE, TEXT)] if self.published.is_set() else [])
        now = format_datetime(datetime.now(UTC))
        items = "".join(
            f"<item><title>{title}</title><link>https://outlet.example/{key}</link><guid>{key}</guid><pubDate>{now}</pubDate>"
            f"<description>{text}</description></item>"
            for key, title, text in news
        )
        body = f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Outlet</title>{items}</channel></rss>'
        return 200, "application/rss+xml; charset=utf-8", body.encode()


def closed_port() -> int:
    """A port of 127.0.0.1 at which nothing listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def watch_list(folder: Path, outlet: str) -> Path:
    common = {"kind": "feed", "confidence": "high"}
    address = f"http://127.0.0.1:{closed_port()}{FEED}"
    rows = [
        {"id": "portal", "name": "Portal", "url": address, "host": "127.0.0.1", "type": "official", "tier": 1, "every": "30m"},
        {"id": "outlet", "name": "Outlet", "url": f"{outlet}{FEED}", "host": "127.0.0.1", "type": "exiled_media", "tier": 2, "every": f"{PERIOD // 60}m"},
    ]  # fmt: skip
    path = folder / "sources.yml"
    path.write_text(
        yaml.safe_dump({"sources": [common | row | {"languages": ["ru"], "cited_in": ["added"]} for row in rows]}), encoding="utf-8"
    )
    return path


def fill(engine: Engine) -> None:
    """BACKLOG items of yesterday that nothing was compared with."""
    material, now = texts(), datetime.now(UTC)
    with writing(engine) as session:
        config = {"id": "archive", "name": "Archive", "kind": "none", "url": "https://archive.example/", "tier": 3}
        db_sources.register_sources(session, [config], now)
    for at in range(0, BACKLOG, 500):
        entries = []
        for n in range(at, min(BACKLOG, at + 500)):
            title, text = material[n % len(material)]
            day = now - timedelta(days=1, seconds=n)
            title = f"{title} {n}"
            entries.append(
                NewVersion(str(n), f"https://archive.example/{n}", title, text, "ru", day, None, None, content_hash(title, text))
            )
        with writing(engine) as session:
            record = FetchRecord("archive", now, now, FetchOutcome.NEW_ITEMS, FetchReason.OK, "https://archive.example/")
            fetches.store_fetch(session, record, entries, 86_400)


def subscribe(engine: Engine) -> None:
    since = datetime.now(UTC) - timedelta(days=1)
    with writing(engine) as session:
        subscriptions.add(session, "reader@example.org", Preferences(), since, zone="Europe/Brussels", language="en", confirmed=True)


def value(database: Path, query: str) -> object:
    with closing(sqlite3.connect(database, timeout=60)) as db:
        row = db.execute(query).fetchone()
        return row[0] if row else None


def wait_for(there: Callable[[], object], what: str, process: "subprocess.Popen[bytes]") -> float:
    """The time (monotonic) at which `there` was true."""
    end = time.monotonic() + LONGEST
    while not there():
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit(f"{what} did not come; ajour run: {process.poll()}")
        time.sleep(0.5)
    return time.monotonic()


UNCOMPARED = "SELECT count(*) FROM item_version v WHERE NOT EXISTS (SELECT 1 FROM assessment a WHERE a.item_version_id = v.id)"
OF_OUTLET = "FROM item i JOIN item_version v ON v.item_id = i.id WHERE i.source_id = 'outlet' AND v.urgency > 0"


def measure(outlet: Outlet, keeper: Keeper, database: Path, process: "subprocess.Popen[bytes]") -> bool:
    """Publish just after the outlet was fetched, and print what comes when. Whether the aim is
    met.
    """
    wait_for(lambda: outlet.fetched and value(database, "SELECT count(*) FROM assessment"), "the first comparison", process)
    fetched = outlet.fetched
    wait_for(lambda: outlet.fetched > fetched, "the next fetch", process)
    outlet.publish()
    print(f"published just after a fetch; polling period {PERIOD} s; {value(database, UNCOMPARED):,} of {BACKLOG:,} items wait")
    stored = wait_for(lambda: value(database, f"SELECT 1 {OF_OUTLET}"), "the item", process)
    flagged = wait_for(lambda: value(database, f"SELECT 1 {OF_OUTLET} AND i.story_id IN (SELECT story_id FROM flag)"), "the flag", process)
    left = value(database, UNCOMPARED)
    mailed = wait_for(lambda: any(b"Urgent" in t.raw for t in keeper.taken), "the urgent mail", process)
    for what, at in (("stored", stored), ("flag in the queue", flagged), ("urgent mail at the mail server", mailed)):
        print(f"  {what}: {at - outlet.at:.0f} s ({(at - outlet.at) / 60:.1f} min) after publication")
    print(f"  after it was stored: {flagged - stored:.0f} s to the queue, {mailed - stored:.0f} s to the mail; {left:,} items still waited")
    met = mailed - outlet.at <= AIM
    print(f"  aim: {AIM:.0f} s (one period, at most a tenth longer, and 2 minutes): {'met' if met else 'missed'}")
    return met


def main() -> int:
    outlet, keeper = Outlet(), Keeper()
    controller = Loopback(keeper, hostname="127.0.0.1", port=0, data_size_limit=2_000_000)
    with TemporaryDirectory() as temporary, serving(outlet.page) as outlet_address:
        folder = Path(temporary)
        data, sources = folder / "var", watch_list(folder, outlet_address)
        desk = Container(load_settings(data=data, sources=sources, allow_loopback=True))
        fill(desk.engine)
        subscribe(desk.engine)
        desk.engine.dispose()
        controller.start()
        environment = os.environ | {
            "AJOUR_DATA": str(data), "AJOUR_SOURCES": str(sources), "AJOUR_ALLOW_LOOPBACK": "1", "AJOUR_HEALTH": "", "AJOUR_BACKUP_KEEP": "0",
            "AJOUR_SMTP_HOST": "127.0.0.1", "AJOUR_SMTP_PORT": str(controller.port), "AJOUR_SMTP_SECURITY": "none",
            "AJOUR_MAIL_FROM": "ajour@example.org", "AJOUR_PUBLIC_URL": "https://ajour.example.org", "AJOUR_LISTEN": "127.0.0.1:0",
        }  # fmt: skip
        command: Sequence[str] = (sys.executable, "-m", "app", "run")
        with (folder / "log").open("wb") as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
            try:
                met = measure(outlet, keeper, data / "ajour.db", process)
            except SystemExit:
                print((folder / "log").read_text(encoding="utf-8")[-3000:])
                raise
            finally:
                process.send_signal(signal.SIGTERM)
                controller.stop()
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
