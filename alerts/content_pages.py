"""The pages that a reader can open without an account, by a signed link: the whole digest, the
stored copy of an item, and the Atom feed. Mounted by `alerts.subscriber_pages`.
"""

from collections.abc import Callable
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import Engine
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from alerts import i18n
from alerts.archived_copy import archived_copy
from alerts.atom import entries_for, feed
from alerts.i18n import _, catalogue
from alerts.mail.mail_config import MailConfig
from alerts.mail.mime import personal
from alerts.mail.render import parts_html
from alerts.reader_page import page, visitor
from alerts.whole_digest import period_end, whole_digests
from db.engine import reading


class ContentPages:
    """The handlers; each reads in one short transaction."""

    def __init__(self, engine: Engine, mail_config: MailConfig, now: Callable[[], datetime]) -> None:
        self.engine, self.mail_config, self.now = engine, mail_config, now

    def digest(self, request: Request, form: FormData | None) -> Response:  # noqa: ARG002
        """The whole digest of a period, with what did not fit in the mail."""
        with reading(self.engine) as session:
            holder = visitor(session, request, self.mail_config, also_ended=True)
            end = period_end(request.path_params["end"], self.now())
            digests = whole_digests(session, holder, end) if end is not None else []
            if not digests:
                raise HTTPException(404, _("This digest is no longer kept as a page."))
            links = self.mail_config.links
            token = links.token(holder.person, holder.of)
            rendered = parts_html(tuple(digests), links, personal=True)
            # The parts come from a template that escapes
            parts = [Markup(personal(str(part), token)) for part in rendered]  # noqa: S704
            title = catalogue(holder.language).gettext("The whole digest")
        return page(request, "digest.html", holder.language, title=title, parts=parts)

    def copy(self, request: Request, form: FormData | None) -> Response:  # noqa: ARG002
        """The stored copy of an item, as it stood when the mail was made."""
        with reading(self.engine) as session:
            holder = visitor(session, request, self.mail_config, also_ended=True)
            copy = archived_copy(session, request.path_params["signed"], self.mail_config.links, self.now())
        if copy is None:
            raise HTTPException(404, _("This copy is no longer kept as a page."))
        zone = holder.all[0].zone if holder.all else "UTC"

        def moment(at: datetime) -> str:
            return i18n.moment(at, holder.language, zone)

        return page(request, "copy.html", holder.language, title=copy.title or copy.outlet, copy=copy, moment=moment)

    def atom(self, request: Request, form: FormData | None) -> Response:  # noqa: ARG002
        """The reader's entries of the last weeks as an Atom feed."""
        with reading(self.engine) as session:
            holder = visitor(session, request, self.mail_config)
            body = feed(entries_for(session, holder.meant, self.now()), holder, self.now(), self.mail_config)
        return Response(body, media_type="application/atom+xml")
