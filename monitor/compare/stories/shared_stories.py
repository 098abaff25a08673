"""Stories of the database in the memory of one process."""

from datetime import date, timedelta

from sqlalchemy.orm import Session

from db import ops
from monitor.compare.decide.model import Model
from monitor.compare.stories.clustering import WINDOW, StoryIndex, unpack

LATE = 2  # days that an item may be older than the newest one without reloading the stories


class SharedStories:
    """The stories known to this process. They are updated from the database before anything is
    placed.
    """

    def __init__(self, model: Model, encoder: str) -> None:
        self._model, self._encoder = model, encoder
        self.reset()

    def reset(self) -> None:
        """Forget everything; the next `caught_up` loads from the database."""
        self._book: StoryIndex | None = None
        self._since, self._newest, self._upto = "", "", 0
        self._own: set[int] = set()  # items placed here and not yet met in the database

    def note_placed(self, item_id: int) -> None:
        """Mark an item as placed here, so that `caught_up` does not add it again."""
        self._own.add(item_id)

    def caught_up(self, session: Session, days: tuple[str, str]) -> StoryIndex:
        """All stored stories that items between `days`, (first, last) in ISO 8601, can join."""
        first, last = days
        since = (date.fromisoformat(first) - timedelta(days=WINDOW)).isoformat()
        expired = self._newest and (date.fromisoformat(self._newest) - date.fromisoformat(first)).days > LATE
        if self._book is None or since < self._since or expired:
            self.reset()
            self._book, self._since = StoryIndex(self._model, LATE), since
        self._newest = max(self._newest, last)
        self._upto, rows = ops.fingerprints_after(session, self._upto, self._since, self._encoder)
        for key, item_id, packed in rows:
            if item_id not in self._own:
                self._book.remember(key, unpack(str(item_id), packed))
        self._own -= {item_id for _, item_id, _ in rows}
        return self._book
