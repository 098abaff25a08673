"""What the desk is given from outside: the database, the clock, how people reach it, and what it tells about itself."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any, Protocol

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from db.models import SubscriberRow, SubscriptionRow


@dataclass(frozen=True)
class TrialLook:
    """What looking at a source just now gave; nothing of it is stored."""

    ok: bool
    said: str
    seen: int = 0
    titles: tuple[str, ...] = ()


@dataclass(frozen=True)
class SubscriptionWishes:
    """What a subscription asks for, as a form gives it: reports, topics, severity, rhythm, hour, weekday, unreviewed, urgent, links."""

    preferences: Mapping[str, Any]
    language: str
    zone: str


class SubscriberAdmin(Protocol):
    """Looking after subscribers. Everything acts in the caller's transaction (scope `db.notifications.SCOPE`); ValueError says in words what is wrong."""

    languages: Mapping[str, str]  # code → its own name

    def add(self, session: Session, address: str, wishes: SubscriptionWishes, vouched: bool, now: datetime) -> SubscriptionRow:
        """Of somebody new or known; without `vouched`, its owner is asked by mail."""

    def change(self, session: Session, row: SubscriptionRow, wishes: SubscriptionWishes) -> None: ...

    def pause(self, person: SubscriberRow, until: datetime) -> None: ...

    def resume(self, session: Session, person: SubscriberRow, now: datetime) -> None:
        """End a pause, or a suspension after bounces."""

    def end(self, session: Session, person: SubscriberRow, row: SubscriptionRow | None, now: datetime, *, forget: bool) -> None:
        """One subscription, or all; `forget`: the address too, at once."""


class AtomWriter(Protocol):
    """Writes an Atom feed; an entry has id, title, updated and may have link, author, summary."""

    def __call__(self, *, id: str, title: str, address: str, updated: str, entries: Sequence[Mapping[str, str]]) -> bytes: ...  # noqa: A002


@dataclass(frozen=True)
class DeskContext:
    """All that pages need besides the request."""

    engine: Engine
    public_url: str = ""  # "https://desk.example.org"; "": the address of the request
    hosts: Sequence[str] = ("127.0.0.1", "localhost", "[::1]")
    proxies: Sequence[str] = ()  # networks whose X-Forwarded-… and user header are believed
    user_header: str = ""  # e.g. "X-Remote-User": sign-in is the proxy's work
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    test_source: Callable[[str], TrialLook] | None = None
    readers: SubscriberAdmin | None = None  # None: nobody is told from here
    atom: AtomWriter | None = None  # None: the desk offers no feeds
    plots: Callable[[Session, int, datetime], str] | None = None  # of so many days up to now: HTML of ours, everything foreign escaped
    methodology: Callable[[], dict[str, Any]] = field(default=lambda: dict[str, Any]())
    version: str = "0.1.0"
    cache: dict[Any, Any] = field(
        default_factory=dict, compare=False
    )  # facts of the past that pages need again and again; lost with the process

    def trusts(self, address: str) -> bool:
        """Whether `address` is one of the trusted proxies."""
        from ipaddress import ip_address

        try:
            host = ip_address(address)
        except ValueError:
            return False
        return any(host in ip_network(p, strict=False) for p in self.proxies)
