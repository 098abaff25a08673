"""Which duties there are, and how each calls its room."""

from collections.abc import Sequence
from typing import Any

from app.settings import Settings
from app.work import Duty, House, cycle


def all_duties(settings: Settings) -> Sequence[Duty]:
    """Every duty of a desk, in no order: each looks in the database for what is due."""
    return [
        Duty("watch", "watch", cycle, every=15.0),
    ]


def desk_app(house: House) -> Any:
    """The review desk as an ASGI application."""
    return None
