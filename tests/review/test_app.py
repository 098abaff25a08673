"""Routes and roles of the desk, error pages, postponed flags."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from db import decision_log
from db.enums import Role
from review.app import create_desk, reopen_due_flags
from review.context import DeskContext
from review.routing import PUBLIC
from tests.review.desk_routes import concrete, walk
from tests.review.factory import BASE, Filled, client, signed_in

PUBLIC_PAGES = {("GET", "/sign-in"), ("POST", "/sign-in"), ("GET", "/setup/{secret}"), ("POST", "/setup/{secret}")}


def test_every_route_declares_who_may_use_it(context: DeskContext) -> None:
    assert [(m, p) for m, p, role in walk(context) if role is None] == []
    assert {(m, p) for m, p, role in walk(context) if role == PUBLIC} == {*PUBLIC_PAGES, ("*", "/static")}


def test_everything_that_changes_something_is_a_post_and_wants_more_than_reading(context: DeskContext) -> None:
    own = {"/sign-out", "/searches/{page}", "/searches/{search}/forget", "/sign-in", "/setup/{secret}"}
    # A researcher may comment, ask a colleague, and add to a citation
    words = {"/flags/{flag}/note", "/flags/{flag}/send", "/items/{item}/cite", "/items/{item}/pages"}
    for method, path, role in walk(context):
        if method == "POST" and path not in own | words and not path.startswith("/settings"):
            assert role in (Role.REVIEWER, Role.EDITOR, Role.OPERATOR, Role.ADMIN), path


def test_without_signing_in_nothing_but_the_door_opens(context: DeskContext, filled: Filled) -> None:
    filled.flag()
    stranger = client(context)
    for method, path, role in walk(context):
        if role == PUBLIC:
            continue
        where = concrete(path) if method != "*" else f"{path}/v1/reports"
        answer = stranger.request("GET" if method == "*" else method, where)
        assert answer.status_code in (303, 401), (method, path, answer.status_code)
        assert answer.headers.get("location", "/sign-in").startswith("/sign-in")


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_what_it_is_for_and_no_more(context: DeskContext, filled: Filled, role: Role) -> None:
    filled.flag()
    filled.user("Somebody", role)
    order = list(Role)
    somebody = signed_in(context, "Somebody")
    for method, path, needed in walk(context):
        if needed == PUBLIC or method == "*" or path in ("/sign-out", "/settings/sessions/{session}/end"):
            continue
        status = somebody.request(method, concrete(path)).status_code
        allowed = order.index(role) >= order.index(Role(needed))  # type: ignore[arg-type]
        assert (status != 403) is allowed, (method, path, needed, status)
        assert status < 500


def test_a_route_without_a_role_is_refused_to_everybody(context: DeskContext, chief: TestClient) -> None:
    app = create_desk(context)
    roles: Any = app.user_middleware[-1].kwargs["roles"]
    roles.pop(("GET", "/help"))
    answer = TestClient(app, base_url=BASE, cookies=dict(chief.cookies), headers={"sec-fetch-site": "same-origin"}).get("/help")
    assert answer.status_code == 403


def test_flags_put_off_come_back_while_the_desk_is_open(filled: Filled, context: DeskContext, anna: TestClient) -> None:
    anna.post(f"/flags/{filled.flag()}/decide", data={"version": "1", "choice": "later:7"})
    assert reopen_due_flags(context) == 0
    filled.tick(days=8)
    assert reopen_due_flags(context) == 1


def test_a_failure_of_ours_is_said_and_leaks_nothing(filled: Filled, context: DeskContext, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.user("Anna")
    app_client = client(context, raise_server_exceptions=False)
    app_client.cookies = signed_in(context, "Anna").cookies

    def boom(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(decision_log, "verify", boom)
    answer = app_client.get("/log?verify=1")
    assert answer.status_code == 500
    assert "secret" not in answer.text
