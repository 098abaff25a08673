"""The English statement of a draft: never more than the sentence says."""

import pytest

from monitor.compare.statements.packs import packs_of
from monitor.report_import.content import NoteSource, ReportContent, ReportSentence
from monitor.report_import.drafts import drafts

PACK = packs_of(("military",))


def _said(sentence: str, *, notes: tuple[NoteSource, ...] = ()) -> str:
    """The statement proposed for `sentence`; "-" for no draft."""
    content = ReportContent("", "text", 0, (("1", "X"),), (ReportSentence(sentence, "1", None, ("1",), 1),), {"1": notes})
    result = drafts(content, PACK, "2026-01-01")
    return result[0].body["statement"] if result else "-"


@pytest.mark.parametrize(
    ("sentence", "statement"),
    [
        # A number of the aspect, with its day
        ("Summonses sent by registered mail count as received after seven days.", "Time after which a summons by registered mail counts as received: 7 days."),
        ("OVD-info telde 170 raids in de herfst van 2024.", "Raids counted in a draft: 170 raids."),
        # An aspect without a number, by the kind of statement
        ("Das Einberufungsregister ist ein Thema. Ein Einberufungsbescheid wird persönlich gegen Unterschrift übergeben.", "A summons is handed over in person, against signature."),
        ("Ifølge flere kilder presses værnepligtige til at underskrive en kontrakt.", "It is reported that conscripts are pressed, deceived or persuaded to sign contracts."),
        ("By law, a man who was handed a summons may not leave the country.", "A summoned man may not leave the country."),
        ("It is unclear whether the mobilisation decree is still in force.", ""),
    ],
)  # fmt: skip
def test_what_was_read_is_said(sentence: str, statement: str) -> None:
    assert _said(sentence) == statement


@pytest.mark.parametrize(
    "sentence",
    [
        "Conscripts are not pressed to sign a contract, according to the ministry.",
        "Dienstplichtigen worden volgens het ministerie niet onder druk gezet om een contract te tekenen.",
        "Until 11 April 2023 an appeal suspended the sending to the army.",
        "According to rumours, conscripts could be pressed to sign a contract.",
        "Men who were handed a summons leave the country every day, two sources said.",
        "Alle russiske mænd i alderen 18-30 år er pålagt et års værnepligt ifølge loven.",
    ],
)
def test_what_is_denied_doubted_or_over_is_left_to_the_person(sentence: str) -> None:
    assert "18" not in _said(sentence) if "18-30" in sentence else _said(sentence) in ("", "-")


def test_the_only_source_says_it_and_a_place_is_named() -> None:
    source = NoteSource("Verstka", "A title", "2025-06-02")
    result = _said("According to Verstka, conscripts were pressed to sign a contract in Moscow.", notes=(source,))
    assert result == "Verstka reports that conscripts are pressed, deceived or persuaded to sign contracts, Moscow (as of 2 June 2025)."
