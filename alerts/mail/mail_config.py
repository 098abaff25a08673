"""The configuration of mail; `app` builds it from the settings."""

from dataclasses import dataclass, field

from alerts.mail.mime import MailHead
from alerts.signed_links import LinkSigner
from db.models import OutboxRow


@dataclass(frozen=True)
class MailConfig:
    """Sender, addresses and signing key, and the recipients besides subscribers."""

    links: LinkSigner
    mail_head: MailHead = field(default_factory=MailHead)
    operators: tuple[str, ...] = ()  # addresses that get operator alerts
    # Names of chat channels for urgent messages and operator alerts
    channels: tuple[str, ...] = ()
    # Domains whose addresses may subscribe by the form; "*": all; empty: the form is closed
    signup: tuple[str, ...] = ()

    def envelope_sender(self, row: OutboxRow) -> str:
        """The address for bounces. It names the message; its signature prevents forged bounces."""
        base = self.mail_head.bounces
        if not base:
            return self.mail_head.sender
        local, _, domain = base.rpartition("@")
        return f"{local}+{self.links.sign('bounce', str(row.id))}@{domain}"
