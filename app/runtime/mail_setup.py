"""Mail configuration from the settings: sender addresses, the key of signed links, the senders."""

import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from alerts.mail.chat import CHANNEL, ChatSender
from alerts.mail.mail_config import MailConfig
from alerts.mail.mime import MailHead, check_address
from alerts.mail.smtp import MAIL, Sender, SmtpSender
from alerts.signed_links import LinkSigner
from app.runtime.settings import Settings, WrongSettings
from db.engine import CannotOpen, make_private_folder


def make_mail_config(settings: Settings, *, make_key: bool = True) -> MailConfig:
    """The mail configuration. `make_key=False` makes no signing key. Raises WrongSettings for wrong
    addresses, CannotOpen if the key can be neither read nor made.
    """
    reply_to = settings.mail_reply_to or (settings.contact if "@" in settings.contact else "")
    letterhead = MailHead(
        sender=_address("mail_from", settings.mail_from or "ajour@localhost.localdomain"),
        reply_to=_address("mail_reply_to", reply_to),
        bounces=_address("mail_bounces", settings.mail_bounces),
    )
    return MailConfig(
        links=LinkSigner(settings.public_url.rstrip("/"), signing_key(settings) if make_key else ""),
        mail_head=letterhead,
        operators=tuple(_address("operators", a) for a in settings.operators.replace(",", " ").split()),
        channels=tuple(channels(settings)),
        signup=tuple(settings.signup_domains.replace(",", " ").split()),
    )


def _address(name: str, address: str) -> str:
    if not address:
        return ""
    try:
        return check_address(address)
    except ValueError as error:
        raise WrongSettings(f"AJOUR_{name.upper()}: {error}") from error


def signing_key(settings: Settings) -> str:
    """The key of signed links: the setting, or the one in the data folder, which is made at the
    first use.
    """
    configured = settings.secret.get_secret_value()
    if configured:
        if len(configured) < 24:
            raise WrongSettings("AJOUR_SECRET: too short to sign with; give at least 24 characters, or unset it and let Ajour make one")
        return configured
    path = Path(settings.data) / "secret"
    try:
        make_private_folder(path.parent)
        # Only its owner may read it
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:  # noqa: PTH123
            file.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass  # made before, perhaps by another process at this moment
    except OSError as error:
        raise CannotOpen(f"cannot make the signing key {path}: {error.strerror}") from error
    key = path.read_text("ascii").strip()
    if len(key) < 24:
        raise CannotOpen(f"the signing key {path} is damaged; restore it from a backup, or remove it (links in sent mails become invalid)")
    return key


def channels(settings: Settings) -> dict[str, str]:
    """name → Apprise address."""
    by_name = {}
    for pair in settings.channels.get_secret_value().split():
        name, separator, address = pair.partition("=")
        if not (name and separator and "://" in address):
            raise WrongSettings("AJOUR_CHANNELS: write each channel as name=address, for instance desk=ntfy://ntfy.example.org/ajour")
        by_name[name] = address
    if by_name and find_spec("apprise") is None:
        raise WrongSettings("AJOUR_CHANNELS needs the extra `notify`: pip install 'ajour[notify]'")
    return by_name


@contextmanager
def senders(settings: Settings) -> Iterator[Mapping[str, Sender]]:
    """Senders by channel. Without a mail server or chat channels, messages for them wait in the
    outbox.
    """
    by_channel: dict[str, Sender] = {}
    if chats := channels(settings):
        by_channel[CHANNEL] = ChatSender(chats)
    if not settings.smtp_host:
        yield by_channel
        return
    with SmtpSender(
        settings.smtp_host, settings.smtp_port, settings.smtp_security, settings.smtp_user, settings.smtp_password.get_secret_value(), settings.smtp_seconds
    ) as mail:  # fmt: skip
        by_channel[MAIL] = mail
        yield by_channel
