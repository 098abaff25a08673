"""The form of a subscription: what it holds and how it is read."""

import pytest
from pydantic import ValidationError
from sqlalchemy import Engine
from starlette.datastructures import FormData
from starlette.testclient import TestClient

from alerts.preferences import Preferences
from alerts.preferences_form import PreferencesForm, error_text, preferences_or_default, read_form
from db.engine import reading, writing
from db.models import SubscriptionRow
from tests.alerts_factory import MAIL_CONFIG, first_of, lay_out, path, subscribe

LINKS = MAIL_CONFIG.links
BEFORE = PreferencesForm("da", Preferences(hour=9, days=(0, 2), urgent_a_day=5), "Europe/Copenhagen")


def test_what_a_form_does_not_hold_keeps_its_value() -> None:
    assert read_form(FormData([("urgent", "yes"), ("unreviewed", "yes"), ("translations", "yes")]), BEFORE) == BEFORE


def test_a_form_is_read_as_filled_in() -> None:
    form = FormData(
        [("language", "fr"), ("zone", "paris"), ("rhythm", "daily"), ("days", "4"), ("days", "0"), ("reports", "drc"), ("links", "none")]
    )
    read = read_form(form, BEFORE)
    assert (read.language, read.zone) == ("fr", "Europe/Paris")
    assert read.preferences == Preferences(
        reports=("drc",), days=(0, 4), hour=9, links="none", urgent=False, unreviewed=False, urgent_a_day=5, translations=False
    )  # fmt: skip


def test_an_unknown_zone_stays_as_typed_so_that_the_answer_can_name_it() -> None:
    assert read_form(FormData([("zone", "Mars/Olympus")]), BEFORE).zone == "Mars/Olympus"


def test_a_wrong_form_is_answered_in_the_readers_language() -> None:
    with pytest.raises(ValidationError) as caught:
        read_form(FormData([("hour", "25")]), BEFORE)
    assert error_text(caught.value, "da").startswith("Dette kan ikke gemmes: hour:")


def test_preferences_that_cannot_be_followed_give_the_usual_form() -> None:
    assert preferences_or_default(SubscriptionRow(preferences={"rhythm": "hourly"})) == Preferences()
    assert preferences_or_default(SubscriptionRow(preferences={"hour": 8})) == Preferences(hour=8)


def test_days_and_zone_are_chosen_on_the_page_without_a_script(engine: Engine, client: TestClient) -> None:
    with writing(engine) as session:
        lay_out(session)
        reader = subscribe(session)
        url = path(LINKS.preferences(LINKS.token(reader, first_of(session, reader))))
    shown = client.get(url).text
    assert '<input name="zone" list="zones" value="Europe/Brussels"' in shown
    assert shown.index('value="Europe/Copenhagen"') < shown.index('value="Africa/Abidjan"')
    answer = client.post(url, data={"rhythm": "daily", "days": ["0", "1", "2", "3", "4"], "zone": "amsterdam", "hour": "7"})
    assert "Saved." in answer.text
    with reading(engine) as session:
        row = session.get_one(SubscriptionRow, 1)
        assert (row.preferences["days"], row.zone) == ([0, 1, 2, 3, 4], "Europe/Amsterdam")
    refused = client.post(url, data={"zone": "Mars/Olympus"})
    assert refused.status_code == 422
    assert "there is no time zone Mars/Olympus" in refused.text
