"""How a digest and the reader's pages look in a real browser: nothing overflows at 320 px, axe
finds no fault, nothing is fetched from anywhere.
"""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine
from starlette.testclient import TestClient

from alerts.digest import build
from alerts.mail.render import render
from alerts.subscriber_pages import create_app
from db.engine import reading, writing
from tests.alerts_factory import MAIL_CONFIG, NOW, TEXT, Tale, add_flag, decide, lay_out, path, subscribe
from tests.e2e.desk_browser import faults, overflow, widen_font

pytestmark = [pytest.mark.timeout(900), pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")]
LONG = "https://paper.example.com/" + "a" * 200


def pages(engine: Engine) -> dict[str, str]:
    """name → HTML of a digest and of the reader's pages."""
    with writing(engine) as session:
        lay_out(session)
        reader = subscribe(session)
        flag = add_flag(session, Tale(sources=("gazette", "paper", "channel"), url=LONG, text=f"{TEXT} {LONG}"))
        decide(session, flag, "new_or_amended_law", "confirmed", NOW - timedelta(hours=3))
        add_flag(session, Tale(claim="C-2", changes=[], title="Слово" * 60))
    with reading(engine) as session:
        html = render(build(session, NOW - timedelta(days=1), NOW), MAIL_CONFIG.links, personal=True).html
    client = TestClient(create_app(engine, MAIL_CONFIG, lambda: NOW))
    css = client.get("/style.css").text
    token = MAIL_CONFIG.links.token(reader)
    urls = {"preferences": f"/p/{token}", "unsubscribe": f"/u/{token}", "feedback": f"/e/{token}/1", "subscribe": "/subscribe"}
    urls["copy"] = path(MAIL_CONFIG.links.archived(1, NOW, token)).removeprefix("/s")
    own = {
        name: client.get(url).text.replace('<link rel="stylesheet" href="/style.css">', f"<style>{css}</style>")
        for name, url in urls.items()
    }
    return {"digest": html, **own}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_fits_a_phone_and_is_readable_for_all(engine: Engine, browser: Browser, scheme: str, tmp_path: Path) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": 320, "height": 700})  # type: ignore[arg-type]
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.url))
    for name, html in pages(engine).items():
        file = tmp_path / f"{name}.html"
        file.write_text(html, encoding="utf-8")
        page.goto(file.as_uri())
        assert overflow(page) <= 0, name
        found = faults(page, scheme)
        assert not found, (name, scheme, [(f["id"], [n["html"][:200] for n in f["nodes"][:3]]) for f in found])
        widen_font(page)
        assert overflow(page) <= 0, f"{name} in a wide font"
    assert {u.split(":")[0] for u in asked} == {"file"}
    context.close()
