"""The web as a whole: the desk at /, the subscribers' pages at /s. Knows all rooms, so that they need not know each other."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine
from starlette.applications import Starlette

from alerts.feed import write_atom
from alerts.web import create_app as create_subscribers
from app.desk import Desk
from app.post import make_office
from app.readers import DeskReaders
from app.report import plots
from app.settings import Settings
from db import access
from db.engine import writing
from db.words import GOOD_OUTCOMES
from monitor.compare.verdict import load_model
from monitor.compare.vocabulary import vocabulary
from monitor.watch.parsers import Parsers
from monitor.watch.watch import watch_source
from review.app import create_desk
from review.office import Office, Tried


def create_app(settings: Settings, engine: Engine | None = None) -> Starlette:
    """The whole web as one ASGI app. `engine` (migrated) where the caller has one already, e.g. `ajour run`."""
    office = office_of(settings, engine)
    return create_desk(office, {"/s": create_subscribers(office.engine, make_office(settings), office.now)})


def office_of(settings: Settings, engine: Engine | None = None) -> Office:
    """What the desk is given."""
    parts = Desk(settings, engine)
    return Office(
        engine=parts.engine,
        public_url=settings.public_url,
        hosts=(*Office.hosts, *_listed(settings.desk_hosts)),
        proxies=_listed(settings.desk_proxies),
        user_header=settings.desk_user_header,
        test_source=_tester(parts),
        readers=DeskReaders(make_office(settings)),
        atom=write_atom,
        plots=plots,
        methodology=lambda: methodology(settings),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _tester(parts: Desk) -> Callable[[str], Tried]:
    """Looking at one source now, through the watch's own client; nothing is stored."""

    def test(source_id: str) -> Tried:
        source = next((s for s in parts.sources if s.id == source_id), None)
        if source is None:
            return Tried(False, "this source is not in sources.yml")
        with Parsers() as parsers:
            look = watch_source(source, parts.client(), parsers)
        ok = look.record.outcome in GOOD_OUTCOMES
        said = f"{look.record.outcome.value.replace('_', ' ')}: {look.record.reason.value.replace('_', ' ')}"
        return Tried(ok, said, look.record.seen, tuple(e.title or "untitled" for e in look.entries[:10]))

    return test


def methodology(settings: Settings) -> dict[str, Any]:
    """Facts of the comparison for the methodology page."""
    model = load_model(vocabulary())
    held_out = model.about.get("held_out", {})
    measures = [
        m
        for m in ("items", "precision", "recall", "average_precision", "claim_hit_at_1", "claim_hit_at_3")
        if any(m in s for s in held_out.values())
    ]
    return {
        "threshold": settings.threshold or model.threshold, "high": model.high, "model": model.version, "held_out": held_out, "measures": measures,
    }  # fmt: skip


def setup_link(engine: Engine, address: str) -> str | None:
    """A one-time address that makes the first user; None where there is one already. There is no default password."""
    with writing(engine) as session:
        if access.has_users(session):
            return None
        return f"{address}/setup/{access.replace_setup_token(session, datetime.now(UTC))}"
