"""Large archives: whatever the number of cores, and however often a run is broken off, the same lines come out."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app.archive import CHUNK, open_archive, replay_archive
from app.demo.server import outlets
from app.replay import WrongItems
from app.settings import Settings, load_settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings(data=tmp_path_factory.mktemp("var"))


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """450 items with ids and texts of their own, out of order of time, one undated."""
    path = tmp_path_factory.mktemp("items") / "items.jsonl"
    found = [i for o in outlets() for i in o["items"] if i.get("text")]
    rows = [
        {"id": f"{n}", "outlet": "x", "url": i["url"], "published": None if n == 7 else i["published"][:10], "title": i.get("title"), "text": f"{i['text']} {n}"}
        for n, i in enumerate((found * 9)[:450])
    ]  # fmt: skip
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def one_core(items: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("out") / "one.jsonl"
    replay_archive(open_archive(items), "cedoca-2026", out, settings, workers=1)
    return out.read_text(encoding="utf-8")


def test_two_cores_give_the_same_lines_as_one(items: Path, settings: Settings, one_core: str, tmp_path: Path) -> None:
    told: list[int] = []
    flags = replay_archive(open_archive(items), "cedoca-2026", tmp_path / "out.jsonl", settings, told.append, workers=2)
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == one_core
    assert flags == one_core.count('"flag": true') > 0
    assert [json.loads(line)["id"] for line in one_core.splitlines()] == [str(n) for n in range(450)]
    assert (told[0], told[-1]) == (0, 450)
    assert told == sorted(told)
    assert [p.name for p in tmp_path.iterdir()] == ["out.jsonl"]


class Broken(Exception):
    """The run is broken off here."""


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


def test_killed_without_warning_it_goes_on_too(items: Path, settings: Settings, one_core: str, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    code = (
        "import sys; from pathlib import Path; from app.archive import *; from app.settings import load_settings\n"
        "if __name__ == '__main__':\n"
        "    replay_archive(open_archive(Path(sys.argv[1])), 'cedoca-2026', Path(sys.argv[2]), load_settings(data=sys.argv[3]), workers=1)"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(items), str(out), str(settings.data)])
    work, end = out.with_name("out.jsonl.work-wal"), time.monotonic() + 60
    while (not work.exists() or work.stat().st_size < 100_000) and time.monotonic() < end and process.poll() is None:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    replay_archive(open_archive(items), "cedoca-2026", out, settings, workers=1)
    assert out.read_text(encoding="utf-8") == one_core


def test_what_was_kept_of_other_items_is_not_used(items: Path, settings: Settings, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    other = tmp_path / "other.jsonl"
    other.write_text('{"id": "a", "title": "Путин подписал указ о призыве"}\n', encoding="utf-8")
    out.with_name("out.jsonl.work").write_bytes(b"not a database, but in the way")
    replay_archive(open_archive(other), "cedoca-2026", out, settings, workers=1)
    assert [json.loads(line)["id"] for line in out.read_text(encoding="utf-8").splitlines()] == ["a"]


def test_items_are_found_again_whatever_ends_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "items.jsonl"
    rows = [f'{{"id": "{n}", "title": "Новость {n} {"я" * 40_000}"}}' for n in range(60)]  # longer than a block of reading
    path.write_bytes("".join(r + ("\n", "\r\n", "\n\n")[n % 3] for n, r in enumerate(rows)).encode())
    archive = open_archive(path)
    assert [d.id for d in archive.documents(range(60))] == [str(n) for n in range(60)]
    path.write_bytes(path.read_bytes() + b"{broken\n")
    with pytest.raises(WrongItems, match=r"items.jsonl:\d+: is no JSON"):
        open_archive(path)
