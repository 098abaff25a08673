"""The desk in a real browser: from the first start to the first decision, by keyboard, by two
people, by phone, without JavaScript, against hostile text.
"""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Dialog, expect
from sqlalchemy import Engine

from alerts.atom import write_atom
from alerts.mail.mail_config import MailConfig as PostOffice
from alerts.signed_links import LinkSigner
from app.runtime.subscriber_admin import DeskSubscriberAdmin
from app.tools.report import plots
from db import accounts
from db.engine import writing
from db.enums import Role
from review.context import DeskContext, TrialFetch
from tests.e2e.desk_browser import enter, faults, follow, overflow, press, serving, stock, widen_font
from tests.review.factory import PASSWORD, Filled, laid_out

pytestmark = pytest.mark.timeout(900)


@pytest.fixture
def filled(engine: Engine) -> Filled:
    return laid_out(engine)


@pytest.fixture
def office(filled: Filled) -> DeskContext:
    return DeskContext(
        filled.engine,
        now=lambda: filled.now,
        test_source=lambda s: TrialFetch(True, s, 1),
        methodology=lambda: {"threshold": 0.4, "model": "m"},
        atom=write_atom,
        plots=plots,
        readers=DeskSubscriberAdmin(PostOffice(LinkSigner("https://desk.example", "s" * 32))),
    )


@pytest.fixture
def address(office: DeskContext) -> Iterator[str]:
    with serving(office) as at:
        yield at


