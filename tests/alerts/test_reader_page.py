"""What all pages of a reader share."""

import pytest
from sqlalchemy import Engine
from starlette.exceptions import HTTPException
from starlette.requests import Request

from alerts import subscriptions
from alerts.reader_page import browser_language, page, visitor
from db.engine import reading, writing
from db.enums import EndReason
from db.models import SubscriberRow
from tests.alerts_factory import MAIL_CONFIG, NOW, lay_out, subscribe


def request(token: str = "", accept: str = "") -> Request:
    headers = [(b"accept-language", accept.encode())] if accept else []
    return Request({"type": "http", "headers": headers, "path_params": {"token": token}, "root_path": "/s"})


@pytest.mark.parametrize(
    ("accept", "language"),
    [("", "en"), ("da-DK,da;q=0.9,en;q=0.8", "da"), ("sv,fr;q=0.5,de;q=0.4", "fr"), ("NL-be", "nl"), ("xx, ,;q=1", "en")],
)
def test_a_page_is_in_the_first_language_of_the_browser_that_has_a_catalogue(accept: str, language: str) -> None:
    assert browser_language(request(accept=accept)) == language


def test_a_page_runs_no_script_and_escapes_its_values() -> None:
    answer = page(request(), "message.html", "de", title="<b>", text="<script>alert(1)</script>", status=404)
    body = bytes(answer.body).decode()
    assert (answer.status_code, '<html lang="de">' in body) == (404, True)
    assert "<script" not in body
    assert "script-src" not in answer.headers["content-security-policy"]
    assert 'href="/s/style.css"' in body


def test_a_link_is_for_its_person_while_a_subscription_stands(engine: Engine) -> None:
    with writing(engine) as session:
        lay_out(session)
        reader = subscribe(session, language="da")
    token = MAIL_CONFIG.links.token(reader)
    with writing(engine) as session:
        holder = visitor(session, request(token), MAIL_CONFIG)
        assert (holder.person.id, holder.language) == (reader.id, "da")
        subscriptions.end(session, session.get_one(SubscriberRow, reader.id), NOW, EndReason.UNSUBSCRIBED)
    with reading(engine) as session:
        with pytest.raises(HTTPException) as refused:
            visitor(session, request(token), MAIL_CONFIG)
        assert refused.value.status_code == 404
        assert visitor(session, request(token), MAIL_CONFIG, also_ended=True).person.id == reader.id
