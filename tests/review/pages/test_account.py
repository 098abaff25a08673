"""Set-up, sign-in, settings and users."""

import pytest
from starlette.testclient import TestClient

from db import accounts
from db.engine import reading, writing
from review.context import DeskContext
from review.routing import read_message
from tests.review.factory import PASSWORD, Filled, client, message, signed_in


def test_the_first_start_has_no_password_but_a_link_that_works_once(context: DeskContext, filled: Filled) -> None:
    with writing(filled.engine) as session:
        old, link = accounts.replace_setup_token(session, filled.now), accounts.replace_setup_token(session, filled.now)
    browser = client(context)
    assert browser.get(f"/setup/{old}").status_code == 404, "a newer start ends the link of an older one"
    assert browser.get(f"/setup/{link}").status_code == 200
    assert browser.get(f"/setup/{link}").status_code == 200, "looking at it uses nothing up"
    assert browser.post(f"/setup/{link}", data={"name": "Anna", "password": "short"}).status_code == 422
    answer = browser.post(f"/setup/{link}", data={"name": "Anna", "password": PASSWORD})
    assert answer.status_code == 303
    assert browser.get("/settings").status_code == 200, "who has just set a password is signed in"
    assert browser.post(f"/setup/{link}", data={"name": "Mallory", "password": PASSWORD}).status_code == 403
    answer = browser.post("/sign-in", data={"name": "anna", "password": PASSWORD, "next": "/reports"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/reports")
    assert browser.get("/users").status_code == 200, "the first user is an administrator"


def test_wrong_names_and_wrong_passwords_look_the_same(context: DeskContext, filled: Filled) -> None:
    filled.user("Anna")
    browser = client(context)
    wrong = [browser.post("/sign-in", data={"name": n, "password": "wrong wrong wrong"}) for n in ("Anna", "Nobody")]
    assert [w.status_code for w in wrong] == [401, 401]
    assert wrong[0].text.replace("Anna", "X") == wrong[1].text.replace("Nobody", "X")


def test_guessing_is_slowed_down_and_never_locks_out(context: DeskContext, filled: Filled) -> None:
    filled.user("Anna")
    browser = client(context)
    for _ in range(accounts.MOST_ATTEMPTS):
        assert browser.post("/sign-in", data={"name": "Anna", "password": "wrong wrong wrong"}).status_code == 401
    assert browser.post("/sign-in", data={"name": "Anna", "password": PASSWORD}).status_code == 429
    restarted = client(context)
    assert restarted.post("/sign-in", data={"name": "Anna", "password": PASSWORD}).status_code == 429, "a restart forgets nothing"
    filled.tick(seconds=31)
    assert restarted.post("/sign-in", data={"name": "Anna", "password": PASSWORD}).status_code == 303


def test_an_ended_user_is_out_at_once(context: DeskContext, filled: Filled, chief: TestClient) -> None:
    filled.user("Anna")
    anna = signed_in(context, "Anna")
    with reading(filled.engine) as session:
        user = accounts.user_named(session, "Anna")
    assert user is not None
    assert chief.post(f"/users/{user.id}", data={"role": "reviewer"}).status_code == 303
    assert anna.get("/help").status_code == 303


def test_the_last_administrator_cannot_lock_everybody_out(chief: TestClient, filled: Filled) -> None:
    with reading(filled.engine) as session:
        user = accounts.user_named(session, "Chief")
    assert user is not None
    chief.post(f"/users/{user.id}", data={"role": "researcher", "active": "yes"})
    assert chief.get("/users").status_code == 200


def test_a_new_user_chooses_the_password_by_a_link(context: DeskContext, chief: TestClient) -> None:
    page = chief.post("/users", data={"name": "Boris", "role": "researcher"}).text
    link = page.split("/setup/")[1].split("<")[0]
    browser = client(context)
    assert browser.post(f"/setup/{link}", data={"password": PASSWORD}).status_code == 303
    assert browser.post("/sign-in", data={"name": "Boris", "password": PASSWORD}).status_code == 303
    assert browser.get("/users").status_code == 403


def test_redirects_after_signing_in_stay_on_the_desk(context: DeskContext, filled: Filled) -> None:
    filled.user("Anna")
    for to in ("https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = client(context).post("/sign-in", data={"name": "Anna", "password": PASSWORD, "next": to})
        assert answer.headers["location"] == "/queue"


def test_keys_are_remapped_but_never_shared(filled: Filled, anna: TestClient) -> None:
    assert anna.post("/settings/keys", data={"key_next": "k"}).status_code == 422
    anna.post("/settings/keys", data={"key_next": "m", "keys_off": "1"})
    page = anna.get("/queue").text
    assert 'data-keys=\'{"next": "m"}\'' in page
    assert "data-keys-off" in page


def token_of(browser: TestClient) -> str:
    return browser.post("/settings/tokens", data={"name": "feed"}).text.split("<code>")[1].split("<")[0]


def test_tokens_and_other_sessions_end_when_the_password_changes(context: DeskContext, filled: Filled, anna: TestClient) -> None:
    robot = client(context, headers={"accept": "application/json", "authorization": f"Bearer {token_of(anna)}"})
    elsewhere = signed_in(context, "Anna Maria")
    assert (robot.get("/api/v1/reports").status_code, elsewhere.get("/queue").status_code) == (200, 200)
    answer = anna.post("/settings/password", data={"present": PASSWORD, "password": "four quiet green boats"})
    assert message(answer) == "Password changed. All other sessions and all tokens are ended."
    assert (robot.get("/api/v1/reports").status_code, elsewhere.get("/queue").status_code) == (401, 303)
    assert anna.get("/queue").status_code == 200
    assert client(context).post("/sign-in", data={"name": "anna maria", "password": "four quiet green boats"}).status_code == 303


def test_tokens_end_with_a_new_password_link_and_with_the_access(
    context: DeskContext, filled: Filled, anna: TestClient, chief: TestClient
) -> None:
    robot = client(context, headers={"accept": "application/json", "authorization": f"Bearer {token_of(anna)}"})
    link = chief.post("/users/1", data={"do": "link"}).text.split("/setup/")[1].split("<")[0]
    assert client(context).post(f"/setup/{link}", data={"password": "five quiet green boats"}).status_code == 303
    assert robot.get("/api/v1/reports").status_code == 401
    robot = client(context, headers={"accept": "application/json", "authorization": f"Bearer {token_of(signed_in(context, 'Anna Maria'))}"})
    chief.post("/users/1", data={"role": "reviewer"})
    chief.post("/users/1", data={"role": "reviewer", "active": "yes"})
    assert robot.get("/api/v1/reports").status_code == 401, "a user who may sign in again makes a new token"


def test_a_link_cannot_put_a_sentence_on_a_page(context: DeskContext, filled: Filled, anna: TestClient) -> None:
    for browser, path in ((client(context), "/sign-in"), (anna, "/queue"), (anna, "/settings")):
        for name in ("said", "message", "undo", "wrong", "title"):
            assert "Call this number" not in browser.get(f"{path}?{name}=Call+this+number").text


def test_a_message_is_shown_once(anna: TestClient) -> None:
    answer = anna.post("/settings/keys", data={"keys_off": "1"})
    assert "?" not in answer.headers["location"]
    assert "Keys saved." in anna.get("/settings").text
    assert "Keys saved." not in anna.get("/settings").text


@pytest.mark.parametrize("cookie", ["x", "W10=", "WzFd", "bnVsbA==", "WyJ0ZXh0IiwgIngiXQ==", "W1tbW1tb", "\u00e9", "e30="])
def test_a_damaged_message_is_no_message(context: DeskContext, anna: TestClient, cookie: str) -> None:
    assert read_message(cookie) == ("", None)


def test_first_steps_are_shown_until_they_are_hidden_and_can_be_asked_for_again(filled: Filled, anna: TestClient) -> None:
    assert "First steps" in anna.get("/queue").text
    assert anna.post("/settings/first-steps", data={"back": "/queue"}).headers["location"] == "/queue"
    assert "First steps" not in anna.get("/queue").text
    anna.post("/settings/first-steps", data={"show": "1"})
    assert "First steps" in anna.get("/queue").text
