"""Kept vectors: made once, never mixed, and nothing rests on the file being well."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from monitor.compare.signals.encoder import KeptEncoder, Vectors


class Counting:
    """An encoder that counts how often it is asked."""

    def __init__(self, name: str = "counting-1") -> None:
        self.name, self.asked = name, 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += 1
        rows = np.array([[len(t), 1.0, len(self.name)] for t in texts], dtype=np.float32)
        made: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        return made


def test_known_texts_are_encoded_once_and_come_back_the_same(tmp_path: Path) -> None:
    inner = Counting()
    first = KeptEncoder(inner, tmp_path).encode(["a", "bbb"])
    again = KeptEncoder(inner, tmp_path).encode(["a", "bbb"])
    assert inner.asked == 1
    assert np.array_equal(first, again)
    assert again.dtype == np.float32


def test_other_texts_order_or_encoder_are_encoded_again(tmp_path: Path) -> None:
    inner, other = Counting(), Counting("counting-2")
    KeptEncoder(inner, tmp_path).encode(["a", "bbb"])
    KeptEncoder(inner, tmp_path).encode(["bbb", "a"])
    KeptEncoder(other, tmp_path).encode(["a", "bbb"])
    assert (inner.asked, other.asked) == (2, 1)


@pytest.mark.parametrize("broken", [b"", b"not numpy", b"\x93NUMPY\x01\x00"])
def test_a_broken_file_is_made_again_and_mended(tmp_path: Path, broken: bytes) -> None:
    inner = Counting()
    right = KeptEncoder(inner, tmp_path).encode(["a"])
    (file,) = tmp_path.glob("vectors-*.npy")
    file.write_bytes(broken)
    assert np.array_equal(KeptEncoder(inner, tmp_path).encode(["a"]), right)
    KeptEncoder(inner, tmp_path).encode(["a"])
    assert inner.asked == 2


def test_vectors_are_never_loaded_as_pickles(tmp_path: Path) -> None:
    inner = Counting()
    KeptEncoder(inner, tmp_path).encode(["a"])
    (file,) = tmp_path.glob("vectors-*.npy")
    np.save(file, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    assert KeptEncoder(inner, tmp_path).encode(["a"]).shape == (1, 3)
    assert inner.asked == 2


def test_a_folder_that_cannot_be_written_costs_time_but_no_result(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("in the way")
    inner = Counting()
    assert KeptEncoder(inner, tmp_path / "file").encode(["a"]).shape == (1, 3)
    assert "vectors cannot be kept" in caplog.text


def test_no_half_written_file_is_left(tmp_path: Path) -> None:
    KeptEncoder(Counting(), tmp_path).encode(["a"])
    assert not list(tmp_path.glob("*.part*"))
