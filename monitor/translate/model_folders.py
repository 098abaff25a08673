"""Model folders: which translation models the operator has put into a folder, in which form.

- **Argos**: `metadata.json` (from_code, to_code, package_version), `model/` for ctranslate2,
  `sentencepiece.model`. Packages are zip files (`.argosmodel`), which the operator unpacks.
- **OPUS-MT** as converted for ctranslate2: `model.bin`, `config.json`, `source.spm`, `target.spm`,
  `shared_vocabulary.json`. The languages come from `tokenizer_config.json`, or from the end of the
  folder's name ("opus-mt-ru-en").

Nothing is fetched, unpacked or run here.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_JSON = 1 << 20  # bytes of a file of settings
HASHED = 1 << 20  # bytes of a model that name its version, with its size
_CODE = re.compile(r"[a-z]{2,3}")
_NAMED = re.compile(r"(?:^|[-_])([a-z]{2,3})[-_]([a-z]{2,3})$")
_VOCABULARIES = ("shared_vocabulary.json", "shared_vocabulary.txt", "source_vocabulary.json", "source_vocabulary.txt")


class UnusableModel(ValueError):
    """A folder or file that is no usable model; the message says why and what to do."""


@dataclass(frozen=True)
class ModelFolder:
    """One model, for one direction."""

    path: Path
    engine: str
    version: str
    source: str
    target: str
    model: Path  # folder for ctranslate2
    source_pieces: Path  # SentencePiece models
    target_pieces: Path
    prefix: str = ""  # token that a model of several languages wants first
    end_mark: bool = False  # the source must end with "</s>"


def find_models(folder: Path) -> tuple[list[ModelFolder], list[str]]:
    """(the usable models in a folder, what is wrong with the others); `folder` may be a model
    itself.
    """
    if not folder.is_dir():
        return [], [f"{folder} is no folder; set AJOUR_TRANSLATE_MODELS to the folder with the models"]
    inside = [folder] if _looks_like_one(folder) else sorted(p for p in folder.iterdir() if not p.name.startswith("."))
    models, problems = list[ModelFolder](), list[str]()
    for path in inside:
        try:
            if path.is_dir():
                models.append(read_model(path))
            elif path.suffix in (".argosmodel", ".zip"):
                problems.append(f"{path} is packed; unpack it: unzip {path.name} -d {folder}")
        except UnusableModel as error:
            problems.append(f"{path}: {error}")
        except OSError as error:
            problems.append(f"{path} cannot be read: {error.strerror or error}")
    if not models and not problems:
        problems.append(f"{folder} holds no model; see docs/translation.md")
    return models, problems


def _looks_like_one(path: Path) -> bool:
    return (path / "metadata.json").exists() or (path / "model.bin").exists()


def read_model(path: Path) -> ModelFolder:
    """The model in a folder. Raises UnusableModel, OSError."""
    if (path / "metadata.json").exists():
        return _argos(path)
    if (path / "model.bin").exists():
        return _opus(path)
    raise UnusableModel("it has neither metadata.json (Argos) nor model.bin (OPUS-MT for ctranslate2)")


def _argos(path: Path) -> ModelFolder:
    metadata = _json(path / "metadata.json")
    source, target = (_code(metadata.get(name), f"metadata.json: {name}") for name in ("from_code", "to_code"))
    if (path / "bpe.model").exists() and not (path / "sentencepiece.model").exists():
        raise UnusableModel("it splits words by bpe.model; only packages with sentencepiece.model can be used")
    pieces = _file(path / "sentencepiece.model")
    _file(path / "model" / "model.bin")
    prefix = metadata.get("target_prefix") or ""
    version = f"{source}-{target} {metadata.get('package_version') or _digest(path / 'model' / 'model.bin')}"
    return ModelFolder(path, "Argos", version[:60], source, target, path / "model", pieces, pieces, str(prefix))


def _opus(path: Path) -> ModelFolder:
    source_pieces, target_pieces = _file(path / "source.spm"), _file(path / "target.spm")
    if not any((path / name).exists() for name in _VOCABULARIES):
        raise UnusableModel(
            "it has no vocabulary (shared_vocabulary.json); convert it with ct2-transformers-converter or ct2-opus-mt-converter"
        )
    source, target = _languages_of(path)
    config = _json(path / "config.json") if (path / "config.json").exists() else {}
    version = f"{source}-{target} {_digest(path / 'model.bin')}"
    return ModelFolder(
        path, "OPUS-MT", version, source, target, path, source_pieces, target_pieces, end_mark=not config.get("add_source_eos", False)
    )


def _languages_of(path: Path) -> Sequence[str]:
    tokenizer = _json(path / "tokenizer_config.json") if (path / "tokenizer_config.json").exists() else {}
    named = [tokenizer.get("source_lang"), tokenizer.get("target_lang")]
    if all(isinstance(n, str) and re.fullmatch("[a-z]{2}", n) for n in named):
        return [str(n) for n in named]
    found = _NAMED.search(path.name)
    if found is None:
        raise UnusableModel("its languages are not known; name the folder after them, for example opus-mt-ru-en")
    return found.groups()


def _json(path: Path) -> Mapping[str, Any]:
    if path.stat().st_size > MOST_JSON:
        raise UnusableModel(f"{path.name} is too large")
    try:
        content = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise UnusableModel(f"{path.name} is not JSON") from error
    if not isinstance(content, dict):
        raise UnusableModel(f"{path.name} is no JSON object")
    return content


def _code(value: Any, where: str) -> str:
    if not isinstance(value, str) or not _CODE.fullmatch(value):
        raise UnusableModel(f"{where} is no language code: {str(value)[:40]!r}")
    return value


def _file(path: Path) -> Path:
    if not path.is_file():
        raise UnusableModel(f"{path.name} is missing")
    return path


def _digest(path: Path) -> str:
    """What tells one edition of a model from another."""
    with path.open("rb") as file:
        return hashlib.sha256(file.read(HASHED) + str(path.stat().st_size).encode()).hexdigest()[:10]
