"""The list of jobs, and how each calls its room.

Jobs are idempotent: what is due is read from the database, so any of them may run anywhere, at any
time, twice.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy import Engine
from starlette.types import ASGIApp

from app.runtime.job_runner import Job, WorkerContext, compare, watch
from app.runtime.settings import Settings
from db import clock, ops
from db.backup import prune, write_backup
from db.engine import reading, writing
from db.ops import CLOCK_REPAIR

log = structlog.get_logger(__name__)


def all_jobs(settings: Settings) -> Sequence[Job]:
    """Every recurring job. With workers, `queue` decides which of them run it."""
    jobs = [
        Job("clock", "schedule", lambda context: check_clock(context.engine), every=60.0),
        Job("watch", "watch", watch, every=15.0),
        Job("compare", "compare", compare, every=10.0),
        Job("urgent", "send", send_urgent, every=15.0),
        Job("digests", "send", make_digests, every=60.0),
        Job("send", "send", send_mail, every=15.0),
        Job("operators", "send", alert_operators, every=300.0),
        Job("clean_up", "schedule", clean_up, hour=2),
        Job("canary", "compare", canary, hour=4),
        Job("recall_audit", "schedule", draw_recall_audit, hour=3),
    ]
    if settings.aid_url:
        jobs.append(Job("reading_aid", "compare", ask_reading_aid, every=60.0))
    if (job := translate_job(settings)) is not None:
        jobs.append(job)
    if settings.backup_keep:
        jobs.append(Job("backup", "schedule", back_up, hour=settings.backup_hour))
    return jobs


def translate_job(settings: Settings) -> Job | None:
    """The job that translates; None where no translation is set up."""
    return Job("translate", "translate", translate, every=60.0, backs_off=True) if settings.translates else None


def check_clock(engine: Engine) -> str:
    """Repair times in the future that a clock that was ahead has left behind.

    Raises ClockDiffers if the clock of the PostgreSQL server differs: it is not clear which one is
    wrong, and two machines with different clocks would repair each other's times for ever.
    """
    now = datetime.now(UTC)
    with writing(engine) as session:
        ahead = clock.server_ahead(session, now)
        if abs(ahead) > clock.TOLERANCE:
            raise ClockDiffers(f"the clock of the database server is {ahead} ahead of the clock of this machine; correct one of them")
        repaired = clock.repair(session, now)
    if repaired is None:
        return ""
    log.error("clock_was_ahead", repaired=str(repaired))
    ops.begin_job(engine, CLOCK_REPAIR, now)
    ops.end_job(engine, CLOCK_REPAIR, now, str(repaired), failed=False)
    return str(repaired)


class ClockDiffers(Exception):
    """The clocks of this machine and of the database server differ."""


def make_digests(context: WorkerContext) -> str:
    """Make the digests and urgent messages that are due."""
    from alerts import digest_runs, urgent
    from app.runtime.mail_setup import make_mail_config

    mail_config, now = make_mail_config(context.settings), datetime.now(UTC)
    # Urgent first: after an outage, urgent flags are sent as urgent messages, and the digest does
    # not repeat them.
    made = digest_runs.run_due(context.engine, now, mail_config, urgent.run_urgent(context.engine, now, mail_config))
    return ", ".join(f"{v} {k}" for k, v in vars(made).items() if isinstance(v, int) and v)


def send_urgent(context: WorkerContext) -> str:
    """Make the urgent messages that are due. A job of its own: digests to many readers take
    minutes.
    """
    from alerts import urgent
    from app.runtime.mail_setup import make_mail_config

    made = urgent.run_urgent(context.engine, datetime.now(UTC), make_mail_config(context.settings))
    return f"{made.urgent} urgent" if made.urgent else ""


def send_mail(context: WorkerContext) -> str:
    """Send the outbox messages that are due."""
    from alerts.mail.outbox import send_due
    from app.runtime.mail_setup import make_mail_config, senders

    with senders(context.settings) as ready:
        done = send_due(context.engine, ready, lambda: datetime.now(UTC), make_mail_config(context.settings), limit=500)
    return ", ".join(f"{v} {k}" for k, v in vars(done).items() if isinstance(v, int) and v)


def alert_operators(context: WorkerContext) -> str:
    """Send operator alerts: once when a reader-visible problem starts and once when it ends."""
    from alerts import operator_alerts
    from app.runtime.mail_setup import make_mail_config

    operator_alerts.alert_operators(context.engine, datetime.now(UTC), make_mail_config(context.settings), Path(context.settings.data))
    return ""


def clean_up(context: WorkerContext) -> str:
    """Delete data past its retention time: old story fingerprints, bytes of unflagged captures,
    addresses of former subscribers.
    """
    from alerts.subscriptions import apply_retention as forget

    now = datetime.now(UTC)
    with writing(context.engine) as session:
        fingerprints = ops.drop_fingerprints(session, (now - timedelta(days=ops.FINGERPRINT_DAYS)).date())
        emptied = ops.empty_captures(session, now - timedelta(days=context.settings.keep_days))
        counts = forget(session, now)
    return f"{fingerprints} story fingerprints deleted, {emptied} captures emptied, {counts}"


def back_up(context: WorkerContext) -> str:
    """Write the daily backup and delete the ones that are too old."""
    folder = Path(context.settings.data) / "backups"
    path = folder / f"daily-{datetime.now(UTC):%Y%m%dT%H%M%S}.zip"
    manifest = write_backup(context.engine, path)
    deleted = prune(folder, context.settings.backup_keep)
    return f"{path.name}: {sum(manifest.rows.values())} rows, {path.stat().st_size} bytes; {len(deleted)} old ones deleted"


def draw_recall_audit(context: WorkerContext) -> str:
    """Draw last week's sample of unflagged items, once a week."""
    from db import recall_audit

    with writing(context.engine) as session:
        drawn = recall_audit.draw(session, datetime.now(UTC))
    return f"{drawn} items drawn" if drawn else ""


def ask_reading_aid(context: WorkerContext) -> str:
    """Ask the reading aid about flags that it was not asked about yet."""
    from app.runtime.container import reading_aid
    from monitor.aid.reading_aid import ask_waiting

    settings = context.settings
    with reading_aid(settings) as aid:
        kept, dropped = ask_waiting(context.engine, aid, lambda: datetime.now(UTC), settings.aid_uploads.split())
    return f"{kept} answers kept, {dropped} dropped" if kept or dropped else ""


def translate(context: WorkerContext) -> str:
    """Translate the passages of flags that have no translation yet."""
    from app.runtime.container import translation_targets, translator
    from monitor.translate.translate_waiting import translate_waiting

    settings = context.settings
    with reading(context.engine) as session:
        targets = translation_targets(settings, session)
    with translator(settings) as ready:
        return translate_waiting(context.engine, ready, lambda: datetime.now(UTC), targets, check_stop=context.check_stop).summary


def canary(context: WorkerContext) -> str:
    """Run a planted change through the whole pipeline; it must become a flag, and a mail where
    AJOUR_CANARY is set.
    """
    from app.tools.canary import run_canary

    return run_canary(context.settings)


def desk_app(context: WorkerContext) -> ASGIApp:
    """The review desk as an ASGI application."""
    from app.runtime.web import create_app

    return create_app(context.settings, context.engine)
