"""The stored copy of an item as a page for readers without an account."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from alerts.i18n import TIER
from alerts.mail import sanitize
from alerts.signed_links import PAGES_KEPT, LinkSigner
from db import items


@dataclass(frozen=True)
class ArchivedCopy:
    """The text of an item as a mail quoted it, with what a citation needs."""

    outlet: str
    tier: str  # English, a key of the catalogues
    title: str
    paragraphs: tuple[str, ...]
    lang: str | None
    url: str | None
    published: datetime | None
    stored: datetime
    sha256: str | None  # of the received bytes that the text was read from
    changed: bool  # the outlet has published another version since
    gone_at: datetime | None  # the outlet has taken it down; when that was noticed


def archived_copy(session: Session, signed: str, links: LinkSigner, now: datetime) -> ArchivedCopy | None:
    """The copy that a signed link names; None where the link is not ours or too old."""
    item_and_moment = links.copy_of(signed)
    if item_and_moment is None or now - item_and_moment[1] > PAGES_KEPT:
        return None
    stored = items.item_at(session, *item_and_moment)
    if stored is None:
        return None
    return ArchivedCopy(
        outlet=sanitize.line(stored.source.name, 80),
        tier=TIER[stored.source.tier],
        title=sanitize.line(stored.version.title, 400),
        paragraphs=tuple(p for raw in stored.version.text.splitlines() if (p := sanitize.line(raw, 20_000))),
        lang=stored.version.lang,
        url=sanitize.address(stored.item.url),
        published=stored.item.published_at,
        stored=stored.version.seen_at,
        sha256=stored.sha256,
        changed=stored.newer > 0,
        gone_at=stored.item.gone_at,
    )
