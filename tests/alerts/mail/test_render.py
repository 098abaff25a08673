"""Both forms of a mail: complete, short enough, in one language, with styles that mail programs
keep.
"""

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from alerts.digest import Digest, build, choose, gather
from alerts.i18n import LANGUAGES
from alerts.mail.render import HTML_BYTES, inline, render, tidy, wrap
from alerts.preferences import Preferences
from alerts.signed_links import TOKEN_PLACEHOLDER
from db.engine import reading, writing
from tests.alerts_factory import HEADLINE, MAIL_CONFIG, NOW, TEXT, Tale, add_flag, decide, lay_out


def digest_of(engine: Engine, count: int, confirmed: int = 0) -> Digest:
    """A digest of `count` stories, the first `confirmed` of them confirmed."""
    with writing(engine) as session:
        lay_out(session)
        for number in range(count):
            text = f"Дело № {number}. " + TEXT * 3
            flag = add_flag(session, Tale(title=f"Новость номер {number} о сроках явки по повестке", changes=[], text=text), number)
            if number < confirmed:
                decide(session, flag, "new_or_amended_law", "confirmed", NOW - timedelta(hours=3))
    with reading(engine) as session:
        return build(session, NOW - timedelta(days=1), NOW)


@pytest.mark.slow
@pytest.mark.parametrize(("count", "confirmed"), [(0, 0), (1, 0), (25, 5), (500, 0), (500, 300)])
def test_every_size_is_complete_in_its_counts_and_short_enough(engine: Engine, count: int, confirmed: int) -> None:
    digest = digest_of(engine, count, confirmed)
    rendered = render(digest, MAIL_CONFIG.links, personal=True)
    shown = rendered.digest
    assert len(rendered.html.encode()) < HTML_BYTES
    assert (shown.confirmed_count, shown.waiting_count) == (confirmed, count - confirmed)
    assert len(shown.confirmed) + len(shown.waiting) <= 30
    assert (count == 0) == ("Nothing new in this period" in rendered.text)
    for form in (rendered.html, rendered.text):
        assert len(re.findall(r"Новость номер \d+ о сроках", form)) >= min(count, 15)
        assert TOKEN_PLACEHOLDER in form
    # The way out is there, at the end
    assert rendered.html.index("/s/u/") > len(rendered.html) - 2500


@pytest.mark.slow
def test_a_long_digest_names_what_it_leaves_out(engine: Engine) -> None:
    shown = render(digest_of(engine, 100), MAIL_CONFIG.links, personal=True)
    left_out = 100 - len(shown.digest.waiting) - len(shown.digest.waiting_lines)
    assert len(shown.digest.left_out) == left_out >= 35
    assert f"and {left_out} more" in shown.text
    for form in (shown.text, shown.html):
        assert f"{left_out} more entries did not fit. They come first in the next digest." in " ".join(form.replace("\n! ", " ").split())
        assert f"https://ajour.example.org/s/d/{TOKEN_PLACEHOLDER}/20261124T050030Z" in form
    assert shown.text.index("did not fit") < shown.text.index("LIKELY UPDATES")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_digest_speaks_one_language(engine: Engine, language: str) -> None:
    with writing(engine) as session:
        lay_out(session)
        decide(session, add_flag(session), "value_or_date_changed", "confirmed", NOW - timedelta(hours=3))
        add_flag(session, Tale(claim="C-2"))
    with reading(engine) as session:
        pool = gather(session, NOW - timedelta(days=1), NOW)
    rendered = render(choose(pool, Preferences(), {}, language=language, zone="Europe/Brussels"), MAIL_CONFIG.links, personal=True)
    english = ("Cite:", "Confirmed changes", "independent origin", "Unsubscribe", "sources read", "likely update")
    for sentence in english:
        assert (sentence.lower() in rendered.text.lower()) == (language == "en"), sentence
    assert f'<html lang="{language}">' in rendered.html


def test_foreign_text_is_marked_with_its_language(engine: Engine) -> None:
    html = render(digest_of(engine, 1), MAIL_CONFIG.links).html
    assert html.count('lang="ru"') >= 2


def test_the_rendering_is_the_same_for_the_same_value(engine: Engine) -> None:
    digest = digest_of(engine, 3)
    assert render(digest, MAIL_CONFIG.links).html == render(replace(digest), MAIL_CONFIG.links).html


def test_links_of_a_desk_without_a_public_address_are_left_out(engine: Engine) -> None:
    rendered = render(digest_of(engine, 1), personal=True)
    assert "/s/u/" not in rendered.text
    assert "At the desk" not in rendered.text


def test_the_first_screen_says_what_happened_and_the_counts_follow(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        decide(session, add_flag(session), "value_or_date_changed", "confirmed", NOW - timedelta(hours=3))
        add_flag(session, Tale(claim="C-2", severity="medium"))
        add_flag(session, Tale(claim="D-1", changes=[], severity="low"))
    with reading(engine) as session:
        rendered = render(build(session, NOW - timedelta(days=1), NOW))
    order = [
        HEADLINE,
        "(Paper, 23 November 2026)",
        "Reported by Paper: mobilisation – adopted by parliament",
        "Reported by Paper: exit bans – adopted by parliament",
        "1 confirmed change, 2 likely updates to review.",
        "sources read",
    ]
    for form in (" ".join(rendered.text.split()), " ".join(re.sub(r"<[^>]+>", " ", rendered.html.partition("<h1")[2]).split())):
        places = [form.index(text) for text in order]
        assert places == sorted(places)
    assert "Госдума" not in rendered.text.partition("1 confirmed change")[0]
    preheader = re.search(r'<div class="pre"[^>]*>([^<]*)</div>', rendered.html)
    assert preheader is not None
    assert preheader[1].startswith("Unreviewed: Reported by Paper: mobilisation – adopted by parliament · Unreviewed: Reported by")


def test_a_lone_entry_leaves_the_preview_to_the_coverage(engine: Engine) -> None:
    html = render(digest_of(engine, 1)).html
    assert "3 of 3 sources read" in html.partition("</div>")[0]


def test_styles_are_in_the_elements_and_the_head_has_only_what_depends_on_the_screen(engine: Engine) -> None:
    html = render(digest_of(engine, 20), MAIL_CONFIG.links, personal=True).html
    (sheet,) = re.findall(r"<style>(.*?)</style>", html)
    assert "prefers-color-scheme: dark" in sheet
    assert len(sheet) < 8192  # Gmail drops longer ones
    assert re.search(r'<div class="c" style="[^"]*border-left:3px solid #c4beb0', html)
    inlined = sum(map(len, re.findall(r' style="[^"]*"', html)))
    assert inlined < 0.2 * len(html)


def test_a_foreign_style_is_no_style_of_ours() -> None:
    html = inline("<html><head></head><body><p>&lt;/head&gt;</p></body></html>")
    assert html.count("<style>") == 1
    assert html.index("<style>") < html.index("</head>") < html.index("&lt;/head&gt;")


def test_a_text_is_wrapped_without_breaking_an_address() -> None:
    address = "https://paper.example.com/" + "a" * 80
    assert wrap(f"see {address} now", "! ") == f"! see\n! {address}\n! now"
    assert tidy("a  \n\n\n\n\nb\n-- \nfoot") == "a\n\n\nb\n-- \nfoot\n"
