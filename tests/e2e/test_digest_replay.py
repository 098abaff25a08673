"""Days of digests over real SMTP on loopback: what does not fit or does not arrive comes later, and
nothing comes twice.
"""

import email
import email.policy
import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient

from alerts.digest_runs import run_due
from alerts.mail.outbox import send_due
from alerts.subscriber_pages import create_app
from db.engine import reading, writing
from db.models import FlagRow, NotificationRow, OutboxRow
from tests.alerts_factory import MAIL_CONFIG, NOW, Tale, add_flag, decide, lay_out, path, reopen, subscribe
from tests.smtp_server import Keeper, serving

DAY = timedelta(days=1)
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")


def sent(engine: Engine, now: datetime, keeper: Keeper) -> list[str]:
    """Make and send what is due; the plain texts that the server took now, each on one line."""
    before = len(keeper.taken)
    run_due(engine, now, MAIL_CONFIG)
    with serving(keeper) as sender:
        send_due(engine, {"mail": sender}, lambda: now, MAIL_CONFIG)
    return [text(taken.raw) for taken in keeper.taken[before:]]


def text(raw: bytes) -> str:
    body = email.message_from_bytes(raw, policy=email.policy.default).get_body(("plain",))
    return " ".join(str(body.get_content()).split())  # type: ignore[union-attr]


def stories_in(mail: str) -> set[int]:
    return {int(n) for n in re.findall(r"Новость (\d+) о", mail)}


def add_stories(engine: Engine, numbers: range, at: datetime, severity: str = "medium") -> None:
    with writing(engine) as session:
        for n in numbers:
            add_flag(
                session,
                Tale(
                    claim="C-1", title=f"Новость {n} о сроках явки", text="Срок явки изменён. " * 40, changes=[], at=at, severity=severity
                ),
                n,
            )


def subscribed(engine: Engine, **preferences: Any) -> int:
    with writing(engine) as session:
        lay_out(session)
        return subscribe(session, **preferences).id


def test_after_nine_days_without_power_every_story_comes_in_a_mail_and_once(engine: Engine) -> None:
    subscribed(engine, urgent=False)
    keeper = Keeper()
    sent(engine, NOW, keeper)
    add_stories(engine, range(1, 181), NOW + 4 * DAY)
    mails = [mail for day in range(9, 16) for mail in sent(engine, NOW + day * DAY, keeper)]
    told = [n for mail in mails for n in sorted(stories_in(mail))]
    assert sorted(told) == list(range(1, 181))
    assert "did not fit. They come first in the next digest." in mails[0]
    assert "nothing of it is left out" not in mails[0]
    assert "did not fit" not in mails[-1]


def test_what_did_not_fit_comes_before_new_entries_of_its_severity_and_after_graver_ones(engine: Engine) -> None:
    subscribed(engine, urgent=False)
    keeper = Keeper()
    add_stories(engine, range(1, 91), NOW - timedelta(hours=5))
    first = stories_in(sent(engine, NOW, keeper)[0])
    left = set(range(1, 91)) - first
    assert 20 <= len(left) <= 40
    add_stories(engine, range(200, 280), NOW + timedelta(hours=5))
    add_stories(engine, range(900, 902), NOW + timedelta(hours=6), severity="high")
    second = sent(engine, NOW + DAY, keeper)[0]
    numbers = [int(n) for n in re.findall(r"Новость (\d+) о", second)]
    order = list(dict.fromkeys(numbers))
    assert set(order[:2]) == {900, 901}
    assert set(order[2 : 2 + len(left)]) == left


def test_the_whole_digest_is_a_page_on_a_signed_link(engine: Engine) -> None:
    subscribed(engine, urgent=False)
    keeper = Keeper()
    add_stories(engine, range(1, 91), NOW - timedelta(hours=5))
    mail = sent(engine, NOW, keeper)[0]
    link = re.search(r"Read the whole digest: (\S+)", mail)
    assert link
    clock = [NOW + timedelta(hours=1)]
    with TestClient(Starlette(routes=[Mount("/s", create_app(engine, MAIL_CONFIG, lambda: clock[0]))])) as client:
        page = client.get(path(link[1]))
        assert page.status_code == 200
        assert stories_in(page.text) == set(range(1, 91))
        assert 'name="robots" content="noindex"' in page.text
        with writing(engine) as session:  # what is decided later does not change the page
            decide(session, session.get_one(FlagRow, 3), "not_relevant", "dismissed", NOW + timedelta(hours=2))
        clock[0] = NOW + DAY
        assert stories_in(client.get(path(link[1])).text) == set(range(1, 91))
        assert client.get(path(link[1]).replace("20261124", "20261123")).status_code == 404
        assert client.get(path(link[1])[:-3] + "x").status_code == 404
        assert client.get(path(link[1]).replace("/s/d/1.", "/s/d/2.")).status_code == 404
        clock[0] = NOW + timedelta(days=120)
        assert client.get(path(link[1])).status_code == 404


