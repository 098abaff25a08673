"""Dates as outlets write them. Never invented, never off by a day or by half a day."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.parse.dates import day_of, read_date

TEN_PAST_SEVEN = datetime(2026, 11, 24, 7, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 24 Nov 2026 10:05:00 +0300", "Tue, 24 Nov 26 10:05:00 +0300", "Tue 24 Nov 2026 10:05:00 MSK", "Tue, 24 Nov 2026 07:05 GMT", "24 Nov 2026 10:05",
        "Вт, 24 ноя 2026 10:05 МСК", "вторник, 24 ноября 2026 года в 10:05", "24 ноября 2026 г., 10:05", "24 ноября, 2026 | 10:05", "10:05, 24 ноября 2026",
        "24.11.2026 10:05", "24.11.26 10:05", "24.11.2026, 10:05 (мск)", "10:05 24.11.2026", "24.11.2026 в 10:05", "2026/11/24 10:05", "24-11-2026 10:05",
        "2026-11-24T10:05:00+03:00", "2026-11-24T07:05:00Z", "2026-11-24 10:05", "2026-11-24T07:05:00.000000000Z", "20261124T070500Z",
        "24 листопада 2026 10:05", "Nov 24, 2026 10:05 AM", "11/24/2026 10:05 AM", "24. November 2026 10:05", "1795503900", "1795503900000",
    ],
)  # fmt: skip
def test_a_moment_is_read_in_every_form_that_outlets_use(text: str) -> None:
    assert read_date(text) == TEN_PAST_SEVEN


@pytest.mark.parametrize("text", ["Nov 24, 2026 10:05 PM", "Tuesday, November 24, 2026 10:05 p.m.", "Tue, 24 Nov 2026 10:05:00 PM +0300"])
def test_an_afternoon_of_the_twelve_hour_clock_is_no_morning(text: str) -> None:
    assert read_date(text) == TEN_PAST_SEVEN + timedelta(hours=12)


@pytest.mark.parametrize(
    "text", ["24.11.2026", "24.11.26", "24/11/2026", "24 ноября 2026", "«24» ноября 2026 г.", "2026-11-24", "20261124", "24 Nov 2026"]
)
def test_a_day_without_an_hour_stays_that_day(text: str) -> None:
    assert read_date(text) == datetime(2026, 11, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["сегодня, 10:05", "вчера в 10:05", "5 минут назад", "2 hours ago", "ноябрь 2026", "2026", "11", "24 ноября", "24 ноя 10:05", "Tue, 32 Nov 2026",
     "Tue, 24 Nov 2026 25:05:00 +0300", "0001-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT", "", "без даты", "9" * 90, "-1", "99999999-99-99"],
)  # fmt: skip
def test_what_names_no_full_day_is_no_date(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.slow
@settings(deadline=None)  # the first call loads the library
@given(st.text(max_size=60) | st.from_regex(r"\d{1,4}[./ -]\d{1,2}[./ -]\d{1,4}[ T]\d{1,2}:\d\d", fullmatch=True))
def test_no_text_raises(text: str) -> None:
    for found in (read_date(text), day_of(text)):
        assert found is None or found.tzinfo is UTC


@given(st.datetimes(datetime(1996, 1, 1), datetime(2090, 1, 1)).map(lambda d: d.replace(microsecond=0)), st.integers(-11, 12))  # noqa: DTZ001
def test_a_moment_with_its_zone_comes_back_as_that_moment(naive: datetime, hours: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    assert read_date(moment.isoformat()) == moment
    assert read_date(moment.strftime("%a, %d %b %Y %H:%M:%S %z")) == moment


@pytest.mark.parametrize(
    ("said", "moment"),
    [
        ("Tue, 24 Nov 2026 10:05:00 +0300", datetime(2026, 11, 24, 7, 5, tzinfo=UTC)),
        ("2026-11-24T10:05:00Z", datetime(2026, 11, 24, 10, 5, tzinfo=UTC)),
        ("Вт, 24 ноя 2026 10:05 МСК", datetime(2026, 11, 24, 7, 5, tzinfo=UTC)),
        ("24.11.2026 10:05", datetime(2026, 11, 24, 7, 5, tzinfo=UTC)),
        ("24.11.2026", datetime(2026, 11, 24, tzinfo=UTC)),
        ("8 августа 2025", datetime(2025, 8, 8, tzinfo=UTC)),
        ("ноябрь 2026", None),
        ("вчера", None),
        ("", None),
        ("01.01.1970", None),
    ],
)
def test_dates_are_read_as_outlets_write_them_and_never_invented(said: str, moment: datetime | None) -> None:
    assert read_date(said) == moment


def test_midnight_of_a_place_is_its_day_and_midnight_utc_is_a_moment() -> None:
    assert day_of("Tue, 04 Aug 2026 00:00:00 +0300") == datetime(2026, 8, 4, tzinfo=UTC)
    assert day_of("2026-08-04T00:00:00+03:00") == datetime(2026, 8, 4, tzinfo=UTC)
    assert day_of("2026-08-04T00:00:00Z") is None
    assert day_of("Tue, 04 Aug 2026 10:00:00 +0300") is None


@pytest.mark.parametrize(
    "text",
    [
        "27. November 2026, 14:05 Uhr MEZ", "Freitag, 27. November 2026, 14.05 Uhr (CET)", "Veröffentlicht am 27. November 2026 um 14:05 Uhr CET",
        "Fredag d. 27. november 2026 kl. 14.05 CET", "Opdateret 27. nov. 2026 kl. 14:05 CET", "vrijdag 27 november 2026 om 14.05 uur CET",
        "27 nov 2026 14u05 CET", "vendredi 27 novembre 2026 à 14h05 CET", "Fri, 27 Nov 2026 13:05:00 UTC", "Fri, 27 Nov 2026 13:05:00 Z", "27 листопада 2026, 15:05 за Києвом", "27.11.2026 13:05 (UTC)",
        "27 ноября 2026 13:05 GMT", "27.11.2026 16:05 UTC+3", "27.11.2026 16:05 GMT+03:00", "27 ноября 2026, 18:05 (МСК+2)", "27.11.2026 16:05",
        "27 ноября 2026 16:05 по московскому времени", "27.11.2026 в 16:05 (Москва)", "Fri, 27 Nov 2026 16:05:00 +03", "2026-11-27T16:05:00+03",
        "2026-11-27 16:05 +3", "Fri Nov 27 16:05:00 MSK 2026", "Fri, 27 Nov 2026 08:05:00 EST", "Fri, 27 Nov 2026 13:05:00 -0000",
        "2026-11-27T16:05:00[Europe/Moscow]", "2026-11-27T16:05:00+03:00[Europe/Moscow]", "2026-11-27 15:05:00 Europe/Kyiv", "Fri, 27 Nov 2026 18:35:00 +0530",
        "27 листопада 2026 року о 16:05", "27 ноября 2026 г. 16 ч. 05 мин.", "Опубликовано: 27 ноября 2026 в 16.05",
    ],
)  # fmt: skip
def test_zones_by_name_place_or_offset_and_dates_of_other_languages(text: str) -> None:
    assert read_date(text) == datetime(2026, 11, 27, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["Fri, 27 Nov 2026 24:00:00 +0300", "2026-11-27T24:00:00+03:00", "27.11.2026 24:00", "27. November 2026, 24:00 Uhr MSK"]
)
def test_the_hour_24_is_the_end_of_the_day(text: str) -> None:
    assert read_date(text) == datetime(2026, 11, 27, 21, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["Fri, 27 Nov 2026 14:05:00 +9900", "2026-11-27T14:05:00-15:00", "2026-11-27 14:05 Europe/Atlantis"])
def test_a_zone_that_does_not_exist_makes_no_date(text: str) -> None:
    assert read_date(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "27.11.2026 14:05 (время московское)", "Senest opdateret: 27-11-2026 14:05", "Laatst bijgewerkt op 27-11-2026 14:05", "Zuletzt aktualisiert am 27.11.2026 um 14:05 Uhr",
        "Последнее обновление: 27 ноября 2026, 14:05", "27 лістапада 2026 14:05", "2026-11-27T14:05:00.123456+03:00",
    ],
)  # fmt: skip
def test_labels_and_fractions_of_a_second_do_not_hide_a_date(text: str) -> None:
    assert read_date(text) == datetime(2026, 11, 27, 11, 5, tzinfo=UTC)


@pytest.mark.parametrize("text", ["0000-00-00 00:00:00", "Mon, 01 Jan 0001 00:00:00 +0000", "0001-01-01T00:00:00"])
def test_what_software_writes_for_no_date_is_no_date(text: str) -> None:
    assert read_date(text) is None
