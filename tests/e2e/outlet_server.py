"""A small world for whole-system tests: outlets on loopback that can change, and a monitor that
watches them.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Engine, text

from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.local_server import serving
from monitor.pipeline import Monitor
from tests.baselines import small_baseline
from tests.fake_encoder import BagOfWords

ROOT = Path(__file__).resolve().parents[2]
Story = tuple[str, str, str]  # key, title, text

NEWS: dict[str, list[Story]] = {
    "north": [
        ("n1", "Путин подписал указ о призыве резервистов на сборы", "Указ опубликован. Резервистов призовут на сборы на два месяца."),
        ("n2", "Погода в Архангельске", "Завтра снег."),
        ("n3", "Штраф за неявку в военкомат вырос до 50 тысяч рублей", "Закон вступил в силу. Раньше штраф был до 30 тысяч рублей."),
    ],
    "south": [
        ("s1", "Путин подписал указ о призыве резервистов на сборы", "Указ опубликован. Резервистов призовут на сборы на два месяца."),
        ("s2", "Госдума приняла закон о запрете выезда для получивших повестки", "Запрет действует с момента внесения повестки в реестр."),
    ],
    "west": [("w1", "В регионах началась вербовка студентов на контракт", "Студентов вынуждают подписать контракт с Минобороны.")],
}


class World:
    """What the outlets answer; tests change it between cycles."""

    def __init__(self) -> None:
        self.news = {name: list(stories) for name, stories in NEWS.items()}
        # Outlet → (status, content type, body) instead of its feed
        self.answers: dict[str, tuple[int, str, bytes]] = {}
        self.asked: list[str] = []
        self.address = ""

    def answer(self, name: str) -> tuple[int, str, bytes]:
        self.asked.append(name)
        if name in self.answers:
            return self.answers[name]
        if name not in self.news:
            return 404, "text/plain", b"no such outlet"
        return 200, "application/rss+xml; charset=utf-8", rss(name, self.news[name])


def rss(name: str, stories: list[Story]) -> bytes:
    when = format_datetime(datetime(2026, 3, 1, 9, 0, tzinfo=UTC))
    items = "".join(
        f"<item><title>{escape(title)}</title><link>https://{name}.example/{key}</link><guid>https://{name}.example/{key}</guid><pubDate>{when}</pubDate>"
        f"<description>{escape(text)}</description></item>"
        for key, title, text in stories
    )
    return f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>{name}</title><link>https://{name}.example/</link>{items}</channel></rss>'.encode()


@contextmanager
def world() -> Iterator[World]:
    """The outlets, listening on a free port of 127.0.0.1."""
    result = World()

    with serving(lambda path: result.answer(path.strip("/"))) as result.address:
        yield result


def watch_list(folder: Path, address: str, names: list[str]) -> Path:
    """A sources.yml that watches `names` at `address`."""
    rows = [
        {"id": n, "name": n.title(), "kind": "feed", "url": f"{address}/{n}", "host": f"{n}.example", "languages": ["ru"], "type": "exiled_media", "tier": 2, "cited_in": ["added"], "confidence": "high"}
        for n in names
    ]  # fmt: skip
    path = folder / "sources.yml"
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump({"sources": rows}, allow_unicode=True), encoding="utf-8")
    return path


class LightDesk(Container):
    """A desk with the light encoder and one report."""

    encoder = BagOfWords()

    def baselines(self, only: list[str] | None = None) -> list[Any]:
        return super().baselines(only or ["drc-2024"])


def desk(folder: Path, sources: Path) -> Container:
    return LightDesk(load_settings(data=folder / "var", baseline=small_baseline(), sources=sources, allow_loopback=True))


def watcher(folder: Path, sources: Path) -> Monitor:
    """A monitor over `sources`, registered, its database in `folder`."""
    monitor = desk(folder, sources).monitor()
    monitor.register()
    return monitor


def make_due(engine: Engine) -> None:
    """As if the time until the next look had passed."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE source SET next_due_at = '2000-01-01 00:00:00.000000'"))


def kept(engine: Engine) -> dict[str, list[Any]]:
    """Everything that must not be lost or doubled, without ids and moments, so that two databases
    can be compared.
    """
    queries = {
        "items": "SELECT source_id, key, title, number FROM item_version v JOIN item i ON i.id = v.item_id ORDER BY 1, 2, 4",
        "assessments": "SELECT i.source_id, i.key, v.number, a.report_id, a.score, a.flagged FROM assessment a JOIN item_version v ON v.id = a.item_version_id JOIN item i ON i.id = v.item_id ORDER BY 1, 2, 3, 4",
        "stories": "SELECT i.source_id, i.key, (SELECT min(j.source_id || j.key) FROM item j WHERE j.story_id = i.story_id) FROM item i ORDER BY 1, 2",
        "counts": "SELECT s.items, (SELECT count(*) FROM item i WHERE i.story_id = s.id) FROM story s ORDER BY 1, 2",
        "flags": "SELECT (SELECT min(j.source_id || j.key) FROM item j WHERE j.story_id = f.story_id), f.report_id, f.claim_id, f.score, f.state FROM flag f ORDER BY 1, 2",
    }  # fmt: skip
    with engine.connect() as connection:
        return {name: [tuple(map(_short, r)) for r in connection.execute(text(q))] for name, q in queries.items()}


def _short(value: Any) -> Any:
    """A key that is an address, as the last part of it."""
    return value.rsplit("/", 1)[-1] if isinstance(value, str) and "https://" in value else value


def cycle_killed(folder: Path, sources: Path, moment: str | None) -> None:
    """One cycle; at `moment` ("watching 1", "comparing 4" …) the process dies as by `kill -9`."""

    def progress(name: str, at: int, _total: int) -> None:
        if f"{name} {at}" == moment:
            os.kill(os.getpid(), signal.SIGKILL)

    monitor = watcher(folder, sources)
    # parsers' processes would outlive the killed one for a moment
    monitor.watcher.parsers.processes = 0
    make_due(monitor.engine)
    monitor.pipeline.batch = 2  # several batches, between which it can be killed
    monitor.cycle(progress)
    monitor.close()