def test_from_the_first_start_to_the_first_decision(browser: Browser, filled: Filled, address: str) -> None:
    flag = stock(filled, 3)[0]
    with writing(filled.engine) as session:
        link = accounts.replace_setup_token(session, filled.now)
    page = browser.new_context().new_page()
    page.goto(f"{address}/setup/{link}")
    page.get_by_label("Your name").fill("Anna")
    page.get_by_label(re.compile("Password")).fill(PASSWORD)
    follow(page.get_by_role("button", name="Make the first user"))
    follow(page.get_by_role("button", name="Got it"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("The fine")
    follow(page.get_by_role("button", name="Value or date changed"))
    expect(page.get_by_role("status").first).to_contain_text("Decided: value or date changed.")
    assert filled.get_flag(flag).state == "confirmed"


def test_ten_cards_are_cleared_by_keyboard_alone(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    flags = stock(filled, 10)
    filled.user("Anna")
    context, page = enter(browser, office, address, "Anna")
    page.goto(f"{address}/queue")
    for n, keys in enumerate(["1", "2", "3", "4", "5", "6", "03", "l1", "l3", "6"]):
        before = page.locator(".card").get_attribute("data-flag")
        with page.expect_navigation():
            for key in keys:
                press(page, key)
        if n < 9:
            assert page.locator(".card").get_attribute("data-flag") != before
            expect(page.locator("#card-title")).to_be_focused()
    expect(page.get_by_role("heading", name="The queue is empty")).to_be_visible()
    states = sorted(filled.get_flag(f).state for f in flags)
    assert states == ["confirmed"] * 5 + ["dismissed"] * 3 + ["later"] * 2
    context.close()


def test_another_claim_and_a_duplicate_take_enter(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    moved, other, double = (filled.flag(title=f"Новость {n}", story=f"story {n}") for n in range(3))
    filled.user("Anna")
    context, page = enter(browser, office, address, "Anna")
    page.goto(f"{address}/flags/{moved}")
    press(page, "r")
    page.keyboard.type("REP-003")
    with page.expect_navigation():
        press(page, "Enter")
    assert filled.get_flag(moved).claim_id == "REP-003"
    page.goto(f"{address}/flags/{double}")
    press(page, "d")
    page.keyboard.type(str(other))
    with page.expect_navigation():
        press(page, "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Do both flags report the same event?")
    assert filled.get_flag(double).state == "open"
    follow(page.get_by_role("button", name=f"Merge flag {double} into flag {other}"))
    expect(page.get_by_role("status").first).to_contain_text("Decided: duplicate.")
    assert filled.get_flag(double).merged_into == other
    context.close()


def test_moving_reasons_help_and_search_by_key(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    stock(filled, 3)
    filled.user("Anna")
    context, page = enter(browser, office, address, "Anna")
    page.goto(f"{address}/queue")
    first = page.locator(".card").get_attribute("data-flag")
    for key in ("j", "k"):
        with page.expect_navigation():
            press(page, key)
    assert page.locator(".card").get_attribute("data-flag") == first
    press(page, "i")
    expect(page.locator(".reasons")).to_be_visible()
    press(page, "?")
    expect(page.locator("#keys")).to_be_visible()
    press(page, "Escape")
    press(page, "n")
    page.keyboard.type("1 2 3 j z")
    assert page.locator(".decide input[name=note]").input_value() == "1 2 3 j z", "no key works inside a field"
    press(page, "Enter")
    assert filled.get_flag(int(first or 0)).state == "open", "Enter in a field decides nothing"
    press(page, "Escape")
    with page.expect_navigation():
        press(page, "/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    context.close()


def test_keys_can_be_remapped_and_switched_off(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    flag = stock(filled, 2)[0]
    filled.user("Anna")
    context, page = enter(browser, office, address, "Anna")
    page.goto(f"{address}/settings")
    page.locator("input[name=key_still_valid]").fill("m")
    page.locator("input[name=key_second_reading]").fill("p")
    with page.expect_navigation():
        page.get_by_role("button", name="Save the keys").click()
    page.goto(f"{address}/queue?flag={flag}")
    expect(page.get_by_role("button", name="m Still valid")).to_be_visible()
    expect(page.get_by_role("checkbox", name="p Second reading")).not_to_be_checked()
    press(page, "p")
    expect(page.get_by_role("checkbox", name="p Second reading")).to_be_checked()
    press(page, "p")
    press(page, "6")
    assert filled.get_flag(flag).state == "open"
    with page.expect_navigation():
        press(page, "m")
    assert filled.get_flag(flag).state == "dismissed"
    page.goto(f"{address}/settings")
    page.get_by_label("Switch keyboard shortcuts off").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Save the keys").click()
    page.goto(f"{address}/queue")
    open_flag = page.locator(".card").get_attribute("data-flag")
    press(page, "m")
    page.wait_for_timeout(200)
    assert filled.get_flag(int(open_flag or 0)).state == "open"
    context.close()


def test_undo_survives_a_reload(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    flags = stock(filled, 3)
    filled.user("Anna")
    context, page = enter(browser, office, address, "Anna")
    page.goto(f"{address}/queue")
    for _ in range(2):
        with page.expect_navigation():
            press(page, "6")
    page.goto(f"{address}/queue")
    page.reload()
    for _ in range(2):
        with page.expect_navigation():
            press(page, "z")
    assert {filled.get_flag(f).state for f in flags} == {"open"}
    context.close()


def test_two_reviewers_on_one_card(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    flag = stock(filled, 1)[0]
    filled.user("Anna")
    filled.user("Boris")
    one, anna = enter(browser, office, address, "Anna")
    two, boris = enter(browser, office, address, "Boris")
    anna.goto(f"{address}/queue")
    boris.goto(f"{address}/queue")
    with anna.expect_navigation():
        press(anna, "6")
    boris.locator(".decide input[name=note]").fill("a thought worth keeping")
    follow(boris.get_by_role("button", name="Contradicts"))
    expect(boris.get_by_role("alert")).to_contain_text("Not saved: Anna decided")
    expect(boris.locator(".decide input[name=note]")).to_have_value("a thought worth keeping")
    assert filled.get_flag(flag).state == "dismissed"
    one.close()
    two.close()


def test_a_superseded_claim_shows_in_the_living_report(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    stock(filled, 1)
    filled.user("Anna")
    context, page = enter(browser, office, address, "Anna")
    page.goto(f"{address}/queue")
    page.get_by_text("New wording").click()
    page.get_by_label(re.compile("reads from now on")).fill("The fine is 50,000 RUB.")
    follow(page.locator("button[value=new_or_amended_law]"))
    follow(page.get_by_role("link", name="Reports"))
    follow(page.get_by_role("link", name="1 superseded"))
    expect(page.locator(".claim")).to_have_count(1)
    expect(page.locator(".claim .statement")).to_have_text("The fine is 50,000 RUB.")
    expect(page.locator(".claim .before")).to_contain_text("the report said")
    context.close()


def test_one_decision_for_two_claims_and_its_undo(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    filled.flag(named=[("REP-001", 0.9), ("REP-002", 0.8), ("REP-003", 0.7)])
    filled.user("Anna")
    context, page = enter(browser, office, address, "Anna")
    page.goto(f"{address}/reports/rep-2024")
    expect(page.get_by_text("watch: also touched")).to_have_count(2)
    page.goto(f"{address}/queue")
    page.get_by_text("Also …").click()
    page.locator(".also input[value=REP-002]").check()
    expect(page.locator(".also summary")).to_have_text("Also 1 more")
    press(page, "Escape")
    with page.expect_navigation():
        press(page, "1")
    page.goto(f"{address}/reports/rep-2024")
    expect(page.locator(".claim .stand-changed")).to_have_count(2)
    expect(page.get_by_text("watch: also touched")).to_have_count(0)
    page.goto(f"{address}/queue")
    with page.expect_navigation():
        press(page, "z")
    page.goto(f"{address}/reports/rep-2024")
    expect(page.locator(".claim .stand-changed")).to_have_count(0)
    expect(page.get_by_text("watch: also touched")).to_have_count(2)
    context.close()


def test_what_is_over_its_share_is_opened_and_picked_without_javascript(
    browser: Browser, filled: Filled, office: DeskContext, address: str
) -> None:
    for n in range(30):
        filled.flag(title=f"Новость {n}", source="tass", score=0.9 - n / 100)
    filled.user("Anna")
    context, page = enter(browser, office, address, "Anna", java_script_enabled=False)
    page.goto(f"{address}/queue")
    page.get_by_text("and 5 more on claim REP-001").click()
    held = page.locator(".more input[name=pick]")
    expect(held).to_have_count(5)
    held.first.check()
    follow(page.locator("#bulk-bar").get_by_role("button", name="Still valid"))
    expect(page.get_by_text("1 decided")).to_be_visible()
    expect(page.get_by_text("and 4 more on claim REP-001")).to_be_visible()
    context.close()


def test_bulk_says_exactly_how_many(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    flags = stock(filled, 4)
    filled.user("Anna")
    context, page = enter(browser, office, address, "Anna")
    page.goto(f"{address}/queue")
    expect(page.locator("#bulk-bar")).to_be_hidden()
    for flag in flags[:3]:
        page.get_by_label(f"Select flag {flag}").check()
    follow(page.get_by_role("button", name="Still valid: 3"))
    expect(page.get_by_role("status").first).to_contain_text("3 decided")
    assert [filled.get_flag(f).state for f in flags] == ["dismissed"] * 3 + ["open"]
    context.close()


HOSTILE = "<script>window.hit=1</script><img src=x onerror='window.hit=2'>\"><svg onload=window.hit=3>"


def test_hostile_titles_texts_and_captures_execute_nothing(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    filled.source("evil", 4, notes=HOSTILE)
    flag = filled.flag(
        title=HOSTILE,
        text=HOSTILE,
        source="evil",
        changes=[{"claim": "REP-001", "what": HOSTILE, "old": HOSTILE, "new": HOSTILE, "likeness": 1.0}],
    )
    filled.user("Anna", Role.ADMIN)
    context, page = enter(browser, office, address, "Anna")
    alarms: list[str] = []
    foreign: list[str] = []

    def refuse(dialog: Dialog) -> None:
        alarms.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    page.on("request", lambda r: foreign.append(r.url) if not r.url.startswith(address) else None)
    page.goto(f"{address}/flags/{flag}")
    capture = page.locator('a[data-do="archived"]').get_attribute("href")
    for path in (
        f"/queue?flag={flag}",
        f"/flags/{flag}",
        "/items/1",
        "/sources/evil",
        "/claims/REP-001",
        f"/search?q={HOSTILE[:60]}",
        "/stories/s1",
        str(capture),
    ):
        page.goto(f"{address}{path}")
        assert page.evaluate("window.hit") is None, path
    assert (alarms, foreign) == ([], [])
    context.close()


def test_it_all_works_without_javascript(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    flags = stock(filled, 3)
    filled.user("Anna")
    context, page = enter(browser, office, address, "Anna", java_script_enabled=False)
    page.goto(f"{address}/queue")
    page.get_by_text("Not about this claim").first.click()
    follow(page.get_by_role("button", name="old news"))
    expect(page.get_by_text("Decided: not about this claim.")).to_be_visible()
    follow(page.locator(".message button"))
    assert {filled.get_flag(f).state for f in flags} == {"open"}
    page.locator(".decide").get_by_text("Later").first.click()
    follow(page.locator(".decide").get_by_role("button", name="for a week"))
    follow(page.get_by_role("link", name="Search"))
    page.get_by_role("searchbox").fill("поправка")
    follow(page.get_by_role("button", name="Search"))
    expect(page.get_by_text("3 texts, newest first")).to_be_visible()
    assert sorted(filled.get_flag(f).state for f in flags) == ["later", "open", "open"]
    context.close()


def test_search_answers_while_typing(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    stock(filled, 2)
    filled.user("Anna")
    context, page = enter(browser, office, address, "Anna")
    page.goto(f"{address}/search")
    page.get_by_role("searchbox").press_sequentially("поправки")
    expect(page.locator(".hits mark").first).to_be_visible()
    expect(page.get_by_text("2 texts, newest first")).to_be_visible()
    context.close()


def test_an_operator_subscribes_a_researcher_and_pauses_them_without_javascript(
    browser: Browser, filled: Filled, office: DeskContext, address: str
) -> None:
    filled.user("Olga", Role.OPERATOR)
    context, page = enter(browser, office, address, "Olga", java_script_enabled=False)
    page.goto(f"{address}/subscribers")
    page.get_by_label("E-mail address").fill("reader@coi.example")
    page.get_by_label("How often").select_option("weekly")
    page.get_by_label("Weekly on").select_option("Friday")
    page.get_by_label("DRC, 2024").check()
    page.get_by_label("I vouch for this address").check()
    follow(page.get_by_role("button", name="Subscribe"))
    expect(page.get_by_role("heading", level=1)).to_have_text("reader@coi.example active")
    expect(page.get_by_text("Friday at 06:00 Europe/Brussels")).to_be_visible()
    page.get_by_text("Change", exact=True).click()
    page.get_by_label("Time zone").first.fill("Europe/Atlantis")
    follow(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("alert")).to_contain_text("there is no time zone Europe/Atlantis")
    follow(page.get_by_role("button", name="Pause"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("paused until 16 March 2026")
    follow(page.get_by_role("button", name="Resume"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("active")
    context.close()


PAGES = (
    "/queue", "/flags/1", "/items/1", "/stories/j0", "/reports", "/reports/rep-2024", "/claims/REP-001", "/sources", "/sources/meduza", "/search?q=поправка", "/log?verify=1", "/exports", "/methodology", "/figures",
    "/settings", "/users", "/subscribers", "/subscribers/1", "/help", "/nowhere",
)  # fmt: skip


def lived_in(filled: Filled, n: int = 6) -> None:
    """Flags, decisions, a version, notes: every page has something to show."""
    from dataclasses import replace

    from alerts import subscriptions
    from alerts.preferences import Preferences
    from db import decisions
    from db.enums import Choice, LaterCondition, NotAbout

    flags = stock(filled, n)
    user = filled.user("Anna", Role.ADMIN)
    with writing(filled.engine) as session:
        subscriptions.add(session, "a-researcher-with-a-long-name@country-of-origin.example", Preferences(), filled.now, confirmed=True)
    for flag, choice in zip(flags, (Choice.NEW_LAW, Choice.NOT_ABOUT, Choice.LATER), strict=False):
        order = decisions.DecisionRequest(flag, user, choice, 1, note="seen in the gazette")
        with writing(filled.engine) as session:
            decisions.decide(session, replace(order, reason=NotAbout.OLD, condition=LaterCondition.GAZETTE), filled.tick(days=1))


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_is_wider_than_the_screen(browser: Browser, filled: Filled, office: DeskContext, address: str, width: int) -> None:
    lived_in(filled)
    context, page = enter(browser, office, address, "Anna", viewport={"width": width, "height": 800})
    for path in PAGES:
        page.goto(f"{address}{path}")
        assert overflow(page) <= 0, path
        widen_font(page)
        assert overflow(page) <= 0, f"{path} in a wide font"
    context.close()


def test_everything_needed_to_decide_is_on_one_screen_of_1280_by_800(
    browser: Browser, filled: Filled, office: DeskContext, address: str
) -> None:
    stock(filled, 8)
    filled.user("Anna")
    context, page = enter(browser, office, address, "Anna")
    page.goto(f"{address}/queue")
    for locator in ("#card-title", ".side .statement", ".side.item blockquote", ".strip", ".decide .yes", ".decide .no", ".fields"):
        box = page.locator(locator).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800, locator
    context.close()


def test_on_a_phone_targets_are_large_enough(browser: Browser, filled: Filled, office: DeskContext, address: str) -> None:
    stock(filled, 2)
    filled.user("Anna")
    context, page = enter(browser, office, address, "Anna", viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(f"{address}/queue")
    assert page.evaluate("window.scrollY") == 0, "the card comes first"
    for button in page.locator(".decide .row > button").all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_serious_fault_on_any_page(browser: Browser, filled: Filled, office: DeskContext, address: str, scheme: str) -> None:
    lived_in(filled)
    context, page = enter(browser, office, address, "Anna", color_scheme=scheme)
    found = []
    for path in (*PAGES, "/sign-in"):
        if path == "/sign-in":
            context.clear_cookies()
        page.goto(f"{address}{path}")
        for fault in faults(page, scheme):
            if fault["impact"] in ("serious", "critical"):
                found += [f"{path}: {fault['id']}: {node['target']}" for node in fault["nodes"]]
    assert found == []
    context.close()
