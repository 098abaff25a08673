"""A small filled desk: two reports' worth of claims, sources of every tier, flags; a clock that
tests move; signed-in clients.
"""

import hashlib
import zlib
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from httpx import Response
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from db import accounts, assessments, decisions, reports
from db.engine import writing
from db.enums import Choice, Role
from db.gist import Gist, GistCode
from db.models import CaptureRow, DecisionRow, FetchRow, FlagRow, ItemRow, ItemVersionRow, SourceRow
from db.reason_codes import Reason, ReasonCode
from review import auth as passwords
from review.app import create_desk
from review.auth import hash_password
from review.context import DeskContext
from review.routing import read_message

# Hashing is slow on purpose (0.17 s and 64 MB a password): tests hash with the least argon2 takes.
real_hasher = passwords._hasher
passwords._hasher = cache(lambda: PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PASSWORD = "three quiet green boats"
BASE = "http://127.0.0.1:8000"


@dataclass
class Filled:
    """The database with helpers that write what a cycle would write."""

    engine: Engine
    now: datetime = START
    counter: int = 0
    stories: dict[str, str] = field(default_factory=dict)

    @classmethod
    def with_claims(cls, engine: Engine) -> "Filled":
        """With sources of each tier and one report with four claims; no flag yet."""
        made = cls(engine)
        for name, tier in (("meduza", 2), ("tass", 3), ("gazette", 1), ("verstka", 2)):
            made.source(name, tier)
        made.claims()
        return made

    def tick(self, **by: float) -> datetime:
        self.now += timedelta(**(by or {"seconds": 1}))
        return self.now

    def source(self, source_id: str, tier: int = 2, kind: str = "feed", **config: Any) -> str:
        with writing(self.engine) as session:
            session.add(
                SourceRow(
                    id=source_id, name=source_id.title(), kind=kind, url=f"https://{source_id}.example/rss", tier=tier, failures=0, next_due_at=self.now,
                    last_fetch_at=self.now, last_good_at=self.now, last_outcome="new_items", last_reason="ok",
                    config={"id": source_id, "name": source_id.title(), "kind": kind, "tier": tier, "type": "independent_media", **config},
                )
            )  # fmt: skip
        return source_id

    def claims(self, report: str = "rep-2024", n: int = 4) -> None:
        bodies = [
            {
                "id": f"{report[:3].upper()}-{i:03}", "section": f"{1 + i // 3}.{i % 3 + 1}", "topic": ["exit_ban", "conscription"][i % 2],
                "statement": f"Statement {i}: the fine is {i}0,000 RUB.", "quote": f"Bøden er {i}0.000 RUB.", "as_of": "2024-06", "status": "in_force", "open": False,
                "watch": {"ru": ["штраф за неявку"]}, "values": [], "law": [{"act": "53-ФЗ", "article": "31"}], "changes_if": ["The fine changes."],
                "sources": [{"outlet": "Somebody", "date": "2024-05-01", "url": "https://example.org/x"}],
            }
            for i in range(1, n + 1)
        ]  # fmt: skip
        head = {
            "id": report,
            "title": f"Rapport {report}",
            "publisher": "DRC",
            "published": "2024-06",
            "research_closed": "2024-06-15",
            "language": "da",
            "url": None,
        }
        with writing(self.engine) as session:
            reports.register_report(session, head, bodies, self.now)

    def item(
        self,
        source_id: str,
        title: str,
        text: str = "Текст новости.",
        *,
        key: str = "",
        origin: str | None = None,
        lang: str = "ru",
        notes: list[str] | None = None,
    ) -> int:
        """A new item, or a new version of the one with `key`; returns the version's id."""
        self.counter += 1
        body = f"<rss>{title}{text}</rss>".encode()
        sha = hashlib.sha256(body).hexdigest()
        with writing(self.engine) as session:
            if session.get(CaptureRow, sha) is None:
                session.add(
                    CaptureRow(
                        sha256=sha,
                        deflated=zlib.compress(body),
                        size=len(body),
                        media_type="application/rss+xml",
                        url="https://x.example/rss",
                        received_at=self.now,
                    )
                )
            fetch = FetchRow(
                source_id=source_id, started_at=self.now, ended_at=self.now, outcome="new_items", reason="ok", url="https://x.example/rss", address="192.0.2.1",
                status=200, size=len(body), seen=1, new=1, edited=0, capture_sha256=sha,
            )  # fmt: skip
            session.add(fetch)
            session.flush()
            item = session.scalar(select(ItemRow).where(ItemRow.source_id == source_id, ItemRow.key == key)) if key else None
            if item is None:
                item = ItemRow(
                    source_id=source_id,
                    key=key or f"k{self.counter}",
                    url=f"https://{source_id}.example/{self.counter}",
                    published_at=self.now - timedelta(hours=2),
                    first_seen_at=self.now,
                )
                session.add(item)
                session.flush()
            number = len(session.scalars(select(ItemVersionRow).where(ItemVersionRow.item_id == item.id)).all()) + 1
            version = ItemVersionRow(
                item_id=item.id, number=number, title=title, text=text, lang=lang, edited_at=None, origin=origin, notes=notes or [],
                content_hash=hashlib.sha256(f"{title}{text}".encode()).hexdigest(), fetch_id=fetch.id, seen_at=self.now,
            )  # fmt: skip
            session.add(version)
            session.flush()
            return version.id

    def compare(self, version_id: int, story: str, *, claim: str = "REP-001", report: str = "rep-2024", flag: bool = True, score: float = 0.8,
                severity: str = "medium", changes: list[dict[str, Any]] | None = None, comparer: str = "c1", stage: str | None = "signed", named: list[tuple[str, float]] | None = None, subject: str = "", gist: Gist | None = None) -> None:  # fmt: skip
        """What the cycle stores when it has compared a version. `named`: the claims it names, best
        first; default: `claim`, and REP-002 far behind.
        """
        with writing(self.engine) as session:
            version = session.get_one(ItemVersionRow, version_id)
            item = session.get_one(ItemRow, version.item_id)
            source = session.get_one(SourceRow, item.source_id)
            new = assessments.NewAssessment(
                report_id=report, comparer=comparer, score=score, flag=flag, severity=severity if flag else "none", relation="updates" if flag else "unrelated",
                stage=stage, claims=[{"id": c, "score": s} for c, s in named or [(claim, 0.9), ("REP-002", 0.4)]], changes=changes or [], reasons=[Reason(ReasonCode.SIGNAL_FOR, {"signal": "subject_penalties", "words": ["штраф"]}).stored()], subject=subject,
                gist=(gist or Gist(GistCode.REPORTED, subject or "evasion_penalties", claim, source.name, {"en": "fines for not appearing"}, stage=stage)).stored() if flag else None,
            )  # fmt: skip
            made = assessments.NewComparison(assessments.UncomparedVersion(version, item, source), story, (None, "e", b""), [new])
            assessments.store_comparisons(session, [made], self.now)

    def flag(self, title: str = "Штраф подняли", source: str = "meduza", story: str = "", **given: Any) -> int:
        """One flagged story of one item; returns the flag's id."""
        story = story or f"s{self.counter + 1}"
        text = given.pop("text", f"Текст новости «{title}».")
        self.compare(self.item(source, title, text), story, **given)
        with writing(self.engine) as session:
            return max(session.scalars(select(FlagRow.id)))

    def user(self, name: str, role: Role = Role.REVIEWER) -> int:
        with writing(self.engine) as session:
            return accounts.add_user(session, name, role, hash_password(PASSWORD, name), self.now).id

    def get_flag(self, flag_id: int) -> FlagRow:
        from db.engine import reading

        with reading(self.engine) as session:
            return session.get_one(FlagRow, flag_id)


def client(context: DeskContext, **given: Any) -> TestClient:
    """A browser-like client: same origin, follows nothing by itself."""
    headers = {"sec-fetch-site": "same-origin", "accept": "text/html", **given.pop("headers", {})}
    return TestClient(create_desk(context), base_url=BASE, headers=headers, follow_redirects=False, **given)


def signed_in(context: DeskContext, name: str) -> TestClient:
    """A client whose session is that of `name`."""
    result = client(context)
    with writing(context.engine) as session:
        user = accounts.user_named(session, name)
        assert user is not None
        secret = accounts.open_session(session, user.id, "test", context.now())
    result.cookies.set("sid", secret)
    return result


def laid_out(engine: Engine) -> Filled:
    """A desk with four sources and a report's claims, and nothing flagged yet."""
    result = Filled(engine)
    for name, tier in (("meduza", 2), ("verstka", 2), ("tass", 3), ("gazette", 1)):
        result.source(name, tier)
    result.claims()
    return result


def decide(filled: Filled, flag_id: int, choice: Choice, user: int, **given: object) -> DecisionRow:
    """Decide about a flag, by default on its newest version, a second later."""
    flag = filled.get_flag(flag_id)
    order = decisions.DecisionRequest(flag_id, user, choice, given.pop("version", flag.version))  # type: ignore[arg-type]
    with writing(filled.engine) as session:
        return decisions.decide(session, replace(order, **given), filled.tick())  # type: ignore[arg-type]


def message(answer: Response) -> str:
    """The message that a redirect leaves for the next page."""
    return read_message(answer.cookies.get("message") or "")[0]


def undoable(answer: Response) -> int | None:
    """The decision that the message of a redirect offers to undo."""
    return read_message(answer.cookies.get("message") or "")[1]
