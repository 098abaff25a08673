"""A real Chromium against a real server on loopback, for the desk's journeys. Skipped with a clear
word where there is no Chromium.
"""

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from db import accounts
from db.engine import writing
from db.gist import Gist, GistCode, GistValue
from review.app import create_desk
from review.context import DeskContext
from tests.review.factory import Filled

_PATIENCE = 90_000  # ms; everything is on this machine, but it may be busy
expect.set_options(timeout=_PATIENCE)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str:
    """Path of the system's Chromium; skips the test where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine: `apt-get install chromium` runs the desk's journeys")
    return found


@contextmanager
def browsing() -> Iterator[Browser]:
    """One headless Chromium."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        try:
            yield browser
        finally:
            browser.close()


# As if the font were a fifth of its size wider at every letter: more than any font that a machine
# falls back to, and more than the text spacing that WCAG 1.4.12 asks a page to bear.
_WIDE = "* { letter-spacing: .2em !important; word-spacing: .2em !important; line-height: 1.6 !important; }"
# The pages' policy forbids <style>
_ADOPT = "css => { const sheet = new CSSStyleSheet(); sheet.replaceSync(css); document.adoptedStyleSheets = [sheet]; }"


def widen_font(page: Page) -> None:
    """Show the page in a wide font, whatever fonts this machine has."""
    page.evaluate(_ADOPT, _WIDE)


def overflow(page: Page) -> int:
    """By how many pixels the page is wider than the screen."""
    return int(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))


def faults(page: Page, scheme: str) -> list[dict[str, Any]]:
    """What axe finds against WCAG 2.2 AA. Of a dark page only the contrast of its colours: all else
    is as in the light one.
    """
    rules: Any = (
        ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] if scheme == "light" else {"type": "rule", "values": ["color-contrast"]}
    )
    return list(Axe().run(page, options={"runOnly": rules}).response["violations"])


@contextmanager
def serving(office: DeskContext) -> Iterator[str]:
    """The desk on a free port of 127.0.0.1; yields its address."""
    server = uvicorn.Server(uvicorn.Config(create_desk(office), host="127.0.0.1", port=0, log_level="error", lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 120
    while not server.started:
        if time.monotonic() > deadline:
            raise RuntimeError("the desk did not start")
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)


def follow(target: Locator, *, tap: bool = False) -> None:
    """Click what leads to another page, and wait until that page has loaded."""
    with target.page.expect_navigation():
        if tap:
            target.tap()
        else:
            target.click()


def press(page: Page, key: str) -> None:
    """Press a key on a page whose script runs: before that no key does anything."""
    page.wait_for_load_state("load")
    page.keyboard.press(key)


def enter(browser: Browser, office: DeskContext, address: str, name: str, **given: object) -> tuple[BrowserContext, Page]:
    """A context in which `name` is signed in, and its first page."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **given})  # type: ignore[arg-type]
    with writing(office.engine) as session:
        user = accounts.user_named(session, name)
        assert user is not None
        secret = accounts.open_session(session, user.id, "journey", office.now())
    context.add_cookies([{"name": "sid", "value": secret, "url": address}])
    context.set_default_timeout(_PATIENCE)
    return context, context.new_page()


def _roubles(number: int, times: int) -> GistValue:
    return GistValue(number * times, number * times, "RUB")


def stock(filled: Filled, n: int) -> list[int]:
    """`n` flags of different stories, claims and sources."""
    sources = ["meduza", "verstka", "tass", "gazette"]
    return [
        filled.flag(
            title=f"Госдума приняла поправку номер {i}", source=sources[i % 4], story=f"j{i}", claim=f"REP-{1 + i % 4:03}", score=0.95 - i / 100,
            text=f"Штраф вырастет. Теперь {i}5 тысяч рублей за неявку. Закон вступает в силу с 1 апреля 2026 года.",
            changes=[{"claim": f"REP-{1 + i % 4:03}", "what": "the fine", "old": f"{1 + i % 4}0,000 RUB", "new": f"{i}5 тысяч рублей", "likeness": 1.0}],
            gist=Gist(GistCode.VALUE, "fines", f"REP-{1 + i % 4:03}", "Meduza", {"en": "the fine"}, "fines.amount", _roubles(1 + i % 4, 10_000), _roubles(10 * i + 5, 1_000), stage="signed"),
        )
        for i in range(n)
    ]  # fmt: skip
