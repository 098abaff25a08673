"""The reader's pages where they stand in practice: inside the desk's application, behind its
gate.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from app.runtime.mail_setup import make_mail_config
from app.runtime.settings import Settings, load_settings
from app.runtime.web import create_app
from db.engine import reading, writing
from db.models import SubscriberRow
from tests.alerts_factory import lay_out, subscribe

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings(data=tmp_path, public_url="https://ajour.example.org", mail_from="ajour@example.org")


@pytest.fixture
def client(engine: Engine, settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings, engine), base_url="https://ajour.example.org", follow_redirects=False) as made:
        yield made


def test_a_mail_programs_one_click_gets_through_the_desks_gate(engine: Engine, settings: Settings, client: TestClient) -> None:
    with writing(engine) as session:
        lay_out(session)
        reader = subscribe(session)
    links = make_mail_config(settings).links
    url = links.unsubscribe(links.token(reader)).removeprefix("https://ajour.example.org")
    assert client.get(url).status_code == 200
    answer = client.post(url, content="List-Unsubscribe=One-Click", headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 200
    with reading(engine) as session:
        assert session.get_one(SubscriberRow, reader.id).ended_reason == "unsubscribed"


def test_a_reader_needs_no_account_for_their_own_pages_and_gets_no_others(engine: Engine, settings: Settings, client: TestClient) -> None:
    with writing(engine) as session:
        lay_out(session)
        reader = subscribe(session)
    links = make_mail_config(settings).links
    url = links.preferences(links.token(reader)).removeprefix("https://ajour.example.org")
    page = client.get(url)
    assert page.status_code == 200
    assert "/s/style.css" in page.text
    assert client.get("/s/style.css").status_code == 200
    assert client.post(url, data={"do": "pause", "weeks": "2"}, headers={"origin": "https://ajour.example.org"}).status_code == 200
    assert client.get("/queue").status_code != 200


def test_the_signing_key_is_made_once_and_for_its_owner_only(settings: Settings, tmp_path: Path) -> None:
    first, second = make_mail_config(settings), make_mail_config(settings)
    assert first.links.secret == second.links.secret
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert len(first.links.secret) >= 32
