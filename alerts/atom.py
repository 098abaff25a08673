"""Atom feeds (RFC 4287): the writer, and a subscriber's digest as a feed for those who want no
mail.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerts.digest import by_weight, concerns, entries_at
from alerts.digest_entry import DigestEntry, by_story, flags_of
from alerts.i18n import CHOICE, RELATION, STAGE, catalogue
from alerts.mail import sanitize
from alerts.mail.mail_config import MailConfig
from alerts.preferences import Preferences, preferences_of
from alerts.subject import with_state
from alerts.subscriptions import LinkHolder
from db import digests
from db.enums import FlagState, LinkPolicy, Rhythm
from db.models import SubscriptionRow

ATOM = "http://www.w3.org/2005/Atom"
# Not a Char of XML 1.0, section 2.2
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
WINDOW, MOST = timedelta(days=30), 100


def entries_for(session: Session, subscriptions: Sequence[SubscriptionRow], now: datetime) -> list[DigestEntry]:
    """Entries that concern any of the subscriptions and changed within WINDOW: one per story,
    newest first.
    """
    entries = entries_at(session, digests.touched(session, now - WINDOW, now), now)
    concerned = sorted((e for e in entries if any(_is_for(preferences_of(s), e) for s in subscriptions)), key=by_weight)
    return sorted(by_story(concerned), key=updated, reverse=True)[:MOST]


def _is_for(preferences: Preferences, e: DigestEntry) -> bool:
    shown = e.state is FlagState.CONFIRMED or (e.state is FlagState.OPEN and preferences.unreviewed)
    return shown and concerns(preferences, e) and (e.urgent or preferences.rhythm is not Rhythm.IMMEDIATE)


def updated(e: DigestEntry) -> datetime:
    """When the story last changed: it was raised, compared again, or decided."""
    return max(at for each in flags_of([e]) for at in (each.raised_at, each.assessed_at, each.decided_at) if at is not None)


def feed(entries: Sequence[DigestEntry], link_holder: LinkHolder, now: datetime, mail_config: MailConfig) -> bytes:
    """The feed as XML, one entry per story under one id. A story that changed keeps its id and gets
    a new `updated`, so feed readers show it again without a duplicate. The strictest link policy of
    the subscriptions applies.
    """
    gettext, reader = catalogue(link_holder.language).gettext, link_holder.person
    links = max((preferences_of(s).links for s in link_holder.meant), key=list(LinkPolicy).index, default=LinkPolicy.NONE)
    translated = all(preferences_of(s).translations for s in link_holder.meant)
    one = f"/{link_holder.subscription.id}" if link_holder.subscription else ""
    token = mail_config.links.token(reader, link_holder.subscription)
    return write_atom(
        id=f"tag:{mail_config.mail_head.domain},2026:reader/{reader.id}{one}",
        title=gettext("Ajour: changes"),
        address=mail_config.links.feed(token),
        updated=max(map(updated, entries), default=now).isoformat(),
        entries=[_entry(e, links, mail_config, link_holder.language, token, translated=translated) for e in entries],
    )


def _entry(e: DigestEntry, links: LinkPolicy, mail_config: MailConfig, language: str, token: str, *, translated: bool) -> dict[str, str]:
    gettext = catalogue(language).gettext
    headline = e.headline(language)[0]
    t = e.translation(language) if translated else None
    mark = gettext("Machine translation, %(engine)s:")
    lines = [_marks(e, language), e.title if headline != e.title else ""]
    lines += [f"{mark % {'engine': t.title_engine}} {t.title}"] if t and t.title else []
    for each in flags_of([e]):
        own = each.headline(language)[0]
        claim = f"{each.report} {each.section} ({each.claim_id}): {each.claim_text.in_language(language)[0]}"
        lines.append(claim if own == headline else f"{own}\n{claim}")
    lines += [e.quote, *([f"{mark % {'engine': t.quote_engine}} {t.quote}"] if t and t.quote else [])]
    lines += [*(f"{v.outlet} ({gettext(v.tier_words)})" for v in e.sources[:5])]
    content = "\n\n".join(line for line in lines if line)
    strongest = e.sources[0]
    addresses = {
        LinkPolicy.DIRECT: strongest.url,
        LinkPolicy.ARCHIVE: mail_config.links.archived(strongest.item_id, updated(e) + timedelta(seconds=1), token),
    }
    return {
        "id": f"tag:{mail_config.mail_head.domain},2026:story/{e.story_id}",
        "title": with_state(e, language),
        "updated": updated(e).isoformat(),
        "link": addresses.get(links) or "",
        "content": content if links is LinkPolicy.DIRECT else sanitize.without_addresses(content),
    }


def _marks(e: DigestEntry, language: str) -> str:
    gettext = catalogue(language).gettext
    marks = [RELATION[e.relation], STAGE[e.stage] if e.stage else "", CHOICE[e.choice] if e.choice else ""]
    return " · ".join(gettext(m) for m in marks if m)


def write_atom(
    *,
    id: str,  # noqa: A002  # the name of the field in RFC 4287
    title: str,
    address: str,
    updated: str,
    entries: Sequence[Mapping[str, str]],
) -> bytes:
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
