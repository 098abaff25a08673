"""The capacity model: simulated desks behave as desks must, whatever the costs."""

import pytest

pytest.importorskip("simpy", reason="simpy is not here (it comes with the developers' requirements)")
from bench.scale_model import HOUR, Costs, Plan, percentile, plot_svg, simulate


def plan(comparers: int, shards: int = 1) -> Plan:
    return Plan(100, 40_000, comparers=comparers, shards=shards, start=12 * HOUR, warm=HOUR / 4, end=14 * HOUR)


def test_what_one_worker_cannot_do_piles_up_and_ten_do_it() -> None:
    costs = Costs(assess=2.0)
    one, ten = simulate(plan(1), costs), simulate(plan(10), costs)
    assert one.first == ten.first == "compare workers"
    assert one.busy[one.first] == pytest.approx(1, abs=0.1)
    assert one.left > 10 * ten.left
    assert percentile(one.queued, 95) > 10 * percentile(ten.queued, 95)


def test_what_is_one_at_a_time_gains_nothing_from_workers_but_from_parts() -> None:
    costs = Costs(hold=10.0)
    many, parts = simulate(plan(16), costs), simulate(plan(16, shards=16), costs)
    assert many.first == "lock stories"
    assert many.left > 5 * parts.left


def test_the_same_seed_gives_the_same_day() -> None:
    assert simulate(plan(1), Costs()) == simulate(plan(1), Costs())


def test_every_item_is_compared_once_where_all_come_at_once() -> None:
    done = simulate(Plan(30, 1, 2, 2, together=True, at_once=10, cores=1.5, database=2, burst=0, start=0, warm=0, end=HOUR), Costs())
    assert (len(done.queued), done.left) == (300, 0)
    assert 0 < done.busy["cores"] <= 1.01


def test_the_plot_is_plain_svg() -> None:
    assert plot_svg({"few": [(1, 20.0), (16, 1.0)]}).count("<circle") == 2
