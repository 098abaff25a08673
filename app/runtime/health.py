"""Health endpoints on their own address, apart from the desk: /live, /ready and /metrics.

/live: the process works; an orchestrator restarts it when this fails. /ready: it can do its job
(database writable, scheduler running, disk space left); a restart does not fix those. Nothing here
needs a password, so the address must not be open to the world.
"""

import socket
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from app.runtime.metrics import Metrics, free_bytes
from app.runtime.web_server import guarded_server
from db import ops, schema
from db.engine import CannotOpen, reading

log = structlog.get_logger(__name__)
STUCK_SECONDS = 60.0  # seconds without a tick after which the scheduler counts as stuck
# Bytes that must be free: a day of a large watch list and a backup
LEAST_FREE_BYTES = 200 * 1024 * 1024
OVERDUE = timedelta(minutes=30)  # without a successful watch job


@dataclass
class Pulse:
    """When the scheduler last ticked, by the monotonic clock: a jump of the wall clock does not
    count as stuck.
    """

    at: float = field(default_factory=time.monotonic)

    def beat(self) -> None:
        self.at = time.monotonic()

    @property
    def age(self) -> float:
        return time.monotonic() - self.at


def faults(engine: Engine, folder: Path, pulse: Pulse) -> list[str]:
    """Why this process cannot do its job now, one sentence each; empty when it can."""
    problems = []
    if pulse.age > STUCK_SECONDS:
        problems.append(f"the scheduler has not run for {pulse.age:.0f} s")
    if (free := free_bytes(folder)) < LEAST_FREE_BYTES:
        problems.append(f"only {free // 2**20} MB are free on the disk of {folder}")
    if error := ops.can_write(engine):
        return [*problems, f"the database cannot be written: {error}"]
    try:
        if (revision := schema.revision(engine)) != schema.head():
            problems.append(f"the database has schema {revision}, this version needs {schema.head()}")
        problems.extend(_late(engine))
    except (SQLAlchemyError, CannotOpen) as error:
        problems.append(f"the database cannot be read: {str(error).splitlines()[0]}")
    return problems


def _late(engine: Engine) -> list[str]:
    with reading(engine) as session:
        runs = ops.job_runs(session)
    late = (run for name in ("watch", "compare") if (run := runs.get(name)) and run.failures)
    return [
        f"the {run.name} job has failed {run.failures} times in a row: {run.result}"
        for run in late
        if not (run.good_at and timedelta(0) <= datetime.now(UTC) - run.good_at < OVERDUE)
    ]


def create_health(engine: Engine, folder: Path, pulse: Pulse, metrics: Metrics) -> Starlette:
    """The ASGI application."""

    def live(_: Request) -> Response:
        stuck = pulse.age > 10 * STUCK_SECONDS  # only a restart helps
        return JSONResponse({"live": not stuck, "tick_age_seconds": round(pulse.age, 1)}, 503 if stuck else 200)

    def ready(_: Request) -> Response:
        problems = faults(engine, folder, pulse)
        return JSONResponse({"ready": not problems, "faults": problems}, 503 if problems else 200)

    def exposed(_: Request) -> Response:
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return Starlette(routes=[Route("/live", live), Route("/ready", ready), Route("/metrics", exposed)])


class Serving:
    """A web server in its own thread; the main thread keeps the signals."""

    def __init__(self, app: ASGIApp, address: str, name: str) -> None:
        self.host, self.port = split(address)
        self._server = guarded_server(app, self.host, self.port, name, log_config=None, timeout_graceful_shutdown=5)
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._failed: BaseException | None = None

    def _run(self) -> None:
        try:
            self._server.run()
        except SystemExit as error:  # uvicorn exits when it cannot listen
            self._failed = error

    def start(self) -> None:
        """Start to listen. Raises CannotOpen when the address is taken or forbidden."""
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise CannotOpen(f"cannot listen on {self.host}:{self.port}; is the port taken? See AJOUR_LISTEN and AJOUR_HEALTH")
            time.sleep(0.02)
        self.port = self._server.servers[0].sockets[0].getsockname()[1] if self._server.servers else self.port
        log.info("listening", what=self._thread.name, address=f"http://{self.host}:{self.port}")

    def stop(self) -> None:
        """Finish open requests (5 s at most), then close."""
        self._server.should_exit = True
        self._thread.join(8)


def check_free(*addresses: str) -> None:
    """Raise CannotOpen if one of the addresses ("host:port", or "") cannot be listened on."""
    for address in filter(None, addresses):
        host, port = split(address)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise CannotOpen(f"cannot listen on {address}: {error.strerror}; see AJOUR_LISTEN and AJOUR_HEALTH") from error


def split(address: str) -> tuple[str, int]:
    """("127.0.0.1", 8000) of "127.0.0.1:8000"; "[::1]:8000" works too. Raises ValueError."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{address!r} is no address to listen on; write host:port")
    return host.strip("[]"), int(port)
