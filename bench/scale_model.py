"""The capacity model of docs/scaling.md: a day of a desk, simulated, from costs measured by `python
-m bench scale`.

What happens is what app/runtime/workers.py does: due fetches are enqueued every 20 s, one at a time
per host and `AJOUR_WORKERS` at a time per watch worker; the items of a fetch become comparisons of
at most 64; a compare worker does one of them at a time on a core of its own; what can join a story
is stored one at a time over all workers. Sources publish very unevenly (lognormal), by day more
than by night, and in bursts; how often they are fetched is the watch's own rule
(monitor/fetch/schedule.py). Discrete events by simpy; every run has its own seed.

`python -m bench scale_model` prints the tables and writes docs/scaling.svg.
"""

import math
from collections import defaultdict
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import simpy

from monitor.compare.stories.clustering import NEAREST
from monitor.fetch.schedule import interval

HOUR, DAY = 3600.0, 86_400.0
BATCH = 64
PLAN = 20.0  # seconds between two enqueuings of what is due
SVG = Path(__file__).parent.parent / "docs" / "scaling.svg"
Step = Generator[simpy.Event, Any, None]


@dataclass(frozen=True)
class Costs:
    """Seconds of one core, as measured, but for `network` (waiting) and `hold` (a lock)."""

    look: float = 0.0035  # a watch worker, for a fetch without new items
    seen: float = 0.0002  # and for each new item: reading and storing it
    # A compare worker, median of an item: reading, vectors, 290 claims, and the queue's own work
    assess: float = 0.020
    spread: float = 0.5  # sigma of the lognormal that `assess` follows
    score: float = 0.00015  # scoring an item against one near story
    scan: float = 6e-8  # comparing with the vectors of the stories, a member
    near: float = 0.05  # share of the stories' members that are near
    nearest: int = NEAREST  # at most so many are scored
    hold: float = 0.010  # of the lock `stories`, for an item that can join one
    db_look: float = 0.0005  # the database server, for a fetch
    db_item: float = 0.0037  # and for an item, from storing to assessments
    network: float = 0.6  # median of an answer
    spacing: float = 1.0  # between two requests to a host


@dataclass(frozen=True)
class Plan:
    """A desk and its load."""

    sources: int
    items: int  # a day
    watchers: int = 1
    comparers: int = 1
    together: bool = False  # `ajour worker` without --queue: the same processes watch and compare
    slots: int = 8  # AJOUR_WORKERS
    channels: float = 0.08  # share of the sources that live on one host (t.me), as in sources.yml
    about: float = 0.04  # share of the items that speak of military service and can join a story
    database: float = 4  # cores of the database server; SQLite: 1
    egress: int = 1  # addresses from which the one big host is asked, each with a lock of its own
    shards: int = 1  # of the lock `stories`
    cores: float = 0  # of the one machine that everything shares; 0: each worker has its own
    start: float = 9 * HOUR
    end: float = 16 * HOUR  # the day's height is at 14:00
    warm: float = HOUR  # not counted
    # When big news begins: for two hours a fifth of the sources publish five times as much,
    # half of
    # it about military service; 0: never
    burst: float = 13 * HOUR

    # Instead of all that: each source has so many items at the start, and nothing afterwards
    at_once: int = 0


@dataclass
class Results:
    """The results of a simulation."""

    # Resource → share of its time
    busy: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    waited: list[float] = field(default_factory=list)  # seconds from due to fetched
    queued: list[float] = field(default_factory=list)  # from stored to compared, an item each
    lag: list[float] = field(default_factory=list)  # from published to compared, an item each
    left: int = 0  # items stored and not compared at the end
    ended: float = 0.0

    @property
    def first(self) -> str:
        """The busiest resource."""
        return max(self.busy, key=lambda k: self.busy[k])


def percentile(values: Sequence[float], q: float) -> float:
    return float(np.percentile(values, q)) if len(values) else 0.0