@pytest.mark.parametrize("answer", ["554 5.6.0 content refused", "552 5.3.4 message too big"])
def test_a_digest_that_is_refused_for_good_is_sent_again_in_the_next(engine: Engine, answer: str) -> None:
    subscribed(engine, urgent=False)
    add_stories(engine, range(1, 4), NOW - timedelta(hours=5))
    keeper = Keeper(after_data=[answer])
    assert sent(engine, NOW, keeper) == []
    add_stories(engine, range(4, 6), NOW + timedelta(hours=5))
    (mail,) = sent(engine, NOW + DAY, keeper)
    assert stories_in(mail) == {1, 2, 3, 4, 5}
    assert sent(engine, NOW + 2 * DAY, keeper) == []
    with reading(engine) as session:
        lost, arrived = session.scalars(select(OutboxRow).order_by(OutboxRow.id))
        assert (lost.state, lost.message, arrived.state) == ("cancelled", None, "sent")
        assert "sent again in a later message" in (lost.last_error or "")


@pytest.mark.parametrize("answer", ["552 5.2.2 mailbox full", "451 4.3.0 try later", "452 4.2.2 over quota"])
def test_a_full_mailbox_gets_its_digest_days_later(engine: Engine, answer: str) -> None:
    subscribed(engine, urgent=False)
    add_stories(engine, range(1, 4), NOW - timedelta(hours=5))
    keeper = Keeper(refuse={"reader@example.org": answer})
    run_due(engine, NOW, MAIL_CONFIG)
    now = NOW
    while now < NOW + timedelta(days=4):
        with serving(keeper) as sender:
            send_due(engine, {"mail": sender}, lambda: now, MAIL_CONFIG)  # noqa: B023
        now += timedelta(hours=4)
    keeper.refuse.clear()
    with serving(keeper) as sender:
        assert send_due(engine, {"mail": sender}, lambda: now + timedelta(hours=4), MAIL_CONFIG).sent == 1
    assert stories_in(text(keeper.taken[0].raw)) == {1, 2, 3}


def test_a_correction_says_what_this_reader_was_sent_or_nothing(engine: Engine) -> None:
    subscribed(engine, urgent=False)
    keeper = Keeper()
    with writing(engine) as session:
        flag = add_flag(session, Tale(claim="C-1", title="Новость 1 о сроках", changes=[], at=NOW - timedelta(hours=8)))
        decide(session, flag, "new_practice", "confirmed", NOW - timedelta(hours=4))
        add_flag(session, Tale(claim="C-2", title="Новость 2 о сроках", changes=[], at=NOW - timedelta(hours=8)))
    sent(engine, NOW, keeper)
    with writing(engine) as session:
        reopen(session, session.get_one(FlagRow, 1), NOW + timedelta(hours=2))
        late = add_flag(session, Tale(claim="C-2", title="Новость 3 о сроках", changes=[], at=NOW + timedelta(hours=2)))
        # Never sent, so nothing to correct
        decide(session, late, "not_relevant", "dismissed", NOW + timedelta(hours=3))
        decide(session, session.get_one(FlagRow, 2), "not_relevant", "dismissed", NOW + timedelta(hours=3))
    (second,) = sent(engine, NOW + DAY, keeper)
    assert "Open again. The decision that we reported on 24 November 2026 is being reviewed." in second
    assert "Set aside. On 24 November 2026 we listed it as a likely update" in second
    assert stories_in(second) == {1, 2}
    with writing(engine) as session:
        decide(session, session.get_one(FlagRow, 1), "not_relevant", "dismissed", NOW + DAY + timedelta(hours=2))
    (third,) = sent(engine, NOW + 2 * DAY, keeper)
    assert "Withdrawn. On 24 November 2026 we wrote that it is confirmed; it no longer is." in third
    assert "likely update" not in third


def test_no_correction_is_sent_of_a_mail_that_never_arrived(engine: Engine) -> None:
    subscribed(engine, urgent=False)
    add_stories(engine, range(1, 2), NOW - timedelta(hours=5))
    keeper = Keeper(after_data=["554 5.6.0 content refused"])
    sent(engine, NOW, keeper)
    with writing(engine) as session:
        decide(session, session.get_one(FlagRow, 1), "not_relevant", "dismissed", NOW + timedelta(hours=3))
    assert sent(engine, NOW + DAY, keeper) == []


def test_two_subscriptions_due_at_once_are_one_mail_with_parts(engine: Engine) -> None:
    subscribed(engine, reports=["drc"], urgent=False)
    with writing(engine) as session:
        subscribe(session, reports=["cedoca"], rhythm="weekly", weekday=1, urgent=False)
        add_flag(session, Tale(claim="C-1", title="Новость 1 о сроках", changes=[]))
        add_flag(session, Tale(claim="D-1", title="Новость 2 о выезде", changes=[]))
    keeper = Keeper()
    (mail,) = sent(engine, NOW, keeper)
    assert mail.index("Part 1 of 2 - Reports: COI report 2.") < mail.index("Новость 2") < mail.index("Part 2 of 2 - Reports: COI report 1.")
    assert mail.index("Part 2 of 2") < mail.index("Новость 1")
    message = email.message_from_bytes(keeper.taken[0].raw, policy=email.policy.default)
    assert message["Subject"] == "[Ajour] Unreviewed: Reported by Paper: exit bans – adopted by parliament – 2 to review"
    assert message["List-Id"] == "Ajour <digests.example.org>"
    with reading(engine) as session:
        assert len(list(session.scalars(select(NotificationRow)))) == 2
    with TestClient(Starlette(routes=[Mount("/s", create_app(engine, MAIL_CONFIG, lambda: NOW))])) as client:
        end = re.search(r"<(https://\S+)>", message["List-Unsubscribe"])
        assert end
        assert client.post(path(end[1]), data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert sent(engine, NOW + 8 * DAY, keeper) == []
