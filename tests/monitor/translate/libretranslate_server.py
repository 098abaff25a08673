"""A LibreTranslate server on loopback, as its documentation describes it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from app.tools.local_server import QuietHandler, answer, running

Translate = Callable[[str, str], str]  # (text, target) → translation


@dataclass
class StandIn:
    """What the server answers with, and the bodies that it got."""

    address: str = ""
    translate: Translate = lambda text, target: f"In {target}: {len(text)} letters"
    status: int = 200
    error: str = ""
    languages: Any = field(default_factory=lambda: [{"code": "ru", "name": "Russian", "targets": ["da", "en", "nl", "ru"]}])
    version: str = "1.6.4"
    asked: list[dict[str, Any]] = field(default_factory=list)


@contextmanager
def libretranslate() -> Iterator[StandIn]:
    result = StandIn()

    class Handler(QuietHandler):
        def do_GET(self) -> None:
            pages = {"/languages": result.languages, "/spec": {"info": {"version": result.version}} if result.version else None}
            page = pages.get(self.path)
            answer(self, json.dumps(page).encode(), 200 if page is not None else 404, "application/json")

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            result.asked.append(body)
            if result.status != 200:
                answer(self, json.dumps({"error": result.error}).encode(), result.status, "application/json")
                return
            says = {"translatedText": result.translate(body["q"], body["target"]), "alternatives": ["another one"]}
            answer(self, json.dumps(says).encode(), 200, "application/json")

    with running(Handler) as result.address:
        yield result
