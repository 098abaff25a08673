"""No request makes the desk fail: hostile paths, queries and forms on every route are answered with
a status below 500.
"""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from db.enums import Role
from review.app import routes_and_roles
from review.context import DeskContext
from review.routing import whole_number
from tests.review.desk_routes import concrete, walk
from tests.review.factory import Filled, client, signed_in

HOSTILE = [
    "", "0", "-1", "²", "٣", "१", "1²", "1.5", "1e9", "+1", " 1", "1_000", "NaN", "9" * 15, "9" * 16, "9" * 400, "%00", "\x00", "\x1f", "%ff",
    "..", "/etc/passwd", "'; DROP TABLE flag; --", "<script>", "a" * 1500, "\u202e", "\U0001f4a9", "{{7*7}}", "None", "2026-13-45", "0001-01-01", "9999-12-31", "10000-01-01",
]  # fmt: skip
QUERY = (
    "state", "report", "topic", "severity", "claim", "source", "mine", "second", "flag", "page", "at", "status", "q", "lang", "since", "until", "flagged", "kind",
    "before", "verify", "days", "next", "download", "said", "undo", "after", "limit",
)  # fmt: skip
FORM = (
    "name", "password", "next", "role", "active", "do", "present", "choice", "version", "into", "claim", "other_claim", "also", "statement", "in_force", "until", "note",
    "compared", "to", "back", "pick", "days", "address", "rhythm", "hour", "weekday", "zone", "language", "severity", "links", "unreviewed", "reports", "topics", "vouched",
    "weeks", "forget", "q", "here", "key_next",
)  # fmt: skip


@pytest.fixture
def desk(context: DeskContext, filled: Filled) -> Iterator[TestClient]:
    filled.flag()
    filled.user("Chief", Role.ADMIN)
    result = client(context, raise_server_exceptions=False)
    result.cookies = signed_in(context, "Chief").cookies
    yield result
    assert result.get("/queue").status_code == 200, "still signed in: every request reached its page"


def refuse_failure(desk: TestClient, method: str, path: str, form: dict[str, str] | None = None) -> None:
    answer = desk.request(method, path, data=form)
    assert answer.status_code < 500, (method, path[:200], form, answer.text[:300])


def routes(context: DeskContext, method: str) -> list[str]:
    """Paths of the method; those that would end the test's own session are left out."""
    return [p for m, p, _ in walk(context) if m == method and p not in ("/sign-out", "/settings/sessions/{session}/end")]


def filled_in(path: str, value: str) -> str:
    """The path with `value` for each parameter."""
    return "/".join(quote(value, safe="%") if part.startswith("{") else part for part in path.split("/"))


@pytest.mark.slow
def test_hostile_values_in_paths_are_refused(context: DeskContext, desk: TestClient) -> None:
    for method in ("GET", "POST"):
        for path in routes(context, method):
            if "{" in path:
                for value in HOSTILE:
                    refuse_failure(desk, method, filled_in(path, value), {} if method == "POST" else None)


def test_hostile_values_in_paths_of_the_api_are_refused(desk: TestClient) -> None:
    for path in ("/api/v1/flags/{flag}", "/api/v1/reports/{report}/claims"):
        for value in HOSTILE:
            refuse_failure(desk, "GET", filled_in(path, value))
    for path in ("/api/v1/flags", "/api/v1/items"):
        for value in HOSTILE:
            refuse_failure(desk, "GET", f"{path}?" + "&".join(f"{name}={quote(value, safe='%')}" for name in QUERY))


@pytest.mark.slow
def test_hostile_values_in_queries_are_refused(context: DeskContext, desk: TestClient) -> None:
    for path in routes(context, "GET"):
        for value in HOSTILE:
            refuse_failure(desk, "GET", f"{concrete(path)}?" + "&".join(f"{name}={quote(value, safe='%')}" for name in QUERY))


@pytest.mark.slow
def test_empty_and_hostile_forms_are_refused(context: DeskContext, desk: TestClient) -> None:
    for path in routes(context, "POST"):
        refuse_failure(desk, "POST", concrete(path), {})
        for value in HOSTILE:
            refuse_failure(desk, "POST", concrete(path), dict.fromkeys(FORM, value))


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40), number=st.integers(min_value=-(2**70), max_value=2**70))
def test_any_text_and_any_number_is_answered(context: DeskContext, desk: TestClient, text: str, number: int) -> None:
    text = text.encode("utf-8", "replace").decode()
    for value in (text, str(number)):
        query = f"?flag={quote(value)}&page={quote(value)}&q={quote(value)}&at={quote(value)}&before={quote(value)}"
        for path in (
            "/queue",
            "/reports/rep-2024",
            "/search",
            "/log",
            "/sources",
            f"/flags/{quote(value, safe='')}",
            f"/items/{quote(value, safe='')}",
        ):
            refuse_failure(desk, "GET", path + query)
        refuse_failure(desk, "POST", "/flags/1/decide", {"version": value, "choice": value, "into": value, "until": value})
        refuse_failure(desk, "POST", "/queue/bulk", {"pick": f"{value}.{value}", "choice": "still_valid"})


@pytest.mark.parametrize("length", ["²", "-1", "9" * 30, "1e3", "٣"])
def test_a_length_that_is_no_number_is_refused(desk: TestClient, length: str) -> None:
    answer = desk.post("/queue/bulk", headers={b"content-length": length.encode("utf-8")}, content=b"")
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["/queue?report=%00", "/reports/%00", "/claims/a%00b"])
def test_a_nul_character_in_an_address_is_refused(desk: TestClient, path: str) -> None:
    assert desk.get(path).status_code == 400


@pytest.mark.parametrize(
    ("text", "number"), [("0", 0), ("007", 7), ("9" * 15, 10**15 - 1), ("9" * 16, None), ("²", None), ("٣", None), ("", None), ("-1", None)]
)
def test_only_ascii_digits_are_a_whole_number(text: str, number: int | None) -> None:
    assert whole_number(text) == number


def test_every_parameter_that_pages_read_is_tried(context: DeskContext) -> None:
    """New pages are covered: the routes come from the desk itself."""
    assert len(routes_and_roles(context, {})[0]) > 50
