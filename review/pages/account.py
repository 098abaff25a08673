"""Set-up, signing in and out, personal settings; users and their roles."""

from typing import Any

from starlette.responses import RedirectResponse, Response

from db import accounts
from db.engine import reading, writing
from db.enums import READER_LANGUAGES, Role
from db.models import UserRow
from review.auth import NotAllowed, WeakPassword, change_password, check_password, set_up, sign_in
from review.middleware import cookie_name
from review.routing import PUBLIC, NotFound, Routes, Visit, local
from review.view import labels

pages = Routes()


@pages.get("/sign-in", PUBLIC)
def show_sign_in(visit: Visit) -> Response:
    if visit.user is not None:
        return visit.back(local(visit.query.get("next", "/")))
    with reading(visit.context.engine) as session:
        empty = not accounts.has_users(session)
    return visit.page("sign_in.html", title="Sign in", next=visit.query.get("next", ""), name="", wrong="", empty=empty)


@pages.post("/sign-in", PUBLIC)
def do_sign_in(visit: Visit) -> Response:
    name, to = visit.form.get("name", "").strip()[: accounts.LONGEST_NAME], visit.form.get("next", "")
    status, wrong, secret = 401, "Name or password is wrong.", ""
    try:
        agent = visit.request.headers.get("user-agent", "")
        secret = sign_in(visit.context.engine, name, visit.form.get("password", ""), visit.client, agent, visit.context.now())
    except NotAllowed as refused:
        status, wrong = 429, f"{str(refused)[:1].upper()}{str(refused)[1:]}."
    if not secret:
        return visit.page("sign_in.html", status, title="Sign in", next=to, name=name, wrong=wrong, empty=False)
    return _signed_in(visit, RedirectResponse(local(to or "/"), 303), secret)


@pages.post("/sign-out", Role.RESEARCHER)
def sign_out(visit: Visit) -> Response:
    current = visit.request.scope.get("desk_session")
    if current is not None:
        with writing(visit.context.engine) as session:
            accounts.revoke_sessions(session, visit.me.id, visit.context.now(), only=current)
    answer = RedirectResponse("/sign-in", 303)
    answer.delete_cookie(cookie_name(visit.secure), path="/", secure=visit.secure, httponly=True)
    return answer


@pages.get("/setup/{secret}", PUBLIC)
def show_setup(visit: Visit) -> Response:
    """Shows the form. The link stays valid, because mail scanners and chat previews open links."""
    with reading(visit.context.engine) as session:
        link = accounts.find_link(session, visit.request.path_params["secret"], visit.context.now())
        user = session.get(UserRow, link.user_id) if link and link.user_id else None
    if link is None:
        return visit.page(
            "error.html", 404, title="This link cannot be used", text="It was used already, has expired, or was replaced by a newer one."
        )
    return visit.page("setup.html", title="Welcome", first=link.purpose == "setup", name=user.name if user else "", wrong="")


@pages.post("/setup/{secret}", PUBLIC)
def do_setup(visit: Visit) -> Response:
    name, secret = visit.form.get("name", "").strip(), visit.request.path_params["secret"]
    try:
        user_id = set_up(visit.context.engine, secret, name, visit.form.get("password", ""), visit.context.now())
    except WeakPassword as weak:
        return visit.page(
            "setup.html", 422, title="Welcome", first="name" in visit.form, name=name, wrong=f"{str(weak)[:1].upper()}{str(weak)[1:]}."
        )
    except NotAllowed as refused:
        return visit.page("error.html", 403, title="This link cannot be used", text=f"{str(refused)[:1].upper()}{str(refused)[1:]}.")
    with writing(visit.context.engine) as session:
        if not session.get_one(UserRow, user_id).active:
            return visit.back("/sign-in", "Your password is saved. An administrator has to let you in.")
        cookie = accounts.open_session(session, user_id, visit.request.headers.get("user-agent", ""), visit.context.now())
    return _signed_in(visit, visit.back("/", "Your password is saved, and you are signed in."), cookie)


def _signed_in(visit: Visit, answer: Response, secret: str) -> Response:
    """The answer with the cookie of a new session."""
    answer.set_cookie(
        cookie_name(visit.secure), secret, max_age=int(accounts.ABSOLUTE.total_seconds()), path="/", httponly=True, samesite="lax",
        secure=visit.secure,
    )  # fmt: skip
    return answer


@pages.get("/settings", Role.RESEARCHER)
def show_settings(visit: Visit) -> Response:
    return _settings(visit)


def _settings(visit: Visit, status: int = 200, **more: Any) -> Response:
    now = visit.context.now()
    with reading(visit.context.engine) as session:
        sessions = accounts.sessions_of(session, visit.me.id, now)
        tokens = accounts.tokens_of(session, visit.me.id)
    values = {"new_token": "", "wrong": "", **more}
    return visit.page(
        "settings.html",
        status,
        title="Your settings",
        sessions=sessions,
        tokens=tokens,
        current=visit.request.scope.get("desk_session"),
        translated=visit.translated,
        languages=READER_LANGUAGES,
        **values,
    )


@pages.post("/settings/keys", Role.RESEARCHER)
def set_keys(visit: Visit) -> Response:
    """Change or switch off the keyboard shortcuts. Two actions cannot share a key."""
    keys = {k.name: visit.form.get(f"key_{k.name}", k.key).strip()[:1] or k.key for k in labels.KEYS}
    shared = {v for v in keys.values() if list(keys.values()).count(v) > 1}
    if shared:
        return _settings(visit, 422, wrong=f"Two actions cannot share a key: {', '.join(sorted(shared))}.")
    changed = {k.name: keys[k.name] for k in labels.KEYS if keys[k.name] != k.key}
    with writing(visit.context.engine) as session:
        session.get_one(UserRow, visit.me.id).preferences = {
            **visit.me.preferences,
            "keys": changed,
            "keys_off": bool(visit.form.get("keys_off")),
        }
    return visit.back("/settings", "Keys saved.")


