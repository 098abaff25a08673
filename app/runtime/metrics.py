"""Prometheus metrics. They are read from the database, so every process gives the same numbers and
a restart loses none.

Counters continue from the last id seen, so a scrape costs the same on a store of any size.
docs/operating.md explains every metric; a test compares.
"""

import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, Histogram, disable_created_metrics
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from db import ops, translations
from db.engine import reading

KEEP = 10.0  # seconds that an answer is cached, so that several scrapers cost no more than one
LAGS = (60, 300, 900, 1800, 3600, 2 * 3600, 6 * 3600, 12 * 3600, 86400, 3 * 86400, 7 * 86400)


disable_created_metrics()  # type: ignore[no-untyped-call] # an extra time series for each counter


class MetricsStore(Collector):
    """Metrics read from the database."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self._engine, self._folder = engine, folder
        self._lock = threading.Lock()
        self._read_at, self._cached = 0.0, list[Metric]()
        self._fetch_id = self._version_id = self._assessment_id = 0
        self._fetches: dict[tuple[str, str], int] = {}
        self._items = self._edits = self._made = self._flagged = 0
        self._lags = [0] * (len(LAGS) + 1)
        self._lag_sum = 0.0
        self._compared_upto = 0  # all versions up to this id are compared

    def describe(self) -> Iterable[Metric]:
        """Nothing: registering must not need a database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        with self._lock:
            if time.monotonic() - self._read_at > KEEP or not self._cached:
                try:
                    self._cached = [
                        *self._counted(),
                        *self._waiting(),
                        *self._machine(),
                        _gauge("ajour_database_up", "1 when the database answers", 1),
                    ]
                except SQLAlchemyError:  # the metric reports it; /ready says why
                    self._cached = [_gauge("ajour_database_up", "1 when the database answers", 0)]
                self._read_at = time.monotonic()
            return list(self._cached)

    def _counted(self) -> Iterable[Metric]:
        with reading(self._engine) as session:
            self._fetch_id, fetches = ops.fetches_after(session, self._fetch_id)
            self._version_id, items, edits, lags = ops.versions_after(session, self._version_id)
            self._assessment_id, made, flagged = ops.assessments_after(session, self._assessment_id)
        for key, count in fetches.items():
            self._fetches[key] = self._fetches.get(key, 0) + count
        self._items, self._edits = self._items + items, self._edits + edits
        self._made, self._flagged = self._made + made, self._flagged + flagged
        for lag in lags:
            self._lags[next((i for i, most in enumerate(LAGS) if lag <= most), len(LAGS))] += 1
            self._lag_sum += max(0.0, lag)
        family = CounterMetricFamily("ajour_fetches", "fetches by how they ended", labels=("outcome", "reason"))
        for (outcome, reason), count in sorted(self._fetches.items()):
            family.add_metric((outcome, reason), count)
        yield family
        yield CounterMetricFamily("ajour_items", "items stored", value=self._items)
        yield CounterMetricFamily("ajour_edits", "further versions of items stored", value=self._edits)
        yield CounterMetricFamily("ajour_assessments", "comparisons of an item version with a report", value=self._made)
        yield CounterMetricFamily("ajour_assessments_flagged", "comparisons that were flagged", value=self._flagged)
        yield self._lag()

    def _lag(self) -> Metric:
        total, buckets = 0, list[tuple[str, float]]()
        for most, count in zip((*map(str, LAGS), "+Inf"), self._lags, strict=True):
            total += count
            buckets.append((most, total))
        family = HistogramMetricFamily("ajour_lag_seconds", "from published to seen, of new items with a date")
        family.add_metric((), buckets, sum_value=self._lag_sum)
        return family

    def _waiting(self) -> Iterable[Metric]:
        now = datetime.now(UTC)

        def age(since: datetime | None) -> float:
            return max(0.0, (now - since).total_seconds()) if since else 0.0

        with reading(self._engine) as session:
            queue, outbox = ops.compare_queue(session, self._compared_upto), ops.outbox_queue(session)
            sources, flags, job_runs = ops.sources_by_outcome(session), ops.flags_by_state(session), ops.job_runs(session)
            late = ops.due_lag(session, now)
            translated = Counter[tuple[str, str, str]]()
            for c in translations.counts(session):
                translated.update({(c.engine, c.target, "kept"): c.kept, (c.engine, c.target, "dropped"): c.dropped})
        self._compared_upto = self._compared_upto if queue.waiting else queue.newest
        yield _gauge("ajour_compare_waiting", "item versions not compared yet", queue.waiting)
        yield _gauge("ajour_compare_oldest_seconds", "how long the oldest of them has waited", age(queue.oldest))
        yield _gauge("ajour_watch_late_seconds", "delay of the most overdue source", late)
        yield _labelled("ajour_outbox", "messages by state", ("state",), {(s,): q.waiting for s, q in outbox.items()})
        yield _labelled(
            "ajour_outbox_oldest_seconds",
            "age of the oldest message in a state",
            ("state",),
            {(s,): age(q.oldest) for s, q in outbox.items()},
        )
        yield _labelled("ajour_sources", "watched sources by their last outcome", ("outcome",), {(o,): n for o, n in sources.items()})
        yield _labelled("ajour_flags", "flags by state and severity", ("state", "severity"), flags)
        yield _labelled("ajour_translations", "machine translations stored", ("engine", "language", "outcome"), translated)
        yield _labelled(
            "ajour_job_good_age_seconds",
            "time since the last success of a job",
            ("name",),
            {(n,): age(d.good_at) if d.good_at else float("inf") for n, d in job_runs.items()},
        )
        yield _labelled("ajour_job_failures", "failures of a job in a row", ("name",), {(n,): d.failures for n, d in job_runs.items()})

    def _machine(self) -> Iterable[Metric]:
        yield _gauge("ajour_database_bytes", "size of the database", ops.database_bytes(self._engine))
        yield _gauge("ajour_disk_free_bytes", "free space on the disk of the data folder", free_bytes(self._folder))


def free_bytes(folder: Path) -> int:
    """Free bytes on the disk of `folder`, or of its nearest existing parent."""
    return shutil.disk_usage(next(p for p in (folder, *folder.resolve().parents) if p.exists())).free


def _gauge(name: str, description: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, description, value=value)


def _labelled(name: str, description: str, labels: tuple[str, ...], values: Mapping[Any, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, description, labels=labels)
    for key, value in sorted(values.items()):
        family.add_metric(key, value)
    return family


class Metrics:
    """The registry of a process: numbers from the database, and durations that this process
    measured.
    """

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(MetricsStore(engine, folder))
        self._job = Histogram(
            "ajour_job_seconds", "duration of a job", ("name",), registry=self.registry, buckets=(0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600)
        )
        self._compare = Histogram(
            "ajour_compare_seconds", "time to compare one item with all reports and to store it", registry=self.registry,
            buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5),
        )  # fmt: skip

    def observe(self, name: str, seconds: float) -> None:
        """Record the duration of the job `name`, or of one compared item ("comparing_item")."""
        if name == "comparing_item":
            self._compare.observe(seconds)
        elif not name.endswith("_item"):
            self._job.labels(name).observe(seconds)
