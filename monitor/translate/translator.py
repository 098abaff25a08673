"""What a translator is, whichever engine is behind it."""

from collections.abc import Sequence
from typing import Protocol

from db.translations import Direction


class CannotTranslate(Exception):
    """The engine does not work, or does not now; the message says why and what to mend. Other texts
    would fail too.
    """


class TextNotTranslated(Exception):
    """The engine works and has no translation of this text; the message says why.

    `engine_failed`: it answered with an error of its own, so the text may not be the cause.
    """

    def __init__(self, why: str, *, engine_failed: bool = False) -> None:
        super().__init__(why)
        self.engine_failed = engine_failed


class Translator(Protocol):
    """Translates plain texts between the language pairs that it offers."""

    def directions(self) -> Sequence[Direction]:
        """Every pair of languages that it offers, with engine and version. Raises
        CannotTranslate.
        """

    def problems(self) -> Sequence[str]:
        """What of it cannot be used, one sentence each; empty where all can."""

    def translate(self, text: str, direction: Direction) -> str:
        """The translation, as the engine gives it. Raises TextNotTranslated, CannotTranslate."""

    def close(self) -> None:
        """Give up connections and memory."""
