"""A preview page of a channel: what each post says, and what answers in place of a preview."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.real import _against, _post
from db.enums import FetchReason
from monitor.fetch.http_types import HttpAnswer
from monitor.kinds.telegram_preview import WITHHELD, read_preview
from monitor.parse.clean_entry import read_entry
from tests.monitor.conftest import preview, text

WITHHELD_POST = '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported"><div class="message_media_not_supported_label">Please open Telegram to view this post</div></div></div>'


LANDING = '<div class="tgme_page_photo_image"></div><div class="tgme_page_extra">1 000 subscribers</div><div class="tgme_page_action"><a>View</a></div>'


def page(body: str) -> HttpAnswer:
    return HttpAnswer("https://t.me/s/kanal", 200, {}, body.encode(), None)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (LANDING, FetchReason.NO_PREVIEW),
        (
            '<meta name="robots" content="noindex, nofollow"><div class="tgme_page_icon"><i class="tgme_icon_user"></i></div>',
            FetchReason.NO_SUCH_CHANNEL,
        ),
        (
            '<div class="tgme_page_description">This channel can\'t be displayed because it violated local laws.</div>' + LANDING,
            FetchReason.RESTRICTED,
        ),
        ("<h1>502 Bad Gateway</h1>", FetchReason.NOT_A_FEED),
        ('<div class="tgme_channel_info"></div>', FetchReason.EMPTY),
    ],
)
def test_what_answers_200_in_place_of_a_preview_is_distinguished(body: str, reason: FetchReason) -> None:
    found = read_preview(page(f"<html><body>{body}</body></html>"))
    assert found.reason is reason
    assert not found.good


def test_in_the_markup_of_2026_a_hidden_notice_on_a_readable_post_is_not_withholding() -> None:
    body = f'<div class="media_supported_cont">{text("Читаемый текст")}</div><div class="media_not_supported_cont">{WITHHELD_POST}</div>'
    entry = read_preview(page(preview("kanal", {7: body}))).entries[0]
    assert "Читаемый текст" in entry.html
    assert WITHHELD not in entry.notes
    photo = (
        '<div class="media_supported_cont"><a class="tgme_widget_message_photo_wrap" href="https://t.me/kanal/8"></a></div>' + WITHHELD_POST
    )
    assert WITHHELD not in read_preview(page(preview("kanal", {8: photo}))).entries[0].notes


def test_a_forward_keeps_its_origin_and_a_reply_is_not_the_posts_text() -> None:
    body = (
        '<div class="tgme_widget_message_forwarded_from">Forwarded from <a class="tgme_widget_message_forwarded_from_name" href="https://t.me/drugoy/5">Другой</a></div>'
        '<a class="tgme_widget_message_reply" href="https://t.me/kanal/3"><div class="tgme_widget_message_text js-message_reply_text">Чужие слова</div></a>'
        + text("Свои слова")
    )
    entry = read_preview(page(preview("kanal", {9: body}))).entries[0]
    assert entry.origin == "Другой https://t.me/drugoy/5"
    assert "Чужие" not in entry.html


def test_the_date_is_that_of_the_post_and_not_of_its_video() -> None:
    video = '<time datetime="2001-01-01T00:00:00+00:00" class="message_video_duration">0:15</time>'
    assert read_preview(page(preview("kanal", {9: video + text("Видео")}))).entries[0].published.year == 2026  # type: ignore[union-attr]


@pytest.mark.shared
def test_real_posts_are_read_as_they_were_labelled(shared: Path) -> None:
    folder = shared / "data" / "real" / "telegram-previews" / "tchan2023"
    wrong = []
    for row in json.loads((folder / "expected.json").read_text(encoding="utf-8")):
        expected = row["expected"]
        if isinstance(expected, dict) and expected.get("_type") == "ChannelMessage":
            found = _against(expected, _post((folder / row["file"]).read_bytes()))
            wrong += [f"{row['file']}: {name}" for name, right in found.items() if not right]
    assert wrong == []


@pytest.mark.shared
@pytest.mark.parametrize(("name", "count"), [("any2feed/full.html", 12), ("nexta2021/nexta_live_s.html", 18)])
def test_whole_real_pages_give_every_post_with_its_date(name: str, count: int, shared: Path) -> None:
    found = read_preview(HttpAnswer("https://t.me/s/x", 200, {}, (shared / "data/real/telegram-previews" / name).read_bytes(), None))
    assert len(found.entries) == count
    assert all(e.published for e in found.entries)
    assert found.facts["more"]


def only_post(body: str) -> Any:
    (entry,) = read_preview(page(preview("kanal", {5: body}))).entries
    return entry


@pytest.mark.parametrize(
    ("body", "title", "words"),
    [
        (text('<i class="emoji"><b>👍</b></i>'), "", "👍"),
        (text(";)"), "", ";)"),
        ('<a class="tgme_widget_message_photo_wrap" href="https://t.me/kanal/5"></a>', "[photo]", ""),
        ('<div class="tgme_widget_message_sticker_wrap media_supported_cont"></div>', "[sticker]", ""),
        ('<a class="tgme_widget_message_location_wrap" href="https://maps.google.com/maps?q=55.75,37.61&ll=1,2&z=16"></a>', "[location] 55.75000, 37.61000", ""),
        ('<div class="tgme_widget_message_document_title">Приказ № 5.pdf</div>', "Приказ № 5.pdf", ""),
        (WITHHELD_POST, "[withheld]", ""),
        ("", "[post]", ""),
    ],
)  # fmt: skip
def test_a_post_without_words_is_still_something_that_people_see(body: str, title: str, words: str) -> None:
    version = read_entry(only_post(body), ("ru",))
    assert (version.title, version.text, version.lang) == (title, words, "ru")


def test_a_post_that_is_only_a_link_has_the_title_of_what_it_leads_to() -> None:
    shown = (
        '<a class="tgme_widget_message_link_preview"><div class="link_preview_title">Указ Президента от 29.09.2026 № 700</div>'
        '<div class="link_preview_description">"О призыве"</div></a>'
    )
    assert only_post(text("http://publication.pravo.gov.ru/document/1") + shown).title == 'Указ Президента от 29.09.2026 № 700: "О призыве"'
    assert only_post(text("Указ подписан и вступает в силу с 1 декабря: http://publication.pravo.gov.ru/document/1") + shown).title == ""


def test_a_post_of_few_words_also_shows_what_its_link_leads_to() -> None:
    linked = '<a class="tgme_widget_message_link_preview"><div class="link_preview_title">Закон об отсрочках принят</div></a>'
    post = only_post(text("Подробности: https://example.org/1") + linked)
    assert (post.title, "Подробности" in post.html) == ("Закон об отсрочках принят", True)


def test_a_player_that_some_browsers_cannot_show_is_no_withheld_text() -> None:
    label = '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported"><div class="message_media_not_supported_label">{}</div></div></div>'
    plays = f'<a class="tgme_widget_message_video_player">{label.format("This media is not supported in your browser")}</a>'
    assert only_post(plays).notes == ("video post",)
    big = f'<a class="tgme_widget_message_video_player not_supported">{label.format("Media is too big")}</a>'
    assert only_post(big).notes == ("video post", "media not shown in the public preview")


@pytest.mark.parametrize(
    ("landing", "reason"),
    [
        ('<div class="tgme_page_description">Пишем о нарушениях прав призывников. Бот недоступен ночью</div>' + LANDING, FetchReason.NO_PREVIEW),
        ('<div class="tgme_page_description">Blocked roads, violations, copyrights</div>' + LANDING, FetchReason.NO_PREVIEW),
        ('<div class="tgme_page_description">This channel can’t be displayed because it violated Telegram\'s Terms of Service.</div>', FetchReason.RESTRICTED),
        ('<div class="tgme_page_description">This channel is unavailable due to copyright infringement.</div>', FetchReason.RESTRICTED),
        ('<div class="tgme_page_description">Этот канал недоступен, так как нарушает законы вашей страны.</div>', FetchReason.RESTRICTED),
        ('<div class="tgme_page_extra">@ivan</div><div class="tgme_page_action"><a>Send Message</a></div>', FetchReason.NO_SUCH_CHANNEL),
        ('<div class="tgme_page_extra">@kanal_bot</div><div class="tgme_page_action"><a>Start Bot</a></div>', FetchReason.NO_SUCH_CHANNEL),
    ],
)  # fmt: skip
def test_landing_pages_are_distinguished_by_telegrams_own_sentences(landing: str, reason: FetchReason) -> None:
    assert read_preview(page(f"<html><body><div class='tgme_page'>{landing}</div></body></html>")).reason is reason


def test_a_robot_check_in_place_of_a_preview_is_named() -> None:
    challenge = page("<html><head><title>Just a moment...</title></head><body>cf-chl</body></html>")
    assert read_preview(challenge).reason is FetchReason.CHALLENGE


def test_the_name_of_a_document_beside_words_is_kept() -> None:
    document = '<div class="tgme_widget_message_document"><div class="tgme_widget_message_document_title">Приказ_5.pdf</div></div>'
    words = '<div class="tgme_widget_message_text js-message_text">Приказ опубликован</div>'
    post = f'<div class="tgme_widget_message js-widget_message" data-post="kanal/5">{document}{words}</div>'
    [entry] = read_preview(page(post)).entries
    assert "Приказ опубликован" in entry.html
    assert "[Приказ_5.pdf]" in entry.html
