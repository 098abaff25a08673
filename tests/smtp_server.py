"""A real SMTP server on loopback that keeps raw bytes and refuses what a test wants refused."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller

from alerts.mail.smtp import SmtpSender


@dataclass
class Taken:
    """What the server keeps of a message."""

    sender: str
    to: list[str]
    raw: bytes


@dataclass
class Keeper:
    """aiosmtpd's handler. `refuse`: recipient → answer to RCPT; `after_data`: answers to DATA, in
    order, then 250.

    `close_after`: messages it takes on one connection, which it then closes; `break_after`: the
    connection breaks after that many, before the answer.
    """

    refuse: dict[str, str] = field(default_factory=dict)
    after_data: list[str] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    close_after: int = 0
    break_after: int = 0

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:  # noqa: N802
        if self.close_after and getattr(session, "count", 0) >= self.close_after:
            server.transport.abort()
        envelope.mail_from, envelope.mail_options = address, options
        return "250 OK"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: list[str]) -> str:  # noqa: N802 - aiosmtpd's name
        if address in self.refuse:
            return self.refuse[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if self.after_data:
            return self.after_data.pop(0)
        self.taken.append(Taken(envelope.mail_from, envelope.rcpt_tos, envelope.content))
        session.count = getattr(session, "count", 0) + 1
        if self.break_after == len(self.taken):
            server.transport.abort()
        return "250 taken"


class Loopback(Controller):
    """On whatever port is free; aiosmtpd's own controller knocks at port 0."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def serving(keeper: Keeper) -> Iterator[SmtpSender]:
    """A running server, and a sender for it."""
    controller = Loopback(keeper, hostname="127.0.0.1", port=0, data_size_limit=2_000_000)
    controller.start()
    try:
        with SmtpSender("127.0.0.1", controller.port, "none", seconds=5) as sender:
            yield sender
    finally:
        controller.stop()
