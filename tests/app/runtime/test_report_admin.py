"""What the desk asks of the monitor to edit reports."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from app.runtime.container import Container
from app.runtime.report_admin import DeskReportAdmin
from app.runtime.settings import load_settings
from app.tools.import_report import import_claims
from monitor.baseline import claim_body, load_baseline
from review.context import PreviewPart
from tests.baselines import BASELINE
from tests.fake_encoder import BagOfWords

EXAMPLE = load_baseline(BASELINE / "examples" / "agents-2025.yml")


class LightContainer(Container):
    encoder = BagOfWords()


@pytest.fixture
def admin(engine: Engine, tmp_path: Path) -> DeskReportAdmin:
    return DeskReportAdmin(LightContainer(load_settings(data=tmp_path / "var"), engine))


def test_packs_offer_their_topics_and_aspects_in_words(admin: DeskReportAdmin) -> None:
    packs = {p.name: p for p in admin.packs()}
    assert packs["foreign_agents"].topics["agents_bans"] == "bans for foreign agents"
    assert packs["military"].aspects["register.launch_date"]


def test_problems_are_said_in_words(admin: DeskReportAdmin) -> None:
    body = claim_body(EXAMPLE.claims[0])
    assert admin.problems(body, ["foreign_agents"]) == []
    assert any("is not known" in p for p in admin.problems({**body, "topic": "weather"}, ["foreign_agents"]))
    assert admin.head_problems({"id": "x"})


def test_a_file_that_is_no_report_is_a_message(admin: DeskReportAdmin) -> None:
    with pytest.raises(ValueError, match=r"x.txt: text with 1 sentences"):
        admin.import_file(b"Two words.", "x.txt", {"id": "x"}, 1)


def test_a_preview_of_a_desk_without_items_finds_none(admin: DeskReportAdmin, engine: Engine) -> None:
    import_claims(engine, EXAMPLE)
    part = admin.preview("agents-2025", claim_body(EXAMPLE.claims[2]), datetime(2026, 1, 1, tzinfo=UTC))
    assert part == PreviewPart([], matching=0, compared=0, left=0, below=None)
    assert admin.uncovered("agents-2025") == ""
