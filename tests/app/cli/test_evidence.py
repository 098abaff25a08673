"""`ajour evidence …`: captures are verified, erased and exported."""

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine
from typer.testing import CliRunner

from app.cli.main import app
from app.runtime.container import Container
from app.runtime.settings import load_settings
from db.engine import reading, writing
from db.models import CaptureRow, ItemVersionRow
from monitor.fetch.watcher import Watcher
from monitor.parse.parser_pool import Parsers
from tests.cli_runner import Ran
from tests.monitor.conftest import registered
from tests.review.factory import Filled

RUN = CliRunner()
Run = Callable[..., Ran]


@pytest.fixture
def watched(listed: Path) -> Engine:
    """The desk's database after one fetch of the watch list's source."""
    desk = Container(load_settings())
    registered(desk.engine, desk.sources)
    Watcher(desk.engine, desk.sources, desk.client(), Parsers(processes=0)).fetch_one("example")
    return desk.engine


def test_evidence_that_is_no_longer_what_was_received_is_found(watched: Engine) -> None:
    assert RUN.invoke(app, ["evidence", "verify"]).exit_code == 0
    with writing(watched) as session:
        session.query(CaptureRow).one().deflated = zlib.compress(b"something else")
    result = RUN.invoke(app, ["evidence", "verify", "--json"])
    assert result.exit_code == 1
    assert [w["why"].split(" (")[0] for w in json.loads(result.stdout)["wrong"]] == ["its bytes have another hash"]
    assert "1 faults." in RUN.invoke(app, ["evidence", "verify"]).stdout


def test_a_name_is_shown_first_and_erased_only_when_asked(watched: Engine, ajour: Run, caplog: pytest.LogCaptureFixture) -> None:
    def text() -> str:
        with reading(watched) as session:
            return " ".join(f"{v.title} {v.text}" for v in session.query(ItemVersionRow))

    shown = ajour("evidence", "erase-person", "Призыв*", "--reason", "request of 20 November")
    assert (shown.code, "Add --yes" in shown.out) == (0, True)
    assert "Призыв" in text()
    assert ajour("evidence", "erase-person", "Призыв*", "--reason", "request of 20 November", "--yes").code == 0
    assert ("ризыв" in text(), "[erased]" in text()) == (False, True)
    assert "request of 20 November" in caplog.text
    assert ajour("evidence", "verify").code == 0


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize(("name", "reason"), [("И*", "request"), ("Пример", "for Пример")])
def test_an_unclear_name_or_a_reason_that_holds_it_is_refused(ajour: Run, name: str, reason: str) -> None:
    assert ajour("evidence", "erase-person", name, "--reason", reason, "--yes").code == 2


def test_erased_bytes_are_gone_and_the_rest_of_the_capture_stays(watched: Engine, ajour: Run, caplog: pytest.LogCaptureFixture) -> None:
    with reading(watched) as session:
        before = session.query(CaptureRow).one()
    ran = ajour("evidence", "erase", before.sha256, "--reason", "asked for by the person named")
    assert ran.code == 0
    with reading(watched) as session:
        after = session.query(CaptureRow).one()
    assert ("Призыв начнётся позже".encode() in zlib.decompress(before.deflated), zlib.decompress(after.deflated)) == (True, b"")
    assert (after.sha256, after.url, after.received_at) == (before.sha256, before.url, before.received_at)
    assert "asked for by the person named" in caplog.text
    assert ajour("evidence", "verify").code == 0


def test_an_unknown_capture_erases_nothing(database: Engine, ajour: Run) -> None:
    Filled.with_claims(database).item("meduza", "Новость")
    with reading(database) as session:
        known = session.query(CaptureRow).one().sha256
    unknown = hashlib.sha256(b"never received").hexdigest()
    ran = ajour("evidence", "erase", known, unknown, "--reason", "a test")
    assert (ran.code, unknown in ran.err, known in ran.err) == (2, True, False)
    with reading(database) as session:
        assert zlib.decompress(session.query(CaptureRow).one().deflated)


def test_an_export_holds_the_bytes_as_received(watched: Engine, ajour: Run, tmp_path: Path) -> None:
    file = tmp_path / "evidence.warc.gz"
    ran = ajour("evidence", "export", "--warc", file, "--json")
    assert (ran.code, ran.json["answers"], ran.json["faults"]) == (0, 1, [])
    assert "Призыв начнётся позже".encode() in gzip.decompress(file.read_bytes())
    assert not file.with_name("evidence.warc.gz.part").exists()


@pytest.mark.parametrize(
    ("options", "answers"),
    [
        (("--source", "example"), 1),
        (("--source", "other"), 0),
        (("--since", "2999-01-01"), 0),
        (("--until", "2000-01-01"), 0),
        (("--flag", "7"), 0),
    ],
)
@pytest.mark.usefixtures("watched")
def test_an_export_can_be_limited(ajour: Run, tmp_path: Path, options: tuple[str, ...], answers: int) -> None:
    assert ajour("evidence", "export", "--warc", tmp_path / "e.warc.gz", "--json", *options).json["answers"] == answers
