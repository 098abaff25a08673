"""Settings of an Ajour in processes of its own that watches the simulated outlets of the demo."""

import os
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Engine

from app.runtime.jobs import all_jobs
from app.runtime.settings import load_settings
from app.tools.demo.run import write_watch_list
from app.tools.demo.server import outlets
from db import ops
from tests.baselines import small_baseline

ITEMS = sum(len(o["items"]) for o in outlets())


def environment(folder: Path, address: str, database: str | None = None) -> dict[str, str]:
    """The environment variables of its processes. The outlets are served at `address`; without a
    `database` it keeps its data in SQLite.
    """
    made = {
        **os.environ,
        "AJOUR_DATA": str(folder / "var"),
        "AJOUR_SOURCES": str(write_watch_list(folder, address.replace("127.0.0.1", "localhost") if database else address)),
        "AJOUR_BASELINE": str(small_baseline()),
        "AJOUR_PARSERS": "1",
        "AJOUR_ALLOW_LOOPBACK": "1",
        "AJOUR_HEALTH": "" if database else "127.0.0.1:0",
        "AJOUR_LISTEN": "127.0.0.1:0",
        "AJOUR_LOG": "json",
        "AJOUR_BACKUP_KEEP": "0",
    }
    return made | ({"AJOUR_DATABASE": database} if database else {})


def daily_jobs_done(engine: Engine) -> None:
    """As if the daily jobs had run a moment ago: the canary alone compares for several seconds,
    which the tests of other things need not wait for.
    """
    now = datetime.now(UTC)
    for job in all_jobs(load_settings()):
        if job.hour is not None:
            ops.begin_job(engine, job.name, now)
            ops.end_job(engine, job.name, now, "", failed=False)
