"""Pictures of a digest and of a reader's own page, and the digest's plain text, for the
documentation: the demo's flags, in a real Chromium.

    python -m bench.digest_pictures [--out docs/digests]      (make screenshots)

One flag is confirmed, one that an earlier digest told as confirmed is withdrawn, the others are
open. Needs Chromium and the developers' requirements.
"""

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from rich.console import Console
from rich.progress import Progress
from sqlalchemy import Engine, select
from starlette.testclient import TestClient

from alerts import subscriptions
from alerts.digest import choose, gather
from alerts.digest_entry import sent_facts
from alerts.mail.mail_config import MailConfig
from alerts.mail.mime import personal
from alerts.mail.render import RenderedMail, render
from alerts.preferences import Preferences
from alerts.signed_links import LinkSigner
from alerts.subscriber_pages import create_app
from app.cli.serve import demo_settings
from app.runtime.container import Container
from app.tools.demo.run import run_demo
from bench.chromium import browsing, parse_arguments
from db import accounts, decisions
from db.engine import reading, writing
from db.enums import Choice, FlagState, NotAbout, Rhythm, Role
from db.models import FlagRow, NotificationRow, StoryRow, SubscriberRow

MAIL_CONFIG = MailConfig(LinkSigner("https://ajour.example.org", "a key for pictures, not for mails"))
TOKEN = "1.0.1.q4k3…"
ZONE = "Europe/Copenhagen"
SHOTS = (("light", "digest", "light", 640), ("dark", "digest", "dark", 640), ("320", "digest", "light", 320), ("390", "digest", "light", 390), ("390-dark", "digest-da", "dark", 390), ("da", "digest-da", "light", 640), ("page", "page", "light", 640), ("copy", "copy", "light", 640))  # fmt: skip


def digests(engine: Engine, now: datetime) -> dict[str, RenderedMail]:
    """language → the digest of the last day."""
    with writing(engine) as session:
        reviewer = accounts.add_user(session, "Anna Jensen", Role.REVIEWER, None, now)
        of_drc = select(FlagRow).join(StoryRow, StoryRow.id == FlagRow.story_id).where(FlagRow.report_id == "drc-2024")
        confirmed = session.scalars(of_drc.where(FlagRow.claim_id == "DRC-065").order_by(FlagRow.score.desc()).limit(1)).one()
        withdrawn = session.scalars(of_drc.where(FlagRow.id != confirmed.id).order_by(FlagRow.score.desc()).limit(1)).one()
        notification = NotificationRow(flag_id=withdrawn.id, at=now - timedelta(days=2), as_of=now - timedelta(days=2))
        statement = (
            "From 1 January 2026 conscription runs all year; men are sent to the army twice a year, as before (law of 4 November 2025)."
        )
        law = decisions.DecisionRequest(
            confirmed.id, reviewer.id, Choice.NEW_LAW, confirmed.version, claim_id="DRC-065", statement=statement
        )
        decisions.decide(session, law, now)
        decisions.decide(
            session, decisions.DecisionRequest(withdrawn.id, reviewer.id, Choice.NOT_ABOUT, withdrawn.version, reason=NotAbout.OPINION), now
        )
    with reading(engine) as session:
        pool = gather(session, now - timedelta(days=1), now + timedelta(minutes=1))
    entry = next(e for e in pool.entries if e.flag_id == withdrawn.id)
    rendered = {}
    for language in ("en", "da"):
        notification.facts = {**sent_facts(entry, language), "state": FlagState.CONFIRMED.value}
        digest = choose(pool, Preferences(), {withdrawn.id: notification}, language=language, zone=ZONE)
        rendered[language] = render(digest, MAIL_CONFIG.links, personal=True)
    return rendered


def own_pages(engine: Engine, now: datetime) -> dict[str, str]:
    """The page on which a reader sees what they subscribed to, and an archived copy."""
    weekly = Preferences(reports=("cedoca-2026",), rhythm=Rhythm.WEEKLY, severity="medium", hour=8)
    with writing(engine) as session:
        for preferences in (Preferences(reports=("drc-2024",)), weekly):
            row = subscriptions.add(session, "reader@example.org", preferences, now, zone=ZONE, confirmed=True)
        token = MAIL_CONFIG.links.token(session.get_one(SubscriberRow, row.subscriber_id))
        links = MAIL_CONFIG.links
        addresses = {"page": links.preferences(token), "copy": links.archived(1, now, token)}
    client = TestClient(create_app(engine, MAIL_CONFIG, lambda: now))
    style = client.get("/style.css").text
    return {name: _self_contained(client.get(urlsplit(url).path.removeprefix("/s")).text, style) for name, url in addresses.items()}


def _self_contained(page: str, style: str) -> str:
    return page.replace('<link rel="stylesheet" href="/style.css">', f"<style>{style}</style>")


def main() -> None:
    """Make them all."""
    out, browser_path = parse_arguments(__doc__, "docs/digests")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run_demo(folder, Console(quiet=True), Progress(disable=True))
        now = datetime.now(UTC)
        engine = Container(demo_settings(folder, {})).engine
        mails = digests(engine, now)
        (out / "digest.txt").write_text(f"Subject: {mails['en'].subject}\n\n{personal(mails['en'].text, TOKEN)}", "utf-8")
        pages = {"digest": mails["en"].html, "digest-da": mails["da"].html, **own_pages(engine, now)}
        for stem, html in pages.items():
            (folder / f"{stem}.html").write_text(html, "utf-8")
        _shoot(browser_path, folder, out)
        engine.dispose()


def _shoot(browser_path: str, folder: Path, out: Path) -> None:
    with browsing(browser_path) as browser:
        for name, stem, scheme, width in SHOTS:
            height = 850 if stem in ("page", "copy") else 1500
            context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)  # type: ignore[arg-type]
            page = context.new_page()
            page.goto((folder / f"{stem}.html").as_uri())
            page.screenshot(path=out / f"digest-{name}.png")
            context.close()
            print(out / f"digest-{name}.png")


if __name__ == "__main__":
    main()
