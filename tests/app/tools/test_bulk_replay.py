"""Large archives: whatever the number of cores, and however often a run is broken off, the same
lines come out.
"""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.runtime.settings import Settings, load_settings
from app.tools import bulk_replay
from app.tools.bulk_replay import open_archive, replay_archive
from app.tools.demo.server import outlets
from app.tools.replay_items import WrongItems
from tests.baselines import small_baseline
from tests.processes import Process


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(data=tmp_path_factory.mktemp("var"), baseline=small_baseline())


ITEMS, CHUNK = 40, 8


@pytest.fixture(scope="module", autouse=True)
def small_chunks() -> Iterator[None]:
    """As if 40 items were a large archive. For the whole module: what is encoded together decides
    the last digit of a score.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bulk_replay, "CHUNK", CHUNK)
        patch.setattr(bulk_replay, "SMALL", 2 * CHUNK)
        yield


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 items with ids and texts of their own, out of order of time, one undated."""
    path = tmp_path_factory.mktemp("items") / "items.jsonl"
    found = [i for o in outlets() for i in o["items"] if i.get("text")]
    rows = [
        {"id": f"{n}", "outlet": "x", "url": i["url"], "published": None if n == 7 else i["published"][:10], "title": i.get("title"), "text": f"{i['text']} {n}"}
        for n, i in enumerate(found[:ITEMS])
    ]  # fmt: skip
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def one_core(items: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("out") / "one.jsonl"
    replay_archive(open_archive(items), "cedoca-2026", out, settings, workers=1)
    return out.read_text(encoding="utf-8")


@pytest.mark.slow
def test_two_cores_give_the_same_lines_as_one(items: Path, settings: Settings, one_core: str, tmp_path: Path) -> None:
    told: list[int] = []
    flags = replay_archive(open_archive(items), "cedoca-2026", tmp_path / "out.jsonl", settings, told.append, workers=2)
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == one_core
    assert flags == one_core.count('"flag": true') > 0
    assert [json.loads(line)["id"] for line in one_core.splitlines()] == [str(n) for n in range(ITEMS)]
    assert (told[0], told[-1]) == (0, ITEMS)
    assert told == sorted(told)
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


class Broken(Exception):
    """The run is broken off here."""


@pytest.mark.slow
def test_a_run_that_was_broken_off_goes_on_and_ends_the_same(items: Path, settings: Settings, one_core: str, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"

    def break_at(most: int) -> None:
        def progress(done: int) -> None:
            if done >= most:
                raise Broken

        with pytest.raises(Broken):
            replay_archive(open_archive(items), "cedoca-2026", out, settings, progress, workers=1)

    break_at(2 * CHUNK)
    break_at(4 * CHUNK)
    assert not out.exists()
    told: list[int] = []
    replay_archive(open_archive(items), "cedoca-2026", out, settings, told.append, workers=1)
    assert told[0] == 4 * CHUNK
    assert out.read_text(encoding="utf-8") == one_core


def killed_replay(items: Path, out: Path, settings: Settings) -> None:
    """A replay whose process dies, as by `kill -9`, after three chunks."""

    def progress(done: int) -> None:
        if done >= 3 * CHUNK:
            os.kill(os.getpid(), signal.SIGKILL)

    bulk_replay.CHUNK = CHUNK
    replay_archive(open_archive(items), "cedoca-2026", out, settings, progress, workers=1)


@pytest.mark.slow
def test_killed_without_warning_it_goes_on_too(items: Path, settings: Settings, one_core: str, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    process = Process(killed_replay, items, out, settings, environment=os.environ, output=tmp_path / "said")
    assert process.ended() == -signal.SIGKILL, process.said()
    replay_archive(open_archive(items), "cedoca-2026", out, settings, workers=1)
    assert out.read_text(encoding="utf-8") == one_core


@pytest.mark.slow
def test_what_was_kept_of_other_items_is_not_used(items: Path, settings: Settings, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    other = tmp_path / "other.jsonl"
    other.write_text('{"id": "a", "title": "Путин подписал указ о призыве"}\n', encoding="utf-8")
    out.with_name("out.jsonl.work").write_bytes(b"not a database, but in the way")
    replay_archive(open_archive(other), "cedoca-2026", out, settings, workers=1)
    assert [json.loads(line)["id"] for line in out.read_text(encoding="utf-8").splitlines()] == ["a"]


def test_items_are_found_again_whatever_ends_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    # Longer than a block of reading
    rows = [f'{{"id": "{n}", "title": "Новость {n} {"я" * 40_000}"}}' for n in range(60)]
    path.write_bytes("".join(r + ("\n", "\r\n", "\n\n")[n % 3] for n, r in enumerate(rows)).encode())
    assert [d.id for d in open_archive(path).documents(range(60))] == [str(n) for n in range(60)]
    path.write_bytes(path.read_bytes() + b"{broken\n")
    with pytest.raises(WrongItems, match=r"items.jsonl:\d+: is not JSON"):
        open_archive(path)
