"""Set-up, sign-in, settings and users."""

from starlette.testclient import TestClient

from db import accounts
from db.engine import reading, writing
from review.context import DeskContext
from tests.review.factory import PASSWORD, Filled, client, signed_in


def test_the_first_start_has_no_password_but_a_link_that_works_once(context: DeskContext, filled: Filled) -> None:
    with writing(filled.engine) as session:
        old, link = accounts.replace_setup_token(session, filled.now), accounts.replace_setup_token(session, filled.now)
    browser = client(context)
    assert browser.get(f"/setup/{old}").status_code == 404, "a newer start ends the link of an older one"
    assert browser.get(f"/setup/{link}").status_code == 200
    assert browser.get(f"/setup/{link}").status_code == 200, "looking at it uses nothing up"
    assert browser.post(f"/setup/{link}", data={"name": "Anna", "password": "short"}).status_code == 422
    assert browser.post(f"/setup/{link}", data={"name": "Anna", "password": PASSWORD}).status_code == 303
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
    for _ in range(accounts.TRIES):
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
    anna.post("/settings/keys", data={"key_next": "w", "keys_off": "1"})
    page = anna.get("/queue").text
    assert 'data-keys=\'{"next": "w"}\'' in page
    assert "data-keys-off" in page