class Desk:
    """One run."""

    def __init__(self, plan: Plan, costs: Costs, seed: int = 1) -> None:
        self.plan, self.costs, self.chance = plan, costs, np.random.default_rng(seed)
        self.env = simpy.Environment(plan.start)
        env = self.env

        def resource(n: int) -> simpy.Resource:
            return simpy.Resource(env, max(1, n))

        self.slots = resource(plan.watchers * plan.slots)
        self.watching = resource(plan.watchers)  # an interpreter runs on one core at a time
        self.comparing = self.watching if plan.together else resource(plan.comparers)
        self.jobs = resource(plan.comparers)
        self.stories = [resource(1) for _ in range(plan.shards)]
        self.database = resource(math.ceil(plan.database))
        self.cores = resource(math.ceil(plan.cores)) if plan.cores else None
        # Others use the rest of the machine
        self.stretch = math.ceil(plan.cores) / plan.cores if plan.cores else 1.0
        self.results, self._size = Results(), dict[str, float]()
        rates = self.chance.lognormal(0, 1.3, plan.sources)
        self.rates = rates / rates.sum() * plan.items
        channels = round(plan.sources * plan.channels)
        self.host_of = [f"big{n % plan.egress}" if n < channels else f"h{n // 1.2:.0f}" for n in range(plan.sources)]
        self.hosts: dict[str, simpy.Resource] = defaultdict(lambda: resource(1))
        self.asked: dict[str, float] = defaultdict(lambda: -DAY)
        env.process(self._begin())

    # What is published

    def _loud(self, source: int, at: float) -> bool:
        return bool(self.plan.burst) and source % 5 == 0 and self.plan.burst <= at < self.plan.burst + 2 * HOUR

    def _rate(self, source: int, at: float) -> float:
        """Items a second."""
        rhythm = 1 + 0.7 * math.cos(2 * math.pi * (at / DAY - 14 / 24))
        return float(self.rates[source]) / DAY * rhythm * (5 if self._loud(source, at) else 1)

    def _published(self, source: int, since: float) -> list[float]:
        if self.plan.at_once:
            return [self.plan.start] * self.plan.at_once if since < self.plan.start else []
        now = self.env.now
        count = self.chance.poisson(self._rate(source, (since + now) / 2) * (now - since))
        return list(self.chance.uniform(since, now, count))

    # What the workers do

    def _use(self, name: str, resource: simpy.Resource, size: float, seconds: float, slice_: float = 0.0) -> Step:
        """Hold one of `resource` for `seconds` (cut into slices where a machine is shared) and
        count it.
        """
        self._size[name] = size
        while seconds > 0:
            part = min(seconds, slice_ or seconds)
            with resource.request() as mine:
                yield mine
                if self.cores is None:
                    yield self.env.timeout(part)
                else:
                    with self.cores.request() as core:
                        yield core
                        yield self.env.timeout(part * self.stretch)
                        self._count("cores", self.cores.capacity, part * self.stretch)
            self._count(name, size, part)
            seconds -= part

    def _count(self, name: str, size: float, seconds: float) -> None:
        self._size[name] = size
        if self.env.now > self.plan.start + self.plan.warm or self.plan.at_once:
            self.results.busy[name] += seconds

    def _cpu(self, who: str, seconds: float) -> Step:
        pool = self.watching if who == "watch workers" else self.comparing
        return self._use(who, pool, pool.capacity, seconds, 0.01 if self.cores else 0.0)

    def _db(self, seconds: float) -> Step:
        return self._use("database", self.database, self.database.capacity, seconds)

    def _begin(self) -> Step:
        for source in range(self.plan.sources):
            wait = 0.0 if self.plan.at_once else self.chance.uniform(0, self._interval(source))
            self.env.process(self._source(source, wait))
        yield self.env.timeout(0)

    def _interval(self, source: int) -> float:
        return interval(1800 if source % 4 else 900, float(self.rates[source]), 2)

    def _source(self, source: int, wait: float) -> Step:
        since = self.plan.start - self._interval(source) + wait
        while True:
            yield self.env.timeout(wait)
            due = self.env.now
            if not self.plan.at_once:  # enqueued by the next `plan`
                yield self.env.timeout(PLAN - due % PLAN)
            since = yield from self._look(source, since, due)
            if self.plan.at_once:
                return
            wait = self._interval(source) * self.chance.uniform(1, 1.1)

    def _look(self, source: int, since: float, due: float) -> Generator[simpy.Event, Any, float]:
        host, costs = self.host_of[source], self.costs
        with self.hosts[host].request() as turn:
            yield turn
            with self.slots.request() as slot:
                yield slot
                began = self.env.now
                self._note(self.results.waited, began - due)
                yield self.env.timeout(max(0.0, self.asked[host] + costs.spacing - began))
                yield self.env.timeout(self.chance.lognormal(math.log(costs.network), 0.7) if costs.network else 0.0)
                self.asked[host] = now = self.env.now
                new = self._published(source, since)
                yield from self._cpu("watch workers", costs.look + costs.seen * len(new))
                yield from self._db(costs.db_look)
                self._count("watch slots", self.slots.capacity, self.env.now - began)
                if host.startswith("big"):
                    self._count("one host's turns", self.plan.egress, self.env.now - began)
        self.results.left += len(new)
        share = 0.5 if self._loud(source, now) else self.plan.about
        for n in range(0, len(new), BATCH):
            self.env.process(self._compare(new[n : n + BATCH], self.env.now, share))
        return now

    def _compare(self, published: Sequence[float], stored: float, share: float) -> Step:
        costs = self.costs
        with self.jobs.request() as job:
            yield job
            own = self.chance.lognormal(math.log(costs.assess), costs.spread, len(published))
            about = self.chance.random(len(published)) < share
            at = 0
            # What can join no story is done in one go up to the next that can
            for n in [*np.flatnonzero(about), len(published)]:
                if plain := n - at:
                    yield from self._cpu("compare workers", float(own[at:n].sum()))
                    yield from self._db(costs.db_item * plain)
                    self._compared(published[at:n], stored)
                if n < len(published):
                    yield from self._cpu("compare workers", float(own[n]) + self._scoring())
                    yield from self._use("lock stories", self.stories[n % self.plan.shards], self.plan.shards, costs.hold)
                    self._compared(published[n : n + 1], stored)
                at = n + 1

    def _scoring(self) -> float:
        members = self.plan.items * self.plan.about * 21 if not self.plan.at_once else 300
        near = members * self.costs.near
        return self.costs.scan * members + self.costs.score * min(near, self.costs.nearest)

    def _compared(self, published: Sequence[float], stored: float) -> None:
        self.results.left -= len(published)
        self.results.ended = self.env.now
        for moment in published:
            self._note(self.results.queued, self.env.now - stored)
            self._note(self.results.lag, self.env.now - moment)

    def _note(self, values: list[float], seconds: float) -> None:
        if self.env.now > self.plan.start + self.plan.warm or self.plan.at_once:
            values.append(seconds)

    def run(self) -> Results:
        self.env.run(self.plan.end)
        span = (self.results.ended if self.plan.at_once else self.plan.end - self.plan.warm) - self.plan.start
        self.results.busy = {name: seconds / span / self._size[name] for name, seconds in self.results.busy.items()}
        return self.results


