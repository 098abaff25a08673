"""Which duties there are, and how each calls its room. What is due is decided by rows, so any of them may run anywhere, at any time, twice."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from starlette.types import ASGIApp

from app.runtime.job_runner import Job, WorkerContext, cycle
from app.runtime.settings import Settings
from db import ops
from db.backup import prune, write_backup
from db.engine import writing


def all_duties(settings: Settings) -> Sequence[Job]:
    """Every duty of a desk. `queue` says which workers do it where many share the work."""
    found = [
        Job("watch", "watch", cycle, every=15.0),
        Job("tell", "send", tell, every=60.0),
        Job("send", "send", send, every=30.0),
        Job("operators", "send", tell_operators, every=300.0),
        Job("keep_house", "schedule", keep_house, hour=2),
        Job("canary", "compare", canary, hour=4),
    ]
    if settings.backup_keep:
        found.append(Job("backup", "schedule", back_up, hour=settings.backup_hour))
    return found


def tell(house: WorkerContext) -> str:
    """Make the digests and urgent messages that are due."""
    from alerts import digest_runs, urgent
    from app.runtime.mail_setup import make_office

    office, now = make_office(house.settings), datetime.now(UTC)
    made = urgent.run_urgent(house.engine, now, office, digest_runs.run_due(house.engine, now, office))
    return ", ".join(f"{v} {k}" for k, v in vars(made).items() if isinstance(v, int) and v)


def send(house: WorkerContext) -> str:
    """Send what waits in the outbox."""
    from alerts.mail.outbox import send_due
    from app.runtime.mail_setup import make_office, senders

    with senders(house.settings) as found:
        done = send_due(house.engine, found, lambda: datetime.now(UTC), make_office(house.settings), limit=500)
    return ", ".join(f"{v} {k}" for k, v in vars(done).items() if isinstance(v, int) and v)


def tell_operators(house: WorkerContext) -> str:
    """Tell the operators what readers would notice, once when it begins and once when it is over."""
    from alerts.operator_alerts import tell_operators as compare
    from app.runtime.mail_setup import make_office

    compare(house.engine, datetime.now(UTC), make_office(house.settings), Path(house.settings.data))
    return ""


def keep_house(house: WorkerContext) -> str:
    """Forget what need not be kept: traces that no new item can meet, bytes of what was never flagged, addresses of those who left."""
    from alerts.subscriptions import keep_house as forget

    now = datetime.now(UTC)
    with writing(house.engine) as session:
        traces = ops.drop_traces(session, (now - timedelta(days=ops.TRACE_DAYS)).date())
        emptied = ops.empty_captures(session, now - timedelta(days=house.settings.keep_days))
        counts = forget(session, now)
    return f"{traces} traces dropped, {emptied} captures emptied, {counts}"


def back_up(house: WorkerContext) -> str:
    """The daily backup, and the end of those that are too old."""
    folder = Path(house.settings.data) / "backups"
    path = folder / f"daily-{datetime.now(UTC):%Y%m%dT%H%M%S}.zip"
    manifest = write_backup(house.engine, path)
    gone = prune(folder, house.settings.backup_keep)
    return f"{path.name}: {sum(manifest.rows.values())} rows, {path.stat().st_size} bytes; {len(gone)} old ones deleted"


def canary(house: WorkerContext) -> str:
    """A planted change goes the whole way and must come out as a flag, and in the canary's mailbox where there is one."""
    from app.tools.canary import run_canary

    return run_canary(house.settings)


def desk_app(house: WorkerContext) -> ASGIApp:
    """The review desk as an ASGI application."""
    from app.runtime.web import create_app

    return create_app(house.settings, house.engine)
