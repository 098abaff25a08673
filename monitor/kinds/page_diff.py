"""From parts of a page, old and new, to the items that report what changed. Pure: no database, no net.

Guards against false alarms: a page read for the first time only teaches; a page that has lost most of its parts is not the page; a part that is absent
counts as gone only when it is absent at two looks; the same difference is never reported twice (its key carries the hash of the new wording).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from db.items import NewVersion
from db.page_parts import NewPageChange, NewPagePart
from monitor.kinds.results import PagePart
from monitor.kinds.wording import LawChange, difference, part_hash
from monitor.parse.clean_entry import content_hash, language

LOST = 0.5  # share of the known parts that may be absent before the page is taken for another
LONGEST = 12_000  # characters of each wording in the item; all of it is kept with the part
_SAYS = {
    "ru": {
        "changed": "изменена редакция", "repealed": "утратила силу", "new": "новая статья", "gone": "исключена из текста", "now": "Новая редакция:", "before": "Прежняя редакция:",
        "marks": "Изменения внесены:", "article": "статья",
    },
    "en": {
        "changed": "changed", "repealed": "repealed", "new": "new", "gone": "removed", "now": "Now:", "before": "Before:", "marks": "Amended by:", "article": "article",
    },
}  # fmt: skip


@dataclass(frozen=True)
class KnownPart:
    """A part as it was stored last."""

    title: str
    text: str
    content_hash: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Changes:
    """What comparing a page with its last version gave."""

    parts: tuple[NewPagePart, ...]  # versions to store
    versions: tuple[NewVersion, ...]  # the items that report differences
    rows: tuple[NewPageChange, ...]
    absent: tuple[str, ...]  # keys of parts that are not there now
    lost: str | None = None  # why the page cannot be the page; then all else is empty


def compare(
    old: Mapping[str, KnownPart],
    parts: Sequence[PagePart],
    *,
    name: str,
    act: str | None,
    url: str,
    languages: Sequence[str],
    whole: bool = True,
    absent_before: Sequence[str] = (),
) -> Changes:
    """Differences between the stored parts and those read now."""
    now = {p.key: p for p in parts}
    absent = tuple(k for k in old if k not in now) if whole else ()
    if whole and old and len(absent) > LOST * len(old):
        says = f"{len(absent)} of {len(old)} parts are not there any more"
        return Changes((), (), (), (), lost=says)
    found = [d for p in parts if (d := _difference(old, p))]
    found += [_gone(old[k], k) for k in absent if k in set(absent_before) and old[k].text]
    reports = [_report(d, name, act, url, languages) for d in found]
    stored = [NewPagePart(p.key, p.title, p.text, part_hash(p), p.marks) for p in parts]
    stored += [NewPagePart(d.part.key, d.part.title, "", content_hash("", "")) for d in found if d.what == "gone"]
    return Changes(tuple(stored), tuple(v for v, _ in reports), tuple(c for _, c in reports), absent)


def _difference(old: Mapping[str, KnownPart], part: PagePart) -> LawChange | None:
    known = old.get(part.key)
    if known is None:
        if not old or not part.article or _only_learning(old):
            return None  # a page, or a part of it, that is read for the first time
        return LawChange(part, "new", (), (part.title, *part.text.split("\n\n")), (), part.marks)
    if known.content_hash == part_hash(part):
        return None
    return difference(known.title, known.text, known.marks, part)


def _only_learning(old: Mapping[str, KnownPart]) -> bool:
    """Articles on pages of their own are learnt a few at each look: one not read before is not new. The table of contents tells what is."""
    return "contents" in old


def _gone(known: KnownPart, key: str) -> LawChange:
    part = PagePart(key, known.title, "", key.removeprefix("art.") if key.startswith("art.") else None)
    return LawChange(part, "gone", (known.title, *known.text.split("\n\n")), (), (), ())


def _report(d: LawChange, name: str, act: str | None, url: str, languages: Sequence[str]) -> tuple[NewVersion, NewPageChange]:
    old, new = "\n\n".join(d.old)[:LONGEST], "\n\n".join(d.new)[:LONGEST]
    lang = language(f"{new} {old}"[:2000], tuple(languages)) or (languages[0] if languages else "en")
    says = _SAYS["ru"] if lang == "ru" else _SAYS["en"]
    title, text = _title(d, says, act or name), _text(d, says, old, new)
    key = f"{d.part.key}@{d.what}-{part_hash(d.part)[:16]}"
    version = NewVersion(
        key=key, url=f"{url}#{d.part.key}", title=title, text=text, lang=lang, published_at=None, edited_at=None, origin=None,
        content_hash=content_hash(title, text), notes=tuple(_notes(d)),
    )  # fmt: skip
    return version, NewPageChange(key, d.part.key, d.what, act, d.part.article, old, new, d.marks)


def _title(d: LawChange, says: Mapping[str, str], act: str) -> str:
    what = says[d.what]
    if d.part.article:
        pieces = f" ({', '.join(d.pieces[:4])})" if d.pieces and d.what == "changed" else ""
        heading = f" «{d.part.title}»" if d.part.title else ""
        return f"{act}, {says['article']} {d.part.article}{heading}: {what}{pieces}"[:600]
    return f"{act}: {what}{f' – {d.part.title}' if d.part.title and d.part.title != act else ''}"[:600]


def _text(d: LawChange, says: Mapping[str, str], old: str, new: str) -> str:
    blocks = [
        f"{says['now']} {new}" if new else "",
        f"{says['marks']} {', '.join(d.marks)}" if d.marks else "",
        f"{says['before']} {old}" if old else "",
    ]
    return "\n\n".join(filter(None, blocks))


def _notes(d: LawChange) -> list[str]:
    said = [f"difference of a watched page: {d.what}"]
    return said + ([f"amending acts: {', '.join(d.marks)}"] if d.marks else [])
