"""kill -9 at every step of sending. The promise: nothing is lost; what goes out twice has the same
Message-ID and its row says that it was uncertain.
"""

import os
import re
import signal
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
from sqlalchemy import Engine, select

from alerts.digest_runs import run_due
from alerts.mail import outbox
from alerts.mail.outbox import LEASE, send_due
from alerts.mail.smtp import Envelope, SmtpSender
from db import outbox as mails
from db.engine import connect, reading, writing
from db.models import OutboxRow
from tests.alerts_factory import MAIL_CONFIG, NOW, add_flag, lay_out, subscribe
from tests.processes import Process
from tests.smtp_server import Keeper, serving


def sender_that_dies(step: str, url: str, port: int) -> None:
    """Send what is due, and die as by `kill -9` at `step`. Runs in a process of its own."""
    engine = connect(url)
    smtp = SmtpSender("127.0.0.1", port, "none", seconds=5)

    class Dying:
        def send(self, envelope: Envelope) -> None:
            if step == "before the hand-over":
                die()
            smtp.send(envelope)
            if step == "after the 250":
                die()

    def marked(*given: Any, **values: Any) -> None:
        mark(*given, **values)
        die()

    if step == "while making":
        outbox.put = die
        run_due(engine, NOW, MAIL_CONFIG)
    if step == "while leasing":
        outbox._Job = die  # type: ignore[assignment, misc]
    if step == "before the commit":
        mark, mails.mark = mails.mark, marked  # type: ignore[assignment]
    outbox.send_due(engine, {"mail": Dying()}, lambda: NOW, MAIL_CONFIG)


def die(*_: Any, **__: Any) -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def run_and_die(step: str, engine: Engine, port: int, output: Path) -> None:
    url = engine.url.render_as_string(hide_password=False)
    process = Process(sender_that_dies, step, url, port, environment=os.environ, output=output)
    assert process.ended() == -signal.SIGKILL, process.said()


def made(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        subscribe(session)


@pytest.mark.parametrize(
    ("step", "copies"),
    [("while leasing", 1), ("before the hand-over", 1), ("after the 250", 2), ("before the commit", 2)],
)
def test_a_sender_killed_at_any_step_loses_nothing(engine: Engine, tmp_path: Path, step: str, copies: int) -> None:
    made(engine)
    run_due(engine, NOW, MAIL_CONFIG)
    keeper = Keeper()
    with serving(keeper) as sender:
        run_and_die(step, engine, sender.port, tmp_path / "said")
        later = NOW + timedelta(seconds=LEASE + 60)
        send_due(
            engine, {"mail": sender}, lambda: NOW + timedelta(seconds=30), MAIL_CONFIG
        )  # nothing yet where the dead one holds the lease
        send_due(engine, {"mail": sender}, lambda: later, MAIL_CONFIG)
        assert send_due(engine, {"mail": sender}, lambda: later + timedelta(hours=1), MAIL_CONFIG).sent == 0
    assert len(keeper.taken) == copies
    assert len({re.search(rb"Message-ID: (\S+)", t.raw)[1] for t in keeper.taken}) == 1  # type: ignore[index]
    with reading(engine) as session:
        row = session.scalars(select(OutboxRow)).one()
    assert row.state == "sent"
    assert copies == 1 or "uncertain" in (row.last_error or "")


def test_killed_while_making_nothing_is_half_there(engine: Engine, tmp_path: Path) -> None:
    made(engine)
    with serving(Keeper()) as sender:
        run_and_die("while making", engine, sender.port, tmp_path / "said")
    assert run_due(engine, NOW, MAIL_CONFIG).mails == 1
    with reading(engine) as session:
        assert len(list(session.scalars(select(OutboxRow)))) == 1
