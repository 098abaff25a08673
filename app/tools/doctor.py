"""`ajour doctor`: every setting with its value and where it came from, what is wrong, and what to
do.
"""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from alerts.i18n import LANGUAGES
from app.runtime.container import translator, watch_list
from app.runtime.health import LEAST_FREE_BYTES
from app.runtime.mail_setup import channels, make_mail_config
from app.runtime.metrics import free_bytes
from app.runtime.settings import Settings, WrongSettings, load_settings
from app.tools.doctor_reports import Finding, report_findings
from db import ops, schema
from db.engine import CannotOpen, connect, reading
from monitor.baseline import load_baselines
from monitor.compare.decide.model import WrongModel, load_model
from monitor.compare.reading.vocabulary import vocabulary
from monitor.strict_yaml import WrongFile
from monitor.translate.translate_waiting import wanted_directions
from monitor.translate.translator import CannotTranslate

ENGINE_SECONDS = 10.0  # that the doctor waits for the engine of translation


def examine() -> list[Finding]:
    """Check everything; nothing is changed. First what is wrong, then notes, then other checks,
    then valid settings.
    """
    try:
        settings = load_settings()
    except WrongSettings as error:
        return [Finding("wrong", "settings", str(error), "Correct or unset the variable")]
    findings = [
        *_settings(settings),
        *_unknown(),
        *_data(settings),
        *_database(settings),
        *_operating(settings),
        *_sign_in(settings),
        *_files(settings),
        *_mail(settings),
        *_translation(settings),
        _model(),
    ]
    order = {"wrong": 0, "note": 1, "well": 2}
    return sorted(findings, key=lambda f: (order[f.state], f.what.startswith("AJOUR_")))


def _settings(settings: Settings) -> list[Finding]:
    findings = []
    for name, field in Settings.model_fields.items():
        variable = f"AJOUR_{name.upper()}"
        origin = "environment" if variable in os.environ else "default"
        risky = name == "allow_loopback" and settings.allow_loopback
        do = "Unset it: a source could make Ajour read services of this machine" if risky else field.description or ""
        findings.append(Finding("wrong" if risky else "well", variable, f"{_shown(settings, name)} ({origin})", do))
    return findings


def _shown(settings: Settings, name: str) -> str:
    """The value of a setting, without the password of a database address."""
    value = str(getattr(settings, name))
    return re.sub(r"(://[^:/@]*):[^@/]*@", r"\1:***@", value) if name == "database" else value


def _unknown() -> list[Finding]:
    known = {f"AJOUR_{n.upper()}" for n in Settings.model_fields}
    return [
        Finding("wrong", v, "no setting has this name", "Correct its spelling or unset it")
        for v in sorted(os.environ)
        if v.startswith("AJOUR_") and v not in known
    ]


def _data(settings: Settings) -> list[Finding]:
    folder = Path(settings.data)
    existing = next(p for p in (folder, *folder.resolve().parents) if p.exists())
    if os.access(existing, os.W_OK | os.X_OK):
        return [Finding("well", "data folder", str(folder.resolve()))]
    return [
        Finding(
            "wrong",
            "data folder",
            f"{folder.resolve()} cannot be written",
            "Allow the user of this process to write there, or set AJOUR_DATA",
        )
    ]


def _database(settings: Settings) -> list[Finding]:
    if settings.database is None and not (settings.data / "ajour.db").exists():
        return [Finding("note", "database", "does not exist yet", "`ajour run` creates it")]
    try:
        engine = connect(settings.database_url)
        revision = schema.revision(engine)
    except (CannotOpen, SQLAlchemyError) as error:
        return [Finding("wrong", "database", str(error).splitlines()[0], "See AJOUR_DATABASE")]
    if revision == schema.head():
        return [Finding("well", "database", f"schema {revision}")]
    return [
        Finding(
            "note",
            "database",
            f"schema {revision}, this version has {schema.head()}",
            "`ajour db upgrade` (and every start) migrates an older one after a backup, and refuses a newer one",
        )
    ]


def _operating(settings: Settings) -> list[Finding]:
    """The results of recurring jobs, the reports of the desk, the newest backup, free disk
    space.
    """
    findings = []
    if (free := free_bytes(Path(settings.data))) < 10 * LEAST_FREE_BYTES:
        do = "Free disk space, or lower AJOUR_KEEP_DAYS and AJOUR_BACKUP_KEEP"
        findings.append(Finding("wrong" if free < LEAST_FREE_BYTES else "note", "disk", f"{free // 2**20} MB free", do))
    if settings.database is None and not (settings.data / "ajour.db").exists():
        return findings
    try:
        engine = connect(settings.database_url)
        if schema.revision(engine) != schema.head():
            return findings  # reported by _database
        with reading(engine) as session:
            rows = ops.job_runs(session)
        findings += report_findings(engine)
    except (CannotOpen, SQLAlchemyError):
        return findings  # reported by _database
    now = datetime.now(UTC)
    for name, row in rows.items():
        when = f"last success {_ago(now, row.good_at)}" if row.good_at else "no success yet"
        if row.failures:
            findings.append(
                Finding("wrong", f"job {name}", f"failed {row.failures} times in a row, {when}: {row.result}", "The log has the traceback")
            )
        else:
            findings.append(Finding("well", f"job {name}", f"{when}{': ' + row.result if row.result else ''}"))
    backups = sorted(Path(settings.data, "backups").glob("*.zip"), key=lambda p: p.stat().st_mtime)
    if not backups:
        findings.append(Finding("note", "backup", "none yet", "`ajour run` writes one a day; `ajour backup` writes one now"))
    return findings


