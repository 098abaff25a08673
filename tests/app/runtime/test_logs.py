"""No secret reaches a log: secrets are planted wherever one could come from, and the whole log is
searched.
"""

import json
import logging

import pytest
import structlog
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from alerts.subscriber_pages import SubscriberPages, create_app
from app.runtime.logs import configure
from db.engine import CannotOpen, connect, writing
from tests.alerts_factory import MAIL_CONFIG, NOW, lay_out, subscribe

PASSWORD_TAIL = "tail7secret"


@pytest.mark.parametrize("form", ["json", "human"])
def test_planted_secrets_are_in_no_log_line(engine: Engine, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    with writing(engine) as session:
        lay_out(session)
        token = MAIL_CONFIG.links.token(subscribe(session))
    secrets = (token, token.rpartition(".")[2], PASSWORD_TAIL, "hunter2")
    configure(form)  # type: ignore[arg-type]
    log = logging.getLogger("ajour.test")
    log.error("cannot answer %s", f"/s/p/{token}")
    log.error("cannot open postgresql://user:p@ss/{PASSWORD_TAIL}@host/name".replace("{PASSWORD_TAIL}", PASSWORD_TAIL))
    log.error("headers", extra={"cookie": "hunter2", "path": f"/s/u/{token}", "args2": (token, [token])})
    structlog.get_logger("ajour").warning("event", password="hunter2", detail={"token": "hunter2", "url": f"https://a:hunter2@b/{token}"})
    log.error("failed", exc_info=ValueError(f"bad link /s/e/{token}/1 with postgresql://user:p@{PASSWORD_TAIL}@host/x"))
    written = capsys.readouterr().err
    assert written.count("***") >= 6
    assert [s for s in secrets if s in written] == []
    if form == "json":
        assert all(json.loads(line) for line in written.splitlines())


@pytest.mark.parametrize("form", ["json", "human"])
def test_a_readers_page_that_fails_does_not_log_the_token(
    engine: Engine, form: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from review.app import _server_error

    with writing(engine) as session:
        lay_out(session)
        token = MAIL_CONFIG.links.token(subscribe(session))

    def fails(*_: object) -> None:
        raise RuntimeError(f"no row for {token}")

    monkeypatch.setattr(SubscriberPages, "preferences", fails)
    configure(form)  # type: ignore[arg-type]
    app = Starlette(routes=[Mount("/s", create_app(engine, MAIL_CONFIG, lambda: NOW))], exception_handlers={Exception: _server_error})
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get(f"/s/p/{token}").status_code == 500
    written = capsys.readouterr().err
    assert "error while answering" in written
    assert token.rpartition(".")[2] not in written


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://user:p@{PASSWORD_TAIL}@127.0.0.1:1/name",
        f"postgresql://user:p@{PASSWORD_TAIL}:x@127.0.0.1:1/name",
        f"postgresql://user:p/{PASSWORD_TAIL}@127.0.0.1:1/name",
        f"postgresql://us@er:{PASSWORD_TAIL}@127.0.0.1:1/name",
        f"sqlite://user:{PASSWORD_TAIL}@host/x",
        f"nonsense {PASSWORD_TAIL}",
    ],
)
def test_no_message_about_a_database_address_shows_the_password(url: str) -> None:
    with pytest.raises(CannotOpen) as refused:
        connect(url)
    assert PASSWORD_TAIL not in str(refused.value)
