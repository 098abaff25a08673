"""Settings: from the environment (AJOUR_…), each with a safe default, so that a first start needs
none of them.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from db.field_problems import explained

_HERE = Path(__file__).resolve().parent.parent
_CHECKOUT = _HERE.parent
_SHARE = _HERE / "share"  # an installed wheel keeps the top-level files of a checkout here


def _shipped(name: str) -> Path:
    beside = _CHECKOUT / name
    return beside if beside.exists() else _SHARE / name


SHIPPED_BASELINE = _shipped("baseline")
_PORT = "([0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
Address = Annotated[str, Field(pattern=rf"^(\[[0-9A-Fa-f:]+\]|[^\s:]+):{_PORT}$")]


class Settings(BaseSettings):
    """Every setting of Ajour. `ajour doctor` prints each with its value, where it came from, and
    what is wrong with it.
    """

    model_config = SettingsConfigDict(env_prefix="AJOUR_", extra="ignore", frozen=True)

    data: Path = Field(Path("var"), description="folder for the database, cached vectors and digests")
    database: str | None = Field(None, description="SQLAlchemy address of the database; default: SQLite in the data folder")
    baseline: Path | None = Field(
        None,
        description="folder with more reports, one YAML file each; they are added to the shipped ones, and replace one of the same name",
    )
    sources: Path = Field(default_factory=lambda: _shipped("sources.yml"), description="the watch list")
    contact: str = Field("", description="address or page for webmasters; sent in the User-Agent")
    workers: Annotated[int, Field(ge=1, le=64)] = Field(8, description="sources fetched at the same time")
    request_seconds: Annotated[float, Field(gt=0, le=600)] = Field(
        60.0, description="time limit of one request; a server that sends a byte at a time would block a worker for hours"
    )
    body_bytes: Annotated[int, Field(ge=10_000)] = Field(
        10 * 1024 * 1024, description="largest response body after decompression; feeds with whole articles reach 2 MB"
    )
    host_seconds: Annotated[float, Field(ge=0, le=60)] = Field(
        1.0, description="pause between two requests to one host; a longer one in robots.txt is respected"
    )
    parsers: Annotated[int, Field(ge=1, le=32)] = Field(
        2, description="processes that parse responses; each is stopped after 1 GB of memory or 10 s"
    )
    allow_loopback: bool = Field(False, description="allow requests to 127.0.0.1: for tests and the demo only, an SSRF risk elsewhere")
    threshold: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="score from which an item is flagged; default: the threshold of the model"
    )

    log: Literal["auto", "json", "human"] = Field(
        "auto", description="format of the log on stderr; auto: lines on a terminal, JSON elsewhere"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="lowest level that is logged")
    listen: Address = Field("127.0.0.1:8000", description="host:port of the desk; put a TLS proxy in front of it")
    health: Address | Literal[""] = Field(
        "127.0.0.1:9464", description="host:port of /live, /ready and /metrics, apart from the desk; empty: off"
    )
    backup_hour: Annotated[int, Field(ge=0, le=23)] = Field(3, description="hour (UTC) of the daily backup")
    backup_keep: Annotated[int, Field(ge=0)] = Field(7, description="daily backups kept; 0: no daily backup")
    keep_days: Annotated[int, Field(ge=30)] = Field(
        365, description="days after which the bytes of unflagged captures are deleted; texts, hashes and flagged captures stay"
    )

    canary: str = Field(
        "", description="mailbox that gets a mail each day when the canary passed; empty: the canary ends as a flag, without a mail"
    )

    public_url: Annotated[str, Field(pattern=r"^$|^https?://[^\s/]+(/[^\s]*)?$")] = Field(
        "",
        description="public address of the desk (https://ajour.example.org); without it mails have no links to the desk and no one-click unsubscribe",
    )
    secret: SecretStr = Field(SecretStr(""), description="key that signs links in mails; default: created once in the data folder")
    smtp_host: str = Field("", description="mail server; without it, mails wait in the outbox")
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = Field(587, description="port of the mail server")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="use none only for a relay on this machine")
    smtp_user: str = Field("", description="user name at the mail server; empty: no sign-in")
    smtp_password: SecretStr = Field(SecretStr(""), description="password for the mail server")
    smtp_seconds: Annotated[float, Field(gt=0, le=600)] = Field(30.0, description="time limit of one step of the SMTP dialogue")
    mail_from: str = Field("", description="sender address; its domain should have SPF, DKIM and DMARC")
    mail_reply_to: str = Field("", description="Reply-To address; default: AJOUR_CONTACT if that is an address")
    mail_bounces: str = Field(
        "",
        description="envelope sender (must accept +tags) and mailbox of requests to unsubscribe by mail; pass its mail to `ajour outbox bounces`",
    )
    operators: str = Field("", description="addresses (separated by spaces) that get operator alerts")
    channels: SecretStr = Field(
        SecretStr(""),
        description="chat channels for urgent messages: name=address (Apprise), separated by spaces; needs the extra ajour[notify]",
    )
    desk_hosts: str = Field(
        "",
        description="more host names (separated by commas) that the desk answers to, besides localhost and AJOUR_PUBLIC_URL",
    )
    desk_proxies: str = Field(
        "",
        description="networks (separated by commas, e.g. 10.0.0.0/8) whose X-Forwarded-For, X-Forwarded-Proto and user header are trusted",
    )
    desk_user_header: str = Field(
        "", description="header with the signed-in user, set by a trusted proxy, e.g. X-Remote-User; empty: people sign in at the desk"
    )
    signup_domains: str = Field(
        "", description='domains (separated by spaces) whose addresses may subscribe by the form; "*": all; empty: none'
    )

    aid_url: Annotated[str, Field(pattern=r"^$|^https?://[^\s/]+(/[^\s]*)?$")] = Field(
        "", description="OpenAI-compatible server of the reading aid, e.g. http://127.0.0.1:8080/v1; empty: no reading aid"
    )
    aid_model: str = Field("local", description="model that the reading aid asks for")
    aid_key: SecretStr = Field(SecretStr(""), description="bearer token for the server of the reading aid")
    aid_seconds: Annotated[float, Field(gt=0, le=600)] = Field(60.0, description="time limit of one answer of the reading aid")
    aid_uploads: str = Field(
        "", description="ids (separated by spaces) of uploaded reports whose statements may be sent to the reading aid; empty: none"
    )

    translate_url: Annotated[str, Field(pattern=r"^$|^https?://[^\s/]+(/[^\s]*)?$")] = Field(
        "", description="LibreTranslate server that translates titles and quotes of flagged items, e.g. http://127.0.0.1:5000; empty: none"
    )
    translate_key: SecretStr = Field(SecretStr(""), description="API key for the LibreTranslate server, where it asks for one")
    translate_models: Path | None = Field(
        None,
        description="folder with translation models (Argos or OPUS-MT, one folder each), in place of a server; needs the extra ajour[translate]",
    )
    translate_languages: Annotated[str, Field(pattern=r"^( *[a-z]{2,3})* *$")] = Field(
        "",
        description="languages (separated by spaces) to translate into; empty: English, and the languages of watched reports and of readers",
    )
    translate_seconds: Annotated[float, Field(gt=0, le=600)] = Field(60.0, description="time limit of the translation of one passage")

    @property
    def baselines(self) -> tuple[Path, ...]:
        """The folders with reports: the shipped one, then the operator's."""
        own = self.baseline
        return (SHIPPED_BASELINE, own) if own is not None and own != SHIPPED_BASELINE else (SHIPPED_BASELINE,)

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'ajour.db'}"

    @property
    def translates(self) -> bool:
        """Whether machine translation is set up."""
        return bool(self.translate_url or self.translate_models)

    @property
    def desk_url(self) -> str:
        """The address of the desk for people, without a trailing slash."""
        return self.public_url.rstrip("/") or f"http://{self.listen}"

    @property
    def user_agent(self) -> str:
        return f"Ajour/0.1 (+https://pypi.org/project/ajour{'; ' + self.contact if self.contact else ''})"


class WrongSettings(Exception):
    """A setting cannot be used; the message names the variable and the fix."""


def load_settings(**overrides: object) -> Settings:
    """Settings from the environment, overridden by `overrides`. Raises WrongSettings."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [f"AJOUR_{'_'.join(map(str, e['loc'])).upper()}={e['input']!r}: {'. '.join(explained(dict(e)))}" for e in error.errors()]
        raise WrongSettings("\n".join(lines)) from error
