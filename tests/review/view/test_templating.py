"""Filters of the templates."""

from datetime import UTC, date, datetime, timedelta

import pytest
from jinja2 import UndefinedError

from review.view.templating import ago, count, day, emphasis, environment, host, moment, safe_url, short, tidy, with_query

NOW = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)


@pytest.mark.parametrize(("value", "text"), [(NOW, "2 March 2026"), (date(2026, 3, 2), "2 March 2026"), ("2026-03", "March 2026"), ("2026-03-02", "2 March 2026"), ("2026", "2026"), ("spring", "spring"), (None, "no date"), ("", "no date")])  # fmt: skip
def test_a_day_has_its_month_in_words(value: datetime | date | str | None, text: str) -> None:
    assert day(value) == text


def test_a_moment_names_its_zone() -> None:
    assert (moment(NOW), moment(None)) == ("2 Mar 2026, 09:05 UTC", "never")


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "1 minute ago"),
        (timedelta(hours=5), "5 hours ago"),
        (timedelta(days=40), "1 month ago"),
        (timedelta(days=800), "2 years ago"),
        (timedelta(days=-3), "3 days from now"),
    ],
)
def test_distances_are_in_the_largest_unit(before: timedelta, text: str) -> None:
    assert ago(NOW - before, NOW) == text


@pytest.mark.parametrize(
    ("url", "safe", "name"),
    [
        ("https://meduza.io/x", "https://meduza.io/x", "meduza.io"),
        ("javascript:alert(1)", "", ""),
        ("https://a b", "", ""),
        (" http://объясняем.рф/1", "http://объясняем.рф/1", "xn--90aivcdt6dxbc.xn--p1ai"),
        (None, "", ""),
    ],
)
def test_only_web_addresses_become_links_and_hosts_are_ascii(url: str | None, safe: str, name: str) -> None:
    assert (safe_url(url), host(url)) == (safe, name)


def test_texts_are_tidied_and_cut_between_words() -> None:
    assert tidy(" a\n b ") == "a b"
    assert short("один два три", 9) == "один …"
    assert short("один", 9) == "один"


def test_a_quote_shows_its_italics_and_no_markup_of_its_own() -> None:
    assert emphasis("de *rezerv* <b> 2 * 3") == "de <em>rezerv</em> &lt;b&gt; 2 * 3"


def test_numbers_and_queries() -> None:
    assert [count(1, "item"), count(2300, "item"), count(2, "story", "stories")] == ["1 item", "2,300 items", "2 stories"]
    assert with_query({"a": "x y", "b": ""}, c=3, a=None) == "c=3"


def test_foreign_text_is_escaped_and_an_undefined_name_is_an_error() -> None:
    assert environment().from_string("{{ x }}").render(x="<b>") == "&lt;b&gt;"
    with pytest.raises(UndefinedError):
        environment().from_string("{{ nothing }}").render()
