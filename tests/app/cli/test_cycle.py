"""`ajour cycle`: what it counts, and when it needs a person."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.baselines import small_baseline
from tests.cli_runner import Ran
from tests.e2e.outlet_server import watch_list, world
from tests.fake_encoder import BagOfWords
from tests.monitor.translate.libretranslate_server import libretranslate

Run = Callable[..., Ran]


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    """The light encoder and reports of a few claims."""
    monkeypatch.setattr("monitor.compare.signals.encoder.UniversalSentenceEncoder", BagOfWords)
    monkeypatch.setenv("AJOUR_BASELINE", str(small_baseline()))
    monkeypatch.setenv("AJOUR_ALLOW_LOOPBACK", "true")
    monkeypatch.setenv("AJOUR_PARSERS", "1")


def test_cycle_and_digest_do_the_main_job(ajour: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with world() as played:
        monkeypatch.setenv("AJOUR_SOURCES", str(watch_list(tmp_path, played.address, ["north", "south", "absent"])))
        first, second = ajour("cycle", "--json"), ajour("cycle")
    assert (first.code, second.code) == (0, 0)
    counts = first.json
    assert (counts["looked"], counts["new"], counts["compared"]) == (3, 5, 5)
    assert counts["outcomes"]["new_items"] == 2
    assert "0 sources fetched" in second.out
    ran = ajour("digest", "preview", "--out", tmp_path / "out")
    assert ran.code == 0
    assert (tmp_path / "out" / "digest.html").read_text(encoding="utf-8").lstrip().startswith("<!")
    assert "Absent" in (tmp_path / "out" / "digest.txt").read_text(encoding="utf-8"), "a blind source is news"
    assert ajour("digest", "preview", "--report", "nonsense").code == 2


def test_a_cycle_in_which_every_source_was_blind_needs_a_person(ajour: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with world() as played:
        monkeypatch.setenv("AJOUR_SOURCES", str(watch_list(tmp_path, played.address, ["absent"])))
        assert ajour("cycle").code == 1


def test_a_cycle_translates_too_and_says_why_it_could_not(ajour: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with world() as played, libretranslate() as server:
        monkeypatch.setenv("AJOUR_SOURCES", str(watch_list(tmp_path, played.address, ["north"])))
        monkeypatch.setenv("AJOUR_TRANSLATE_URL", server.address)
        server.languages = None
        ran = ajour("cycle")
    assert ran.code == 1
    assert "not translated: CannotTranslate: the translation server answered 404" in ran.err
    (found,) = [f for f in ajour("doctor", "--json").json if f["what"] == "job translate"]
    assert found["state"] == "wrong"
    assert "answered 404" in found["how"]
