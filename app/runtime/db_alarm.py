"""When the database itself fails: nothing can be noted and no mail can wait in the outbox, so the operators are written to directly.

Once when it has failed for PATIENCE (a restart of a server is no news), once when it works again; `database-fault.json` in the data folder keeps it at once
also for a process that is started again and again. Everything else that operators hear is in `alerts.operator_alerts` and needs a database.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from alerts.operator_alerts import say_directly
from app.runtime import mail_setup
from app.runtime.settings import Settings, WrongSettings

log = structlog.get_logger(__name__)
PATIENCE = timedelta(minutes=2)
AGAIN = timedelta(minutes=1)  # until the next try, where the mail server fails too


@dataclass
class DatabaseFault:
    """What holds, since when, and who has been told of it (addresses and channels)."""

    since: str
    why: str
    told: list[str] = field(default_factory=list)


class DatabaseAlarm:
    """Told by whoever works with the database how it went. Safe to call from several threads; never raises."""

    def __init__(self, settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings, self._now = settings, now
        self._file = Path(settings.data) / "database-fault.json"
        self._lock = threading.Lock()
        self._failing: dict[str, datetime] = {}  # who cannot work → since when
        self._not_before = datetime.min.replace(tzinfo=UTC)
        self._fault = self._read()

    def failed(self, who: str, why: str) -> None:
        """The database failed `who`: tell the operators, once it has done so for PATIENCE."""
        with self._lock:
            now = self._now()
            if self._fault is None:
                self._fault = DatabaseFault(now.isoformat(), why.splitlines()[0][:300] if why else "no reason given")
                self._write()
            since = datetime.fromisoformat(self._fault.since)
            self._failing.setdefault(who, now if self._failing else since)
            if now - min(self._failing.values()) >= PATIENCE:
                self._say(
                    f"The database fails: {self._fault.why} (since {since:%d %b %H:%M} UTC). Nothing is watched, noted or sent until it works."
                )

    def worked(self, who: str) -> None:
        """`who` could read and write: where nobody is left who cannot, it is over."""
        with self._lock:
            self._failing.pop(who, None)
            if self._fault is None or self._failing:
                return
            since = datetime.fromisoformat(self._fault.since)
            self._say(
                f"The database works again. It failed from {since:%d %b %H:%M} to {self._now():%d %b %H:%M} UTC: {self._fault.why}",
                over=True,
            )
            if not self._fault.told:
                self._fault = None
                self._file.unlink(missing_ok=True)

    def _say(self, text: str, *, over: bool = False) -> None:
        """To everybody who has not heard (`over`: to everybody who has heard that it began); whom it does not reach is tried again later."""
        assert self._fault is not None
        now = self._now()
        if now < self._not_before:
            return
        try:
            office = mail_setup.make_office(self._settings, make_key=False)
            names = {*office.operators, *office.channels}
            left = names & set(self._fault.told) if over else names - set(self._fault.told)
            with mail_setup.senders(self._settings) as senders:
                reached = say_directly(senders, office, now, text, sorted(left))
        except WrongSettings as error:
            log.error("operators_not_told", error=str(error))  # noqa: TRY400 - the fault of the settings is the message
            return
        kept = set(self._fault.told)
        self._fault.told = sorted((kept & names) - reached if over else kept | reached)
        self._not_before = now + AGAIN if left - reached else now
        if reached:
            log.error("operators_told", of=text, reached=len(reached), missing=len(left - reached))
        self._write()

    def _read(self) -> DatabaseFault | None:
        try:
            return DatabaseFault(**json.loads(self._file.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None  # there is none, or the disk is what fails

    def _write(self) -> None:
        assert self._fault is not None
        try:
            self._file.write_text(json.dumps(asdict(self._fault), ensure_ascii=False), "utf-8")
        except OSError as error:
            log.warning("fault_not_kept", error=str(error), so="a process started again would tell it again")
