"""Atom feeds (RFC 4287): the writer, and a subscriber's digest as a feed for those who want no
mail.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerts.digest import concerns
from alerts.digest_entry import DigestEntry, entry_of, fingerprint
from alerts.i18n import CHOICE, RELATION, STAGE, catalogue
from alerts.mail import sanitize
from alerts.mail.mail_config import MailConfig
from alerts.preferences import Preferences, preferences_of
from alerts.subscriptions import LinkHolder
from db import digests
from db.enums import FlagState, LinkPolicy, Rhythm
from db.models import SubscriptionRow

ATOM = "http://www.w3.org/2005/Atom"
# Not a Char of XML 1.0, section 2.2
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
WINDOW, MOST = timedelta(days=30), 100


def entries_for(session: Session, subscriptions: Sequence[SubscriptionRow], now: datetime) -> list[DigestEntry]:
    """What concerns any of the subscriptions and was touched within WINDOW, newest first."""
    found = [entry_of(f) for f in digests.flags_at(session, digests.touched(session, now - WINDOW, now), now)]
    return sorted((e for e in found if any(_for(preferences_of(s), e) for s in subscriptions)), key=updated, reverse=True)[:MOST]


def _for(preferences: Preferences, e: DigestEntry) -> bool:
    notified = e.state is FlagState.CONFIRMED or (e.state is FlagState.OPEN and preferences.unreviewed)
    return notified and concerns(preferences, e) and (e.urgent or preferences.rhythm is not Rhythm.IMMEDIATE)


def updated(e: DigestEntry) -> datetime:
    return e.decided_at or e.raised_at


def feed(entries: Sequence[DigestEntry], link_holder: LinkHolder, now: datetime, mail_config: MailConfig) -> bytes:
    """The feed as XML. An entry that changed gets a new id, so that feed readers show it again; the
    most careful link mode holds here too.
    """
    gettext, reader = catalogue(link_holder.language).gettext, link_holder.person
    links = max((preferences_of(s).links for s in link_holder.meant), key=list(LinkPolicy).index, default=LinkPolicy.NONE)
    one = f"/{link_holder.subscription.id}" if link_holder.subscription else ""
    return write_atom(
        id=f"tag:{mail_config.mail_head.domain},2026:reader/{reader.id}{one}",
        title=gettext("Ajour: changes"),
        address=mail_config.links.feed(mail_config.links.token(reader, link_holder.subscription)),
        updated=max(map(updated, entries), default=now).isoformat(),
        entries=[_entry(e, links, mail_config, link_holder.language) for e in entries],
    )


def _entry(e: DigestEntry, links: LinkPolicy, mail_config: MailConfig, language: str) -> dict[str, str]:
    gettext = catalogue(language).gettext
    state = gettext("confirmed") if e.state is FlagState.CONFIRMED else gettext("not yet reviewed")
    marks = [gettext(RELATION[e.relation]), gettext(STAGE[e.stage]) if e.stage else "", gettext(CHOICE[e.choice]) if e.choice else ""]
    notified = [
        " · ".join(m for m in marks if m),
        f"{e.report} {e.section} ({e.claim_id}): {e.claim_text.in_language(language)[0]}",
        e.quote,
    ]
    notified += [f"{v.outlet} ({gettext(v.tier_words)})" for v in e.sources[:5]]
    content = "\n\n".join(notified)
    return {
        "id": f"tag:{mail_config.mail_head.domain},2026:flag/{e.flag_id}/{fingerprint([e])}",
        "title": f"{e.headline} ({state})",
        "updated": updated(e).isoformat(),
        "link": {LinkPolicy.DIRECT: e.sources[0].url, LinkPolicy.ARCHIVE: mail_config.links.flag(e.flag_id)}.get(links) or "",
        "content": content if links is LinkPolicy.DIRECT else sanitize.without_addresses(content),
    }


def write_atom(*, id: str, title: str, address: str, updated: str, entries: Sequence[Mapping[str, str]]) -> bytes:  # noqa: A002  # Atom's own word
    """An Atom 1.0 feed (RFC 4287), for subscribers and for the desk
    (`review.context.DeskContext.atom`).

    An entry has `id`, `title`, `updated` (ISO 8601) and, where they are not empty, `link`,
    `author`, `summary`, `content` (plain texts).
    """
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed")
    _add(root, "id", id)
    _add(root, "title", title)
    _add(root, "updated", updated)
    ET.SubElement(root, f"{{{ATOM}}}link", rel="self", href=address)
    _add(ET.SubElement(root, f"{{{ATOM}}}author"), "name", "Ajour")
    for entry in entries:
        node = ET.SubElement(root, f"{{{ATOM}}}entry")
        for name in ("id", "title", "updated"):
            _add(node, name, entry[name])
        if entry.get("link"):
            ET.SubElement(node, f"{{{ATOM}}}link", rel="alternate", href=_FORBIDDEN.sub("", entry["link"]))
        if entry.get("author"):
            _add(ET.SubElement(node, f"{{{ATOM}}}author"), "name", entry["author"])
        for name in ("summary", "content"):
            if entry.get(name):
                _add(node, name, entry[name]).set("type", "text")
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    node = ET.SubElement(parent, f"{{{ATOM}}}{name}")
    node.text = _FORBIDDEN.sub("", text)
    return node
