"""Word lists and patterns as data: the files in `monitor/compare/words/`.

Each is read once and refused with file and line when an entry is wrong. Two forms: a text file with
one word a line, and YAML that is read as a pydantic model (`monitor.strict_yaml.load`). `#` begins
a comment in both. Words are compared with plain text (see tokenize.plain), so upper case and ё are
read as lower case and е.
"""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

import monitor.compare
from monitor.strict_yaml import FileFault, WrongFile

FOLDER = Path(monitor.compare.__path__[0]) / "words"


def _word(text: str) -> str:
    if not text.strip() or text != text.strip():
        raise ValueError(f"{text!r} is empty or has blanks around it | Write the word alone")
    return text.lower().replace("ё", "е")


def _regex(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a regular expression: {error} | Close its brackets, or write \\ before a sign") from error
    return text


def _ending(text: str) -> str:
    return _regex(text.replace("*", r"\w*"))


Letter = Annotated[str, StringConstraints(min_length=1, max_length=1)]
Word = Annotated[str, AfterValidator(_word)]
Regex = Annotated[str, AfterValidator(_regex)]
# A regular expression in which `*` is any ending of a word.
Ending = Annotated[str, AfterValidator(_ending)]


class WordFile(BaseModel):
    """A YAML file of words: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_words(path: Path) -> tuple[str, ...]:
    """The words of a text file, one a line, in order.

    Raises WrongFile for a line with more than one word, and for a file that cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise WrongFile([FileFault(path, 0, "", f"cannot be read: {error.strerror}", "Check the path and its rights")]) from error
    except UnicodeDecodeError as error:
        raise WrongFile([FileFault(path, 0, "", f"is not UTF-8 (byte {error.start})", "Save it as UTF-8")]) from error
    kept = [(number, line.partition("#")[0].strip()) for number, line in enumerate(lines, start=1)]
    if wrong := [n for n, word in kept if len(word.split()) > 1]:
        raise WrongFile([FileFault(path, n, "", "holds more than one word", "Write one word a line") for n in wrong])
    return tuple(_word(word) for _, word in kept if word)


def either(patterns: list[str]) -> str:
    """One regular expression of several alternatives; the first that matches wins."""
    return "(?:" + "|".join(patterns) + ")"


def whole(patterns: list[str]) -> re.Pattern[str]:
    """Matches one of several alternatives where it is no part of a longer or hyphenated word."""
    return re.compile(rf"(?<![\w-]){either(patterns)}(?![\w-])")


@cache
def digest() -> str:
    """SHA-256 over all word files: another word in any of them gives another digest."""
    files = sorted((p for p in FOLDER.iterdir() if p.suffix in (".yml", ".txt")), key=lambda p: p.name)
    return hashlib.sha256(b"".join(hashlib.sha256(p.read_bytes()).digest() for p in files)).hexdigest()
