"""Which folders are models, and what is said of the others."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.translate.model_folders import find_models


def argos(path: Path, **metadata: object) -> Path:
    """The files of an Argos package, without a model in them."""
    (path / "model").mkdir(parents=True)
    (path / "model" / "model.bin").write_bytes(b"weights")
    (path / "sentencepiece.model").write_bytes(b"pieces")
    (path / "metadata.json").write_text(json.dumps({"from_code": "ru", "to_code": "en", "package_version": "1.9", **metadata}))
    return path


def opus(path: Path) -> Path:
    path.mkdir(parents=True)
    for name in ("model.bin", "source.spm", "target.spm", "shared_vocabulary.json"):
        (path / name).write_bytes(b"x")
    return path


def test_both_forms_are_read_with_languages_and_version(tmp_path: Path) -> None:
    argos(tmp_path / "translate-ru_en-1_9")
    opus(tmp_path / "opus-mt-en-da")
    (tmp_path / ".cache").mkdir()
    (tmp_path / "README.txt").write_text("where they are from")
    (second, first), problems = find_models(tmp_path)
    assert problems == []
    assert (first.engine, first.source, first.target, first.version) == ("Argos", "ru", "en", "ru-en 1.9")
    assert (second.engine, second.source, second.target, second.end_mark) == ("OPUS-MT", "en", "da", True)
    assert second.version.startswith("en-da ")


def test_another_edition_of_an_unnumbered_model_is_another_version(tmp_path: Path) -> None:
    path = opus(tmp_path / "opus-mt-ru-en")
    before = find_models(tmp_path)[0][0].version
    (path / "model.bin").write_bytes(b"y")
    assert find_models(tmp_path)[0][0].version != before


def test_the_languages_of_the_tokenizer_come_before_those_of_the_name(tmp_path: Path) -> None:
    path = opus(tmp_path / "model")
    (path / "tokenizer_config.json").write_text('{"source_lang": "uk", "target_lang": "en"}')
    (path / "config.json").write_text('{"add_source_eos": true}')
    model = find_models(path)[0][0]
    assert (model.source, model.target, model.end_mark) == ("uk", "en", False)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda p: (p / "metadata.json").write_text("{"), "metadata.json is not JSON"),
        (lambda p: (p / "metadata.json").write_text("[]"), "no JSON object"),
        (lambda p: (p / "metadata.json").write_text(" " * (1 << 20) + "{}"), "too large"),
        (lambda p: (p / "metadata.json").write_text('{"from_code": "../../etc", "to_code": "en"}'), "from_code is no language code"),
        (lambda p: (p / "sentencepiece.model").unlink(), "sentencepiece.model is missing"),
        (lambda p: (p / "sentencepiece.model").rename(p / "bpe.model"), "only packages with sentencepiece.model"),
        (lambda p: (p / "model" / "model.bin").unlink(), "model.bin is missing"),
        (lambda p: (p / "metadata.json").unlink(), "neither metadata.json"),
    ],
)
def test_a_folder_that_is_no_model_is_named_with_the_reason(tmp_path: Path, spoil: Callable[[Path], object], says: str) -> None:
    spoil(argos(tmp_path / "ru_en"))
    models, problems = find_models(tmp_path)
    assert models == []
    assert says in problems[0]
    assert str(tmp_path / "ru_en") in problems[0]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda p: (p / "source.spm").unlink(), "source.spm is missing"),
        (lambda p: (p / "shared_vocabulary.json").unlink(), "no vocabulary"),
        (lambda p: p.rename(p.with_name("marian")), "name the folder after them"),
    ],
)
def test_an_opus_folder_without_its_parts_is_named_with_the_reason(tmp_path: Path, spoil: Callable[[Path], object], says: str) -> None:
    spoil(opus(tmp_path / "opus-mt-ru-en"))
    assert says in find_models(tmp_path)[1][0]


def test_a_packed_model_is_not_unpacked_and_the_error_says_how(tmp_path: Path) -> None:
    (tmp_path / "translate-ru_en-1_9.argosmodel").write_bytes(b"PK")
    models, problems = find_models(tmp_path)
    assert models == []
    assert f"unzip translate-ru_en-1_9.argosmodel -d {tmp_path}" in problems[0]


def test_an_empty_or_missing_folder_is_reported(tmp_path: Path) -> None:
    assert "holds no model" in find_models(tmp_path)[1][0]
    assert "is no folder" in find_models(tmp_path / "no")[1][0]
