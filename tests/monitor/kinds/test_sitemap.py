"""Sitemaps, recognised by the kind feed."""

from datetime import UTC, datetime

from monitor.kinds.feed import read_feed
from tests.monitor.conftest import answer

HEAD = '<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">'


def test_a_news_sitemap_has_titles_and_dates() -> None:
    news = "<news:news><news:publication_date>2026-11-27T10:00:00+03:00</news:publication_date><news:title>Указ о призыве</news:title></news:news>"
    [entry] = read_feed(answer(f"{HEAD}<url><loc>https://example.org/5</loc>{news}</url></urlset>")).entries
    assert (entry.url, entry.title, entry.published) == ("https://example.org/5", "Указ о призыве", datetime(2026, 11, 27, 7, tzinfo=UTC))


def test_a_page_of_a_plain_sitemap_is_named_by_its_address() -> None:
    [entry] = read_feed(answer(f"{HEAD}<url><loc>https://example.org/news/ukaz-o-prizyve.html</loc></url></urlset>")).entries
    assert (entry.title, entry.published, entry.notes) == ("ukaz o prizyve", None, ("a sitemap names no title",))


def test_the_title_of_a_picture_is_not_the_title_of_its_page() -> None:
    image = '<i:image xmlns:i="http://www.google.com/schemas/sitemap-image/1.1"><i:loc>https://example.org/i.jpg</i:loc><i:title>Фото</i:title></i:image>'
    body = f"{HEAD}<url><loc>https://example.org/5</loc>{image}<news:news><news:title>Указ</news:title></news:news></url></urlset>"
    [entry] = read_feed(answer(body)).entries
    assert (entry.url, entry.title) == ("https://example.org/5", "Указ")
