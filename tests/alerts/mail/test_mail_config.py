"""The envelope address of a message."""

from dataclasses import replace

from alerts.mail.mail_config import MailConfig
from db.models import OutboxRow
from tests.alerts_factory import MAIL_CONFIG


def test_the_envelope_address_names_the_message_and_is_signed() -> None:
    address = MAIL_CONFIG.envelope_sender(OutboxRow(id=17))
    local, _, domain = address.partition("@")
    assert (local.partition("+")[0], domain) == ("bounces", "example.org")
    assert MAIL_CONFIG.links.check("bounce", local.partition("+")[2]) == "17"


def test_without_a_mailbox_for_bounces_they_come_back_to_the_sender() -> None:
    plain = MailConfig(MAIL_CONFIG.links, replace(MAIL_CONFIG.mail_head, bounces=""))
    assert plain.envelope_sender(OutboxRow(id=17)) == "ajour@example.org"
