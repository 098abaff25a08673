"""The data of a citation: who published what, when and where, as reports name it.

Outlets carry the names that COI reports print (`cite` in sources.yml: Kremlin.ru, Doema van de
Russische Federatie). A text of a law is cited as the act: form, full title, number, date, and the
date of the edition. A date is the outlet's own day.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from db.citation_notes import CitationNote, citation_note
from db.models import FetchRow, ItemRow, ItemVersionRow, PageChangeRow, SourceRow
from db.outlet_day import outlet_day

LONGEST_OPENING = 110  # characters of a post that stand for its title
_MEDIA = {"foreign_media", "exiled_media", "independent_media", "pro_government", "state_media"}
_AUTHORITIES = {"official", "legal_portal"}
_MONTHS = ("январ", "феврал", "март", "апрел", "ма", "июн", "июл", "август", "сентябр", "октябр", "ноябр", "декабр")
_DAY = r"(?P<day>\d{1,2})(?:\.(?P<month>\d{1,2})\.|\s+(?P<month_name>[а-я]+)\s+)(?P<year>\d{4})"
_ACT = re.compile(
    rf"^(?P<form>(?:Федеральный(?: конституционный)? закон|Закон Российской Федерации|Указ|Постановление|Распоряжение|Приказ|Определение|Решение)[^\d№]*?)"
    rf"\s+от\s+{_DAY}\s*(?:г\.|года)?\s*(?:№|N|No\.?)\s*(?P<number>[\w/.-]*\w)\s*(?P<rest>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_EDITION = re.compile(r"\bот\s+(\d{1,2})\.(\d{1,2})\.(\d{4}|\d\d)\b")


class ReferenceKind(StrEnum):
    """What is cited; it decides the form of the citation and the item type in reference
    managers.
    """

    ARTICLE = "article"
    POST = "post"
    LEGISLATION = "legislation"
    REPORT = "report"
    PAGE = "page"


@dataclass(frozen=True)
class CitedAct:
    """A legal act. `form` is empty for codes, whose title says what they are."""

    title: str
    number: str
    day: date
    form: str = ""
    edition: date | None = None  # of the latest amendment that the cited text contains, if known
    article: str = ""

    @property
    def name(self) -> str:
        """Form, title, date and number, as Russian legal databases and Cedoca print them."""
        titled = f'{self.form} "{self.title}"' if self.form else self.title
        return f"{titled} от {self.day:%d.%m.%Y} N {self.number}"


@dataclass(frozen=True)
class Reference:
    """The data of a citation."""

    key: str
    kind: ReferenceKind
    outlets: Mapping[str, str]  # language of the report → name of the outlet; "en" is always there
    title: str
    lang: str | None
    published: date | None  # the outlet's own day
    accessed: date
    url: str
    archive: str  # of the archived copy: day and SHA-256
    medium: str = ""  # "Telegram post"; "" for a page
    author: str = ""
    act: CitedAct | None = None
    added: CitationNote = field(default_factory=CitationNote)

    def outlet(self, language: str) -> str:
        return self.outlets.get(language) or self.outlets["en"]

    @property
    def platform(self) -> str:
        """ "Telegram" for a Telegram post; "" for everything that is no post."""
        return self.medium.removesuffix(" post") if self.medium.endswith(" post") else ""

    @property
    def written_by(self) -> str:
        return self.added.author or self.author

    @property
    def full_title(self) -> str:
        """The title, of an act its full name, with the translation in brackets if there is one."""
        title = self.act.name if self.act else self.title
        return f"{title} [{self.added.translation}]" if self.added.translation else title


def reference(session: Session, item: ItemRow, version: ItemVersionRow, source: SourceRow, language: str = "") -> Reference:
    """The reference of an item version, with what was added for reports in a language."""
    profile = source.config or {}
    change = session.get(PageChangeRow, item.id)
    fetch = session.get_one(FetchRow, version.fetch_id)
    act = _act(version, profile, change)
    medium = str(profile.get("medium") or "")
    return Reference(
        key=f"ajour{item.id}",
        kind=_kind(profile, medium, act, item.url),
        outlets={"en": source.name, **(profile.get("cite") or {})},
        title=_title_or_opening(version),
        lang=version.lang,
        published=outlet_day(item.published_at, profile),
        accessed=version.seen_at.date(),
        url=item.url.split("#")[0] if change else item.url,
        archive=_archive(fetch),
        medium=medium,
        author=_signature(version.notes),
        act=act,
        added=citation_note(session, item.id, language),
    )


def _title_or_opening(version: ItemVersionRow) -> str:
    return " ".join(version.title.split()) or opening(version.text)


def opening(text: str, most: int = LONGEST_OPENING) -> str:
    """The first sentence of a text without a title; if it is longer than `most` characters, its
    first whole words and "…".
    """
    first = next((line for line in text.splitlines() if line.strip()), "")
    first = " ".join(first.split())
    sentence = re.split(r"(?<=[.!?…])\s+(?=[\"«„“A-ZА-ЯЁІЇЄҐ])", first, maxsplit=1)[0]
    if len(sentence) <= most:
        return sentence
    return sentence[: most + 1].rsplit(" ", 1)[0].rstrip(" ,;:–—-") + " …"


def _kind(profile: Mapping[str, Any], medium: str, act: CitedAct | None, url: str) -> ReferenceKind:
    if act is not None:
        return ReferenceKind.LEGISLATION
    if medium.endswith(" post"):
        return ReferenceKind.POST
    if profile.get("type") in _MEDIA:
        return ReferenceKind.ARTICLE
    return ReferenceKind.REPORT if url.lower().split("?")[0].endswith((".pdf", ".docx")) else ReferenceKind.PAGE


def _act(version: ItemVersionRow, profile: Mapping[str, Any], change: PageChangeRow | None) -> CitedAct | None:
    """The act whose text the item is: the one that the source watches, or the one that the title of
    an authority's item names.
    """
    law = profile.get("law") or {}
    full = law.get("title")
    if full:
        edition = _edition(change.marks) if change else None
        article = (change.article or "") if change else ""
        return CitedAct(full["name"], full["number"], date.fromisoformat(str(full["day"])), full.get("form") or "", edition, article)
    return act_in(version.title) if profile.get("type") in _AUTHORITIES else None


def act_in(title: str) -> CitedAct | None:
    """The act of a title such as 'Федеральный закон от 28.10.2025 № 393-ФЗ "О внесении изменений
    …"'; None for any other title.
    """
    match = _ACT.match(" ".join(title.split()))
    if match is None:
        return None
    month = int(match["month"]) if match["month"] else _month(match["month_name"])
    try:
        day = date(int(match["year"]), month, int(match["day"]))
    except ValueError:
        return None
    name = match["rest"].strip().strip('"«»“”').strip()
    return CitedAct(name, match["number"], day, match["form"].strip()) if name else None


def _month(name: str) -> int:
    return next((n for n, stem in enumerate(_MONTHS, 1) if re.fullmatch(rf"{stem}\w{{0,2}}", name.lower())), 0)


def _edition(marks: Sequence[Any]) -> date | None:
    """The day of the latest amending act among marks such as "365-ФЗ от 24.09.2022"."""
    days = list[date]()
    for mark in marks:
        for number, month, year in _EDITION.findall(str(mark)):
            try:
                days.append(date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(number)))
            except ValueError:
                continue
    return max(days, default=None)


def _signature(notes: Sequence[Any]) -> str:
    """The author that a post is signed by."""
    return next((str(n).removeprefix("signed by ") for n in notes or () if str(n).startswith("signed by ")), "")


def _archive(fetch: FetchRow) -> str:
    """Day and hash of the archived copy. No address of the desk: readers of a report cannot open
    it.
    """
    if fetch.capture_sha256 is None:
        return f"read on {fetch.ended_at:%Y-%m-%d}, no copy kept"
    return f"archived copy of {fetch.ended_at:%Y-%m-%d}, SHA-256 {fetch.capture_sha256}"
