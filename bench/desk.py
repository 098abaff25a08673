"""How long the desk's pages take with 100,000 items and 5,000 flags on SQLite: server time per
page, median of several visits.

    python -m bench.desk [--items 100000] [--flags 5000] [--keep FILE]

The database is filled with made-up rows of realistic size (a reprint of 1,200 letters, two reports
of 150 claims, every flag with its assessment, one in five decided). Pages are asked for through the
whole app (gate, session, templates) inside this process. The limit is set against the processor
time of this process, which other work on the machine does not stretch; the time on the wall stands
beside it.
"""

import argparse
import hashlib
import random
import statistics
import tempfile
import time
import zlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select
from starlette.testclient import TestClient

from alerts.atom import write_atom
from app.runtime.web_server import spare_collections
from app.tools.report import plots
from db import accounts, decisions, reports
from db.engine import connect, reading, writing
from db.enums import Choice, LaterCondition, NotAbout, Role
from db.migrate import upgrade
from db.models import AssessmentRow, CaptureRow, ClaimRow, FetchRow, FlagRow, ItemRow, ItemVersionRow, SourceRow, StoryRow
from db.reason_codes import Reason, ReasonCode
from review.app import create_desk
from review.context import DeskContext

LIMIT = 0.060  # seconds of processor time a page may take on an idle machine
WORDS = [
    "повестка",
    "призыв",
    "реестр",
    "военкомат",
    "отсрочка",
    "закон",
    "Госдума",
    "срочник",
    "контракт",
    "мобилизация",
    "суд",
    "штраф",
    "выезд",
    "граница",
    "служба",
    "указ",
    "резервист",
    "регион",
    "часть",
    "комиссия",
]
CHOICES = (Choice.NEW_LAW, Choice.STILL_VALID, Choice.NOT_ABOUT, Choice.CONTRADICTS, Choice.LATER)
NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def fill(engine: Engine, items: int, flags: int) -> None:
    """Made-up rows, the same on every machine."""
    dice = random.Random(7)
    sources = [f"source-{n:03}" for n in range(120)]
    with writing(engine) as session:
        session.execute(insert(SourceRow), [_source(s, n) for n, s in enumerate(sources)])
        session.add(
            CaptureRow(
                sha256="0" * 64,
                deflated=zlib.compress(b"<rss/>"),
                size=6,
                media_type="application/rss+xml",
                url="https://x.example",
                received_at=NOW,
            )
        )
        for report in ("report-a", "report-b"):
            head = {
                "id": report,
                "title": f"The report {report}",
                "publisher": report.title(),
                "published": "2025-01",
                "research_closed": "2025-01-01",
                "language": "en",
            }
            reports.register_report(session, head, [_claim(report, n) for n in range(150)], NOW - timedelta(days=400))
    with writing(engine) as session:
        session.execute(insert(FetchRow), [_fetch(dice.choice(sources), n) for n in range(40_000)])
    claims = _claims(engine)
    for start in range(0, items, 5_000):
        with writing(engine) as session:
            _batch(session, range(start + 1, min(items, start + 5_000) + 1), dice, sources, claims, flags, items)
    with writing(engine) as session:
        user = accounts.add_user(session, "Bench", Role.ADMIN, None, NOW)
        for n, flag in enumerate(session.scalars(select(FlagRow).where(FlagRow.id % 5 == 0)).all()):
            order = decisions.DecisionRequest(
                flag.id, user.id, CHOICES[n % len(CHOICES)], 1, reason=NotAbout.OLD, condition=LaterCondition.GAZETTE
            )
            decisions.decide(session, order, NOW - timedelta(minutes=len(sources) + n))


def _source(source_id: str, n: int) -> dict[str, Any]:
    return {
        "id": source_id, "name": f"Source {n}", "kind": "feed", "url": f"https://{source_id}.example", "tier": 1 + n % 4, "config": {"type": "independent_media"}, "listed": True,
        "failures": 0, "next_due_at": NOW, "last_fetch_at": NOW, "last_good_at": NOW, "last_outcome": "nothing_new", "last_reason": "ok",
    }  # fmt: skip


def _claim(report: str, n: int) -> dict[str, Any]:
    return {
        "id": f"{report[-1].upper()}-{n:03}", "section": f"{1 + n // 30}.{n // 5 % 6 + 1}", "topic": WORDS[n % 8], "statement": f"Claim {n} about {WORDS[n % 20]} says that it is {n}.",
        "quote": "A quoted sentence of the report. " * 2, "as_of": "2024-12", "status": "in_force", "watch": {"ru": WORDS[:8], "en": WORDS[:4]}, "changes_if": ["it changes"] * 4,
    }  # fmt: skip


