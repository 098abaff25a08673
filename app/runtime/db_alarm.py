"""Operator alerts about the database itself: the outbox cannot hold them, so they are sent
directly.

One message when the database has failed for PATIENCE (a restart of the server is not reported), one
when it works again. `database-fault.json` in the data folder prevents repetition when the process
is restarted again and again. All other operator alerts are in `alerts.operator_alerts`.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from alerts.operator_alerts import send_directly
from app.runtime import mail_setup
from app.runtime.settings import Settings, WrongSettings

log = structlog.get_logger(__name__)
PATIENCE = timedelta(minutes=2)
AGAIN = timedelta(minutes=1)  # until the next attempt when the mail server fails too


@dataclass
class DatabaseFault:
    """A failure of the database: since when (ISO 8601), why, and who was notified (addresses
    and channels).
    """

    since: str
    why: str
    notified: list[str] = field(default_factory=list)


class DatabaseAlarm:
    """Collects from all jobs whether the database worked. Thread-safe; never raises."""

    def __init__(self, settings: Settings, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings, self._now = settings, now
        self._file = Path(settings.data) / "database-fault.json"
        self._lock = threading.Lock()
        self._failing: dict[str, datetime] = {}  # job → since when it fails
        self._not_before = datetime.min.replace(tzinfo=UTC)
        self._fault = self._read()

    def failed(self, who: str, why: str) -> None:
        """The database failed in job `who`: alert the operators once it has failed for PATIENCE."""
        with self._lock:
            now = self._now()
            if self._fault is None:
                self._fault = DatabaseFault(now.isoformat(), why.splitlines()[0][:300] if why else "no reason given")
                self._write()
            # The clock may have been put back
            since = min(now, datetime.fromisoformat(self._fault.since))
            self._failing = {k: min(t, now) for k, t in self._failing.items()}
            self._failing.setdefault(who, now if self._failing else since)
            if now - min(self._failing.values()) >= PATIENCE:
                self._notify(
                    f"The database fails: {self._fault.why} (since {since:%d %b %H:%M} UTC). Nothing is fetched, stored or sent until it works."
                )

    def worked(self, who: str) -> None:
        """Job `who` could read and write. The failure is over when no job fails any more."""
        with self._lock:
            self._failing.pop(who, None)
            if self._fault is None or self._failing:
                return
            since = datetime.fromisoformat(self._fault.since)
            self._notify(
                f"The database works again. It failed from {since:%d %b %H:%M} to {self._now():%d %b %H:%M} UTC: {self._fault.why}",
                over=True,
            )
            if not self._fault.notified:
                self._fault = None
                self._file.unlink(missing_ok=True)

    def _notify(self, text: str, *, over: bool = False) -> None:
        """Send `text` to everybody who has not got it (`over`: to everybody who got the first
        message). Failed sends are retried later.
        """
        assert self._fault is not None
        now = self._now()
        if now < self._not_before <= now + AGAIN:
            return
        try:
            mail_config = mail_setup.make_mail_config(self._settings, make_key=False)
            names = {*mail_config.operators, *mail_config.channels}
            pending = names & set(self._fault.notified) if over else names - set(self._fault.notified)
            with mail_setup.senders(self._settings) as senders:
                reached = send_directly(senders, mail_config, now, text, sorted(pending))
        except WrongSettings as error:
            log.error("operators_not_notified", error=str(error))  # noqa: TRY400 - error in a setting
            return
        notified = set(self._fault.notified)
        self._fault.notified = sorted((notified & names) - reached if over else notified | reached)
        self._not_before = now + AGAIN if pending - reached else now
        if reached:
            log.error("operators_notified", of=text, reached=len(reached), missing=len(pending - reached))
        self._write()

    def _read(self) -> DatabaseFault | None:
        try:
            return DatabaseFault(**json.loads(self._file.read_text("utf-8")))
        except (OSError, ValueError, TypeError):
            return None  # no file, or an error of the disk

    def _write(self) -> None:
        assert self._fault is not None
        try:
            self._file.write_text(json.dumps(asdict(self._fault), ensure_ascii=False), "utf-8")
        except OSError as error:
            log.warning("fault_not_stored", error=str(error), so="a restarted process will send the alert again")
