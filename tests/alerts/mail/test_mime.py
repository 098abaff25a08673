"""A mail as bytes."""

import email
import email.policy
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alerts.mail.mime import Email, MailHead, check_address, message_id, personal, write
from alerts.signed_links import TOKEN_PLACEHOLDER, LinkSigner
from tests.alerts_factory import MAIL_CONFIG

LINKS, HEAD = MAIL_CONFIG.links, MAIL_CONFIG.mail_head
MAIL = Email(
    "reader@example.org", "[Ajour] Mødefrist: 14 → 30 dage", "Første linje\nanden – ы\n", "<p>ы</p>", "digest:1", datetime(2026, 11, 24, 5, 0, tzinfo=UTC),
    "da", token="1.0.abc", list_name="1.digests",
)  # fmt: skip


def headers(mail: Email, head: MailHead = HEAD, links: LinkSigner = LINKS) -> dict[str, str]:
    parsed = email.message_from_bytes(write(mail, head, links), policy=email.policy.default)
    return {name: str(value) for name, value in parsed.items()}


def test_both_parts_come_back_as_they_were() -> None:
    parsed = email.message_from_bytes(write(MAIL, HEAD, LINKS), policy=email.policy.default)
    plain, html = (parsed.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[union-attr]
    assert plain.replace("\r\n", "\n") == MAIL.text
    assert html.strip() == MAIL.html
    assert parsed["Subject"] == MAIL.subject
    assert parsed["Content-Language"] == "da"


def test_the_same_mail_has_the_same_bytes_and_another_key_another_id() -> None:
    assert write(MAIL, HEAD, LINKS) == write(replace(MAIL), HEAD, LINKS)
    assert message_id(HEAD, LINKS, "digest:1") != message_id(HEAD, LINKS, "digest:2")
    assert message_id(HEAD, LINKS, "digest:1").endswith("@example.org>")


def test_unsubscribing_by_mail_names_the_reader_and_goes_to_the_mailbox_that_is_read() -> None:
    found = headers(MAIL)
    assert found["List-Unsubscribe"] == (
        "<https://ajour.example.org/s/u/1.0.abc>, <mailto:bounces@example.org?subject=unsubscribe%201.0.abc>"
    )
    assert found["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert found["List-Id"] == "Ajour <1.digests.example.org>"
    assert "mailto:desk@example.org?subject=unsubscribe%201.0.abc" in headers(MAIL, replace(HEAD, bounces=""))["List-Unsubscribe"]


def test_without_a_public_address_unsubscribing_is_by_mail_alone() -> None:
    found = headers(MAIL, links=LinkSigner("", LINKS.secret))
    assert found["List-Unsubscribe"] == "<mailto:bounces@example.org?subject=unsubscribe%201.0.abc>"
    assert "List-Unsubscribe-Post" not in found
    nothing = headers(MAIL, replace(HEAD, bounces="", reply_to=""), LinkSigner("", LINKS.secret))
    assert not {"List-Unsubscribe", "List-Id", "Reply-To"} & set(nothing)


def test_a_mail_without_a_subscription_offers_no_unsubscribing() -> None:
    assert "List-Unsubscribe" not in headers(replace(MAIL, token=""))


def test_a_shared_rendering_becomes_one_readers() -> None:
    assert personal(f"/s/p/{TOKEN_PLACEHOLDER} /s/u/{TOKEN_PLACEHOLDER}", "1.0.abc") == "/s/p/1.0.abc /s/u/1.0.abc"


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        (" Reader@Example.ORG ", "Reader@example.org"),
        ("a@пример.рф", "a@xn--e1afmkfd.xn--p1ai"),
        ("a.b+c@sub.example.org", "a.b+c@sub.example.org"),
    ],
)
def test_an_address_is_tidied(given: str, clean: str) -> None:
    assert check_address(given) == clean


@pytest.mark.parametrize("address", ["", "x", "a@b", "a b@example.org", "a@example.org\r\nBcc: c@example.org", "тест@example.org", "a@@example.org", '"a"@example.org', "<a@example.org>", "a" * 250 + "@example.org"])  # fmt: skip
def test_what_cannot_be_written_to_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match="no e-mail address that can be written to"):
        check_address(address)
