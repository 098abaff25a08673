"""What a reader reads without an account: whole digest, archived copy, feed."""

import re
import xml.etree.ElementTree as ET
from datetime import timedelta

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from alerts.digest_runs import run_due
from alerts.signed_links import TOKEN_PLACEHOLDER
from db.engine import reading, writing
from db.models import FlagRow, ItemRow, SubscriptionRow
from tests.alerts_factory import HEADLINE, MAIL_CONFIG, NOW, Tale, add_flag, decide, lay_out, path, subscribe

LINKS = MAIL_CONFIG.links
ATOM = "{http://www.w3.org/2005/Atom}"
END = NOW.replace(minute=0, second=0)


@pytest.fixture
def token(engine: Engine) -> str:
    with writing(engine) as session:
        lay_out(session)
        add_flag(session)
        reader = subscribe(session)
    run_due(engine, NOW, MAIL_CONFIG)
    with reading(engine) as session:
        return LINKS.token(reader, session.get_one(SubscriptionRow, 1))


def feed(client: TestClient, token: str) -> list[tuple[str, str, str]]:
    """(id, title, updated) of each entry."""
    root = ET.fromstring(client.get(path(LINKS.feed(token))).content)
    entries = root.findall(f"{ATOM}entry")
    return [tuple(str(e.findtext(f"{ATOM}{name}")) for name in ("id", "title", "updated")) for e in entries]  # type: ignore[misc]


def test_links_on_the_page_of_a_digest_work_for_its_reader(client: TestClient, token: str) -> None:
    page = client.get(path(LINKS.whole_digest(END, token)))
    assert page.status_code == 200
    assert HEADLINE in page.text
    assert TOKEN_PLACEHOLDER not in page.text
    (copy,) = re.findall(r'href="https://ajour\.example\.org(/s/a/[^"]+)"', page.text)
    assert "Госдума приняла закон во втором" in client.get(copy).text


def test_nothing_is_shown_without_a_valid_token(client: TestClient, token: str) -> None:
    for url in (LINKS.whole_digest(END, "1.0.x"), LINKS.feed("1.0.x"), LINKS.archived(1, NOW, "1.0.x")):
        assert client.get(path(url)).status_code == 404
    assert client.get(path(LINKS.whole_digest(END - timedelta(days=400), token))).status_code == 404


def test_a_story_that_changes_keeps_its_id_in_the_feed_and_gets_a_new_moment(engine: Engine, client: TestClient, token: str) -> None:
    before = feed(client, token)
    assert before == [("tag:example.org,2026:story/1", f"Unreviewed: {HEADLINE}", "2026-11-23T09:00:30+00:00")]
    with writing(engine) as session:
        decide(session, session.get_one(FlagRow, 1), "new_practice", "confirmed", NOW - timedelta(minutes=1))
    assert feed(client, token) == [("tag:example.org,2026:story/1", f"Confirmed: {HEADLINE}", "2026-11-24T04:59:30+00:00")]


def test_two_flags_of_a_story_are_one_entry_of_the_feed(engine: Engine, client: TestClient, token: str) -> None:
    with writing(engine) as session:
        second = add_flag(session, Tale(claim="D-1", changes=[]))
    with reading(engine) as session:
        assert session.get_one(FlagRow, second.id).story_id == 2
    assert len(feed(client, token)) == 2
    merge_stories(engine)
    (entry,) = feed(client, token)
    assert entry[0] == "tag:example.org,2026:story/1"


def merge_stories(engine: Engine) -> None:
    """Put the second story's flag and items into the first."""
    with writing(engine) as session:
        session.get_one(FlagRow, 2).story_id = 1
        session.get_one(ItemRow, 2).story_id = 1


@pytest.mark.parametrize(("links", "leads"), [("direct", "https://paper.example.com/1"), ("archive", "/s/a/"), ("none", "")])
def test_the_feed_leads_only_where_the_reader_allows(engine: Engine, client: TestClient, token: str, links: str, leads: str) -> None:
    with writing(engine) as session:
        row = session.get_one(SubscriptionRow, 1)
        row.preferences = {**row.preferences, "links": links}
    root = ET.fromstring(client.get(path(LINKS.feed(token))).content)
    link = root.find(f"{ATOM}entry/{ATOM}link")
    if not leads:
        assert link is None
        return
    assert link is not None
    assert leads in link.get("href", "")
    if links == "archive":
        assert client.get(path(link.get("href", ""))).status_code == 200
