"""Putting the rooms together from the settings: what every command needs, made once and only when asked for."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sqlalchemy import Engine

from app.settings import Settings
from db.engine import connect, reading
from db.known import confirmed_claims
from db.migrate import upgrade
from monitor.baseline import Baseline, load_baselines
from monitor.compare.assess import prepare
from monitor.compare.confirmed import as_confirmed
from monitor.compare.encoder import Encoder, KeptEncoder, UniversalSentenceEncoder
from monitor.compare.types import Prepared
from monitor.compare.verdict import Model, load_model
from monitor.compare.vocabulary import Vocabulary, vocabulary
from monitor.cycle import Monitor
from monitor.sources import Source, load_sources
from monitor.watch.client import Client
from monitor.watch.http_types import Limits
from monitor.watch.parsers import Parsers
from monitor.watch.polite import Politeness


@dataclass
class Desk:
    """The parts, by name."""

    settings: Settings

    @cached_property
    def engine(self) -> Engine:
        engine = connect(self.settings.database_url)
        upgrade(engine, Path(self.settings.data) / "backups")
        return engine

    @cached_property
    def sources(self) -> list[Source]:
        return load_sources(self.settings.sources)

    @cached_property
    def encoder(self) -> Encoder:
        return UniversalSentenceEncoder()

    @property
    def claims_encoder(self) -> Encoder:
        return KeptEncoder(self.encoder, Path(self.settings.data) / "vectors")

    @cached_property
    def words(self) -> Vocabulary:
        return vocabulary()

    @cached_property
    def model(self) -> Model:
        from dataclasses import replace

        model = load_model()
        return replace(model, threshold=self.settings.threshold) if self.settings.threshold else model

    def baselines(self, only: list[str] | None = None) -> list[Baseline]:
        return load_baselines(self.settings.baseline, only)

    def prepared(self, report: str, confirmed: bool = False) -> Prepared:
        """The report ready for comparison: as its file says, or with what people have `confirmed` since, as the cycle compares."""
        baseline = self.baselines([report])[0]
        if confirmed:
            with reading(self.engine) as session:
                baseline = as_confirmed(baseline, confirmed_claims(session, report))
        return prepare(baseline, self.claims_encoder, self.words, self.model)

    def client(self) -> Client:
        limits = Limits(seconds=self.settings.request_seconds, body=self.settings.body_bytes)
        manners = Politeness(spacing=self.settings.host_seconds)
        return Client(self.settings.user_agent, limits, self.settings.allow_loopback, manners)

    def monitor(self) -> Monitor:
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
        )
