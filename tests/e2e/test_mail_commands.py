"""The commands of telling people, as a person types them, with a real mail server beside."""

import json
import re
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from app.cli.main import app
from db.engine import writing
from db.models import OutboxRow
from tests import databases
from tests.alerts_factory import NOW, Tale, add_flag, lay_out
from tests.smtp_server import Keeper, serving


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> "Run":
    monkeypatch.setenv("AJOUR_DATA", str(tmp_path))
    monkeypatch.setenv("AJOUR_PUBLIC_URL", "https://ajour.example.org")
    monkeypatch.setenv("AJOUR_MAIL_FROM", "ajour@example.org")
    monkeypatch.setenv("AJOUR_SMTP_SECURITY", "none")
    return Run(tmp_path)


class Run:
    """The command line on a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.engine = databases.sqlite(folder / "ajour.db")
        with writing(self.engine) as session:
            lay_out(session)
            add_flag(session, Tale(at=NOW))

    def __call__(self, *words: str, exit_code: int = 0) -> str:
        done = CliRunner().invoke(app, list(words))
        assert done.exit_code == exit_code, f"{words}: {done.output} {done.exception!r}"
        return done.output


def test_subscribe_preview_send_list_and_resend(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "subscribed; first digest" in run("subscribers", "add", "reader@example.org", "--zone", "Europe/Copenhagen", "--language", "da")
    assert "1 til vurdering" in run("digest", "preview", "--subscriber", "reader@example.org", "--as-of", "2026-11-24T12:00+01:00")
    keeper = Keeper()
    with serving(keeper) as sender:
        monkeypatch.setenv("AJOUR_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("AJOUR_SMTP_PORT", str(sender.port))
        assert "1 sent" in run("digest", "send", "--test", "reader@example.org")
        assert re.search(rb"^Subject: \[Ajour, test\]", keeper.taken[0].raw, re.MULTILINE)
        run("digest", "send")
        with writing(run.engine) as session:
            count = len(list(session.scalars(select(OutboxRow))))
        assert json.loads(run("outbox", "list", "--json"))["counts"] == {"sent": count}
        run("outbox", "retry", "1")
        assert "1 sent" in run("digest", "send")
    ids = {re.search(rb"Message-ID: (\S+)", t.raw)[1] for t in keeper.taken if b"Ajour, test" in t.raw}  # type: ignore[index]
    assert len(ids) == 1
    assert "Subject: [Ajour, test]" in run("outbox", "show", "1")


def test_a_preview_changes_nothing_and_is_the_same_each_time(run: Run) -> None:
    first = run("digest", "preview", "--as-of", "2026-11-24T12:00")
    assert first == run("digest", "preview", "--as-of", "2026-11-24T12:00")
    assert "days to appear: 14 days → 30 дней" in first


def test_pause_resume_link_remove(run: Run) -> None:
    run("subscribers", "add", "reader@example.org")
    assert "paused until" in run("subscribers", "pause", "reader@example.org")
    assert "paused until" in run("subscribers", "list")
    run("subscribers", "resume", "1")
    assert re.match(r"https://ajour\.example\.org/s/p/1\.0\.[a-z2-7]{24}\n", run("subscribers", "link", "1"))
    run("subscribers", "remove", "1", "--forget")
    assert json.loads(run("subscribers", "list", "--json"))[0]["address"] is None


@pytest.mark.parametrize(
    "words",
    [
        ("subscribers", "add", "no address"),
        ("subscribers", "add", "a@example.org", "--zone", "Mars/Olympus"),
        ("subscribers", "add", "a@example.org", "--language", "tlh"),
        ("subscribers", "add", "a@example.org", "--topic", "weather"),
        ("subscribers", "add", "a@example.org", "--severity", "grave"),
        ("subscribers", "pause", "nobody@example.org"),
        ("digest", "preview", "--as-of", "yesterday"),
        ("digest", "resend", "77"),
        ("outbox", "retry", "77"),
        ("outbox", "show", "77"),
        ("outbox", "bounces", "/nowhere"),
    ],
)
def test_wrong_input_is_said_in_plain_words(run: Run, words: tuple[str, ...]) -> None:
    done = CliRunner().invoke(app, list(words))
    assert type(done.exception).__name__ == "WrongSettings"
    assert str(done.exception)


def test_without_a_mail_server_it_says_that_mail_waits(run: Run) -> None:
    run("subscribers", "add", "reader@example.org")
    assert "no mail server is set" in run("digest", "send")
