"""Output files: their folders are made, and a path that cannot be written is named."""

from pathlib import Path

import pytest

from app.tools.files import write
from db.engine import CannotOpen


def test_the_folders_of_a_file_are_made(tmp_path: Path) -> None:
    write(tmp_path / "a" / "b" / "c.txt", "Призыв\n")
    assert (tmp_path / "a" / "b" / "c.txt").read_bytes() == "Призыв\n".encode()


def test_a_path_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(CannotOpen, match=r"cannot write .*a/c\.txt: "):
        write(tmp_path / "a" / "c.txt", "x")
    with pytest.raises(CannotOpen, match="Is a directory"):
        write(tmp_path, "x")
