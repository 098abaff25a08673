"""Writes the output files of commands."""

from pathlib import Path


def write(path: Path, text: str) -> None:
    """Write `text` as UTF-8, with the folders of `path`. Raises CannotOpen naming the path."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        from db.engine import CannotOpen  # commands that only print load no database layer

        raise CannotOpen(f"cannot write {path}: {error.strerror}") from error
