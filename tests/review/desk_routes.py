"""Every route of the desk with its role, and addresses that fill in the parameters of a route."""

from starlette.routing import Mount, Route

from db.enums import Role
from review.app import routes_and_roles
from review.context import DeskContext


def walk(context: DeskContext) -> list[tuple[str, str, Role | str | None]]:
    """(method, path, role) of every route there is, mounts as "*"."""
    routes, roles = routes_and_roles(context, {})
    found: list[tuple[str, str, Role | str | None]] = []
    for route in routes:
        if isinstance(route, Mount):
            found.append(("*", route.path, roles.get(("*", route.path))))
        else:
            assert isinstance(route, Route)
            found += [(m, route.path, roles.get((m, route.path))) for m in sorted(route.methods or ()) if m != "HEAD"]
    return found


def concrete(path: str) -> str:
    for name, value in {
        "{flag}": "1",
        "{decision}": "1",
        "{report}": "rep-2024",
        "{claim}": "REP-001",
        "{item}": "1",
        "{kind}": "csv",
        "{source}": "meduza",
    }.items():
        path = path.replace(name, value)
    return "/".join("1" if part.startswith("{") else part for part in path.split("/"))
