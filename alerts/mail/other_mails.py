"""The other mails: urgent news, "please confirm", and what operators are told. Each as HTML and text, both from their own templates."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from alerts.digest import Digest
from alerts.digest_entry import DigestEntry
from alerts.i18n import catalogue, day, moment
from alerts.mail import sanitize
from alerts.mail.render import context, environment, inline, tidy
from alerts.signed_links import LinkSigner
from db.enums import FlagState


@dataclass(frozen=True)
class ServiceMail:
    """A mail's subject and both its forms."""

    subject: str
    html: str
    text: str


def urgent_message(digest: Digest, entries: Sequence[DigestEntry], links: LinkSigner, *, last_today: bool) -> ServiceMail:
    """Urgent entries of one reader. `last_today`: their daily limit is reached, what follows comes with the digest."""
    confirmed = tuple(e for e in entries if e.state is FlagState.CONFIRMED)
    waiting = tuple(e for e in entries if e.state is not FlagState.CONFIRMED)
    d = replace(digest, confirmed=confirmed, waiting=waiting)
    words = catalogue(d.language)
    others = (
        words.ngettext("and %(num)d more", "and %(num)d more", len(entries) - 1) % {"num": len(entries) - 1} if len(entries) > 1 else ""
    )
    urgent = words.gettext("Urgent:")
    subject = sanitize.line(f"[Ajour] {urgent} {entries[0].headline}", 150) + (f" ({others})" if others else "")
    return _both(
        "urgent", d.language, {**context(d, links, True), "subject": subject, "entries": (*confirmed, *waiting), "last_today": last_today}
    )


def confirm_message(language: str, address: str, url: str, until: datetime, zone: str) -> ServiceMail:
    """ "Please confirm": says who asked for what, and that doing nothing is an answer too."""
    please = catalogue(language).gettext("Please confirm your subscription")
    subject = f"[Ajour] {please}"
    return _both("confirm", language, {"subject": subject, "address": address, "url": url, "until": moment(until, language, zone)})


def operator_message(subject: str, began: Sequence[str], over: Sequence[str], still: Sequence[str], at: datetime) -> ServiceMail:
    """What operators are told: what began, what is over, what still holds. In English."""
    given = {"subject": subject, "began": began, "over": over, "still": still, "at": moment(at, "en"), "day": day(at, "en")}
    return _both("operator", "en", given)


def _both(name: str, language: str, given: dict[str, Any]) -> ServiceMail:
    html = environment(language, html=True).get_template(f"{name}.html").render(given)
    text = environment(language, html=False).get_template(f"{name}.txt").render(given)
    return ServiceMail(given["subject"], inline(html), tidy(text))
