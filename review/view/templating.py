"""The template environment and its filters. Autoescaping is always on; undefined names are
errors.
"""

import re
from datetime import UTC, date, datetime
from functools import cache
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from db.reason_codes import stored_reasons
from review.view import days, highlight, labels


@cache
def environment() -> Environment:
    env = Environment(
        loader=PackageLoader("review", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        extensions=["jinja2.ext.do"],
    )  # fmt: skip
    env.filters |= {
        "day": day, "moment": moment, "ago": ago, "iso": lambda d: d.isoformat() if d else "", "safe_url": safe_url, "host": host, "tidy": tidy, "reasons": stored_reasons, "count": count,
        "emphasis": emphasis, "paragraphs": lambda t: [p for p in re.split(r"\n\s*\n|\n", t) if p.strip()], "short": short, "query": with_query, "number": lambda n: f"{n:,}",
    }  # fmt: skip
    env.globals |= {
        "labels": labels, "day_hint": days.HINT, "marked": highlight.marked, "difference": highlight.difference, "lang_name": lambda c: LANGUAGES.get(c or "", c or "unknown"),
    }  # fmt: skip
    return env


LANGUAGES = {
    "ru": "Russian",
    "uk": "Ukrainian",
    "en": "English",
    "da": "Danish",
    "nl": "Dutch",
    "fr": "French",
    "de": "German",
    "be": "Belarusian",
}


def day(value: datetime | date | str | None) -> str:
    """ "3 March 2026", also of an ISO day; "March 2026" of an ISO month; another string as it is;
     "no
    date" for None and "".
    """
    if value is None or value == "":
        return "no date"
    if not isinstance(value, str):
        return f"{value.day} {value:%B %Y}"
    try:
        if len(value) == len("2026-03"):
            return f"{date.fromisoformat(f'{value}-01'):%B %Y}"
        return day(date.fromisoformat(value))
    except ValueError:
        return value


def moment(value: datetime | None) -> str:
    return f"{value.day} {value:%b %Y, %H:%M} UTC" if value else "never"


def ago(value: datetime | None, now: datetime | None = None) -> str:
    """Approximate distance to now, in the largest fitting unit."""
    if value is None:
        return "never"
    seconds = ((now or datetime.now(UTC)) - value).total_seconds()
    for size, name in ((86_400 * 365, "year"), (86_400 * 30, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute")):
        if abs(seconds) >= size:
            n = int(abs(seconds) // size)
            return f"{n} {name}{'s' if n != 1 else ''} {'ago' if seconds > 0 else 'from now'}"
    return "just now"


def safe_url(url: str | None) -> str:
    """The address if its scheme is http or https, else ""."""
    text = (url or "").strip()
    return text if re.match(r"https?://[^\s]+$", text, re.IGNORECASE) else ""


def host(url: str | None) -> str:
    """The host of an address in ASCII (IDNA), so that look-alike letters are visible."""
    name = urlsplit(safe_url(url)).hostname or ""
    try:
        return name.encode("idna").decode()
    except UnicodeError:
        return ascii(name).strip("'")


def tidy(text: str | None) -> str:
    return " ".join((text or "").split())


def short(text: str, most: int = 160) -> str:
    text = tidy(text)
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + " …"


def emphasis(text: str) -> Markup:
    """A quote of a report, whose `*words in asterisks*` are set in italics as printed."""
    return Markup(re.sub(r"\*([^*\n]+)\*", r"<em>\1</em>", str(escape(text))))  # noqa: S704  # escaped


def count(n: int, one: str, many: str = "") -> str:
    """ "1 item", "2,300 items"."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def with_query(values: Any, **changes: Any) -> str:
    """A query string: `values` with `changes`, without empty values."""
    return urlencode({k: v for k, v in {**dict(values), **changes}.items() if v not in ("", None, 0, False)})
