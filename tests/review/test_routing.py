"""Requests and responses of pages: roles, numbers, redirects, the message for the next page."""

import base64

import pytest
from starlette.testclient import TestClient

from db.enums import Role
from review.routing import LONGEST_MESSAGE, Routes, attachment, local, may, read_message, whole_number
from tests.review.factory import Filled, message


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("12", 12), ("007", 7), ("", None), ("-1", None), ("1.5", None), ("²", None), ("١", None), ("9" * 16, None), (" 1", None)],
)
def test_a_number_is_ascii_digits_that_a_database_can_hold(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def test_each_role_may_do_what_those_before_it_may() -> None:
    order = [Role.RESEARCHER, Role.REVIEWER, Role.EDITOR, Role.OPERATOR, Role.ADMIN]
    for n, role in enumerate(order):
        assert [may(role, needed) for needed in order] == [m <= n for m in range(len(order))]


@pytest.mark.parametrize(
    ("to", "path"),
    [
        ("/queue?flag=1", "/queue?flag=1"),
        ("//evil.example", "/queue"),
        ("/\\evil.example", "/queue"),
        ("https://evil.example", "/queue"),
        ("", "/queue"),
        ("/a\r\nSet-Cookie: x", "/queue"),
    ],
)
def test_a_redirect_stays_on_the_desk(to: str, path: str) -> None:
    assert local(to) == path


@pytest.mark.parametrize("cookie", ["", "x", "e30=", base64.b64encode(b'["a"]').decode(), base64.b64encode(b'[1, null]').decode(), base64.b64encode(b'["a", "1"]').decode(), base64.b64encode(b'["a", true]').decode()])  # fmt: skip
def test_a_cookie_that_the_desk_did_not_write_is_no_message(cookie: str) -> None:
    assert read_message(cookie) == ("", None)


def test_a_message_is_shown_once_and_cut(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    answer = anna.post(f"/flags/{flag}/assign", data={"to": "1"})
    assert message(answer) == "Assigned to Anna Maria."
    assert "Assigned to Anna Maria." in anna.get("/queue").text
    assert "Assigned to Anna Maria." not in anna.get("/queue").text
    assert LONGEST_MESSAGE == 600


def test_a_page_declares_its_role_with_its_path() -> None:
    pages = Routes()
    pages.get("/x", Role.REVIEWER)(lambda visit: visit.page("help.html"))
    pages.post("/x", Role.ADMIN)(lambda visit: visit.back("/"))
    assert pages.roles == {("GET", "/x"): Role.REVIEWER, ("POST", "/x"): Role.ADMIN}
    assert [sorted(route.methods or ()) for route in pages.routes] == [["GET", "HEAD"], ["POST"]]


def test_a_download_names_its_file_in_any_script() -> None:
    assert attachment("отчёт 1.pdf") == {"Content-Disposition": "attachment; filename*=UTF-8''%D0%BE%D1%82%D1%87%D1%91%D1%82%201.pdf"}
