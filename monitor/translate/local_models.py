"""Translates with models in folders, on this machine and without network (ctranslate2 and
sentencepiece, extra `translate`).

A model is loaded at its first use and given up by `close`. It takes about the size of its
`model.bin` in memory, and one thread: comparing items must not wait for it. Where there is no model
from one language into another, two are used, through English.
"""

import time
from collections.abc import Iterable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from db.translations import Direction
from monitor.translate.model_folders import ModelFolder, find_models
from monitor.translate.pieces import pieces
from monitor.translate.translator import CannotTranslate, TextNotTranslated

PIVOT = "en"
BATCH = 8  # pieces translated together; the time limit is checked in between
BEAMS = 4
LONGER = 3  # times as many tokens as the source may a translation have
MOST_TOKENS = 512
END_MARK = "</s>"
WORD_MARK = "\u2581"  # before a word; words that the model does not know keep it
MISSING = "translation with model folders needs the extra `translate`: pip install 'ajour[translate]'"


class LocalModels:
    """The models of a folder. `seconds`: time limit of one text."""

    def __init__(self, folder: Path, seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._models, self._problems = find_models(folder)
        self._ways = {_direction(legs): legs for legs in _ways(self._models)}
        self._loaded: dict[Path, LoadedModel] = {}

    def problems(self) -> Sequence[str]:
        return self._problems

    def directions(self) -> Sequence[Direction]:
        if any(find_spec(name) is None for name in ("ctranslate2", "sentencepiece")):
            raise CannotTranslate(MISSING)
        if not self._models:
            raise CannotTranslate("; ".join(self._problems))
        return list(self._ways)

    def translate(self, text: str, direction: Direction) -> str:
        deadline = time.monotonic() + self._seconds
        legs = self._ways.get(direction)
        if legs is None:
            raise CannotTranslate(f"there is no model from {direction.source} into {direction.target}")
        for leg in legs:
            text = self._load(leg).translate(text, deadline)
        return text

    def _load(self, model: ModelFolder) -> "LoadedModel":
        if model.path not in self._loaded:
            self._loaded[model.path] = LoadedModel(model)
        return self._loaded[model.path]

    def close(self) -> None:
        for loaded in self._loaded.values():
            loaded.unload()
        self._loaded.clear()


def _ways(models: Sequence[ModelFolder]) -> list[Sequence[ModelFolder]]:
    """The models for each pair of languages: one, or two through English."""
    direct = {(m.source, m.target): m for m in sorted(models, key=lambda m: m.version)}
    ways: dict[tuple[str, str], Sequence[ModelFolder]] = {pair: (m,) for pair, m in direct.items()}
    for source, pivot in direct:
        for onward, target in direct:
            if pivot == onward == PIVOT and source != target:
                ways.setdefault((source, target), (direct[source, pivot], direct[onward, target]))
    return list(ways.values())


def _direction(legs: Sequence[ModelFolder]) -> Direction:
    engines = "+".join(dict.fromkeys(m.engine for m in legs))
    return Direction(legs[0].source, legs[-1].target, engines, ", ".join(m.version for m in legs))


class LoadedModel:
    """One model in memory. Raises CannotTranslate where its files cannot be used."""

    def __init__(self, folder: ModelFolder) -> None:
        import ctranslate2
        import sentencepiece

        self._folder = folder
        try:
            self._source: Any = sentencepiece.SentencePieceProcessor(model_file=str(folder.source_pieces))
            self._target: Any = sentencepiece.SentencePieceProcessor(model_file=str(folder.target_pieces))
            self._model: Any = ctranslate2.Translator(str(folder.model), device="cpu", inter_threads=1, intra_threads=1)
        except (RuntimeError, ValueError, OSError) as error:
            raise CannotTranslate(f"{folder.path} cannot be loaded: {error}") from error

    def translate(self, text: str, deadline: float) -> str:
        """The text in the target language. Raises TextNotTranslated after the deadline."""
        sources = [self._tokens(p) for p in pieces(text)]
        done: list[str] = []
        for start in range(0, len(sources), BATCH):
            if time.monotonic() > deadline:
                raise TextNotTranslated("it took longer than AJOUR_TRANSLATE_SECONDS")
            done += self._batch(sources[start : start + BATCH])
        return " ".join(d for d in done if d)

    def _tokens(self, piece: str) -> list[str]:
        tokens = [str(t) for t in self._source.encode(piece, out_type=str)][: MOST_TOKENS - 1]
        return [*tokens, END_MARK] if self._folder.end_mark else tokens

    def _batch(self, sources: Sequence[Sequence[str]]) -> Iterable[str]:
        prefix = [[self._folder.prefix]] * len(sources) if self._folder.prefix else None
        longest = min(MOST_TOKENS, max(map(len, sources)) * LONGER + 20)
        try:
            results = self._model.translate_batch(
                sources, target_prefix=prefix, beam_size=BEAMS, max_decoding_length=longest, max_input_length=0, replace_unknowns=True
            )
        except (RuntimeError, ValueError) as error:
            raise TextNotTranslated(f"{self._folder.path.name}: {error}", engine_failed=True) from error
        return [self._words(r.hypotheses[0]) for r in results]

    def _words(self, tokens: Sequence[str]) -> str:
        kept = tokens[1:] if self._folder.prefix and list(tokens[:1]) == [self._folder.prefix] else tokens
        decoded = str(self._target.decode([t for t in kept if t != END_MARK]))
        return " ".join(decoded.replace(WORD_MARK, " ").split())

    def unload(self) -> None:
        self._model.unload_model()
