"""Settings: from the environment (AJOUR_…), each with a safe default, so that a first start needs none of them."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

_HERE = Path(__file__).resolve().parent.parent
_CHECKOUT = _HERE.parent
_SHARE = _HERE / "share"  # where an installed wheel keeps what a checkout has at its top


def _shipped(name: str) -> Path:
    beside = _CHECKOUT / name
    return beside if beside.exists() else _SHARE / name


SHIPPED_BASELINE = _shipped("baseline")
Address = Annotated[str, Field(pattern=r"^(\[[0-9A-Fa-f:]+\]|[^\s:]+):\d{1,5}$")]


class Settings(BaseSettings):
    """Every setting of Ajour. `ajour doctor` prints each with its value, where it came from, and what is wrong with it."""

    model_config = SettingsConfigDict(env_prefix="AJOUR_", extra="ignore", frozen=True)

    data: Path = Field(Path("var"), description="folder for the database, kept vectors and digests")
    database: str | None = Field(None, description="SQLAlchemy address of the database; default: SQLite in the data folder")
    baseline: Path = Field(default_factory=lambda: _shipped("baseline"), description="folder with the reports' claims, one YAML file each")
    sources: Path = Field(default_factory=lambda: _shipped("sources.yml"), description="the watch list")
    contact: str = Field("", description="address or page a webmaster may turn to; sent in the User-Agent")
    workers: Annotated[int, Field(ge=1, le=64)] = Field(8, description="sources looked at at the same time")
    request_seconds: Annotated[float, Field(gt=0, le=600)] = Field(
        60.0, description="wall-clock limit of one request; drip-feeding servers held workers for hours without it"
    )
    body_bytes: Annotated[int, Field(ge=10_000)] = Field(
        10 * 1024 * 1024, description="cap on one answer after inflation; feeds of whole articles reach 2 MB"
    )
    host_seconds: Annotated[float, Field(ge=0, le=60)] = Field(
        1.0, description="pause between two requests to one host; a robots.txt that asks for a longer one is heard"
    )
    parsers: Annotated[int, Field(ge=1, le=32)] = Field(
        2, description="processes that read what was fetched; each may hold 1 GB and 10 s before it is stopped"
    )
    allow_loopback: bool = Field(False, description="let the client dial 127.0.0.1: for tests and the demo only, an SSRF hole elsewhere")
    threshold: Annotated[float, Field(gt=0, lt=1)] | None = Field(
        None, description="score from which an item is flagged; default: the one the model was fitted with"
    )

    log: Literal["auto", "json", "human"] = Field(
        "auto", description="form of the log on stderr; auto: for people on a terminal, JSON elsewhere"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least weight of what is logged")
    listen: Address = Field("127.0.0.1:8000", description="host:port of the desk; the world reaches it through a proxy that speaks TLS")
    health: Address | Literal[""] = Field(
        "127.0.0.1:9464", description="host:port of /live, /ready and /metrics, apart from the desk; empty switches it off"
    )
    backup_hour: Annotated[int, Field(ge=0, le=23)] = Field(3, description="hour (UTC) of the daily backup")
    backup_keep: Annotated[int, Field(ge=0)] = Field(7, description="daily backups kept; 0 makes none")
    keep_days: Annotated[int, Field(ge=30)] = Field(
        365, description="days after which received bytes that led to no flag are emptied; texts, hashes and all that was flagged stay"
    )

    canary: str = Field(
        "", description="mailbox that gets a mail a day that a planted change has gone the whole way; empty: it ends as a flag, unmailed"
    )

    public_url: Annotated[str, Field(pattern=r"^$|^https?://[^\s/]+(/[^\s]*)?$")] = Field(
        "",
        description="address of the desk from outside (https://ajour.example.org); without it mails carry no links to the desk and no one-click unsubscribe",
    )
    secret: SecretStr = Field(SecretStr(""), description="key that signs links in mails; default: made once and kept in the data folder")
    smtp_host: str = Field("", description="mail server; without it, mails are made and wait in the outbox")
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = Field(587, description="port of the mail server")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="none only for a relay on this machine")
    smtp_user: str = Field("", description="name to sign in at the mail server with; empty: no sign-in")
    smtp_password: SecretStr = Field(SecretStr(""), description="password for the mail server")
    smtp_seconds: Annotated[float, Field(gt=0, le=600)] = Field(30.0, description="limit of one step of talking to the mail server")
    mail_from: str = Field("", description="address digests come from; its domain should have SPF, DKIM and DMARC")
    mail_reply_to: str = Field("", description="mailbox that people read; default: AJOUR_CONTACT if that is an address")
    mail_bounces: str = Field(
        "", description="address of the envelope, which takes +tags; what comes back there goes to `ajour outbox bounces`"
    )
    operators: str = Field("", description="addresses (separated by blanks) that hear when something is wrong that readers would notice")
    channels: SecretStr = Field(
        SecretStr(""),
        description="chat channels for urgent messages: name=address (Apprise), separated by blanks; needs the extra ajour[notify]",
    )
    desk_hosts: str = Field(
        "",
        description="further host names (separated by commas) the desk answers to, besides this machine's own and that of AJOUR_PUBLIC_URL",
    )
    desk_proxies: str = Field(
        "",
        description="networks (separated by commas, e.g. 10.0.0.0/8) whose X-Forwarded-For, X-Forwarded-Proto and user header are believed",
    )
    desk_user_header: str = Field(
        "", description="header in which a trusted proxy names the signed-in user, e.g. X-Remote-User; empty: people sign in at the desk"
    )
    signup_domains: str = Field(
        "", description='domains (separated by blanks) whose addresses may subscribe by the form; "*": all; empty: none'
    )

    @property
    def database_url(self) -> str:
        return self.database or f"sqlite:///{self.data / 'ajour.db'}"

    @property
    def desk_url(self) -> str:
        """The desk's address as people open it, without a slash at the end."""
        return self.public_url.rstrip("/") or f"http://{self.listen}"

    @property
    def user_agent(self) -> str:
        return f"Ajour/0.1 (+https://pypi.org/project/ajour{'; ' + self.contact if self.contact else ''})"


class WrongSettings(Exception):
    """A setting cannot be used; the message names the variable and what to mend."""


def load_settings(**given: object) -> Settings:
    """Settings from the environment, overridden by `given`. Raises WrongSettings."""
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [f"AJOUR_{'_'.join(map(str, e['loc'])).upper()}={e['input']!r}: {e['msg']}" for e in error.errors()]
        raise WrongSettings("\n".join(lines)) from error