def simulate(plan: Plan, costs: Costs, seed: int = 1) -> Results:
    """A day's height of `plan`."""
    return Desk(plan, costs, seed).run()


# The loads of docs/scaling.md: (sources, items a day, watch workers, compare workers, hours
# simulated around the day's height).
LOADS = (
    (200, 10_000, 1, (1,)),
    (1_000, 10_000, 1, (1,)),
    (1_000, 100_000, 1, (1, 2)),
    (1_000, 1_000_000, 2, (1, 2, 4)),
    (10_000, 1_000_000, 4, (4,)),
    (10_000, 10_000_000, 16, (16, 24)),
)


def row(plan: Plan, costs: Costs) -> tuple[str, Results]:
    """One line of the table, and the results it shows."""
    results = simulate(plan, costs)
    second = sorted(results.busy, key=lambda k: -results.busy[k])[1]
    busy = f"{results.first} {results.busy[results.first]:.0%}, {second} {results.busy[second]:.0%}"
    ages = [f"{minutes(results.queued, 50)} / {minutes(results.queued, 95)}", f"{minutes(results.lag, 50)} / {minutes(results.lag, 95)}"]
    left = f"piles up: {results.left:,} left" if results.left > plan.items / DAY * HOUR else f"{results.left:,}"
    return (
        f"| {plan.sources:,} | {plan.items:,} | {plan.watchers} + {plan.comparers} | {busy} | {minutes(results.waited, 95)} | {' | '.join(ages)} | {left} |",
        results,
    )


