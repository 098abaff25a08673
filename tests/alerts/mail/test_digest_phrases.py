"""The sentences that both forms of a digest share."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import Engine

from alerts.digest import Correction, Digest, build, choose, gather
from alerts.digest_entry import DigestEntry, EntryChange
from alerts.mail.digest_phrases import DigestPhrases
from alerts.mail.render import NO_LINKS, render
from alerts.preferences import Preferences
from db.engine import reading, writing
from db.enums import LinkPolicy
from db.reason_codes import Reason, ReasonCode
from tests.alerts_factory import HEADLINE, MAIL_CONFIG, NOW, YESTERDAY, Tale, add_flag, decide, lay_out


def one(engine: Engine, tale: Tale | None = None, choice: str = "", language: str = "en", links: LinkPolicy = LinkPolicy.DIRECT) -> Digest:
    """A digest with one entry, confirmed where `choice` says as what."""
    with writing(engine) as session:
        lay_out(session)
        flag = add_flag(session, tale)
        if choice:
            decide(session, flag, choice, "confirmed", NOW - timedelta(hours=3))
    with reading(engine) as session:
        pool = gather(session, NOW - timedelta(days=1), NOW)
    return choose(pool, Preferences(links=links), {}, language=language, zone="Europe/Brussels")


def of(digest: Digest, *, personal: bool = False) -> tuple[DigestPhrases, DigestEntry]:
    return DigestPhrases(digest, MAIL_CONFIG.links, personal=personal), (*digest.confirmed, *digest.waiting)[0]


def test_an_entry_gives_one_reason_in_plain_words(engine: Engine) -> None:
    text = " ".join(render(one(engine, Tale(changes=[]))).text.split())
    assert "Why: it gives another value than the claim The report says" in text


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("en", "it reads like a development that would change claim C-1: The fine rises."),
        ("da", "det lyder som en udvikling, der ville ændre udsagn C-1: mødefrist"),
        ("fr", "il se lit comme une évolution qui changerait l’affirmation C-1 : délai"),
    ],
)
def test_what_would_change_a_claim_is_said_in_the_readers_language(engine: Engine, language: str, says: str) -> None:
    digest = one(engine, language=language)
    (entry,) = digest.waiting
    reasons = (Reason(ReasonCode.LIKE_CHANGE, {"claim": "C-1", "change": "The fine rises."}),)
    phrases = DigestPhrases(digest, NO_LINKS)
    assert phrases.why(replace(entry, reasons=reasons)) == says
    other = replace(entry, reasons=(Reason(ReasonCode.LIKE_CHANGE, {"claim": "C-9", "change": "The fine rises."}),))
    assert "mødefrist" not in phrases.why(other), "what another claim is about is not said of this one"
    assert ("The fine rises" in phrases.why(other)) is (language == "en")


def test_a_digest_says_what_its_reader_has_left_out(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
    with reading(engine) as session:
        preferences = Preferences(reports=("drc",), topics=("mobilisation", "exit_ban"), severity="medium", unreviewed=False)
        digest = choose(gather(session, NOW - timedelta(days=1), NOW), preferences, {}, language="da")
    text = " ".join(render(digest).text.split())
    assert "Rapporter: COI report 2. Emner: mobilisering, udrejseforbud. Alvorsgrad mindst middel, kun bekræftede ændringer." in text


def test_what_a_person_decided_takes_the_place_of_what_the_software_found(engine: Engine) -> None:
    phrases, entry = of(one(engine, choice="value_or_date_changed"))
    assert phrases.marks(entry) == ["Severity: high", "value or date changed", "adopted by parliament"]
    assert phrases.why(entry) == ""


def test_the_list_at_the_top_has_outlet_and_day_or_the_persons_wording(engine: Engine) -> None:
    digest = one(engine, choice="value_or_date_changed")
    phrases, entry = of(digest)
    assert phrases.brief() == [("Confirmed changes", [f"{HEADLINE} (Paper, 23 November 2026)"])]
    renewed = replace(digest, confirmed=(replace(entry, renewed="The term is 30 days."),))
    assert of(renewed)[0].brief() == [("Confirmed changes", [f"{HEADLINE} – The term is 30 days. (Paper, 23 November 2026)"])]


def test_a_headline_that_names_its_outlet_is_followed_by_the_day_alone(engine: Engine) -> None:
    phrases, _ = of(one(engine, Tale(claim="C-2")))
    assert phrases.brief() == [
        ("Likely updates, not yet reviewed", ["Reported by Paper: mobilisation – adopted by parliament (23 November 2026)"])
    ]


@pytest.mark.parametrize(
    ("links", "labels"),
    [
        (LinkPolicy.DIRECT, ["Archived copy", "Original", "Useful, or not?", "At the desk (sign-in)"]),
        (LinkPolicy.ARCHIVE, ["Archived copy", "Useful, or not?", "At the desk (sign-in)"]),
        (LinkPolicy.NONE, ["Useful, or not?"]),
    ],
)
def test_a_reader_gets_the_links_they_allow(engine: Engine, links: LinkPolicy, labels: list[str]) -> None:
    digest = one(engine, links=links)
    phrases, entry = of(digest, personal=True)
    assert [label for label, _ in phrases.actions(entry, digest)] == labels
    assert bool(phrases.line_link(entry)) is (links is not LinkPolicy.NONE)


def test_without_a_reader_there_are_no_readers_pages(engine: Engine) -> None:
    digest = one(engine)
    phrases, entry = of(digest)
    assert [label for label, _ in phrases.actions(entry, digest)] == ["Original", "At the desk (sign-in)"]
    assert DigestPhrases(digest, NO_LINKS, personal=True).actions(entry, digest) == [("Original", "https://paper.example.com/1")]
    assert phrases.line_link(entry) == ""


def test_the_citation_is_that_of_the_item_whose_words_are_quoted(engine: Engine) -> None:
    digest = one(engine, Tale(sources=("paper", "gazette")))
    phrases, entry = of(digest)
    assert phrases.citation(entry, digest) == (
        "Paper, “Госдума приняла закон о сроках явки по электронной повестке”, 23 November 2026, https://paper.example.com/1, "
        "accessed 23 November 2026"
    )
    hidden = replace(digest, links=LinkPolicy.ARCHIVE)
    assert "https://" not in DigestPhrases(hidden, NO_LINKS).citation(entry, hidden)


def test_the_demo_says_that_it_is_one_and_offers_nothing_to_cite(engine: Engine) -> None:
    digest = one(engine)
    assert of(digest)[0].demo() == ""
    entry = replace(digest.waiting[0], sources=(replace(digest.waiting[0].sources[0], simulated=True),))
    played = replace(digest, waiting=(entry,))
    rendered = render(played, MAIL_CONFIG.links, personal=True)
    assert rendered.subject == f"[Ajour demo] Unreviewed: {HEADLINE}"
    for form in (rendered.text, rendered.html):
        flat = " ".join(form.replace("\n! ", " ").split())
        assert "Demo: the outlets are simulated" in flat
        assert "Demo, not to be cited." in flat
        assert "Retold from" in flat
        assert "Original" not in flat


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (EntryChange("state", "open", "confirmed"), "now confirmed"),
        (EntryChange("stage", "adopted", "signed"), "stage: adopted by parliament → signed or issued"),
        (EntryChange("severity", "low", "high"), "severity: low → high"),
        (EntryChange("primary", "", ""), "a primary text now says so"),
        (EntryChange("value", "a", "b"), "another value than before"),
        (EntryChange("value", "a", ""), "the value is no longer certain"),
        (EntryChange("claim", "C-1", "C-2"), "now set against claim C-2"),
        (EntryChange("further", "", "C-2 C-3"), "also for C-2 C-3"),
        (EntryChange("further", "C-2", ""), "for this claim only"),
        (EntryChange("renewed", "", "0123"), "the claim was reworded"),
    ],
)
def test_each_difference_has_its_words(engine: Engine, change: EntryChange, words: str) -> None:
    phrases, entry = of(one(engine))
    assert phrases.since(replace(entry, since=(change,))) == [words]


@pytest.mark.parametrize(
    ("kind", "choice", "text"),
    [
        ("withdrawn", "not_about_this_claim", "Withdrawn. On 23 November 2026 we wrote that it is confirmed; it no longer is. (not about this claim)"),
        ("reopened", None, "Open again. The decision that we reported on 23 November 2026 is being reviewed."),
        ("set_aside", "later", "Set aside. On 23 November 2026 we listed it as a likely update; people judged that it is none. (put off)"),
    ],
)  # fmt: skip
def test_each_correction_has_its_words(engine: Engine, kind: str, choice: str | None, text: str) -> None:
    phrases, entry = of(one(engine))
    assert phrases.correction(Correction(kind, entry, YESTERDAY, HEADLINE, choice)) == text


def test_a_correction_is_shown_with_the_headline_that_was_sent_and_the_outlets(engine: Engine) -> None:
    digest = one(engine)
    entry = digest.waiting[0]
    text = render(replace(digest, waiting=(), corrections=(Correction("reopened", entry, YESTERDAY, "As it was sent", None),))).text
    assert "As it was sent\n  Госдума приняла закон" in text
    with reading(engine) as session:
        assert build(session, NOW - timedelta(days=1), NOW).waiting == digest.waiting
