"""The stored copy of an item on a page that needs no account."""

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from alerts.archived_copy import archived_copy
from alerts.signed_links import TOKEN_PLACEHOLDER
from db.engine import reading, writing
from db.models import ItemRow, ItemVersionRow
from tests.alerts_factory import MAIL_CONFIG, NOW, Tale, add_flag, lay_out, path, subscribe

LINKS = MAIL_CONFIG.links


def signed(item: int = 1, at_days_ago: int = 0) -> str:
    return LINKS.archived(item, NOW - timedelta(days=at_days_ago)).rpartition("/")[2]


@pytest.fixture
def token(engine: Engine) -> str:
    """Of a reader; there is one item, and a later version of it."""
    with writing(engine) as session:
        lay_out(session)
        add_flag(session, Tale(title="Заголовок", text="Первый абзац.\n\nВторой <b>абзац</b>.\u202e"))
        return LINKS.token(subscribe(session))


def edit(engine: Engine, *, gone: bool = False) -> None:
    with writing(engine) as session:
        session.add(
            ItemVersionRow(
                item_id=1, number=2, title="Другой", text="Переписано.", lang="ru", notes=[], content_hash="2", fetch_id=1,
                seen_at=NOW + timedelta(hours=1),
            )
        )  # fmt: skip
        if gone:
            session.get_one(ItemRow, 1).gone_at = NOW + timedelta(hours=2)


def test_the_copy_is_what_the_mail_quoted_also_after_an_edit(engine: Engine, token: str) -> None:
    assert token
    edit(engine, gone=True)
    with reading(engine) as session:
        copy = archived_copy(session, signed(), LINKS, NOW + timedelta(days=1))
        assert copy is not None
        assert (copy.title, copy.paragraphs) == ("Заголовок", ("Первый абзац.", "Второй <b>абзац</b>."))
        assert copy.changed
        assert copy.gone_at == NOW + timedelta(hours=2)


@pytest.mark.parametrize("link", ["", "1.5", "1.1795000000.aaaaaaaaaaaaaaaaaaaaaaaa", "x"])
def test_a_link_that_is_not_ours_names_no_copy(engine: Engine, token: str, link: str) -> None:
    assert token
    with reading(engine) as session:
        assert archived_copy(session, link, LINKS, NOW) is None


def test_a_copy_is_gone_after_ninety_days_and_there_is_none_before_the_item(engine: Engine, token: str) -> None:
    assert token
    with reading(engine) as session:
        assert archived_copy(session, signed(), LINKS, NOW + timedelta(days=89)) is not None
        assert archived_copy(session, signed(), LINKS, NOW + timedelta(days=91)) is None
        assert archived_copy(session, signed(at_days_ago=30), LINKS, NOW) is None
        assert archived_copy(session, signed(item=99), LINKS, NOW) is None


def test_the_page_shows_the_text_and_runs_nothing_of_it(engine: Engine, token: str, client: TestClient) -> None:
    assert token
    answer = client.get(path(LINKS.archived(1, NOW, token)))
    assert answer.status_code == 200
    assert "Второй &lt;b&gt;абзац&lt;/b&gt;." in answer.text
    assert '<meta name="robots" content="noindex">' in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "Stored on 23 Nov 2026" in answer.text
    assert "<script" not in answer.text
    assert "https://paper.example.com/1" in answer.text
    assert 'href="https://paper' not in answer.text


def test_the_page_needs_a_readers_token_and_a_signature(client: TestClient, token: str) -> None:
    assert client.get(path(LINKS.archived(1, NOW, TOKEN_PLACEHOLDER))).status_code == 404
    assert client.get(f"/s/a/{token}/{signed()[:-1]}").status_code == 404
    assert client.get(f"/s/a/{token}/{signed().replace('1.', '2.', 1)}").status_code == 404