def minutes(seconds: Sequence[float], q: float) -> str:
    value = percentile(seconds, q)
    return f"{value:.0f} s" if value < 100 else f"{value / 60:.0f} min"


def plan_of(sources: int, items: int, watchers: int, comparers: int, **more: Any) -> Plan:
    """Hours around the day's height; fewer where there is more to do, to keep the run short."""
    large = items >= 1_000_000
    return Plan(
        sources,
        items,
        watchers,
        comparers,
        start=(12 if large else 9) * HOUR,
        warm=HOUR / 2,
        end=(14 if items > 1_000_000 else 16) * HOUR,
        **more,
    )


def main() -> None:
    """Print the tables and draw the plot."""
    costs, lines = Costs(), defaultdict[str, list[tuple[int, float]]](list)
    print(
        "| sources | items a day | watch + compare workers | busiest | late, p95 | queue, p50 / p95 | published to flag, p50 / p95 | waiting at the end |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for sources, items, watchers, crew in LOADS:
        for comparers in crew:
            print(row(plan_of(sources, items, watchers, comparers), costs)[0], flush=True)
    print("\nThe largest load with the changes it needs:")
    for more in ({"egress": 4}, {"egress": 4, "shards": 16}):
        print(row(plan_of(10_000, 10_000_000, 16, 24, **more), costs)[0], more, flush=True)
    print("\nIf every near story were scored:")
    print(row(plan_of(1_000, 1_000_000, 2, 8), replace(costs, nearest=10**9))[0], flush=True)
    for items in (10_000, 100_000, 1_000_000):
        for comparers in (1, 2, 4, 8, 16):
            results = simulate(plan_of(1_000, items, 2, comparers), costs)
            lines[f"{items:,} items a day"].append((comparers, percentile(results.queued, 95)))
    SVG.write_text(plot_svg(lines), encoding="utf-8")
    print(f"plot: {SVG}")


def plot_svg(lines: Mapping[str, Sequence[tuple[int, float]]]) -> str:
    """Age of the comparison queue by number of workers, both in doublings, as SVG."""
    left, top, width, height = 60, 20, 420, 220
    most, least = 20_000.0, 1.0

    def x(workers: int) -> float:
        return left + math.log2(workers) / 4 * width

    def y(seconds: float) -> float:
        return top + height * (1 - math.log(max(least, min(seconds, most)) / least) / math.log(most / least))

    parts = [
        f'<line x1="{left}" x2="{left + width}" y1="{y(v):.0f}" y2="{y(v):.0f}" stroke="#ccd1d5"/><text x="{left - 8}" y="{y(v) + 4:.0f}" text-anchor="end">{name}</text>'
        for v, name in ((1, "1 s"), (10, "10 s"), (60, "1 min"), (600, "10 min"), (3600, "1 h"))
    ]
    parts += [f'<text x="{x(n):.0f}" y="{top + height + 20}" text-anchor="middle">{n}</text>' for n in (1, 2, 4, 8, 16)]
    parts.append(f'<text x="{left + width / 2}" y="{top + height + 40}" text-anchor="middle">compare workers, a core each</text>')
    for (name, points), colour in zip(lines.items(), ("#4a7a9c", "#c77700", "#b3261e"), strict=False):
        path = " ".join(f"{x(n):.0f},{y(v):.0f}" for n, v in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(n):.0f}" cy="{y(v):.0f}" r="3" fill="{colour}"/>' for n, v in points]
        parts.append(f'<text x="{left + width + 8}" y="{y(points[-1][1]) + 4:.0f}" style="fill:{colour}">{name}</text>')
    style = "text{font:12px system-ui,sans-serif;fill:#667079}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + width + 170} {top + height + 50}" role="img" '
        f'aria-label="Age of the comparison queue by number of compare workers"><style>{style}</style>{"".join(parts)}</svg>\n'
    )
