"""The canary: once a day a planted change runs through the whole pipeline (HTTP, read, store,
compare, flag, mail).

It shows that an empty queue means that nothing happened, not that nothing works. It uses its own
database in the data folder (new each day) and a feed on the loopback address, with the real code,
claims, model and mail server. So no planted item can appear in a reviewer's queue or a digest.
"""

from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from sqlalchemy import Engine, func, select

from app.runtime.container import Container
from app.runtime.settings import Settings
from app.tools.local_server import NOT_FOUND, Answer, serving
from db.engine import reading, writing
from db.enums import MailKind
from db.models import FlagRow, OutboxRow, ReportRow
from monitor.sources import ADDED

FEED = "/canary.xml"
TITLE = "Путин подписал закон: срок службы по призыву увеличен до двух лет"
TEXT = (
    "Президент России Владимир Путин подписал закон, который увеличивает срок военной службы по призыву с 12 до 24 месяцев. "
    "Закон опубликован на официальном портале правовой информации и вступает в силу с 1 января."
)


class CanarySilent(Exception):
    """The planted change did not become a flag; the message says where it was lost."""


def run_canary(settings: Settings) -> str:
    """Run the planted change through the pipeline. With AJOUR_CANARY a mail goes to that mailbox.
    Raises CanarySilent.
    """
    now = datetime.now(UTC)
    Path(settings.data).mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="canary-", dir=settings.data) as folder, serving(lambda path: _page(path, now)) as address:
        container = Container(_settings(settings, Path(folder), address))
        monitor = container.monitor()
        try:
            monitor.register()
            done = monitor.cycle()
        finally:
            monitor.close()
        if done.new != 1 or done.compared != 1:
            raise CanarySilent(f"the canary's item was lost: {done.new} read, {done.compared} compared")
        with reading(container.engine) as session:
            flags = session.scalar(select(func.count()).select_from(FlagRow)) or 0
            reports = session.scalar(select(func.count()).select_from(ReportRow)) or 0
        if flags == 0:
            raise CanarySilent(f"the planted change was compared with {reports} reports and not flagged")
        container.engine.dispose()
    summary = f"the planted change became {flags} flags of {reports} reports"
    if settings.canary:
        queue_mail(Container(settings).engine, settings, summary, now)
    return summary


def _settings(settings: Settings, folder: Path, address: str) -> Settings:
    source = {
        "id": "canary", "name": "Canary", "kind": "feed", "url": f"{address}{FEED}", "host": "127.0.0.1", "languages": ["ru"], "type": "official", "tier": 1,
        "cited_in": [ADDED], "confidence": "high", "notes": "Ajour's own planted change",
    }  # fmt: skip
    path = folder / "sources.yml"
    path.write_text(yaml.safe_dump({"sources": [source]}, allow_unicode=True), encoding="utf-8")
    return settings.model_copy(update={"database": f"sqlite:///{folder / 'canary.db'}", "sources": path, "allow_loopback": True})


def _page(path: str, now: datetime) -> Answer:
    """A feed with the planted item."""
    if path != FEED:
        return NOT_FOUND
    link = f"https://example.org/canary/{now:%Y-%m-%d}"
    item = f"<item><title>{TITLE}</title><link>{link}</link><guid>{link}</guid><pubDate>{format_datetime(now)}</pubDate><description>{TEXT}</description></item>"
    body = (
        f'<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Canary</title><link>{link}</link>{item}</channel></rss>'
    )
    return 200, "application/rss+xml; charset=utf-8", body.encode()


def queue_mail(engine: Engine, settings: Settings, summary: str, now: datetime) -> None:
    """Put one message a day into the real outbox, which is sent like any other."""
    from alerts.mail import outbox
    from alerts.mail.mime import Email, check_address, message_id, write
    from app.runtime.mail_setup import make_mail_config

    mail_config, key = make_mail_config(settings), f"canary:{now:%Y-%m-%d}"
    address, subject = check_address(settings.canary), f"Ajour canary {now:%Y-%m-%d}: {TITLE}"
    text = f"{TITLE}\n\n{summary}.\n\nThis mail comes once a day. If it does not come, fetching, comparing or mailing has stopped.\n"
    email = Email(address, subject, text, "".join(f"<p>{line}</p>" for line in text.split("\n\n")), key, now)
    with writing(engine) as session:
        if session.scalar(select(OutboxRow.id).where(OutboxRow.key == key)) is None:
            outbox.put(
                session, key=key, kind=MailKind.TEST, message=outbox.deflate(write(email, mail_config.mail_head, mail_config.links)), now=now, recipient=address,
                subject=subject, message_id=message_id(mail_config.mail_head, mail_config.links, key),
            )  # fmt: skip
