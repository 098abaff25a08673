"""A real ctranslate2 transformer that translates word by word, and its SentencePiece models.

The weights are set by hand: position i of the decoder attends to position i of the source, and the
value of a source word points to its translation. Loading, tokens, beam search and the end mark are
those of a trained model.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import sentencepiece
from ctranslate2.specs import TransformerSpec

POSITIONS = 128  # that a beam may reach
SHARP = 60.0  # makes a softmax choose
START, END, UNKNOWN = "<s>", "</s>", "<unk>"
WORDS = {"закон": "law", "принят": "adopted", "повестка": "summons", "вручена": "served", "указ": "decree", "подписан": "signed"}


def argos(folder: Path, source: str = "ru", target: str = "en", words: Mapping[str, str] = WORDS) -> Path:
    """A package in Argos form."""
    path = folder / f"translate-{source}_{target}-1_9"
    (path / "model").mkdir(parents=True)
    pieces = _pieces(path / "sentencepiece", [*words, *words.values()])
    _save(path / "model", words, end_mark_in_model=True)
    shutil.move(pieces, path / "sentencepiece.model")
    metadata = {"package_version": "1.9", "argos_version": "1.9", "from_code": source, "to_code": target, "type": "translate"}
    (path / "metadata.json").write_text(json.dumps(metadata))
    return path


def opus(folder: Path, name: str = "opus-mt-ru-en", words: Mapping[str, str] = WORDS) -> Path:
    """A model in OPUS-MT form, as converted for ctranslate2."""
    path = folder / name
    path.mkdir(parents=True)
    shutil.move(_pieces(path / "s", list(words)), path / "source.spm")
    shutil.move(_pieces(path / "t", list(words.values())), path / "target.spm")
    _save(path, words, end_mark_in_model=False)
    return path


def _pieces(prefix: Path, words: list[str]) -> Path:
    """A SentencePiece model whose pieces are these words."""
    corpus = prefix.with_suffix(".txt")
    corpus.write_text("\n".join(words * 3))
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus),
        model_prefix=str(prefix),
        model_type="word",
        vocab_size=len(set(words)) + 3,
        hard_vocab_limit=False,
        minloglevel=2,
    )
    corpus.unlink()
    prefix.with_suffix(".vocab").unlink()
    return prefix.with_suffix(".model")


def _save(folder: Path, words: Mapping[str, str], *, end_mark_in_model: bool) -> None:
    vocabulary = [UNKNOWN, START, END, *(f"▁{w}" for w in dict.fromkeys((*words, *words.values())))]
    number = {word: i for i, word in enumerate(vocabulary)}
    size, depth = len(vocabulary), len(vocabulary) + POSITIONS
    spec = TransformerSpec.from_config(num_layers=1, num_heads=1, pre_norm=True)
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.config.add_source_eos = end_mark_in_model
    tokens = np.eye(size, depth, dtype=np.float32)
    places = np.eye(POSITIONS, depth, k=size, dtype=np.float32)
    becomes = np.zeros((depth, depth), np.float32)
    for word, i in number.items():
        becomes[number.get(f"▁{words.get(word.removeprefix('▁'), '')}", i), i] = SHARP
    find = np.zeros((depth, depth), np.float32)
    find[size:, size:] = np.eye(POSITIONS) * SHARP
    nothing, unit = np.zeros(depth, np.float32), np.ones(depth, np.float32)
    zero = np.zeros((depth, depth), np.float32)
    for part in (spec.encoder, spec.decoder):
        embeddings = part.embeddings[0] if isinstance(part.embeddings, list) else part.embeddings
        embeddings.weight, part.scale_embeddings, part.position_encodings.encodings = tokens, False, places
        norms = [part.layer_norm]
        for layer in part.layer:
            norms += [layer.self_attention.layer_norm, layer.ffn.layer_norm]
            _linear(layer.self_attention.linear[0], np.zeros((3 * depth, depth), np.float32))
            _linear(layer.self_attention.linear[1], zero)
            _linear(layer.ffn.linear_0, zero)
            _linear(layer.ffn.linear_1, zero)
        for norm in norms:
            norm.gamma, norm.beta = unit, nothing
    cross = spec.decoder.layer[0].attention
    cross.layer_norm.gamma, cross.layer_norm.beta = unit, nothing
    _linear(cross.linear[0], find)
    _linear(cross.linear[1], np.concatenate([find, becomes]))
    _linear(cross.linear[2], np.eye(depth, dtype=np.float32))
    _linear(spec.decoder.projection, np.eye(size, depth, dtype=np.float32))
    spec.validate()
    spec.save(str(folder))


def _linear(layer: object, weight: np.ndarray) -> None:
    layer.weight, layer.bias = weight, np.zeros(weight.shape[0], np.float32)  # type: ignore[attr-defined]
