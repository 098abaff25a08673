"""The dependencies of the desk: database, clock, addresses, and services of the other packages."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any, Protocol

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.models import SubscriberRow, SubscriptionRow


@dataclass(frozen=True)
class TrialFetch:
    """Result of a test fetch. Nothing of it is stored."""

    ok: bool
    summary: str
    seen: int = 0
    titles: tuple[str, ...] = ()


@dataclass(frozen=True)
class SubscriptionSettings:
    """Settings of a subscription as a form sends them.

    `preferences` has the keys reports, topics, severity, rhythm, hour, weekday, unreviewed, urgent,
    translations, links.
    """

    preferences: Mapping[str, Any]
    language: str
    zone: str


class SubscriberAdmin(Protocol):
    """Administration of subscribers.

    Every method works in the transaction of the caller (scope `db.notifications.SCOPE`). ValueError
    carries a message for the user.
    """

    languages: Mapping[str, str]  # code → name of the language in that language

    def add(self, session: Session, address: str, settings: SubscriptionSettings, vouched: bool, now: datetime) -> SubscriptionRow:
        """Subscribe a new or known address. Without `vouched` its owner must confirm by mail."""

    def change(self, session: Session, row: SubscriptionRow, settings: SubscriptionSettings) -> None: ...

    def pause(self, person: SubscriberRow, until: datetime) -> None: ...

    def resume(self, session: Session, person: SubscriberRow, now: datetime) -> None:
        """End a pause, or a suspension after bounces."""

    def end(self, session: Session, person: SubscriberRow, row: SubscriptionRow | None, now: datetime, *, forget: bool) -> None:
        """End one subscription (`row`) or all (None). `forget` deletes the address at once."""


class AtomWriter(Protocol):
    """Writes an Atom feed; an entry has id, title, updated and may have link, author, summary."""

    def __call__(
        self,
        *,
        id: str,  # noqa: A002
        title: str,
        address: str,
        updated: str,
        entries: Sequence[Mapping[str, str]],
    ) -> bytes: ...


@dataclass(frozen=True)
class ImportSummary:
    """Result of an import: the upload, how many drafts wait, and one line on what changed."""

    upload: int
    drafts: int
    changes: str


@dataclass(frozen=True)
class PreviewHit:
    """A stored item that a claim would have flagged."""

    item_id: int
    title: str
    outlet: str
    day: str
    score: float


@dataclass(frozen=True)
class PreviewPart:
    """One part of a preview: of the items of the last days, the newest that were not compared yet,
    before them those that share words with the claim.
    """

    hits: Sequence[PreviewHit]
    matching: int  # items compared because they share words with the watch phrases
    compared: int  # items compared, the newest first
    left: int  # items that were not compared yet
    below: int | None  # from which id on the next part goes on; None where none is left


@dataclass(frozen=True)
class PackChoice:
    """A pack of subjects, for forms."""

    name: str
    about: str
    topics: Mapping[str, str]  # name → in words
    aspects: Mapping[str, str]
    persons: Sequence[str]
    places: Sequence[str]


class ReportAdmin(Protocol):
    """Services of the monitor for editing reports. ValueError has a message for the user."""

    def packs(self) -> Sequence[PackChoice]: ...

    def problems(self, body: Mapping[str, Any], packs: Sequence[str]) -> list[str]:
        """The faults of an entry as a claim, one line each; empty for a valid claim."""

    def head_problems(self, head: Mapping[str, Any]) -> list[str]:
        """The faults of the head of a report, one line each; empty for a valid one."""

    def import_file(self, body: bytes, name: str, head: Mapping[str, Any], user_id: int) -> ImportSummary: ...

    def preview(self, report_id: str, body: Mapping[str, Any], since: datetime, below: int | None = None) -> PreviewPart:
        """The stored items that would be flagged for the claim, of one part; `below`: where the
        part before ended.
        """

    def uncovered(self, report_id: str) -> str:
        """Which claims no pack covers, in words; "" where all are covered."""


@dataclass(frozen=True)
class FoundSource:
    """How an address is watched: its row, and what one fetch of it gave."""

    row: Mapping[str, Any]
    entries: int
    titles: Sequence[str]
    rate: str = ""  # how much it publishes, in words
    problem: str = ""  # why nothing was read


class SourceAdmin(Protocol):
    """Services of the monitor for editing the watch list. ValueError has a message for the user."""

    def discover(self, address: str) -> FoundSource:
        """How an address is best watched: a row to be checked by a person."""

    def look(self, row: Mapping[str, Any]) -> FoundSource:
        """What would be read with a row that has no problems. Nothing is stored."""

    def row(self, source_id: str) -> Mapping[str, Any] | None:
        """The row in force; None where the watch list has none."""

    def problems(self, row: Mapping[str, Any]) -> list[str]: ...

    def from_opml(self, body: bytes) -> list[Mapping[str, Any]]:
        """Rows for the feeds of a reading list that are not watched yet."""

    def unwatched(self, report_id: str) -> list[tuple[str, str, int]]:
        """(outlet, address, citations) of the outlets that a report cites and that are not
        watched.
        """

    def as_yaml(self) -> str:
        """The watch list in force as a sources.yml."""


@dataclass(frozen=True)
class DeskContext:
    """Everything that pages need besides the request."""

    engine: Engine
    public_url: str = ""  # "https://desk.example.org"; "": the address of the request
    hosts: Sequence[str] = ("127.0.0.1", "localhost", "[::1]")
    proxies: Sequence[str] = ()  # networks whose X-Forwarded-… and user header are trusted
    user_header: str = ""  # e.g. "X-Remote-User"; "": people sign in here
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    test_source: Callable[[str], TrialFetch] | None = None
    readers: SubscriberAdmin | None = None  # None: this desk manages no subscribers
    reports: ReportAdmin | None = None  # None: this desk edits no reports
    source_admin: SourceAdmin | None = None  # None: this desk changes no sources
    atom: AtomWriter | None = None  # None: the desk offers no feeds
    # (bytes of a PDF, quote) → pages that have it. ValueError carries a message for the user
    find_pages: Callable[[bytes, str], Sequence[int]] | None = None
    # (days, end) → HTML in which all foreign text is escaped
    plots: Callable[[Session, int, datetime], str] | None = None
    methodology: Callable[[], dict[str, Any]] = field(default=lambda: dict[str, Any]())
    version: str = "0.1.0"
    # Counts of past days that many pages need; lost with the process.
    cache: dict[Any, Any] = field(default_factory=dict, compare=False)

    def trusts(self, address: str) -> bool:
        """Whether `address` is one of the trusted proxies."""
        from ipaddress import ip_address

        try:
            host = ip_address(address)
        except ValueError:
            return False
        return any(host in ip_network(p, strict=False) for p in self.proxies)
