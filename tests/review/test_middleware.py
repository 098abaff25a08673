"""Who gets in and under which headers: sessions, tokens, origins, hosts, sizes, trusted proxies."""

import base64
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from db import accounts
from db.engine import reading, writing
from db.enums import Role
from db.models import AccessTokenRow, DeskSessionRow, UserRow
from review.app import create_desk
from review.context import DeskContext
from review.middleware import ForwardedHeaders
from review.routing import PUBLIC
from tests.review.desk_routes import concrete, walk
from tests.review.factory import BASE, PASSWORD, Filled, client, signed_in

PROXY = "10.1.2.3"


def behind(context: DeskContext, header: str, peer: str = PROXY) -> TestClient:
    """A browser whose requests reach the desk from `peer`; the desk trusts 10.0.0.0/8."""
    app = create_desk(replace(context, proxies=("10.0.0.0/8",), user_header=header))
    return TestClient(app, base_url=BASE, follow_redirects=False, client=(peer, 5), headers={"accept": "text/html"})


def dump(filled: Filled) -> list[str]:
    """The whole database as SQL, without the record of who has a flag open, which every page of a
    flag writes.
    """
    raw = filled.engine.raw_connection()
    try:
        lines = raw.driver_connection.iterdump()  # type: ignore[union-attr]
        return [line for line in lines if not line.startswith('INSERT INTO "presence"')]
    finally:
        raw.close()


def test_the_cookie_is_random_http_only_and_kept_as_a_hash(context: DeskContext, filled: Filled) -> None:
    filled.user("Anna")
    answer = client(context).post("/sign-in", data={"name": "Anna", "password": PASSWORD})
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    secret = cookie.split("sid=")[1].split(";")[0]
    with reading(filled.engine) as session:
        stored = session.scalars(select(DeskSessionRow.token_hash)).one()
    assert secret not in stored
    assert stored == accounts.hash_of(secret)


def test_over_https_the_cookie_is_secure_and_bound_to_the_host(context: DeskContext, filled: Filled) -> None:
    filled.user("Anna")
    app = create_desk(replace(context, public_url="https://desk.example.org"))
    browser = TestClient(app, base_url="https://desk.example.org", headers={"sec-fetch-site": "same-origin"}, follow_redirects=False)
    cookie = browser.post("/sign-in", data={"name": "Anna", "password": PASSWORD}).headers["set-cookie"]
    assert cookie.startswith("__Host-sid=")
    assert "Secure" in cookie
    assert "Path=/" in cookie


def test_sessions_end_when_idle_when_old_and_when_ended(context: DeskContext, filled: Filled) -> None:
    filled.user("Anna")
    anna = signed_in(context, "Anna")
    filled.tick(hours=11)
    assert anna.get("/help").status_code == 200
    filled.tick(hours=11)
    assert anna.get("/help").status_code == 200, "use renews it"
    filled.tick(hours=13)
    assert anna.get("/help").status_code == 303, "idle"
    anna = signed_in(context, "Anna")
    for _ in range(17):
        filled.tick(hours=10)
        status = anna.get("/help").status_code
    assert status == 303, "after seven days, used or not"
    anna = signed_in(context, "Anna")
    assert anna.post("/sign-out").status_code == 303
    assert anna.get("/help").status_code == 303


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({"sec-fetch-site": "same-origin"}, True), ({"sec-fetch-site": "none"}, True), ({"sec-fetch-site": "cross-site"}, False), ({"sec-fetch-site": "same-site"}, False),
        ({"origin": BASE}, True), ({"origin": "https://evil.example"}, False), ({"origin": "null"}, False), ({}, True),
        ({"sec-fetch-site": "cross-site", "origin": BASE}, False),
    ],
)  # fmt: skip
def test_other_sites_cannot_make_a_browser_decide(
    context: DeskContext, filled: Filled, anna: TestClient, headers: dict[str, str], allowed: bool
) -> None:
    flag = filled.flag()
    browser = TestClient(create_desk(context), base_url=BASE, cookies=dict(anna.cookies), headers=headers, follow_redirects=False)
    browser.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "still_valid"})
    assert (filled.get_flag(flag).state == "dismissed") is allowed


