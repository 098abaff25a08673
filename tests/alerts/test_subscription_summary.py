"""A subscription in a few lines."""

import pytest

from alerts.subscription_summary import limits_in, sentence, summary, topics_in
from db.models import SubscriptionRow

REPORTS = (("drc", "Militærtjeneste"), ("cedoca", "Dienstplicht"))


def lines(language: str, **preferences: object) -> list[str]:
    return summary(SubscriptionRow(language="da", zone="Europe/Copenhagen", preferences=preferences), REPORTS, language)


@pytest.mark.parametrize(
    ("preferences", "language", "first"),
    [
        ({}, "en", "Daily at 06:00 (Europe/Copenhagen); Dansk"),
        ({"days": [0, 1, 2, 3, 4], "hour": 7}, "en", "Monday to Friday at 07:00 (Europe/Copenhagen); Dansk"),
        ({"days": [1, 3]}, "da", "Tirsdag, torsdag kl. 06:00 (Europe/Copenhagen); Dansk"),
        ({"rhythm": "weekly", "weekday": 4}, "nl", "Wekelijks: vrijdag om 06:00 (Europe/Copenhagen); Dansk"),
        ({"rhythm": "immediate"}, "de", "Nur Dringendes, sofort; wöchentliche Statusmeldung: Montag um 06:00 (Europe/Copenhagen); Dansk"),
    ],
)
def test_the_first_line_says_when_and_in_which_language(preferences: dict[str, object], language: str, first: str) -> None:
    assert lines(language, **preferences)[0] == first


def test_the_other_lines_say_about_what_and_what_is_left_out() -> None:
    assert lines("en")[1:] == ["Reports: all", "Topics: all"]
    limited = {"reports": ["drc"], "topics": ["exit_ban"], "severity": "high", "unreviewed": False, "urgent": False, "links": "none"}
    assert lines("en", **limited)[1:] == [
        "Reports: Militærtjeneste",
        "Topics: exit bans",
        "Severity at least high, confirmed changes only, nothing at once, no links",
    ]
    assert lines("en", links="archive")[-1] == "Links to archived copies only"


def test_preferences_that_cannot_be_followed_are_named() -> None:
    assert lines("fr", rhythm="hourly") == ["Les préférences ne peuvent plus être appliquées\u00a0; veuillez les enregistrer à nouveau."]


def test_parts_of_a_summary() -> None:
    assert topics_in(("mobilisation", "prisoners"), "da") == "Emner: mobilisering, fanger"
    assert limits_in("low", True, "en") == []
    assert sentence(["links only", "more"]) == "Links only, more"
