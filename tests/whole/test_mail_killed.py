"""kill -9 at every step of sending. The promise: nothing is lost; what goes out twice has the same Message-ID and its row says that it was uncertain."""

import re
import signal
import subprocess
import sys
import textwrap
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from alerts.outbox import LEASE, send_due
from alerts.runs import run_due
from db.engine import reading, writing
from db.models import Outbox
from tests.smtp_server import Keeper, serving
from tests.telling_world import NOW, OFFICE, lay_out, subscribe, tell

ROOT = Path(__file__).resolve().parent.parent.parent
SENDER = """
    import os, signal, sys
    sys.path.insert(0, {root!r})
    from datetime import timedelta
    from tests.telling_world import NOW, OFFICE
    from alerts import outbox, runs
    from alerts.smtp import SmtpSender
    from db.engine import connect

    step, url, port = sys.argv[1:]
    def die(*_, **__):
        os.kill(os.getpid(), signal.SIGKILL)

    class Dying:
        def __init__(self):
            self.smtp = SmtpSender("127.0.0.1", int(port), "none", seconds=5)
        def send(self, envelope):
            if step == "before the hand-over":
                die()
            self.smtp.send(envelope)
            if step == "after the 250":
                die()

    engine = connect(url)
    if step == "while making":
        outbox.put = die
        runs.run_due(engine, NOW, OFFICE)
    if step == "while leasing":
        outbox._Job = die
    if step == "before the commit":
        real = outbox.outbox.mark
        def marked(*given, **values):
            real(*given, **values)
            die()
        outbox.outbox.mark = marked
    outbox.send_due(engine, {{"mail": Dying()}}, lambda: NOW, OFFICE)
"""


def run_and_die(step: str, engine: Engine, port: int) -> None:
    code = textwrap.dedent(SENDER).format(root=str(ROOT))
    url = engine.url.render_as_string(hide_password=False)
    done = subprocess.run([sys.executable, "-c", code, step, url, str(port)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr


def made(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        tell(session)
        subscribe(session)


@pytest.mark.parametrize(
    ("step", "copies"),
    [("while leasing", 1), ("before the hand-over", 1), ("after the 250", 2), ("before the commit", 2)],
)
def test_a_sender_killed_at_any_step_loses_nothing(engine: Engine, step: str, copies: int) -> None:
    made(engine)
    run_due(engine, NOW, OFFICE)
    keeper = Keeper()
    with serving(keeper) as sender:
        run_and_die(step, engine, sender.port)
        later = NOW + timedelta(seconds=LEASE + 60)
        send_due(engine, {"mail": sender}, lambda: NOW + timedelta(seconds=30), OFFICE)  # nothing yet where the dead one holds the lease
        send_due(engine, {"mail": sender}, lambda: later, OFFICE)
        assert send_due(engine, {"mail": sender}, lambda: later + timedelta(hours=1), OFFICE).sent == 0
    assert len(keeper.taken) == copies
    assert len({re.search(rb"Message-ID: (\S+)", t.raw)[1] for t in keeper.taken}) == 1  # type: ignore[index]
    with reading(engine) as session:
        row = session.scalars(select(Outbox)).one()
    assert row.state == "sent"
    assert copies == 1 or "uncertain" in (row.last_error or "")


def test_killed_while_making_nothing_is_half_there(engine: Engine) -> None:
    made(engine)
    with serving(Keeper()) as sender:
        run_and_die("while making", engine, sender.port)
    assert run_due(engine, NOW, OFFICE).mails == 1
    with reading(engine) as session:
        assert len(list(session.scalars(select(Outbox)))) == 1
