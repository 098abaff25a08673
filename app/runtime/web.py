"""The web application: the review desk at /, the subscribers' pages at /s."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine
from starlette.applications import Starlette

from alerts.atom import write_atom
from alerts.subscriber_pages import create_app as create_subscribers
from app.runtime.container import Container
from app.runtime.mail_setup import make_mail_config
from app.runtime.report_admin import DeskReportAdmin
from app.runtime.settings import Settings
from app.runtime.source_admin import DeskSourceAdmin
from app.runtime.subscriber_admin import DeskSubscriberAdmin
from app.tools.report import plots
from db import accounts
from db.engine import writing
from db.enums import GOOD_OUTCOMES
from monitor.compare.decide.model import load_model
from monitor.compare.reading.vocabulary import vocabulary
from monitor.fetch.fetch_source import fetch_source
from monitor.parse.documents import NotReadable, pages_with
from monitor.parse.parser_pool import Parsers, ParserStopped
from review.app import create_desk
from review.context import DeskContext, TrialFetch


def create_app(settings: Settings, engine: Engine | None = None) -> Starlette:
    """The whole web as one ASGI app. `engine`: a migrated one that the caller already has."""
    context = desk_context(settings, engine)
    return create_desk(context, {"/s": create_subscribers(context.engine, make_mail_config(settings), context.now)})


def desk_context(settings: Settings, engine: Engine | None = None) -> DeskContext:
    """The services of the review desk."""
    container = Container(settings, engine)
    return DeskContext(
        engine=container.engine,
        public_url=settings.public_url,
        hosts=(*DeskContext.hosts, *_listed(settings.desk_hosts)),
        proxies=_listed(settings.desk_proxies),
        user_header=settings.desk_user_header,
        test_source=_tester(container),
        readers=DeskSubscriberAdmin(make_mail_config(settings)),
        reports=DeskReportAdmin(container),
        source_admin=DeskSourceAdmin(container),
        atom=write_atom,
        plots=plots,
        find_pages=find_pages,
        methodology=lambda: methodology(settings),
    )


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _tester(container: Container) -> Callable[[str], TrialFetch]:
    """Returns a function that fetches one source now; nothing is stored."""

    def test(source_id: str) -> TrialFetch:
        source = next((s for s in container.sources if s.id == source_id), None)
        if source is None:
            return TrialFetch(False, "this source is not in sources.yml")
        with Parsers() as parsers:
            result = fetch_source(source, container.client(), parsers)
        ok = result.record.outcome in GOOD_OUTCOMES
        outcome = f"{result.record.outcome.value.replace('_', ' ')}: {result.record.reason.value.replace('_', ' ')}"
        return TrialFetch(ok, outcome, result.record.seen, tuple(e.title or "untitled" for e in result.entries[:10]))

    return test


def find_pages(body: bytes, quote: str) -> list[int]:
    """The pages of a PDF that have the quote, found in a parser process. Raises ValueError."""
    try:
        with Parsers() as parsers:
            found: list[int] = parsers.run(pages_with, body, quote)
    except NotReadable as error:
        raise ValueError(str(error)) from error
    except ParserStopped as error:
        raise ValueError(f"the PDF could not be read: {error}") from error
    return found


def methodology(settings: Settings) -> dict[str, Any]:
    """Figures of the comparison for the methodology page."""
    model = load_model(vocabulary())
    held_out = model.about.get("held_out", {})
    measures = [
        m
        for m in ("items", "precision", "recall", "average_precision", "claim_hit_at_1", "claim_hit_at_3")
        if any(m in s for s in held_out.values())
    ]
    return {
        "threshold": settings.threshold or model.threshold, "model": model.version, "held_out": held_out, "measures": measures,
    }  # fmt: skip


def setup_link(engine: Engine, address: str) -> str | None:
    """A one-time address where the first user is created; None if there is a user. There is no
    default password.
    """
    with writing(engine) as session:
        if accounts.has_users(session):
            return None
        return f"{address}/setup/{accounts.replace_setup_token(session, datetime.now(UTC))}"
