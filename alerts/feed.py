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
from alerts.wanted import Wanted
from db import telling
from db.models import Subscriber
from db.words import FlagState, Links

ATOM = "http://www.w3.org/2005/Atom"
WINDOW, MOST = timedelta(days=30), 100


def entries_for(session: Session, wanted: Wanted, now: datetime) -> list[Entry]:
    """What concerns the reader and was touched within WINDOW, newest first."""
    found = [entry_of(f) for f in telling.flags_then(session, telling.touched(session, now - WINDOW, now), now)]
    states = (FlagState.CONFIRMED, FlagState.OPEN) if wanted.unreviewed else (FlagState.CONFIRMED,)
    return sorted((e for e in found if concerns(wanted, e) and e.state in states), key=updated, reverse=True)[:MOST]


def updated(e: Entry) -> datetime:
    return e.decided_at or e.raised_at


def feed(entries: Sequence[Entry], reader: Subscriber, wanted: Wanted, now: datetime, office: Office) -> bytes:
    """The feed as XML. An entry that changed gets a new id, so that feed readers show it again; link mode holds here too."""
    say = catalogue(reader.language).gettext
    domain = office.letterhead.domain
    root = ET.Element(f"{{{ATOM}}}feed")
    ET.register_namespace("", ATOM)
    _add(root, "id", f"tag:{domain},2026:reader/{reader.id}")
    _add(root, "title", say("Ajour: changes"))
    _add(root, "updated", (max(map(updated, entries), default=now)).isoformat())
    ET.SubElement(root, f"{{{ATOM}}}link", rel="self", href=office.links.feed(office.links.token(reader)))
    _add(ET.SubElement(root, f"{{{ATOM}}}author"), "name", "Ajour")
    for e in entries:
        _entry(root, e, wanted, office, reader.language)
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _entry(root: ET.Element, e: Entry, wanted: Wanted, office: Office, language: str) -> None:
    say = catalogue(language).gettext
    state = say("confirmed") if e.state is FlagState.CONFIRMED else say("not yet reviewed")
    node = ET.SubElement(root, f"{{{ATOM}}}entry")
    _add(node, "id", f"tag:{office.letterhead.domain},2026:flag/{e.flag_id}/{fingerprint([e])}")
    _add(node, "title", f"{e.what} ({state})")
    _add(node, "updated", updated(e).isoformat())
    url = {Links.DIRECT: e.voices[0].url, Links.ARCHIVE: office.links.flag(e.flag_id)}.get(wanted.links)
    if url:
        ET.SubElement(node, f"{{{ATOM}}}link", href=url)
    marks = [say(RELATION[e.relation]), say(STAGE[e.stage]) if e.stage else "", say(CHOICE[e.choice]) if e.choice else ""]
    told = [" · ".join(m for m in marks if m), f"{e.report} {e.section} ({e.claim_id}): {e.statement}", e.quote]
    told += [f"{v.outlet} ({say(v.tier_words)})" for v in e.voices[:5]]
    content = "\n\n".join(told)
    _add(node, "content", content if wanted.links is Links.DIRECT else safe.without_addresses(content)).set("type", "text")


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    node = ET.SubElement(parent, f"{{{ATOM}}}{name}")
    node.text = text
    return node
