"""For the tests of readers' own pages."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from alerts.subscriber_pages import create_app
from tests.alerts_factory import MAIL_CONFIG, NOW


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    """A reader's browser; it follows no redirects."""
    with TestClient(Starlette(routes=[Mount("/s", create_app(engine, MAIL_CONFIG, lambda: NOW))]), follow_redirects=False) as made:
        yield made
