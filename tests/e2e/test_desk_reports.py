"""A report at the desk in a real browser: from its file to its first claim, by keyboard, also on a
phone.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from app.runtime.report_admin import DeskReportAdmin
from app.runtime.settings import load_settings
from db.enums import Role
from review.context import DeskContext
from tests.e2e.desk_browser import enter, follow, overflow, press, serving
from tests.monitor import report_files
from tests.review.conftest import LightContainer
from tests.review.factory import Filled, laid_out

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def filled(engine: Engine) -> Filled:
    return laid_out(engine)


@pytest.fixture
def office(filled: Filled, tmp_path: Path) -> DeskContext:
    admin = DeskReportAdmin(LightContainer(load_settings(data=tmp_path / "var"), filled.engine))
    return DeskContext(filled.engine, now=lambda: filled.now, reports=admin)


@pytest.fixture
def address(office: DeskContext) -> Iterator[str]:
    with serving(office) as at:
        yield at


def test_drafts_are_decided_by_keyboard_with_the_page_beside_them(
    browser: Browser, filled: Filled, office: DeskContext, address: str, tmp_path: Path
) -> None:
    (tmp_path / "agents.pdf").write_bytes(report_files.as_pdf())
    filled.user("Edda", Role.EDITOR)
    _, page = enter(browser, office, address, "Edda")
    page.set_default_timeout(40_000)  # the first import loads the packs and starts a parser process
    page.goto(f"{address}/reports/new")
    for label, value in (("Id:", "agents-x"), ("Publisher", "A desk"), ("Research closed on", "2025-06-30"), ("Language", "en")):
        page.get_by_label(label).fill(value)
    page.get_by_label("foreign_agents").check()
    page.locator("input[type=file]").set_input_files(tmp_path / "agents.pdf")
    follow(page.get_by_role("button", name="Create"))
    expect(page.get_by_text("drafts wait")).to_be_visible()
    follow(page.get_by_role("link", name="Decide the next one"))
    expect(page.locator("mark")).to_have_text(report_files.sentences()[0])
    press(page, "e")
    page.keyboard.type("Foreign influence suffices for the status.")
    press(page, "Escape")
    press(page, "a")
    expect(page.get_by_text("AGENTSX-001 accepted.")).to_be_visible()
    expect(page.locator("mark")).to_have_text(report_files.sentences()[1])
    press(page, "x")
    expect(page.get_by_text("Dropped.")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    assert overflow(page) <= 0
    page.goto(f"{address}/claims/AGENTSX-001/edit")
    assert overflow(page) <= 0