def _ago(now: datetime, then: datetime) -> str:
    minutes = (now - then).total_seconds() / 60
    return (
        f"{minutes:.0f} min ago" if minutes < 120 else f"{minutes / 60:.0f} h ago" if minutes < 2880 else f"{minutes / 1440:.0f} days ago"
    )


def _files(settings: Settings) -> list[Finding]:
    findings = []
    try:
        sources = watch_list(settings)
        findings.append(Finding("well", "watch list", f"{len(sources)} sources"))
    except WrongFile as error:
        findings.append(Finding("wrong", "watch list", str(error.faults[0]), "`ajour sources check` lists everything"))
    try:
        baselines = load_baselines(*settings.baselines)
        findings.append(Finding("well", "baselines", ", ".join(f"{b.report.id} ({len(b.claims)} claims)" for b in baselines)))
    except WrongFile as error:
        findings.append(Finding("wrong", "baselines", str(error.faults[0]), "`ajour baseline check` lists everything"))
    return findings


def _mail(settings: Settings) -> list[Finding]:
    """Whether mails can be sent."""
    try:
        mail_config = make_mail_config(settings, make_key=False)
        channels(settings)
    except (WrongSettings, CannotOpen) as error:
        return [Finding("wrong", "mail", str(error), "Correct the setting")]
    findings = []
    if not settings.smtp_host:
        findings.append(Finding("note", "mail", "no mail server (AJOUR_SMTP_HOST)", "Digests are created and wait in the outbox"))
    elif not settings.mail_from:
        findings.append(
            Finding(
                "wrong",
                "mail",
                "a mail server, but no sender address",
                "Set AJOUR_MAIL_FROM; other servers refuse mail without a valid sender",
            )
        )
    if settings.smtp_host and not settings.public_url:
        findings.append(
            Finding("wrong", "mail", "mails have no links to unsubscribe, to the desk or to archived copies", "Set AJOUR_PUBLIC_URL")
        )
    elif settings.public_url.startswith("http://"):
        findings.append(Finding("note", "mail", "links in mails are not encrypted", "Set AJOUR_PUBLIC_URL to the https:// address"))
    if settings.smtp_host and not mail_config.operators:
        findings.append(Finding("note", "mail", "nobody is alerted when a digest is late or a source fails", "Set AJOUR_OPERATORS"))
    return findings or [Finding("well", "mail", f"{mail_config.mail_head.sender} through {settings.smtp_host}:{settings.smtp_port}")]


def _translation(settings: Settings) -> list[Finding]:
    """Whether the engine of machine translation answers, and what it offers."""
    if not settings.translates:
        return []
    quick = settings.model_copy(update={"translate_seconds": min(settings.translate_seconds, ENGINE_SECONDS)})
    try:
        with translator(quick) as ready:
            problems = [Finding("note", "translation", p, "The other models are used") for p in ready.problems()]
            directions = wanted_directions(ready.directions(), settings.translate_languages.split() or LANGUAGES)
    except CannotTranslate as error:
        return [Finding("wrong", "translation", str(error), "See docs/translation.md; `ajour translate text` checks one text")]
    if not directions:
        return [Finding("wrong", "translation", "the engine offers no language pair that is needed", "See docs/translation.md")]
    engines = ", ".join(dict.fromkeys(f"{d.engine} {d.version}" for d in directions))
    pairs = ", ".join(f"{d.source}→{d.target}" for d in directions)
    return [Finding("well", "translation", f"{engines}: {pairs}", "`ajour translate status` shows what waits"), *problems]


def _sign_in(settings: Settings) -> list[Finding]:
    if settings.desk_user_header and not settings.desk_proxies:
        problem = f"{settings.desk_user_header} is not trusted from any address, so the proxy signs nobody in"
        return [Finding("wrong", "sign-in", problem, "Set AJOUR_DESK_PROXIES to the proxy's own address")]
    return []


def _model() -> Finding:
    try:
        model = load_model(vocabulary())
    except (WrongModel, WrongFile, OSError, ValueError) as error:
        return Finding("wrong", "model", str(error), "Reinstall, or train a new one with `ajour fit`")
    return Finding("well", "model", f"version {model.version}, flags from {model.threshold}")
