"""Every sentence a reader can get is there in every language, with the same gaps to fill."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import alerts
from alerts.i18n import LANGUAGES, catalogue, day, gist_text, language_names, moment
from db import gist, reason_codes
from monitor.compare.statements.place_names import regions_in
from monitor.compare.statements.subjects import load_pack

ROOM = Path(alerts.__file__).parent
# As the room calls them
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "n": (1, 2), "count": (1, 2)}
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2.ext:babel_extract"), ("templates/**.txt", "jinja2.ext:babel_extract")]


def sentences() -> set[str | tuple[str, ...]]:
    """All texts marked for translation, and those of the reasons; (one, many) where a number
    decides.
    """
    options = {"templates/**.html": {"trimmed": "true", "newstyle_gettext": "true"}, "templates/**.txt": {"newstyle_gettext": "true"}}
    found: set[str | tuple[str, ...]] = {*reason_codes.all_texts(), *gist.all_texts()}
    for _, _, text, _, _ in extract_from_dir(str(ROOM), METHODS, options, KEYWORDS):
        found.add(tuple(text) if isinstance(text, tuple | list) else text)
    return found


def _forms(text: str | Sequence[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or [])


def gaps(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]", text))


@pytest.mark.parametrize("language", [x for x in LANGUAGES if x != "en"])
def test_every_sentence_is_translated(language: str) -> None:
    with (ROOM / "locale" / language / "LC_MESSAGES" / "ajour.po").open("rb") as file:
        po = read_po(file, locale=language)
    known = {m.id: m.string for m in po if m.id}
    preferences = {s for s in sentences() if s}
    missing = sorted(str(s) for s in preferences - set(known))
    assert not missing
    assert not sorted(str(s) for s in set(known) - preferences), "translated, but said nowhere"
    for text, said in known.items():
        for one, other in zip(_forms(text), _forms(said), strict=True):
            assert other, text
            assert gaps(one) == gaps(other), text


def test_dates_are_in_the_readers_language_and_zone() -> None:
    at = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert [day(at, x, "Europe/Copenhagen") for x in LANGUAGES] == [
        "2 March 2026", "2. marts 2026", "2 maart 2026", "2. März 2026", "2 mars 2026",
    ]  # fmt: skip
    assert moment(at, "da", "Europe/Copenhagen") == "2. mar. 2026, 00.30"


def test_the_first_of_a_month_in_french() -> None:
    at = datetime(2026, 12, 1, 6, 0, tzinfo=UTC)
    assert day(at, "fr") == "1er décembre 2026"
    assert moment(at, "fr") == "1er déc. 2026, 06:00"
    assert day(datetime(2026, 12, 11, tzinfo=UTC), "fr") == "11 décembre 2026"


@pytest.mark.parametrize(
    ("language", "nothing", "one", "many"),
    [
        ("en", "0 confirmed changes", "1 confirmed change", "2 confirmed changes"),
        ("da", "0 bekræftede ændringer", "1 bekræftet ændring", "2 bekræftede ændringer"),
        ("nl", "0 bevestigde wijzigingen", "1 bevestigde wijziging", "2 bevestigde wijzigingen"),
        ("de", "0 bestätigte Änderungen", "1 bestätigte Änderung", "2 bestätigte Änderungen"),
        ("fr", "0 changement confirmé", "1 changement confirmé", "2 changements confirmés"),
    ],
)
def test_plurals_follow_the_language(language: str, nothing: str, one: str, many: str) -> None:
    counted = [catalogue(language).ngettext("%(num)d confirmed change", "%(num)d confirmed changes", n) % {"num": n} for n in (0, 1, 2)]
    assert counted == [nothing, one, many]


def test_a_list_of_languages_says_which_catalogues_are_unchecked() -> None:
    assert language_names() == {
        "en": "English",
        "da": "Dansk",
        "nl": "Nederlands",
        "de": "Deutsch (noch nicht von Muttersprachlern gegengelesen)",
        "fr": "Français (traduction pas encore relue par une personne de langue maternelle)",
    }


def test_an_unknown_language_is_english() -> None:
    assert catalogue("xx").gettext("Confirmed changes") == "Confirmed changes"


GIST = gist.Gist(
    gist.GistCode.VALUE, "s", "C-1", "Meduza", {"en": "fine", "da": "bøde", "nl": "boete", "de": "Bußgeld", "fr": "amende"}, "s.a",
    gist.GistValue(10_000, 30_000, "RUB"), gist.GistValue(50_000, 50_000, "RUB"), above=True, stage="signed",
)  # fmt: skip


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "Fine: 10,000–30,000 roubles → at least 50,000 roubles (signed or issued)"),
        ("da", "Bøde: 10.000–30.000 rubler → mindst 50.000 rubler (underskrevet eller udstedt)"),
        ("nl", "Boete: 10.000–30.000 roebel → minstens 50.000 roebel (ondertekend of uitgevaardigd)"),
        ("de", "Bußgeld: 10.000–30.000 Rubel → mindestens 50.000 Rubel (unterzeichnet oder erlassen)"),
        ("fr", "Amende : 10 000–30 000 roubles → au moins 50 000 roubles (signé ou pris)"),
        ("xx", "Fine: 10,000–30,000 roubles → at least 50,000 roubles (signed or issued)"),
    ],
)
def test_a_gist_is_said_in_the_readers_language(language: str, sentence: str) -> None:
    assert " ".join(gist_text(GIST, language).split()) == sentence


@pytest.mark.parametrize(
    ("language", "details"),
    [
        ("en", "law 412-FZ of 4 November 2025, from 1 March, for the first time, women, Tuva"),
        ("da", "lov 412-FZ af 4. november 2025, fra 1. marts, for første gang, kvinder, Tuva"),
        ("nl", "wet 412-FZ van 4 november 2025, vanaf 1 maart, voor het eerst, vrouwen, Toeva"),
        ("de", "Gesetz 412-FZ vom 4. November 2025, ab 1. März, zum ersten Mal, Frauen, Tuwa"),
        ("fr", "loi 412-FZ du 4 novembre 2025, début : 1er mars, pour la première fois, femmes, Touva"),
    ],
)
def test_the_details_of_a_gist_are_said_in_the_readers_language(language: str, details: str) -> None:
    persons, (tuva,) = load_pack().persons["women"].says, regions_in("в тувинских военкоматах")
    act = gist.GistAct("law", "412-FZ", "2025-11-04")
    detailed = replace(GIST, stage=None, details=gist.GistDetails((persons,), (tuva,), act, "--03-01", True))
    assert gist_text(detailed, language).endswith(f"({details})")


def test_dates_of_a_gist_are_in_the_readers_language() -> None:
    dated = replace(GIST, old=gist.GistValue(date="2026-11"), new=gist.GistValue(date="2027-01-01"), above=False, stage=None)
    assert gist_text(dated, "da") == "Bøde: november 2026 → 1. januar 2027"
    assert gist_text(dated, "fr") == "Amende : novembre 2026 → 1er janvier 2027".replace(" :", "\u00a0:")
