"""Pictures of every page of the desk, for the documentation: the demo's flags, a few decisions, a
real Chromium.

    python -m bench.screenshots [--out docs/desk]      (make screenshots)

Needs Chromium (`apt-get install chromium`) and the developers' requirements. Pictures are made at
1280×800, in light, one in dark, two at phone width.
"""

import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from rich.console import Console
from rich.progress import Progress
from sqlalchemy import Engine, select

from alerts import subscriptions
from alerts.preferences import Preferences
from app.cli.serve import demo_settings
from app.runtime.container import Container
from app.runtime.web import create_app
from app.tools.demo.run import run_demo
from bench.chromium import browsing, parse_arguments
from db import accounts, decisions, flag_messages
from db.engine import writing
from db.enums import Choice, LaterCondition, NotAbout, Rhythm, Role
from db.models import FlagRow

NARROW = {"width": 390, "height": 844}
WIDE = {"width": 1280, "height": 800}
SHOTS = (
    ("queue", "/queue", WIDE, "light"), ("queue-dark", "/queue", WIDE, "dark"), ("queue-phone", "/queue", NARROW, "light"), ("flag", "/flags/{confirmed}", WIDE, "light"),
    ("reports", "/reports", WIDE, "light"), ("report", "/reports/cedoca-2026?status=in_doubt", WIDE, "light"), ("report-phone", "/reports/drc-2024", NARROW, "dark"),
    ("claim", "/claims/{claim}", WIDE, "light"), ("item", "/items/1", WIDE, "light"), ("sources", "/sources", WIDE, "light"), ("source", "/sources/meduza", WIDE, "light"),
    ("search", "/search?q=exit+ban", WIDE, "light"), ("statistics", "/statistics", WIDE, "light"), ("sources-phone", "/sources", NARROW, "light"),
    ("for-you", "/for-you", WIDE, "light"), ("log", "/log?verify=1", WIDE, "light"), ("exports", "/exports", WIDE, "light"), ("methodology", "/methodology", WIDE, "light"),
    ("figures", "/figures", WIDE, "light"), ("subscribers", "/subscribers", WIDE, "light"), ("subscriber", "/subscribers/1", WIDE, "light"),
    ("settings", "/settings", WIDE, "light"), ("users", "/users", WIDE, "light"), ("help", "/help", WIDE, "light"),
)  # fmt: skip


def live(engine: Engine) -> dict[str, object]:
    """Two people, two readers and some decisions; what the addresses need."""
    now = datetime.now(UTC)
    with writing(engine) as session:
        one = accounts.add_user(session, "Anna Jensen", Role.ADMIN, None, now)
        two = accounts.add_user(session, "Bram de Wit", Role.REVIEWER, None, now)
        preferences = Preferences(reports=("drc-2024",), rhythm=Rhythm.WEEKLY, severity="medium")
        subscriptions.add(session, "anna.jensen@coi.example", Preferences(), now, language="da", zone="Europe/Copenhagen", confirmed=True)
        subscriptions.add(session, "anna.jensen@coi.example", preferences, now, language="da", zone="Europe/Copenhagen", confirmed=True)
        subscriptions.add(session, "bram.de.wit@coi.example", Preferences(hour=7), now, language="nl", confirmed=True)
        flags = list(session.scalars(select(FlagRow).order_by(FlagRow.score.desc()).limit(9)))
        choices = (Choice.NEW_LAW, Choice.VALUE_CHANGED, Choice.STILL_VALID, Choice.NOT_ABOUT, Choice.LATER, Choice.CONTRADICTS)
        for flag, choice in zip(flags[3:], choices, strict=False):
            order = decisions.DecisionRequest(
                flag.id, one.id, choice, flag.version, reason=NotAbout.OPINION, condition=LaterCondition.GAZETTE
            )
            decisions.decide(session, order, now)
        flag_messages.send(session, flags[0].id, two.id, one.id, "Is this the decree that section 4 expects?", now)
        one.preferences = {"first_steps_done": True}
        return {
            "confirmed": flags[3].id,
            "claim": flags[3].claim_id,
            "secret": accounts.open_session(session, one.id, "Chromium on Linux", now),
        }


def main() -> None:
    """Make them all."""
    out, browser_path = parse_arguments(__doc__, "docs/desk")
    with tempfile.TemporaryDirectory() as folder:
        run_demo(Path(folder), Console(quiet=True), Progress(disable=True))
        settings = demo_settings(Path(folder), {})
        engine = Container(settings).engine
        facts = live(engine)
        server = uvicorn.Server(uvicorn.Config(create_app(settings, engine), port=0, log_level="error"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.05)
        address = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        _shoot(browser_path, address, facts, out)
        server.should_exit = True
        thread.join(10)
        engine.dispose()


def _shoot(browser_path: str, address: str, facts: dict[str, object], out: Path) -> None:
    with browsing(browser_path) as browser:
        for name, path, size, scheme in SHOTS:
            context = browser.new_context(viewport=size, color_scheme=scheme)  # type: ignore[arg-type]
            context.add_cookies([{"name": "sid", "value": str(facts["secret"]), "url": address}])
            page = context.new_page()
            page.goto(address + path.format(**facts))
            page.screenshot(path=out / f"{name}.png")
            context.close()
            print(out / f"{name}.png")


if __name__ == "__main__":
    main()
