"""Fixtures of the desk's tests; what they are made of is in factory.py."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine
from starlette.testclient import TestClient

from alerts.atom import write_atom
from app.runtime.container import Container
from app.runtime.report_admin import DeskReportAdmin
from app.runtime.settings import load_settings
from db.enums import Role
from review.context import DeskContext, TrialFetch
from tests.fake_encoder import BagOfWords
from tests.review.factory import Filled, signed_in


@pytest.fixture
def filled(engine: Engine) -> Filled:
    """Sources of each tier and one report with four claims; no flag yet."""
    return Filled.with_claims(engine)


@pytest.fixture
def context(filled: Filled) -> DeskContext:
    def tested(source_id: str) -> TrialFetch:
        return TrialFetch(True, f"new items from {source_id}", 3, ("Первая новость",))

    return DeskContext(
        filled.engine,
        atom=write_atom,
        now=lambda: filled.now,
        test_source=tested,
        methodology=lambda: {"threshold": 0.4, "model": "m1"},
    )


@pytest.fixture
def anna(context: DeskContext, filled: Filled) -> TestClient:
    """A reviewer."""
    filled.user("Anna Maria")
    return signed_in(context, "Anna Maria")


@pytest.fixture
def boris(context: DeskContext, filled: Filled) -> TestClient:
    """A second reviewer."""
    filled.user("Boris")
    return signed_in(context, "Boris")


@pytest.fixture
def chief(context: DeskContext, filled: Filled) -> TestClient:
    """An administrator."""
    filled.user("Chief", Role.ADMIN)
    return signed_in(context, "Chief")


@pytest.fixture
def editor(context: DeskContext, filled: Filled, tmp_path: Path) -> TestClient:
    """An editor, on a desk that can read and compare reports."""
    filled.user("Edda", Role.EDITOR)
    container = LightContainer(load_settings(data=tmp_path / "var"), filled.engine)
    client = signed_in(replace(context, reports=DeskReportAdmin(container)), "Edda")
    client.follow_redirects = True
    return client


class LightContainer(Container):
    """A container with the light encoder."""

    encoder = BagOfWords()