def test_unknown_hosts_and_large_bodies_are_refused(context: DeskContext, anna: TestClient, filled: Filled) -> None:
    assert anna.get("/help", headers={"host": "evil.example"}).status_code == 400
    flag = filled.flag()
    assert anna.post(f"/flags/{flag}/note", data={"note": "x" * 300_000}).status_code == 413

    def stream() -> object:
        for _ in range(100):
            yield b"x" * 10_000

    answer = anna.post(f"/flags/{flag}/note", content=stream(), headers={"content-type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 413, "a body without a length is counted as it comes"


def test_every_answer_carries_the_safe_headers(context: DeskContext, anna: TestClient, filled: Filled) -> None:
    filled.flag()
    for path in ("/queue", "/sign-in", "/nowhere", "/static/desk.js", "/api/v1/reports", "/exports/flags.csv"):
        headers = anna.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "unsafe" not in headers["content-security-policy"]
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer"), path
        assert ("no-store" in headers["cache-control"]) is (path != "/static/desk.js"), path


def test_a_token_opens_the_api_and_feeds_until_it_is_ended(context: DeskContext, filled: Filled, anna: TestClient) -> None:
    filled.flag()
    page = anna.post("/settings/tokens", data={"name": "reader"}).text
    secret = page.split("<code>")[1].split("<")[0]
    robot = TestClient(create_desk(context), base_url=BASE, follow_redirects=False)
    bearer = {"authorization": f"Bearer {secret}"}
    basic = {"authorization": "Basic " + base64.b64encode(f"any:{secret}".encode()).decode()}
    assert robot.get("/api/v1/flags", headers=bearer).json()[0]["id"] == 1
    assert robot.get("/feeds/flags.atom", headers=basic).status_code == 200
    assert robot.get("/api/v1/flags").status_code == 401
    assert robot.get("/api/v1/flags", headers={"authorization": "Bearer wrong"}).status_code == 401
    assert robot.get("/api/v1/flags", headers={"authorization": "Basic !!!"}).status_code == 401
    with reading(filled.engine) as session:
        token = session.scalars(select(AccessTokenRow)).one()
    assert token.used_at is not None
    anna.post(f"/settings/tokens/{token.id}/end")
    assert robot.get("/api/v1/flags", headers=bearer).status_code == 401


@pytest.mark.parametrize(
    ("header", "name", "others"),
    [
        # oauth2-proxy
        ("X-Forwarded-Email", "anna@coi.example", {"X-Forwarded-User": "7f0c", "X-Forwarded-Preferred-Username": "anna"}),
        # … passing basic auth
        ("X-Forwarded-Email", "anna@coi.example", {"Authorization": "Basic " + base64.b64encode(b"7f0c:shared").decode()}),
        # … passing its token
        ("X-Forwarded-Preferred-Username", "anna", {"Authorization": "Bearer eyJhbGciOi.e30.x"}),
        # Authelia
        ("Remote-User", "anna", {"Remote-Email": "anna@coi.example", "Remote-Groups": "coi,admins", "Remote-Name": "Anna"}),
        ("x-auth-request-user", "Åse Ørsted", {}),  # nginx with auth_request
    ],
)  # fmt: skip
def test_headers_of_common_sign_in_proxies_are_understood(
    context: DeskContext, filled: Filled, header: str, name: str, others: dict[str, str]
) -> None:
    filled.user(name)
    told: dict[str, str | bytes] = {header: name.upper().encode(), **others}
    page = behind(context, header).get("/help", headers=told)
    assert page.status_code == 200
    assert name in page.text
    assert "sign out there" in page.text, "ending a session of ours would not sign anybody out"


def test_the_header_is_believed_from_the_proxy_alone(context: DeskContext, filled: Filled) -> None:
    filled.user("Anna")
    stranger = behind(context, "Remote-User", peer="192.0.2.7")
    for more in (
        {},
        {"X-Forwarded-For": PROXY},
        {"X-Forwarded-For": f"{PROXY}, {PROXY}"},
        {"Forwarded": f"for={PROXY}"},
        {"X-Real-IP": PROXY},
    ):
        assert stranger.get("/help", headers={"Remote-User": "Anna", **more}).status_code == 303
    assert behind(context, "Remote-User").get("/help", headers={"Remote-User": "Anna", "X-Forwarded-For": "192.0.2.7"}).status_code == 200


def test_without_the_setting_no_header_signs_anybody_in(context: DeskContext, filled: Filled) -> None:
    filled.user("Anna")
    for header in ("Remote-User", "X-Forwarded-User", "X-Remote-User", ""):
        assert behind(context, "").get("/help", headers={header or "X": "Anna"}).status_code == 303


def test_two_user_headers_are_none(context: DeskContext, filled: Filled) -> None:
    filled.user("Anna")
    answer = behind(context, "Remote-User").get("/help", headers=[("Remote-User", "Anna"), ("remote-user", "Boris")])
    assert answer.status_code == 303, "a proxy that adds its header instead of replacing it lets the client's own through"


def test_behind_the_proxy_only_its_word_counts(context: DeskContext, filled: Filled, anna: TestClient) -> None:
    filled.user("Zoë")
    with writing(filled.engine) as session:
        session.add(UserRow(name="Gone", role=Role.ADMIN.value, active=False, created_at=filled.now, preferences={}))
    browser = behind(context, "Remote-User")
    browser.cookies.set("sid", anna.cookies["sid"])
    for name in ("Nobody", "Gone", ""):
        assert browser.get("/help", headers={"Remote-User": name}).status_code == 303, (
            "neither unknown nor stopped, nor another's old session"
        )
    page = browser.get("/sign-in", headers={"Remote-User": "Nobody"}).text
    assert "gives your name as “Nobody”" in page
    assert "password" not in page


def test_limits_count_the_client_that_the_proxy_saw_not_what_it_claims(context: DeskContext, filled: Filled) -> None:
    app = create_desk(replace(context, proxies=("10.0.0.0/8",)))
    browser = TestClient(app, base_url=BASE, follow_redirects=False, client=("10.1.2.3", 5), headers={"sec-fetch-site": "same-origin"})
    for n in range(accounts.MOST_ATTEMPTS):
        browser.post("/sign-in", data={"name": f"n{n}", "password": "x"}, headers={"x-forwarded-for": f"198.51.100.{n}, 203.0.113.9"})
    answer = browser.post("/sign-in", data={"name": "other", "password": "x"}, headers={"x-forwarded-for": "1.1.1.1, 203.0.113.9"})
    assert answer.status_code == 429


def client_seen(context: DeskContext, headers: list[tuple[str, str]], peer: str = PROXY) -> str:
    """The client address that the desk takes from a request with these headers."""
    seen: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(f"{scope['scheme']} {scope['client'][0]}")
        await PlainTextResponse("")(scope, receive, send)

    guarded = ForwardedHeaders(app, replace(context, proxies=("10.0.0.0/8",)))
    TestClient(guarded, client=(peer, 5)).get("/", headers=headers)
    return seen[0]


@pytest.mark.parametrize(
    ("entries", "client"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1", "203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1", "2.2.2.2, 203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1, 2.2.2.2", "203.0.113.9"], "203.0.113.9"),
        (["203.0.113.9:4711"], "203.0.113.9"),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["2001:db8::1"], "2001:db8::1"),
        (["1.1.1.1", "unknown"], PROXY),
        (["1.1.1.1, "], PROXY),
        (["1.1.1.1", "' OR 1=1"], PROXY),
        ([], PROXY),
    ],
)
def test_the_client_is_the_last_hop_that_the_trusted_proxy_names(context: DeskContext, entries: list[str], client: str) -> None:
    assert client_seen(context, [("X-Forwarded-For", e) for e in entries]) == f"http {client}"
    assert client_seen(context, [("X-Forwarded-For", e) for e in entries], "192.0.2.1") == "http 192.0.2.1", "not a trusted proxy"


def test_the_last_scheme_counts_as_well(context: DeskContext) -> None:
    assert client_seen(context, [("X-Forwarded-Proto", "https"), ("x-forwarded-proto", "http")]) == f"http {PROXY}"
    assert client_seen(context, [("X-Forwarded-Proto", "http,https")]) == f"https {PROXY}"


def test_a_second_forwarded_line_does_not_get_round_the_sign_in_limit(context: DeskContext, filled: Filled) -> None:
    app = create_desk(replace(context, proxies=("10.0.0.0/8",)))
    browser = TestClient(app, base_url=BASE, follow_redirects=False, client=(PROXY, 5), headers={"sec-fetch-site": "same-origin"})
    answers = [
        browser.post(
            "/sign-in",
            data={"name": f"n{n}", "password": "x"},
            headers=[("x-forwarded-for", f"198.51.100.{n}"), ("x-forwarded-for", "203.0.113.9")],
        )
        for n in range(accounts.MOST_ATTEMPTS + 1)
    ]
    assert [a.status_code for a in answers] == [401] * 10 + [429]


def test_a_token_can_only_read(context: DeskContext, filled: Filled, chief: TestClient) -> None:
    filled.flag()
    secret = chief.post("/settings/tokens", data={"name": "robot"}).text.split("<code>")[1].split("<")[0]
    robot = client(context, headers={"authorization": f"Bearer {secret}"})
    before = dump(filled)
    for method, path, role in walk(context):
        if method == "POST" and role != PUBLIC:
            assert robot.post(concrete(path), data={"name": "minted"}).status_code == 403, path
    assert [line for line in dump(filled) if "access_token" not in line] == [line for line in before if "access_token" not in line]
    with reading(filled.engine) as session:
        assert [t.name for t in session.scalars(select(AccessTokenRow))] == ["robot"]
    assert robot.get("/api/v1/flags").status_code == 200


def test_reading_pages_changes_nothing(context: DeskContext, filled: Filled, chief: TestClient) -> None:
    filled.flag()
    filled.tick(hours=1)
    chief.get("/help")  # notes the last use of the session
    before = dump(filled)
    for method, path, _ in walk(context):
        if method == "GET":
            chief.get(concrete(path))
    assert dump(filled) == before


def test_sessions_use_is_noted_rarely(filled: Filled, context: DeskContext) -> None:
    filled.user("Anna")
    anna = signed_in(context, "Anna")
    seen = set()
    for _ in range(4):
        filled.tick(minutes=2)
        anna.get("/help")
        with reading(filled.engine) as session:
            seen.add(session.scalars(select(DeskSessionRow.seen_at)).one())
    assert len(seen) == 2
    assert timedelta(minutes=5) == accounts.TOUCH
