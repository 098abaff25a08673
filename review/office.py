"""What the desk is given from outside: the database, the clock, how people reach it, and what it tells about itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Tried:
    """What looking at a source just now gave; nothing of it is stored."""

    ok: bool
    said: str
    seen: int = 0
    titles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Office:
    """All that pages need besides the request."""

    engine: Engine
    public_url: str = ""  # "https://desk.example.org"; "": the address of the request
    hosts: Sequence[str] = ("127.0.0.1", "localhost", "[::1]")
    proxies: Sequence[str] = ()  # networks whose X-Forwarded-… and user header are believed
    user_header: str = ""  # e.g. "X-Remote-User": sign-in is the proxy's work
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    test_source: Callable[[str], Tried] | None = None
    plots: Callable[[Session, int, datetime], str] | None = None  # of so many days up to now: HTML of ours, everything foreign escaped
    methodology: Callable[[], dict[str, Any]] = field(default=lambda: dict[str, Any]())
    version: str = "0.1.0"
    memo: dict[Any, Any] = field(
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
