"""The client of a LibreTranslate server, over real HTTP on loopback."""

import threading
from collections.abc import Iterator

import pytest

from db.translations import Direction
from monitor.fetch.service_client import ServiceClient
from monitor.translate.libretranslate import UNKNOWN_VERSION, LibreTranslate
from monitor.translate.translator import CannotTranslate, TextNotTranslated
from tests.monitor.translate.libretranslate_server import StandIn, libretranslate

RU_DA = Direction("ru", "da", "LibreTranslate", "1.6.4")


@pytest.fixture
def server() -> Iterator[StandIn]:
    with libretranslate() as made:
        yield made


def client(server: StandIn, key: str = "", seconds: float = 30) -> LibreTranslate:
    return LibreTranslate(ServiceClient(server.address, seconds=seconds), key)


def test_the_pairs_come_from_the_server_with_its_version(server: StandIn) -> None:
    assert [(d.source, d.target, d.engine, d.version) for d in client(server).directions()] == [
        ("ru", target, "LibreTranslate", "1.6.4") for target in ("da", "en", "nl")
    ]
    server.version = ""
    assert {d.version for d in client(server).directions()} == {UNKNOWN_VERSION}


def test_a_text_is_sent_with_its_languages_and_nothing_else(server: StandIn) -> None:
    assert client(server).translate("Повестка", RU_DA) == "In da: 8 letters"
    assert server.asked == [{"q": "Повестка", "source": "ru", "target": "da", "format": "text"}]
    client(server, "a key").translate("Повестка", RU_DA)
    assert server.asked[1]["api_key"] == "a key"


@pytest.mark.parametrize("status", [400, 413, 422])
def test_a_text_that_the_server_cannot_use_is_that_texts_fault(server: StandIn, status: int) -> None:
    server.status, server.error = status, "request (9) exceeds text limit (5)"
    with pytest.raises(TextNotTranslated, match=f"answered {status}: request .9. exceeds text limit") as refused:
        client(server).translate("Повестка", RU_DA)
    assert not refused.value.engine_failed


def test_a_failure_of_the_server_may_have_another_cause_than_the_text(server: StandIn) -> None:
    server.status, server.error = 500, "Cannot translate text: out of memory"
    with pytest.raises(TextNotTranslated, match="out of memory") as failed:
        client(server).translate("Повестка", RU_DA)
    assert failed.value.engine_failed


@pytest.mark.parametrize(
    ("status", "error", "says"),
    [
        (403, "Invalid API key", "Invalid API key: is AJOUR_TRANSLATE_KEY right"),
        (429, "Slowdown: 30 per minute", "Slowdown"),
        (502, "", "answered 502"),
    ],
)
def test_what_would_hold_for_every_text_ends_the_run(server: StandIn, status: int, error: str, says: str) -> None:
    server.status, server.error = status, error
    with pytest.raises(CannotTranslate, match=says):
        client(server).translate("Повестка", RU_DA)


def test_a_server_that_is_slow_or_away_is_named(server: StandIn) -> None:
    released = threading.Event()

    def slow(_text: str, _target: str) -> str:
        released.wait(60)
        return "late"

    server.translate = slow
    with pytest.raises(CannotTranslate, match="does not answer"):
        client(server, seconds=0.5).translate("Повестка", RU_DA)
    released.set()
    with pytest.raises(CannotTranslate, match="does not answer"):
        LibreTranslate(ServiceClient("http://127.0.0.1:9", seconds=30)).directions()


@pytest.mark.parametrize(
    "languages", [{}, [], [{"code": 5, "targets": ["en"]}], [{"code": "ru"}], ["ru"], [{"code": "ru", "targets": [None, "x" * 99]}]]
)
def test_a_list_of_languages_that_is_none_gives_no_pair(server: StandIn, languages: object) -> None:
    server.languages = languages
    if isinstance(languages, list):
        assert client(server).directions() == []
    else:
        with pytest.raises(CannotTranslate, match="AJOUR_TRANSLATE_URL"):
            client(server).directions()


def test_an_answer_without_a_text_is_no_translation(server: StandIn) -> None:
    server.translate = lambda _text, _target: ["a list"]  # type: ignore[assignment,return-value]
    with pytest.raises(TextNotTranslated, match="holds no translated text"):
        client(server).translate("Повестка", RU_DA)
