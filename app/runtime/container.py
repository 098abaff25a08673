"""The container: the services that commands use, made from the settings at their first use.

Each property imports what it makes, so that a command that only reads the database (`ajour users`)
does not load the encoder and the HTTP client.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from app.runtime.settings import Settings
from monitor.baseline import Baseline, UnknownBaseline, claims_before, load_baselines, report_ids
from monitor.sources import Source, load_sources

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session

    from monitor.aid.reading_aid import ReadingAid
    from monitor.compare.decide.model import Model
    from monitor.compare.reading.vocabulary import Vocabulary
    from monitor.compare.signals.encoder import Encoder
    from monitor.compare.types import PreparedReport
    from monitor.fetch.http_client import Client
    from monitor.fetch.watcher import AfterStore
    from monitor.pipeline import Monitor
    from monitor.translate.translator import Translator


def watch_list(settings: Settings) -> list[Source]:
    """The sources of the settings' watch list, which may cite the reports of both baseline
    folders.
    """
    return load_sources(settings.sources, report_ids(*settings.baselines))


@contextmanager
def reading_aid(settings: Settings, url: str = "") -> Iterator[ReadingAid]:
    """The reading aid of the settings, or on another server."""
    from monitor.aid.reading_aid import ReadingAid
    from monitor.fetch.service_client import ServiceClient

    with closing(ServiceClient(url or settings.aid_url, settings.aid_key.get_secret_value(), settings.aid_seconds)) as client:
        yield ReadingAid(client, settings.aid_model)


@contextmanager
def translator(settings: Settings) -> Iterator[Translator]:
    """The translator of the settings. Raises CannotTranslate."""
    from monitor.translate.translator import CannotTranslate

    if settings.translate_url and settings.translate_models:
        raise CannotTranslate("AJOUR_TRANSLATE_URL and AJOUR_TRANSLATE_MODELS are both set; unset one of them")
    if settings.translate_models:
        from monitor.translate.local_models import LocalModels

        made: Translator = LocalModels(settings.translate_models, settings.translate_seconds)
    else:
        from monitor.fetch.service_client import ServiceClient
        from monitor.translate.libretranslate import LibreTranslate

        client = ServiceClient(settings.translate_url, seconds=settings.translate_seconds)
        made = LibreTranslate(client, settings.translate_key.get_secret_value())
    with closing(made):
        yield made


def translation_targets(settings: Settings, session: Session) -> list[str]:
    """The languages to translate into, English first."""
    from db.translations import languages_needed

    return settings.translate_languages.split() or languages_needed(session)


@dataclass
class Container:
    """The parts, by name. `opened` is a migrated engine that the caller has already."""

    settings: Settings
    opened: Engine | None = None
    _opening: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        from monitor.compare.statements.packs import use_folder

        for folder in self.settings.baselines:
            use_folder(folder / "subjects")

    @property
    def engine(self) -> Engine:
        """The database, opened and migrated at the first use, whichever thread comes first. Raises
        CannotOpen.
        """
        from db.engine import connect
        from db.migrate import upgrade

        with self._opening:
            if self.opened is None:
                engine = connect(self.settings.database_url)
                upgrade(engine, Path(self.settings.data) / "backups")
                self.opened = engine
            return self.opened

    @cached_property
    def sources(self) -> list[Source]:
        """The watch list in force: sources.yml with what the desk changed. A database that does not
        exist yet is not created for this.
        """
        address = self.settings.database_url
        if self.opened is None and address.startswith("sqlite:///") and not Path(address.removeprefix("sqlite:///")).exists():
            return watch_list(self.settings)
        from db.engine import reading
        from monitor.watched_sources import in_force

        with reading(self.engine) as session:
            return in_force(session, watch_list(self.settings))

    @cached_property
    def encoder(self) -> Encoder:
        from monitor.compare.signals.encoder import UniversalSentenceEncoder

        return UniversalSentenceEncoder()

    @property
    def claims_encoder(self) -> Encoder:
        from monitor.compare.signals.encoder import KeptEncoder

        return KeptEncoder(self.encoder, Path(self.settings.data) / "vectors")

    @cached_property
    def words(self) -> Vocabulary:
        from monitor.compare.reading.vocabulary import vocabulary

        return vocabulary()

    @cached_property
    def model(self) -> Model:
        from monitor.compare.decide.model import load_model

        model = load_model(self.words)
        return replace(model, threshold=self.settings.threshold) if self.settings.threshold else model

    def baselines(self, only: list[str] | None = None) -> list[Baseline]:
        """The reports of the baseline files. Raises WrongFile, UnknownBaseline."""
        try:
            return load_baselines(*self.settings.baselines, only=only)
        except UnknownBaseline as error:
            raise UnknownBaseline(f"{error}. `ajour baseline list --desk` shows the reports that only the desk has") from error

    def desk_baselines(self, only: list[str] | None = None) -> list[Baseline]:
        """The reports as the desk has them: edited claims, and updates that reviewers confirmed.
        Where the database has no reports, those of the files. Raises UnknownBaseline.
        """
        from db.engine import reading
        from db.reports import confirmed_claims
        from monitor.compare.claims.effective_claims import as_confirmed
        from monitor.stored_reports import read_baselines

        with reading(self.engine) as session:
            stored = {b.report.id: as_confirmed(b, confirmed_claims(session, b.report.id)) for b in read_baselines(session)}
        if not stored:
            return self.baselines(only)
        if missing := [name for name in only or () if name not in stored]:
            raise UnknownBaseline(f"the desk has no report {missing[0]!r}; there are: {', '.join(stored)}")
        return [stored[name] for name in only or stored]

    def prepared(self, report: str, *, desk: bool = False, before: str | None = None) -> PreparedReport:
        """The report ready for comparison: as its file says, or as the `desk` has it, which is what
        a cycle compares with. `before`: only its claims of editions before that month.
        """
        from monitor.compare.decide.assess import prepare

        (baseline,) = self.desk_baselines([report]) if desk else self.baselines([report])
        return prepare(claims_before(baseline, before), self.claims_encoder, self.words, self.model)

    def client(self) -> Client:
        from monitor.fetch.http_client import Client
        from monitor.fetch.http_types import Limits
        from monitor.fetch.rate_limit import RateLimiter

        limits = Limits(seconds=self.settings.request_seconds, body=self.settings.body_bytes)
        rate_limiter = RateLimiter(spacing=self.settings.host_seconds)
        return Client(self.settings.user_agent, limits, self.settings.allow_loopback, rate_limiter)

    def monitor(self, after_store: AfterStore | None = None) -> Monitor:
        """The main loop. `after_store` is called in the transaction that stores a fetch."""
        from monitor.parse.parser_pool import Parsers
        from monitor.pipeline import Monitor

        return Monitor(
            engine=self.engine,
            sources=self.sources,
            baselines=self.baselines(),
            client=self.client(),
            encoder=self.encoder,
            claims_encoder=self.claims_encoder,
            words=self.words,
            model=self.model,
            workers=self.settings.workers,
            parsers=Parsers(processes=self.settings.parsers),
            after_store=after_store,
        )
