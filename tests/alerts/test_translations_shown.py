"""Machine translations in mails, pages and feeds: marked, beside the original, escaped, and none
for readers who want none.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import Engine

from alerts.atom import ATOM, entries_for, feed
from alerts.digest import Digest, build
from alerts.mail.other_mails import urgent_message
from alerts.mail.render import NO_LINKS, render
from alerts.preferences import Preferences
from alerts.subscriptions import LinkHolder
from alerts.urgent_channels import _entry
from db import translations
from db.digests import flags_at
from db.engine import reading, writing
from db.enums import LinkPolicy, PassagePart
from db.passages import mail_quote
from db.translations import Direction, Passage
from monitor.fetch.service_client import ServiceClient
from monitor.translate.libretranslate import LibreTranslate
from monitor.translate.translate_waiting import translate_waiting
from tests.alerts_factory import MAIL_CONFIG, NOW, TEXT, TITLE, YESTERDAY, add_flag, first_of, lay_out, subscribe
from tests.monitor.translate.libretranslate_server import libretranslate

QUOTE = mail_quote(TITLE, TEXT, "30 дней")
HOSTILE = '<script>alert(1)</script><b onmouseover="x">The Duma</b> adopted the law on appearing after an electronic summons'
DAYS = "The State Duma adopted the law. One must appear within 30 days after the summons is placed in the register."
MADE = NOW - timedelta(hours=1)
Shown = Callable[..., Digest]


@pytest.fixture(autouse=True)
def laid_out(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        for target, title in (("en", HOSTILE), ("da", "Statsdumaen vedtog loven om frister for fremmøde")):
            direction = Direction("ru", target, "LibreTranslate", "1.6.4")
            translations.store(session, 1, Passage(PassagePart.TITLE, TITLE), direction, title, "", MADE)
        translations.store(session, 1, Passage(PassagePart.LEAD, QUOTE), Direction("ru", "en", "LibreTranslate", "1.6.4"), DAYS, "", MADE)


@pytest.fixture
def shown(engine: Engine) -> Shown:
    def make(language: str = "en", **preferences: object) -> Digest:
        with reading(engine) as session:
            result = build(session, YESTERDAY - timedelta(hours=1), NOW, preferences=Preferences.model_validate(preferences))
        return replace(result, language=language)

    return make


def flat(text: str) -> str:
    return " ".join(text.split())


def test_a_translation_stands_marked_below_the_original(shown: Shown) -> None:
    mail = render(shown())
    text = flat(mail.text)
    assert text.index(TITLE) < text.index("Machine translation, LibreTranslate 1.6.4: <script>")
    assert text.index(QUOTE[:40]) < text.index(f"Machine translation, LibreTranslate 1.6.4: {DAYS}")
    html = flat(mail.html)
    assert html.index(TITLE) < html.index("Machine translation, LibreTranslate 1.6.4:")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;b onmouseover=" in html
    assert "Machine translation" not in mail.subject


def test_a_reader_gets_their_own_language_and_else_english(shown: Shown) -> None:
    text = flat(render(shown("da")).text)
    assert "Maskinoversættelse, LibreTranslate 1.6.4: Statsdumaen vedtog loven" in text
    assert DAYS not in text, "a part without a translation into the language has none"
    french = render(shown("fr"))
    assert f"Traduction automatique, LibreTranslate 1.6.4 : {DAYS}" in flat(french.text)
    assert re.search(rf'<bdi lang="en"[^>]*>{re.escape(DAYS)}', flat(french.html))


def test_who_wants_none_sees_none_and_a_digest_of_before_has_none(engine: Engine, shown: Shown) -> None:
    for mail in (render(shown(translations=False)), render(shown("da", translations=False))):
        assert TITLE in flat(mail.text)
        assert "LibreTranslate" not in mail.text + mail.html
    with reading(engine) as session:
        earlier = build(session, YESTERDAY - timedelta(hours=1), MADE)
    assert "LibreTranslate" not in render(earlier).text


def test_addresses_are_struck_out_where_the_reader_wants_no_links(engine: Engine, shown: Shown) -> None:
    with writing(engine) as session:
        direction = Direction("ru", "nl", "LibreTranslate", "1.6.4")
        translations.store(session, 1, Passage(PassagePart.TITLE, TITLE), direction, "Zie https://paper.example/a", "", MADE)
    assert "Zie […]" in flat(render(shown("nl", links=LinkPolicy.ARCHIVE)).text)


def test_urgent_messages_and_chat_have_it_too(shown: Shown) -> None:
    digest = shown("da")
    mail = urgent_message(replace(digest, confirmed=(), waiting=()), digest.waiting, NO_LINKS, last_today=False)
    assert "Maskinoversættelse, LibreTranslate 1.6.4: Statsdumaen" in flat(mail.text)
    off = replace(digest, confirmed=(), waiting=(), translations=False)
    assert "LibreTranslate" not in urgent_message(off, digest.waiting, NO_LINKS, last_today=False).text
    assert f"Machine translation, LibreTranslate 1.6.4: {HOSTILE}" in _entry(digest.waiting[0], MAIL_CONFIG)


@pytest.mark.parametrize("wanted", [True, False])
def test_a_feed_has_it_as_plain_text(engine: Engine, wanted: bool) -> None:
    with writing(engine) as session:
        reader = subscribe(session, translations=wanted)
        holder = LinkHolder(reader, None, (first_of(session, reader),), "en")
        raw = feed(entries_for(session, holder.meant, NOW), holder, NOW, MAIL_CONFIG)
    content = ET.fromstring(raw).findtext(f".//{{{ATOM}}}content") or ""
    assert (f"Machine translation, LibreTranslate 1.6.4: {HOSTILE}" in content) is wanted
    assert b"<script>" not in raw
    assert TITLE in content


def test_what_a_real_server_answers_reaches_the_mail(engine: Engine) -> None:
    with writing(engine) as session:
        add_flag(session)
    with libretranslate() as server:
        server.version = "2.0"
        server.translate = lambda text, _: f"{DAYS} " * (1 + len(text) // 400)
        client = LibreTranslate(ServiceClient(server.address, seconds=30))
        assert translate_waiting(engine, client, lambda: MADE, ["en"]).kept > 0
        client.close()
    with reading(engine) as session:
        (first, _) = flags_at(session, [1, 2], NOW)
        text = flat(render(build(session, YESTERDAY - timedelta(hours=1), NOW)).text)
    assert first.translations.languages == ["da", "en"]
    assert f"Machine translation, LibreTranslate 2.0: {DAYS}" in text
