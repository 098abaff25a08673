"""From a confirmed update to the next cycle: what is known now is no news any more, and undoing the
decision makes it news again.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from app.tools.import_report import import_claims
from db import claim_editing
from db.decisions import DecisionRequest, decide, undo
from db.engine import reading, writing
from db.enums import Choice
from db.models import AssessmentRow, FlagRow, ItemRow, ItemVersionRow, UserRow
from monitor.baseline import Baseline, load_baseline
from monitor.pipeline import Monitor
from tests.baselines import BASELINE
from tests.e2e.outlet_server import LightDesk, World, desk, make_due, watch_list, world

FINE = "Закон вступил в силу: штраф за неявку по повестке в военкомат вырос до {} тысяч рублей"


class Belgian(LightDesk):
    """A desk with the Belgian report."""

    def baselines(self, only: list[str] | None = None) -> list[Baseline]:
        return super().baselines(only or ["cedoca-2026"])


@pytest.fixture
def played() -> Iterator[World]:
    with world() as made:
        made.news = {"north": [("f1", FINE.format(50), "Закон вступил в силу. Подписан президентом.")]}
        yield made


def changes(engine: Engine, key: str) -> list[tuple[str, str]]:
    with reading(engine) as session:
        rows: list[list[dict[str, Any]]] = list(
            session.scalars(select(AssessmentRow.changes).join(ItemVersionRow).join(ItemRow).where(ItemRow.key.endswith(key)))
        )
    return [(c["old"], c["new"]) for row in rows for c in row if c["claim"] == "CED-042"]


def told(monitor: Monitor, played: World, key: str, title: str) -> list[tuple[str, str]]:
    """The outlet lists one more item; what the cycle says has changed for the fine."""
    played.news["north"].append((key, title, ""))
    make_due(monitor.engine)
    monitor.cycle()
    return changes(monitor.engine, key)


def test_what_was_confirmed_is_known_until_it_is_undone(tmp_path: Path, played: World) -> None:
    result = desk(tmp_path, watch_list(tmp_path, played.address, ["north"]))
    monitor = Belgian(result.settings).monitor()
    monitor.register()
    monitor.cycle()
    assert changes(monitor.engine, "f1") == [("10,000-30,000 RUB", "50,000 RUB")]
    with writing(monitor.engine) as session:
        session.add(UserRow(id=1, name="anna", role="reviewer", created_at=datetime.now(UTC)))
        flag = session.scalars(select(FlagRow)).one()
        decision = decide(
            session, DecisionRequest(flag.id, 1, Choice.VALUE_CHANGED, flag.version, claim_id="CED-042"), datetime.now(UTC)
        ).id
    assert told(monitor, played, "f2", "Напоминаем: штраф за неявку по повестке теперь 50 тысяч рублей") == []
    assert told(monitor, played, "f3", FINE.format(80)) == [("50,000 RUB", "80,000 RUB")]
    with writing(monitor.engine) as session:
        undo(session, decision, 1, datetime.now(UTC))
    assert told(monitor, played, "f4", "Снова о штрафе за неявку по повестке: 50 тысяч рублей") == [("10,000-30,000 RUB", "50,000 RUB")]


def test_a_report_added_later_is_compared_with_stored_items_and_an_edit_compares_them_again(tmp_path: Path, played: World) -> None:
    result = desk(tmp_path, watch_list(tmp_path, played.address, ["north"]))
    monitor = Belgian(result.settings).monitor()
    monitor.register()
    monitor.cycle()
    example = load_baseline(BASELINE / "examples" / "agents-2025.yml")
    played.news["north"].append(("a1", "Штраф для иноагентов за отсутствие плашки вырос до 100 тысяч рублей", "Закон подписан."))
    make_due(monitor.engine)
    monitor.cycle()
    import_claims(monitor.engine, example)
    monitor.cycle()
    assert flagged_for(monitor.engine, "agents-2025") == ["a1"]
    with writing(monitor.engine) as session:
        body = {**claim_editing.newest_version(session, "AGN-003").body, "statement": "Another wording of the fine."}
        claim_editing.edit_claim(session, "AGN-003", body, 1, None, datetime.now(UTC))
    assert monitor.compare_again(100) == 0  # the first comparer is only noted
    with writing(monitor.engine) as session:
        body = {**body, "statement": "A third wording of the fine."}
        claim_editing.edit_claim(session, "AGN-003", body, 2, None, datetime.now(UTC))
    assert monitor.compare_again(100) == 2
    assert monitor.compare_again(100) == 0
    assert flagged_for(monitor.engine, "agents-2025") == ["a1"]


def flagged_for(engine: Engine, report: str) -> list[str]:
    with reading(engine) as session:
        query = select(ItemRow.key).join(ItemVersionRow).join(AssessmentRow).where(AssessmentRow.report_id == report, AssessmentRow.flagged)
        return [key.rsplit("/", 1)[-1] for key in session.scalars(query)]
