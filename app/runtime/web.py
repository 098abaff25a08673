"""The web as a whole: the desk at /, the subscribers' pages at /s. Knows all rooms, so that they need not know each other."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine
from starlette.applications import Starlette

from alerts.atom import write_atom
from alerts.subscriber_pages import create_app as create_subscribers
from app.runtime.container import Container
from app.runtime.mail_setup import make_office
from app.runtime.settings import Settings
from app.runtime.subscriber_admin import DeskSubscriberAdmin
from app.tools.report import plots
from db import accounts
from db.engine import writing
from db.enums import GOOD_OUTCOMES
from monitor.compare.decide.model import load_model
from monitor.compare.reading.vocabulary import vocabulary
from monitor.fetch.fetch_source import fetch_source
from monitor.parse.parser_pool import Parsers
from review.app import create_desk
from review.context import DeskContext, TrialFetch


def create_app(settings: Settings, engine: Engine | None = None) -> Starlette:
    """The whole web as one ASGI app. `engine` (migrated) where the caller has one already, e.g. `ajour run`."""
    office = office_of(settings, engine)
    return create_desk(office, {"/s": create_subscribers(office.engine, make_office(settings), office.now)})


def office_of(settings: Settings, engine: Engine | None = None) -> DeskContext:
    """What the desk is given."""
    parts = Container(settings, engine)
    return DeskContext(
        engine=parts.engine,
        public_url=settings.public_url,
        hosts=(*DeskContext.hosts, *_listed(settings.desk_hosts)),
        proxies=_listed(settings.desk_proxies),
        user_header=settings.desk_user_header,
        test_source=_tester(parts),
        readers=DeskSubscriberAdmin(make_office(settings)),
        atom=write_atom,
        plots=plots,
        methodology=lambda: methodology(settings),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _tester(parts: Container) -> Callable[[str], TrialFetch]:
    """Looking at one source now, through the watch's own client; nothing is stored."""

    def test(source_id: str) -> TrialFetch:
        source = next((s for s in parts.sources if s.id == source_id), None)
        if source is None:
            return TrialFetch(False, "this source is not in sources.yml")
        with Parsers() as parsers:
            look = fetch_source(source, parts.client(), parsers)
        ok = look.record.outcome in GOOD_OUTCOMES
        said = f"{look.record.outcome.value.replace('_', ' ')}: {look.record.reason.value.replace('_', ' ')}"
        return TrialFetch(ok, said, look.record.seen, tuple(e.title or "untitled" for e in look.entries[:10]))

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
        if accounts.has_users(session):
            return None
        return f"{address}/setup/{accounts.replace_setup_token(session, datetime.now(UTC))}"
