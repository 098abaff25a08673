"""Journeys of researchers and reviewers together, in a real browser: claims side by side, a story
of two reports, likely duplicates, messages, views, citations as rich text, documents.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect
from sqlalchemy import Engine

from db.enums import Role
from db.gist import Gist, GistCode
from review.context import DeskContext
from tests.e2e.desk_browser import enter, follow, overflow, press, serving
from tests.review.factory import Filled, laid_out

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def filled(engine: Engine) -> Filled:
    result = laid_out(engine)
    result.claims("other-2026")
    result.user("Anna")
    result.user("Rosa", Role.RESEARCHER)
    return result


@pytest.fixture
def office(filled: Filled) -> DeskContext:
    return DeskContext(filled.engine, now=lambda: filled.now, methodology=lambda: {"threshold": 0.4, "high": 0.6, "model": "m"})


@pytest.fixture
def address(office: DeskContext) -> Iterator[str]:
    with serving(office) as at:
        yield at


def gist(phrase: str, claim: str) -> Gist:
    return Gist(GistCode.STAGE, "s", claim, "Meduza", {"en": phrase}, stage="signed")


def test_one_key_picks_the_claim_and_one_decides_for_both_reports(
    browser: Browser, filled: Filled, office: DeskContext, address: str
) -> None:
    named = [("REP-001", 0.9), ("REP-003", 0.7), ("REP-004", 0.6)]
    one = filled.flag("Указ подписан", story="s1", named=named, gist=gist("exit bans", "REP-001"))
    two = filled.flag("Указ", story="s1", source="tass", report="other-2026", claim="OTH-001", gist=gist("exit bans", "OTH-001"))
    later = filled.flag("Другая новость", story="s2", score=0.5)
    context, page = enter(browser, office, address, "Anna")
    page.goto(f"{address}/queue")
    expect(page.get_by_role("heading", level=1)).to_have_text("Exit bans: signed or issued")
    expect(page.locator(".card p.original")).to_have_text("Указ подписан")
    expect(page.locator(".rows > li")).to_have_count(2)
    bar = page.locator(".decision-bar").bounding_box()
    assert bar is not None
    assert bar["y"] + bar["height"] <= 800, "the decision is in reach, however many claims stand on the card"
    for key in ("0", "r", "d", "l"):
        press(page, key)
        pop = page.locator(".decide details.pop[open] > .pop-body").bounding_box()
        assert pop is not None
        assert pop["y"] >= 0, key
        assert pop["y"] + pop["height"] <= 800, key
        page.keyboard.press("Escape")
    press(page, "w")
    expect(page.get_by_role("radio", name="REP-003")).to_be_checked()
    press(page, "b")
    with page.expect_navigation():
        press(page, "3")
    assert page.locator(".card").get_attribute("data-flag") == str(later)
    assert [(filled.get_flag(f).state, filled.get_flag(f).claim_id) for f in (one, two)] == [
        ("confirmed", "REP-003"),
        ("confirmed", "OTH-001"),
    ]
    with page.expect_navigation():
        press(page, "z")
    assert [filled.get_flag(f).state for f in (one, two)] == ["open", "open"]
    context.close()


def test_a_likely_duplicate_is_two_keys_away(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    first = filled.flag("Штраф за неявку вырастет втрое", story="s1")
    second = filled.flag("Втрое вырос штраф за неявку", story="s2")
    context, page = enter(browser, office, address, "Anna")
    page.goto(f"{address}/flags/{second}")
    press(page, "d")
    with page.expect_navigation():
        press(page, "a")
    expect(page.get_by_role("heading", level=1)).to_have_text("Do both flags report the same event?")
    with page.expect_navigation():
        page.get_by_role("button", name="Merge flag").click()
    assert filled.get_flag(second).merged_into == first
    context.close()


def test_a_researcher_cites_comments_and_sends_a_flag(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    flag = filled.flag("Штраф подняли", gist=gist("fines", "REP-001"))
    rosas, rosa = enter(browser, office, address, "Rosa", permissions=["clipboard-read", "clipboard-write"])
    rosa.goto(f"{address}/")
    expect(rosa).to_have_url(f"{address}/reports")
    rosa.goto(f"{address}/search?q=fines+appearing")
    rosa.goto(f"{address}/flags/{flag}")
    rosa.get_by_label("Title in Danish").fill("Bøden stiger")
    follow(rosa.get_by_role("button", name="Keep"))
    press(rosa, "c")
    expect(rosa.get_by_role("status").first).to_contain_text("Copied")
    plain = rosa.evaluate("navigator.clipboard.readText()")
    assert plain == "Meduza: Штраф подняли [Bøden stiger] (02.03.26) https://meduza.example/1"
    rich = rosa.evaluate("navigator.clipboard.read().then(items => items[0].getType('text/html')).then(b => b.text())")
    assert '<a href="https://meduza.example/1"' in rich
    assert ">url</a>" in rich
    rosa.get_by_text("Send to a colleague").click()
    rosa.locator("#send select").select_option(label="Anna")
    rosa.locator("#send textarea").fill("Is this the new fine?")
    follow(rosa.get_by_role("button", name="Send", exact=True))
    annas, anna = enter(browser, office, address, "Anna")
    anna.goto(f"{address}/for-you")
    follow(anna.get_by_role("link", name="Fines: signed or issued"))
    expect(anna.locator(".sent")).to_contain_text("Is this the new fine?")
    expect(anna.locator(".warn")).to_contain_text("Rosa opened this flag")
    rosas.close()
    annas.close()


def test_c_copies_in_the_queue_without_leaving_it(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    filled.flag("Штраф подняли")
    context, page = enter(browser, office, address, "Anna", permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{address}/queue")
    press(page, "c")
    expect(page.get_by_role("status").first).to_contain_text("Copied")
    expect(page).to_have_url(f"{address}/queue")
    assert page.evaluate("navigator.clipboard.readText()").startswith("Meduza: Штраф подняли (02.03.26)")
    context.close()


def test_a_filter_becomes_a_view(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    filled.flag(severity="high", story="s1")
    filled.flag(story="s2")
    context, page = enter(browser, office, address, "Anna")
    page.goto(f"{address}/queue?severity=high")
    page.get_by_text("Views").click()
    page.get_by_label("Save this filter as").fill("Grave")
    follow(page.locator(".views").get_by_role("button", name="Save"))
    page.goto(f"{address}/queue")
    page.get_by_text("Views").click()
    follow(page.get_by_role("link", name="Grave"))
    expect(page.locator(".rows > li")).to_have_count(1)
    context.close()


def test_the_filter_stays_inside_the_list_at_1280(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    filled.flag()
    context, page = enter(browser, office, address, "Anna")
    page.goto(f"{address}/queue")
    for name in ("Filter", "Views"):
        page.locator(f".list summary:has-text('{name}')").click()
        box, side = page.locator(".list details[open] > .pop-body").bounding_box(), page.locator(".list").bounding_box()
        assert box is not None
        assert side is not None
        assert box["x"] >= side["x"]
        assert box["x"] + box["width"] <= side["x"] + side["width"], name
    context.close()


def test_on_a_phone_the_decision_is_always_in_reach_and_sources_fit(
    browser: Browser, filled: Filled, office: DeskContext, address: str
) -> None:
    filled.flag(text="Длинный текст. " * 60)
    context, page = enter(browser, office, address, "Anna", viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(f"{address}/queue")
    bar = page.locator(".decision-bar .now").bounding_box()
    assert bar is not None
    assert bar["y"] + bar["height"] == pytest.approx(844, abs=1)
    follow(page.get_by_role("button", name="Still valid").first, tap=True)
    expect(page.get_by_role("status").first).to_contain_text("Decided: still valid.")
    page.goto(f"{address}/sources")
    assert overflow(page) == 0
    context.close()


def test_the_living_report_is_downloaded_as_a_document(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    filled.flag(severity="high")
    context, page = enter(browser, office, address, "Rosa")
    page.goto(f"{address}/reports/rep-2024")
    for name, start in (("DOCX", b"PK"), ("PDF", b"%PDF"), ("XLSX", b"PK")):
        with page.expect_download() as download:
            page.get_by_role("link", name=name).click()
        assert download.value.path().read_bytes().startswith(start), name
    context.close()


def test_a_second_reader_judges_without_seeing_the_first(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    flag = filled.flag("Штраф подняли", gist=gist("fines", "REP-001"))
    filled.user("Boris")
    annas, anna = enter(browser, office, address, "Anna")
    anna.goto(f"{address}/flags/{flag}")
    press(anna, "t")
    expect(anna.get_by_role("checkbox", name="Second reading")).to_be_checked()
    with anna.expect_navigation():
        press(anna, "5")
    expect(anna.get_by_role("status").first).to_contain_text("second reading asked; you judged contradicts")
    boriss, boris = enter(browser, office, address, "Boris")
    boris.goto(f"{address}/queue?second=1")
    expect(boris.locator(".decide")).to_contain_text("hidden until you have judged it")
    expect(boris.locator("main")).not_to_contain_text("judged contradicts")
    with boris.expect_navigation():
        press(boris, "6")
    expect(boris.get_by_role("status").first).to_contain_text("Anna judged contradicts and is told that you differ")
    anna.goto(f"{address}/for-you")
    expect(anna.locator("main")).to_contain_text("Second reading: still valid. You judged: contradicts.")
    annas.close()
    boriss.close()
