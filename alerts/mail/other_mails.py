"""Urgent messages, requests to confirm and operator alerts, each as HTML and text from its own
templates.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from alerts.digest import Digest
from alerts.digest_entry import DigestEntry
from alerts.i18n import catalogue, day, moment
from alerts.mail import sanitize
from alerts.mail.digest_phrases import as_allowed
from alerts.mail.render import context, environment, inline, tidy
from alerts.signed_links import LinkSigner
from alerts.subject import subject_tag
from db.enums import FlagState


@dataclass(frozen=True)
class ServiceMail:
    """A mail's subject and both its forms."""

    subject: str
    html: str
    text: str


def urgent_message(digest: Digest, entries: Sequence[DigestEntry], links: LinkSigner, *, last_today: bool) -> ServiceMail:
    """Urgent entries of one reader, and the corrections in `digest`. `last_today`: their daily
    limit is reached.
    """
    confirmed = tuple(e for e in entries if e.state is FlagState.CONFIRMED)
    waiting = tuple(e for e in entries if e.state is not FlagState.CONFIRMED)
    d = replace(digest, confirmed=confirmed, waiting=waiting)
    subject = _urgent_subject(d)
    preheader = sanitize.line(" · ".join(as_allowed(e.claim_text.in_language(d.language)[0], d) for e in entries), 150)
    values = {
        **context(d, links, True),
        "subject": subject,
        "preheader": preheader,
        "entries": (*confirmed, *waiting),
        "last_today": last_today and bool(entries),
    }
    return _both("urgent", d.language, values)


def _urgent_subject(d: Digest) -> str:
    gettext, ngettext = catalogue(d.language).gettext, catalogue(d.language).ngettext
    entries = (*d.confirmed, *d.waiting)
    if entries:
        kind = gettext("Urgent, confirmed:") if d.confirmed else gettext("Urgent, not yet reviewed:")
        headline, more = entries[0].headline(d.language)[0], len(entries) - 1
    else:
        first = d.corrections[0]
        kind, headline, more = gettext("Correction:"), first.was or first.entry.headline(d.language)[0], len(d.corrections) - 1
    others = ngettext("and %(num)d more", "and %(num)d more", more) % {"num": more} if more else ""
    return sanitize.line(f"{subject_tag(simulated=d.simulated)} {kind} {headline}", 150) + (f" ({others})" if others else "")


def confirm_message(language: str, address: str, url: str, until: datetime, zone: str) -> ServiceMail:
    """The request to confirm a subscription. Doing nothing declines it."""
    please = catalogue(language).gettext("Please confirm your subscription")
    subject = f"[Ajour] {please}"
    return _both("confirm", language, {"subject": subject, "address": address, "url": url, "until": moment(until, language, zone)})


def operator_message(subject: str, began: Sequence[str], over: Sequence[str], still: Sequence[str], at: datetime) -> ServiceMail:
    """An operator alert: what began, what is over, what still holds. In English."""
    values = {"subject": subject, "began": began, "over": over, "still": still, "at": moment(at, "en"), "day": day(at, "en")}
    return _both("operator", "en", values)


def _both(name: str, language: str, values: dict[str, Any]) -> ServiceMail:
    html = environment(language, html=True).get_template(f"{name}.html").render(values)
    text = environment(language, html=False).get_template(f"{name}.txt").render(values)
    return ServiceMail(values["subject"], inline(html), tidy(text))
