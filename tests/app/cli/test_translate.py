"""`ajour translate …` and the job in a cycle, with a LibreTranslate server on loopback."""

from collections.abc import Callable, Iterator

import pytest

from app.runtime.container import Container
from app.runtime.settings import load_settings
from db.engine import reading, writing
from db.translations import titles
from tests.alerts_factory import add_flag, lay_out
from tests.cli_runner import Ran
from tests.monitor.translate.libretranslate_server import StandIn, libretranslate

Run = Callable[..., Ran]
WORDS = "the law on summonses was adopted by the lower house "


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    with libretranslate() as made:
        made.translate = lambda text, target: f"{target}: {(WORDS * 9)[: len(text) // 2]}"
        monkeypatch.setenv("AJOUR_TRANSLATE_URL", made.address)
        yield made


@pytest.fixture
def flagged() -> None:
    with writing(Container(load_settings()).engine) as session:
        lay_out(session)
        add_flag(session)


@pytest.mark.usefixtures("flagged")
def test_what_waits_is_shown_then_translated_then_stored(ajour: Run, server: StandIn) -> None:
    before = ajour("translate", "status", "--json")
    assert before.code == 0
    assert before.json["waiting"] == [{"source": "ru", "target": "en", "engine": "LibreTranslate", "version": "1.6.4", "items": 1}]
    assert before.json["missing"] == ["uk→en"]
    done = ajour("translate", "now")
    assert f"{len(server.asked)} passages translated, 0 dropped" in done.out
    assert "nothing waits" in ajour("translate", "now").out
    shown = ajour("translate", "status").out
    assert "LibreTranslate" in shown
    assert "ru → en" in shown
    with reading(Container(load_settings()).engine) as session:
        assert titles(session, [1], "en").get(1) is not None


def test_one_text_is_translated_and_checked_without_storing_it(ajour: Run, server: StandIn) -> None:
    server.translate = lambda _text, _target: "Dekret underskrevet"
    ran = ajour("translate", "text", "Указ подписан", "--to", "da")
    assert (ran.code, ran.out.splitlines()[0]) == (0, "Dekret underskrevet")
    assert "machine translation, LibreTranslate 1.6.4" in ran.out
    server.translate = lambda text, _target: text
    repeated = ajour("translate", "text", "Указ подписан")
    assert repeated.code == 1
    assert "it would not be kept: it is the source text" in repeated.err
    assert ajour("translate", "text", "Decreet", "--from", "nl").code == 2


@pytest.mark.usefixtures("flagged")
def test_a_server_that_refuses_is_reported_everywhere(ajour: Run, server: StandIn) -> None:
    server.status, server.error = 403, "Invalid API key"
    for arguments in (("translate", "now"), ("translate", "text", "Указ")):
        ran = ajour(*arguments)
        assert ran.code == 3
        assert "Invalid API key: is AJOUR_TRANSLATE_KEY right?" in ran.err
    server.languages = None
    status = ajour("translate", "status")
    assert status.code == 1
    assert "answered 404" in status.err
    (found,) = [f for f in ajour("doctor", "--json").json if f["what"] == "translation"]
    assert (found["state"], "answered 404" in found["how"]) == ("wrong", True)


def test_switched_off_it_says_how_to_switch_it_on(ajour: Run) -> None:
    ran = ajour("translate", "status")
    assert ran.code == 2
    assert "AJOUR_TRANSLATE_URL" in ran.err


def test_two_engines_at_once_are_refused(ajour: Run, server: StandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AJOUR_TRANSLATE_MODELS", "/srv/models")
    assert "are both set" in ajour("translate", "status").err
