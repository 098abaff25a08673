"""`ajour digest …`: previews, tests and sending, with a real mail server beside."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from db.engine import reading
from db.models import OutboxRow
from tests.cli_runner import Ran
from tests.smtp_server import Keeper, serving

Run = Callable[..., Ran]


def test_a_test_digest_and_its_repetition_have_one_message_id(mailing: Engine, ajour: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert (
        "subscribed; first digest"
        in ajour("subscribers", "add", "reader@example.org", "--zone", "Europe/Copenhagen", "--language", "da").out
    )
    shown = ajour("digest", "preview", "--subscriber", "reader@example.org", "--as-of", "2026-11-24T12:00+01:00").out
    assert "Ikke vurderet: Mødefrist: 14 dage → 30 dage" in shown
    keeper = Keeper()
    with serving(keeper) as sender:
        monkeypatch.setenv("AJOUR_SMTP_HOST", "127.0.0.1")
        monkeypatch.setenv("AJOUR_SMTP_PORT", str(sender.port))
        assert "1 sent" in ajour("digest", "send", "--test", "reader@example.org").out
        assert re.search(rb"^Subject: \[Ajour, test\]", keeper.taken[0].raw, re.MULTILINE)
        ajour("digest", "send")
        with reading(mailing) as session:
            count = len(list(session.scalars(select(OutboxRow))))
        assert ajour("outbox", "list", "--json").json["counts"] == {"sent": count}
        ajour("outbox", "retry", "1")
        assert "1 sent" in ajour("digest", "send").out
    ids = {re.search(rb"Message-ID: (\S+)", t.raw)[1] for t in keeper.taken if b"Ajour, test" in t.raw}  # type: ignore[index]
    assert len(ids) == 1


@pytest.mark.usefixtures("mailing")
def test_a_preview_changes_nothing_and_is_the_same_each_time(ajour: Run) -> None:
    first = ajour("digest", "preview", "--as-of", "2026-11-24T12:00").out
    assert first == ajour("digest", "preview", "--as-of", "2026-11-24T12:00").out
    assert "Days to appear: 14 days → 30 days" in first
    assert ajour("digest", "runs", "--json").json == []


@pytest.mark.usefixtures("mailing")
def test_a_preview_is_written_as_page_and_as_text(ajour: Run, tmp_path: Path) -> None:
    said = ajour("digest", "preview", "--as-of", "2026-11-24T12:00", "--out", tmp_path / "out").out
    assert str(tmp_path / "out" / "digest.html") in said
    for name in ("digest.html", "digest.txt"):
        assert "30 дней" in (tmp_path / "out" / name).read_text(encoding="utf-8")


@pytest.mark.usefixtures("mailing")
def test_a_preview_in_another_language(ajour: Run) -> None:
    assert "Mødefrist: 14 dage → 30 dage" in ajour("digest", "preview", "--as-of", "2026-11-24T12:00", "--language", "da").out
    refused = ajour("digest", "preview", "--language", "xx")
    assert refused.code == 2
    assert "there is no catalogue for 'xx'" in refused.err


@pytest.mark.usefixtures("mailing")
def test_without_a_mail_server_it_says_that_mail_waits(ajour: Run) -> None:
    ajour("subscribers", "add", "reader@example.org")
    assert "no mail server is set" in ajour("digest", "send").out


@pytest.mark.usefixtures("mailing")
def test_sending_speaks_json(ajour: Run) -> None:
    answer = ajour("digest", "send", "--json").json
    assert (answer["made"]["digests"], answer["sent"]["sent"], answer["sent"]["fault"]) == (0, 0, "")


@pytest.mark.usefixtures("mailing")
@pytest.mark.parametrize(
    ("arguments", "says"), [(("preview", "--as-of", "yesterday"), "2026-11-24T06:00+01:00"), (("resend", "77"), "run 77 has no mail")]
)
def test_wrong_input_is_refused_with_the_fix(ajour: Run, arguments: tuple[str, ...], says: str) -> None:
    ran = ajour("digest", *arguments)
    assert ran.code == 2
    assert says in ran.err
