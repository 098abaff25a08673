"""Asks the language model about flagged items, and stores what passes the checks.

The aid never changes a score, a flag or a decision. Its answers stand beside ours, marked with the
model's name. Statements of reports that were uploaded to the desk are sent only where the operator
allows it for that report.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import structlog
from sqlalchemy import Engine

from db import reading_aid
from db.engine import reading, writing
from monitor.aid.answer import CheckedAnswer, DroppedAnswer, checked
from monitor.aid.question import CLAIMS, AidItem, CandidateClaim, request
from monitor.fetch.http_types import CannotFetch

log = structlog.get_logger(__name__)
# Statuses of answers to this question alone, e.g. of a text too long for the model
REFUSED = (200, 400, 413, 422)


class AidClient(Protocol):
    """Posts JSON to an OpenAI-compatible server (`monitor.fetch.service_client.ServiceClient`)."""

    def post(self, path: str, body: dict[str, Any]) -> Any: ...


@dataclass(frozen=True)
class ReadingAid:
    """One model on one server."""

    client: AidClient
    model: str

    def ask(self, item: AidItem, claims: Sequence[CandidateClaim]) -> CheckedAnswer:
        """A checked answer. Raises DroppedAnswer, and CannotFetch where the server does not
        answer.

        A question that the server refuses counts as dropped: asked again at every run, it would
        keep the others waiting.
        """
        try:
            answer = self.client.post("chat/completions", request(self.model, item, claims))
        except CannotFetch as error:
            if error.answer is None or error.answer.status not in REFUSED:
                raise
            raise DroppedAnswer(f"the server cannot use the question: {error.detail}"[:300]) from error
        try:
            raw = answer["choices"][0]["message"]["content"]
        except (KeyError, IndexError, TypeError) as error:
            raise DroppedAnswer("the server's answer holds no message") from error
        if not isinstance(raw, str):
            raise DroppedAnswer("the server's answer holds no text")
        return checked(raw, item, claims[:CLAIMS])


def ask_waiting(
    engine: Engine, aid: ReadingAid, now: Callable[[], datetime], allowed_uploads: Collection[str] = (), most: int = 20
) -> tuple[int, int]:
    """Ask about flags that have no answer yet, the newest first: (answers kept, answers dropped).

    An unreachable server ends the run; the rest waits for the next one.
    """
    with reading(engine) as session:
        waiting = reading_aid.waiting(session, most, allowed_uploads)
    kept = dropped = 0
    for w in waiting:
        item = AidItem(w.title, w.text, w.outlet, f"{w.published:%Y-%m-%d}" if w.published else "")
        claims = [CandidateClaim(i, statement) for i, statement in w.claims[:CLAIMS]]
        try:
            answer: CheckedAnswer | None = aid.ask(item, claims)
            reason = ""
        except DroppedAnswer as error:
            answer, reason = None, str(error)
            log.info("reading_aid_answer_dropped", assessment=w.assessment_id, reason=reason)
        except CannotFetch as error:
            log.warning("reading_aid_unreachable", error=str(error))
            break
        with writing(engine) as session:
            reading_aid.store(session, _row(w.assessment_id, aid.model, answer, reason, now()))
        kept, dropped = kept + (answer is not None), dropped + (answer is None)
    return kept, dropped


def _row(assessment_id: int, model: str, answer: CheckedAnswer | None, reason: str, now: datetime) -> reading_aid.AidResult:
    if answer is None:
        return reading_aid.AidResult(assessment_id, model, now, dropped=reason)
    return reading_aid.AidResult(assessment_id, model, now, answer.claim, answer.change, answer.gist, answer.start, answer.end)
