"""A reader's digest as an Atom feed (RFC 4287): the same choice, for those who would rather not have mail."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from alerts import safe
from alerts.digest import concerns
from alerts.entries import Entry, entry_of, fingerprint
from alerts.language import CHOICE, RELATION, STAGE, catalogue
from alerts.office import Office
from alerts.subscribing import Visitor
from alerts.wanted import Wanted, wishes
from db import telling
from db.models import Subscription
from db.words import FlagState, Links, Rhythm

ATOM = "http://www.w3.org/2005/Atom"
WINDOW, MOST = timedelta(days=30), 100


def entries_for(session: Session, subscriptions: Sequence[Subscription], now: datetime) -> list[Entry]:
    """What concerns any of the subscriptions and was touched within WINDOW, newest first."""
    found = [entry_of(f) for f in telling.flags_then(session, telling.touched(session, now - WINDOW, now), now)]
    return sorted((e for e in found if any(_for(wishes(s), e) for s in subscriptions)), key=updated, reverse=True)[:MOST]


def _for(wanted: Wanted, e: Entry) -> bool:
    told = e.state is FlagState.CONFIRMED or (e.state is FlagState.OPEN and wanted.unreviewed)
    return told and concerns(wanted, e) and (e.urgent or wanted.rhythm is not Rhythm.IMMEDIATE)


def updated(e: Entry) -> datetime:
    return e.decided_at or e.raised_at


def feed(entries: Sequence[Entry], visitor: Visitor, now: datetime, office: Office) -> bytes:
    """The feed as XML. An entry that changed gets a new id, so that feed readers show it again; the most careful link mode holds here too."""
    say, reader = catalogue(visitor.language).gettext, visitor.person
    links = max((wishes(s).links for s in visitor.meant), key=list(Links).index, default=Links.NONE)
    domain = office.letterhead.domain
    root = ET.Element(f"{{{ATOM}}}feed")
    ET.register_namespace("", ATOM)
    one = f"/{visitor.subscription.id}" if visitor.subscription else ""
    _add(root, "id", f"tag:{domain},2026:reader/{reader.id}{one}")
    _add(root, "title", say("Ajour: changes"))
    _add(root, "updated", (max(map(updated, entries), default=now)).isoformat())
    ET.SubElement(root, f"{{{ATOM}}}link", rel="self", href=office.links.feed(office.links.token(reader, visitor.subscription)))
    _add(ET.SubElement(root, f"{{{ATOM}}}author"), "name", "Ajour")
    for e in entries:
        _entry(root, e, links, office, visitor.language)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _entry(root: ET.Element, e: Entry, links: Links, office: Office, language: str) -> None:
    say = catalogue(language).gettext
    state = say("confirmed") if e.state is FlagState.CONFIRMED else say("not yet reviewed")
    node = ET.SubElement(root, f"{{{ATOM}}}entry")
    _add(node, "id", f"tag:{office.letterhead.domain},2026:flag/{e.flag_id}/{fingerprint([e])}")
    _add(node, "title", f"{e.what} ({state})")
    _add(node, "updated", updated(e).isoformat())
    url = {Links.DIRECT: e.voices[0].url, Links.ARCHIVE: office.links.flag(e.flag_id)}.get(links)
    if url:
        ET.SubElement(node, f"{{{ATOM}}}link", href=url)
    marks = [say(RELATION[e.relation]), say(STAGE[e.stage]) if e.stage else "", say(CHOICE[e.choice]) if e.choice else ""]
    told = [" · ".join(m for m in marks if m), f"{e.report} {e.section} ({e.claim_id}): {e.statement}", e.quote]
    told += [f"{v.outlet} ({say(v.tier_words)})" for v in e.voices[:5]]
    content = "\n\n".join(told)
    _add(node, "content", content if links is Links.DIRECT else safe.without_addresses(content)).set("type", "text")


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    node = ET.SubElement(parent, f"{{{ATOM}}}{name}")
    node.text = text
    return node
