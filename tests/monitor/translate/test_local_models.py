"""Translation by models in folders: real loading, tokens and beam search, with a small model."""

from pathlib import Path

import pytest

from db.translations import Direction
from monitor.translate import local_models
from monitor.translate.local_models import MISSING, LocalModels
from monitor.translate.translator import CannotTranslate, TextNotTranslated
from tests.monitor.translate import tiny_model

ONWARD = {"law": "lov", "adopted": "vedtaget", "summons": "indkaldelse", "served": "forkyndt"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model from Russian into English in Argos form, one from English into Danish in OPUS-MT
    form.
    """
    result = tmp_path_factory.mktemp("models")
    tiny_model.argos(result)
    tiny_model.opus(result, "opus-mt-en-da", ONWARD)
    return result


@pytest.fixture
def models(folder: Path) -> LocalModels:
    return LocalModels(folder)


def direction(models: LocalModels, source: str, target: str) -> Direction:
    return next(d for d in models.directions() if (d.source, d.target) == (source, target))


def test_a_model_in_argos_form_translates(models: LocalModels) -> None:
    found = direction(models, "ru", "en")
    assert (found.engine, found.version) == ("Argos", "ru-en 1.9")
    assert models.translate("указ подписан", found) == "decree signed"
    models.close()
    assert models.translate("закон принят", found) == "law adopted", "it is loaded again"


def test_a_model_in_opus_form_translates(models: LocalModels) -> None:
    found = direction(models, "en", "da")
    assert found.engine == "OPUS-MT"
    assert models.translate("law adopted", found) == "lov vedtaget"


def test_without_a_model_two_are_used_through_english_and_both_are_named(models: LocalModels) -> None:
    found = direction(models, "ru", "da")
    assert found.engine == "Argos+OPUS-MT"
    assert found.version.startswith("ru-en 1.9, en-da ")
    assert models.translate("повестка вручена", found) == "indkaldelse forkyndt"


def test_a_text_of_many_sentences_is_translated_whole_and_in_order(models: LocalModels) -> None:
    lines = ["Указ"] * 12
    text = "\n\n".join(f"{word} закон принят" for word in lines)
    assert models.translate(text, direction(models, "ru", "en")).count("law adopted") == 12


def test_a_text_that_takes_too_long_is_given_up(folder: Path) -> None:
    models = LocalModels(folder, seconds=-1)
    with pytest.raises(TextNotTranslated, match="AJOUR_TRANSLATE_SECONDS"):
        models.translate("закон принят", direction(models, "ru", "en"))


def test_a_damaged_model_is_named(tmp_path: Path) -> None:
    path = tiny_model.argos(tmp_path)
    (path / "model" / "model.bin").write_bytes(b"damaged")
    models = LocalModels(tmp_path)
    with pytest.raises(CannotTranslate, match="translate-ru_en-1_9 cannot be loaded"):
        models.translate("закон принят", direction(models, "ru", "en"))


def test_without_the_extra_it_says_what_to_install(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_models, "find_spec", lambda name: None if name == "sentencepiece" else object())
    with pytest.raises(CannotTranslate) as missing:
        LocalModels(folder).directions()
    assert str(missing.value) == MISSING


def test_a_folder_without_models_says_what_is_wrong(tmp_path: Path, models: LocalModels) -> None:
    with pytest.raises(CannotTranslate, match="holds no model"):
        LocalModels(tmp_path).directions()
    assert models.problems() == []
    with pytest.raises(CannotTranslate, match="no model from da into ru"):
        models.translate("lov", Direction("da", "ru", "Argos", "1"))