@pages.post("/settings/translations", Role.RESEARCHER)
def set_translations(visit: Visit) -> Response:
    """Choose the language of machine translations, or none."""
    language = visit.form.get("language", "")
    chosen = language if language in READER_LANGUAGES else ""
    with writing(visit.context.engine) as session:
        session.get_one(UserRow, visit.me.id).preferences = {**visit.me.preferences, "translations": chosen}
    return visit.back("/settings", "Saved." if chosen else "Machine translations are not shown to you any more.")


@pages.post("/settings/first-steps", Role.RESEARCHER)
def end_first_steps(visit: Visit) -> Response:
    """Hide the first steps, or show them again."""
    with writing(visit.context.engine) as session:
        done = visit.form.get("show") != "1"
        session.get_one(UserRow, visit.me.id).preferences = {**visit.me.preferences, "first_steps_done": done}
    return visit.back("/" if not done else local(visit.form.get("back") or "/"), "")


@pages.post("/settings/password", Role.RESEARCHER)
def set_password(visit: Visit) -> Response:
    """Change the password. Needs the present one; ends all other sessions and all tokens."""
    engine, now = visit.context.engine, visit.context.now()
    try:
        if check_password(engine, visit.me.name, visit.form.get("present", ""), visit.client, now) is None:
            return _settings(visit, 422, wrong="The present password is wrong.")
        change_password(engine, visit.me.id, visit.form.get("password", ""), now, visit.request.scope.get("desk_session"))
    except (NotAllowed, WeakPassword) as refused:
        return _settings(visit, 422, wrong=f"Not changed: {refused}.")
    return visit.back("/settings", "Password changed. All other sessions and all tokens are ended.")


@pages.post("/settings/sessions/{session}/end", Role.RESEARCHER)
def end_session(visit: Visit) -> Response:
    with writing(visit.context.engine) as session:
        accounts.revoke_sessions(session, visit.me.id, visit.context.now(), only=visit.number("session"))
    return visit.back("/settings", "Session ended.")


@pages.post("/settings/tokens", Role.RESEARCHER)
def add_token(visit: Visit) -> Response:
    """Make an API token. It is shown once; only its hash is stored."""
    name = " ".join(visit.form.get("name", "").split())[:80] or "token"
    with writing(visit.context.engine) as session:
        secret = accounts.make_token(session, visit.me.id, "api", name, visit.context.now())
    return _settings(visit, new_token=secret)


@pages.post("/settings/tokens/{token}/end", Role.RESEARCHER)
def end_token(visit: Visit) -> Response:
    with writing(visit.context.engine) as session:
        for token in accounts.tokens_of(session, visit.me.id):
            if token.id == visit.number("token"):
                token.revoked_at = visit.context.now()
    return visit.back("/settings", "Token ended.")


@pages.get("/users", Role.ADMIN)
def show_users(visit: Visit) -> Response:
    return _users(visit)


def _users(visit: Visit, status: int = 200, **more: Any) -> Response:
    with reading(visit.context.engine) as session:
        everybody = accounts.users(session)
    return visit.page(
        "users.html", status, title="Users", users=everybody, roles=labels.ROLES, **{"link": "", "link_for": "", "wrong": "", **more}
    )


@pages.post("/users", Role.ADMIN)
def add_user(visit: Visit) -> Response:
    """Add a user and show the link on which this person chooses a password."""
    name, role = " ".join(visit.form.get("name", "").split())[: accounts.LONGEST_NAME], visit.form.get("role", "")
    if not name or role not in set(Role):
        return _users(visit, 422, wrong="Give a name and a role.")
    with writing(visit.context.engine) as session:
        if accounts.user_named(session, name) is not None:
            return _users(visit, 422, wrong=f"There is already a user {name}.")
        user = accounts.add_user(session, name, Role(role), None, visit.context.now())
        secret = accounts.make_token(session, user.id, "password", name, visit.context.now())
    return _users(visit, link=f"{visit.address}/setup/{secret}", link_for=name)


@pages.post("/users/{user}", Role.ADMIN)
def change_user(visit: Visit) -> Response:
    """Change the role or the active state, or make a new password link. The last active
    administrator cannot be changed.
    """
    with writing(visit.context.engine) as session:
        user = session.get(UserRow, visit.number("user"))
        if user is None:
            raise NotFound("there is no such user")
        if visit.form.get("do") == "link":
            secret = accounts.make_token(session, user.id, "password", user.name, visit.context.now())
            return _users(visit, link=f"{visit.address}/setup/{secret}", link_for=user.name)
        role, active = visit.form.get("role", user.role), visit.form.get("active") == "yes"
        others = [u for u in accounts.users(session) if u.role == Role.ADMIN and u.active and u.id != user.id]
        if user.role == Role.ADMIN and not others and (role != Role.ADMIN or not active):
            return visit.back("/users", "The last administrator cannot be changed: make another one first.")
        if role in set(Role):
            user.role = role
        user.active = active
        if not active:
            accounts.end_access(session, user.id, visit.context.now())
        name = user.name
    return visit.back("/users", f"{name} changed.")
