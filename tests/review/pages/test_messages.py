"""Flags sent to a colleague, and comments for everybody."""

from starlette.testclient import TestClient

from db.enums import Role
from review.context import DeskContext
from tests.review.factory import Filled, message, signed_in


def test_a_flag_sent_to_a_colleague_waits_until_it_is_opened(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    flag = filled.flag()
    answer = anna.post(f"/flags/{flag}/send", data={"to": "2", "text": "Is this the new register?"})
    assert "Sent to Boris" in message(answer)
    assert "Is this the new register?" in boris.get("/for-you").text
    assert 'not opened yet">1</span>' in boris.get("/queue?state=confirmed").text
    assert "Is this the new register?" in boris.get(f"/flags/{flag}").text
    assert "not opened yet" not in boris.get("/queue?state=confirmed").text
    assert "Is this the new register?" not in anna.get(f"/flags/{flag}").text, "it was for Boris"


def test_a_flag_is_sent_to_a_known_user_only(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    for to in ("", "99", "x"):
        assert "Not sent" in message(anna.post(f"/flags/{flag}/send", data={"to": to}))
    assert anna.post("/flags/99/send", data={"to": "1"}).status_code == 404


def test_a_researcher_may_comment_and_everybody_reads_it_on_the_card(filled: Filled, anna: TestClient, context: DeskContext) -> None:
    flag = filled.flag()
    filled.user("Rosa", Role.RESEARCHER)
    rosa = signed_in(context, "Rosa")
    rosa.post(f"/flags/{flag}/note", data={"note": "The decree is on pravo.gov.ru."})
    card = anna.get("/queue").text
    assert "<strong>Rosa</strong>" in card
    assert "The decree is on pravo.gov.ru." in card


def test_a_flag_can_be_sent_by_mail_without_an_address_of_anybody(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    page = anna.get(f"/flags/{flag}").text
    assert (
        f'href="mailto:?subject=Reported%20by%20Meduza%3A%20fines%20for%20not%20appearing%20%E2%80%93%20signed%20or%20issued&amp;body=http%3A//127.0.0.1%3A8000/flags/{flag}"'
        in page
    )
