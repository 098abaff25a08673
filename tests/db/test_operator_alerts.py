"""Alerts to operators are kept while they are on, and some time after."""

from datetime import timedelta

from sqlalchemy import Engine

from db import operator_alerts
from db.engine import reading, writing
from db.models import OperatorAlertRow
from tests.alerts_factory import NOW


def test_only_what_has_been_over_for_long_is_forgotten(engine: Engine) -> None:
    with writing(engine) as session:
        for key, over in (("on", None), ("just over", NOW), ("long over", NOW - timedelta(days=40))):
            session.add(OperatorAlertRow(key=key, text=key, since=NOW - timedelta(days=50), over_at=over))
    with writing(engine) as session:
        operator_alerts.delete_old_alerts(session, NOW - timedelta(days=30))
    with reading(engine) as session:
        assert set(operator_alerts.alerts(session)) == {"on", "just over"}
