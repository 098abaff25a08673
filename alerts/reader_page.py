"""Shared by all pages of a reader: the frame, the language, and the holder of the signed link."""

from typing import Any

from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from alerts import subscriptions
from alerts.i18n import LANGUAGES, _
from alerts.mail.mail_config import MailConfig
from alerts.mail.render import environment
from alerts.subscriptions import LinkHolder

# Stricter than the desk's: there is no script. All other headers ("noindex" among them), the limit
# of a body and the check of the host come from the desk's middleware (review.middleware), under
# which these pages are mounted.
POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"


def page(request: Request, name: str, language: str, status: int = 200, **values: Any) -> Response:
    """A page from a template of templates/page/."""
    root = request.scope.get("root_path", "")
    html = environment(language, html=True).get_template(f"page/{name}").render(root=root, **values)
    return HTMLResponse(html, status, {"content-security-policy": POLICY})


def visitor(session: Session, request: Request, mail_config: MailConfig, *, also_ended: bool = False) -> LinkHolder:
    """The holder of the link in the address. Raises HTTPException (404) for an invalid link.

    `also_ended`: also a person whose subscriptions have all ended.
    """
    holder = subscriptions.link_holder(session, request.path_params["token"], mail_config)
    if holder is None or (holder.person.ended_at is not None and not also_ended):
        raise HTTPException(404, _("This link is not valid (any more)."))
    return holder


def browser_language(request: Request) -> str:
    """The first of the browser's languages that there is a catalogue for; English otherwise."""
    for part in request.headers.get("accept-language", "").split(","):
        code = part.split(";")[0].strip().lower()[:2]
        if code in LANGUAGES:
            return code
    return "en"