def _fetch(source: str, n: int) -> dict[str, Any]:
    at = NOW - timedelta(minutes=30 * (n // 60))
    return {
        "source_id": source, "started_at": at, "ended_at": at, "outcome": "nothing_new" if n % 9 else "blocked_or_broken", "reason": "ok", "url": "https://x.example", "size": 9, "seen": 9, "new": 0,
        "edited": 0, "capture_sha256": "0" * 64,
    }  # fmt: skip


def _claims(engine: Engine) -> dict[str, list[str]]:
    with reading(engine) as session:
        return {r: list(session.scalars(select(ClaimRow.id).where(ClaimRow.report_id == r))) for r in ("report-a", "report-b")}


def _batch(session: Any, ids: range, dice: random.Random, sources: list[str], claims: dict[str, list[str]], flags: int, items: int) -> None:
    rows: dict[type[Any], list[dict[str, Any]]] = {m: [] for m in (StoryRow, ItemRow, ItemVersionRow, AssessmentRow, FlagRow)}
    every = max(1, 2 * items // flags)  # two reports
    for i in ids:
        at = NOW - timedelta(minutes=4 * (items - i))
        title = " ".join(dice.choices(WORDS, k=9)).capitalize()
        rows[StoryRow].append({"id": i, "key": f"s{i}", "title": title, "first_at": at, "last_at": at, "items": 1, "origins": 1})
        rows[ItemRow].append(
            {
                "id": i,
                "source_id": dice.choice(sources),
                "key": f"k{i}",
                "url": f"https://x.example/{i}",
                "published_at": at,
                "first_seen_at": at,
                "story_id": i,
            }
        )
        text = " ".join(dice.choices(WORDS, k=160))
        rows[ItemVersionRow].append(
            {
                "id": i,
                "item_id": i,
                "number": 1,
                "title": title,
                "text": text,
                "lang": "ru",
                "notes": [],
                "content_hash": hashlib.sha256(text.encode()).hexdigest(),
                "fetch_id": 1 + i % 40_000,
                "seen_at": at,
            }
        )
        for n, (report, own) in enumerate(claims.items()):
            flagged = i % every == 0
            named = dice.sample(own, 5)
            rows[AssessmentRow].append(_assessment(2 * i + n, i, report, named, flagged, dice.random(), at))
            if flagged:
                rows[FlagRow].append(_flag(i, report, named[0], 2 * i + n, dice, at))
    for model, made in rows.items():
        if made:
            session.execute(insert(model), made)


def _assessment(number: int, item: int, report: str, named: list[str], flagged: bool, score: float, at: datetime) -> dict[str, Any]:
    changes = [{"claim": named[0], "what": "the fine", "old": "10,000 RUB", "new": "30 тысяч", "likeness": 1.0}] if item % 3 == 0 else []
    return {
        "id": number, "item_version_id": item, "report_id": report, "comparer": "c", "score": score, "flagged": flagged, "severity": "medium" if flagged else "none", "relation": "updates", "stage": "signed",
        "claims": [{"id": c, "score": 0.5} for c in named], "changes": changes, "reasons": [Reason(ReasonCode.SIGNAL_FOR, {"signal": "subject_summons", "words": ["повестка"]}).stored()] * 5, "made_at": at,
    }  # fmt: skip


def _flag(story: int, report: str, claim: str, assessment: int, dice: random.Random, at: datetime) -> dict[str, Any]:
    return {
        "story_id": story, "report_id": report, "claim_id": claim, "assessment_id": assessment, "score": dice.random(), "severity": dice.choice(["high", "medium", "medium", "low"]), "relation": "updates",
        "state": "open", "raised_at": at, "changed_at": at, "version": 1, "movement": "new", "second_reader": False,
    }  # fmt: skip


PAGES = (
    "/queue", "/queue?page=40", "/queue?report=report-a&severity=high", "/queue?state=confirmed", "/flags/2500", "/reports", "/reports/report-a", "/reports/report-a?at=2026-06-01",
    "/claims/A-007", "/items/50000", "/stories/s50000", "/sources", "/sources/source-007", "/search?q=повестка+реестр", "/search?q=нетакогослова", "/search?lang=ru&flagged=yes", "/log", "/exports",
    "/methodology", "/figures", "/settings", "/users", "/api/v1/flags", "/api/v1/reports/report-a/claims", "/feeds/flags.atom",
)  # fmt: skip


def measure(engine: Engine, visits: int) -> dict[str, tuple[float, float]]:
    """page → median seconds of (processor time, time on the wall)."""
    client = TestClient(create_desk(DeskContext(engine, now=lambda: NOW, plots=plots, atom=write_atom)), base_url="http://127.0.0.1:8000")
    with writing(engine) as session:
        user = accounts.user_named(session, "Bench")
        assert user is not None
        client.cookies.set("sid", accounts.open_session(session, user.id, "bench", NOW))
    spare_collections()  # as the server does
    times = {}
    for page in PAGES:
        worked, waited = [], []
        for _ in range(visits):
            cpu, wall = time.process_time(), time.perf_counter()
            answer = client.get(page, headers={"accept": "text/html"})
            worked.append(time.process_time() - cpu)
            waited.append(time.perf_counter() - wall)
            assert answer.status_code == 200, (page, answer.status_code)
        times[page] = (statistics.median(worked), statistics.median(waited))
    return times


def main() -> None:
    """Fill, measure, print; exit 1 where a page is too slow."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--flags", type=int, default=5_000)
    parser.add_argument("--visits", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="fill this database, or measure it if it is there")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = options.keep or Path(folder) / "bench.db"
        fresh = not path.exists()
        engine = connect(f"sqlite:///{path}")
        upgrade(engine)
        if fresh:
            began = time.perf_counter()
            fill(engine, options.items, options.flags)
            print(f"filled with {options.items:,} items in {time.perf_counter() - began:.0f} s, {path.stat().st_size / 1e6:,.0f} MB")
        times = measure(engine, options.visits)
        engine.dispose()
    for page, (work, wall) in sorted(times.items(), key=lambda row: -row[1][0]):
        print(f"{work * 1000:7.1f} ms work  {wall * 1000:7.1f} ms on the wall  {page}{'  TOO SLOW' if work > LIMIT else ''}")
    raise SystemExit(any(work > LIMIT for work, _ in times.values()))


if __name__ == "__main__":
    main()
