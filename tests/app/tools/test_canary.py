"""The canary's mail goes through the outbox like any other."""

import email
import email.policy
from datetime import UTC, datetime

from sqlalchemy import Engine

from alerts.mail.outbox import send_due
from app.runtime.settings import Settings
from app.tools.canary import TITLE, queue_mail
from tests.alerts_factory import MAIL_CONFIG
from tests.smtp_server import Keeper, serving

NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def test_the_mail_of_a_day_is_queued_once_and_sent(engine: Engine) -> None:
    settings = Settings(canary="canary@example.org", mail_from="ajour@example.org", secret="a key for tests that is long enough")
    for _ in range(2):
        queue_mail(engine, settings, "the planted change came out as 2 flags of 2 reports", NOW)
    keeper = Keeper()
    with serving(keeper) as sender:
        done = send_due(engine, {"mail": sender}, lambda: NOW, MAIL_CONFIG)
    assert (done.sent, done.dead, done.fault) == (1, 0, "")
    assert keeper.taken[0].to == ["canary@example.org"]
    assert email.message_from_bytes(keeper.taken[0].raw, policy=email.policy.default)["Subject"] == f"Ajour canary 2026-11-24: {TITLE}"
