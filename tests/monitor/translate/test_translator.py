"""Both engines are translators, and errors say whether the text is at fault."""

from pathlib import Path

from monitor.fetch.service_client import ServiceClient
from monitor.translate.libretranslate import LibreTranslate
from monitor.translate.local_models import LocalModels
from monitor.translate.translator import CannotTranslate, TextNotTranslated, Translator


def test_both_engines_are_used_in_the_same_way(tmp_path: Path) -> None:
    engines: list[Translator] = [LibreTranslate(ServiceClient("http://127.0.0.1:9")), LocalModels(tmp_path)]
    for engine in engines:
        engine.close()
        engine.close()


def test_an_error_says_whether_the_text_may_be_the_cause() -> None:
    assert not TextNotTranslated("it is too long").engine_failed
    assert TextNotTranslated("it answered 500", engine_failed=True).engine_failed
    assert not isinstance(TextNotTranslated("it is too long"), CannotTranslate)
