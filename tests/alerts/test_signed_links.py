"""Signed links: each names its purpose and cannot be forged."""

from datetime import UTC, datetime

import pytest

from alerts.signed_links import TOKEN_PLACEHOLDER, LinkSigner, TokenHolder
from db.models import SubscriberRow, SubscriptionRow

LINKS = LinkSigner("https://ajour.example.org", "a key for tests that is long enough")
AT = datetime(2026, 11, 24, 5, 0, 30, tzinfo=UTC)


def test_a_token_names_its_reader_and_the_subscription_it_came_with() -> None:
    reader = SubscriberRow(id=7, generation=2)
    assert LINKS.bearer(LINKS.token(reader)) == TokenHolder(7, 2)
    assert LINKS.bearer(LINKS.token(reader, SubscriptionRow(id=3))) == TokenHolder(7, 2, 3)
    # Some servers change the case
    assert LINKS.bearer(LINKS.token(reader).upper()) == TokenHolder(7, 2)


@pytest.mark.parametrize(
    "token",
    ["", "7.2", "7.2.", "7.2.aaaaaaaaaaaaaaaaaaaaaaaa", "7.3.{mac}", "{mac}", pytest.param(TOKEN_PLACEHOLDER, id="stand-in"), "٧.2.{mac}"],
)
def test_a_token_with_another_value_or_signature_has_no_holder(token: str) -> None:
    mac = LINKS.token(SubscriberRow(id=7, generation=2)).rpartition(".")[2]
    assert LINKS.bearer(token.format(mac=mac)) is None


def test_a_signature_for_one_purpose_is_worth_nothing_for_another_or_with_another_key() -> None:
    signed = LINKS.sign("copy", "7.2")
    assert LINKS.check("copy", signed) == "7.2"
    assert LINKS.check("reader", signed) is None
    assert LinkSigner(LINKS.public, "another key that is long enough").check("copy", signed) is None


def test_a_link_to_a_copy_names_item_and_moment() -> None:
    url = LINKS.archived(17, AT, "t")
    assert url.startswith("https://ajour.example.org/s/a/t/17.1795496430.")
    assert LINKS.copy_of(url.rpartition("/")[2]) == (17, AT)
    assert LINKS.copy_of(LINKS.sign("copy", "17")) is None
    assert LINKS.copy_of(LINKS.sign("copy", "17.x")) is None


def test_a_moment_between_two_seconds_names_the_later_one_so_that_nothing_is_missed() -> None:
    signed = LINKS.archived(17, AT.replace(microsecond=1), "t").rpartition("/")[2]
    named = LINKS.copy_of(signed)
    assert named is not None
    assert named[1] == AT.replace(second=31)


def test_without_a_public_address_there_are_no_links() -> None:
    nowhere = LinkSigner("", "a key for tests that is long enough")
    assert {nowhere.preferences(), nowhere.flag(1), nowhere.archived(1, AT), nowhere.queue(), nowhere.feed()} == {""}


def test_pages_of_the_desk_and_of_the_reader_have_their_addresses() -> None:
    assert LINKS.claim("A/B 1") == "https://ajour.example.org/claims/A%2FB%201"
    assert LINKS.flag(5) == "https://ajour.example.org/flags/5"
    assert LINKS.whole_digest(AT, "t") == "https://ajour.example.org/s/d/t/20261124T050030Z"
    assert LINKS.unsubscribe("t") == "https://ajour.example.org/s/u/t"
    assert LINKS.feed() == f"https://ajour.example.org/s/f/{TOKEN_PLACEHOLDER}.atom"
