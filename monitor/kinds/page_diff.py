"""Compares the old and new parts of a page and makes the items that report the changes. Pure: no
database, no network.

Guards against false alarms:
- A page that is fetched for the first time is only stored.
- An answer that lacks most of the parts is not the page. A part counts as removed when it is
  missing in two fetches.
- A difference is never reported twice: its key contains the hash of the new wording.
- A page of free text is held for one more fetch where over half of its text vanished or its
  language changed. Primary texts are never held.
- A wording that returns within `FLAP` (A, B, A), and the same lines in another order, are no
  change; lines that change at each fetch are recognised (page_noise.py). None of this applies to
  articles of a law.
- An inserted article renumbers those after it: that is one new article, not many changes.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from db.enums import FetchReason
from db.items import NewVersion
from db.page_parts import NewPageChange, NewPagePart
from monitor.kinds.page_noise import noise_lines, without_noise
from monitor.kinds.results import PagePart
from monitor.kinds.wording import LawChange, difference, paragraphs, part_hash, text_hash, tokens
from monitor.parse.clean_entry import content_hash, language

LOST = 0.5  # share of the known parts that may be missing
VANISHED = 0.5  # share of the words of a page that may vanish before the change is held
MOST_HELD = 2  # fetches for which a change is held when each of them gives another text
FLAP = timedelta(days=3)  # an earlier wording that comes back within this time is not reported
LEAST_MOVED = 40  # characters of an article that is recognised under another number
LONGEST = 12_000  # characters of each wording in the item; the part keeps all of it
_LANGUAGE_SAMPLE = 3000  # characters
_PHRASES = {
    "ru": {
        "changed": "изменена редакция", "repealed": "утратила силу", "new": "новая статья", "gone": "исключена из текста",
        "renumbered": "изменена нумерация статей", "now": "Новая редакция:", "before": "Прежняя редакция:",
        "marks": "Изменения внесены:", "numbers": "Изменена нумерация статей:", "article": "статья",
    },
    "en": {
        "changed": "changed", "repealed": "repealed", "new": "new", "gone": "removed", "renumbered": "articles renumbered",
        "now": "Now:", "before": "Before:", "marks": "Amended by:", "numbers": "Articles renumbered:", "article": "article",
    },
}  # fmt: skip


@dataclass(frozen=True)
class KnownPart:
    """A part as it was stored last."""

    title: str
    text: str
    content_hash: str
    marks: tuple[str, ...] = ()
    since: datetime | None = None  # when this version was first read
    earlier: tuple[str, ...] = ()  # hashes of the versions before it


@dataclass(frozen=True)
class Changes:
    """The result of comparing a page with its last version."""

    parts: tuple[NewPagePart, ...]  # versions to store
    versions: tuple[NewVersion, ...]  # items that report differences
    rows: tuple[NewPageChange, ...]
    absent: tuple[str, ...]  # keys of parts that are not there now
    lost: str | None = None  # why nothing of this fetch is used; then all else is empty
    reason: FetchReason = FetchReason.SHRUNK  # of `lost`
    state: Mapping[str, Any] = field(default_factory=dict)  # for the next fetch


@dataclass(frozen=True)
class PageContext:
    """The context of a comparison. `state`: of the last comparison; `at`: time of this fetch,
    `last_fetch_at`: of the one before.
    """

    name: str
    url: str
    languages: Sequence[str]
    act: str | None = None
    primary: bool = False  # a primary text: no change of it is held
    law: bool = False  # the text of an act: no change of it is taken for noise
    whole: bool = True
    absent_before: Sequence[str] = ()
    state: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    last_fetch_at: datetime | None = None


def compare(old: Mapping[str, KnownPart], parts: Sequence[PagePart], page: PageContext) -> Changes:
    """Differences between the stored parts and those read now."""
    now = {p.key: p for p in parts}
    page = replace(page, law=page.law or any(p.article for p in parts))
    absent = tuple(k for k in old if k not in now) if page.whole else ()
    if page.whole and old and len(absent) > LOST * len(old):
        return Changes((), (), (), (), lost=f"{len(absent)} of {len(old)} parts are missing")
    if held := _held(old, parts, page):
        return held
    moved = _moved(old, now)
    differences, unchanged, noise = list[LawChange](), set[str](), dict[str, list[dict[str, Any]]]()
    for part in parts:
        change, same = _change(old, part, page, moved, noise)
        differences += [change] if change else []
        unchanged |= {part.key} if same else set()
    differences += [_gone(old[k], k) for k in absent if k in set(page.absent_before) and old[k].text and k not in moved.values()]
    reports = list(_reports(differences, moved, page))
    stored = [NewPagePart(p.key, p.title, p.text, part_hash(p), p.marks) for p in parts if p.key not in unchanged]
    emptied = [d.part for d in differences if d.what == "gone"] + [PagePart(k, old[k].title, "") for k in moved.values() if k not in now]
    stored += [NewPagePart(p.key, p.title, "", content_hash("", "")) for p in emptied]
    state = {"noise": noise, "at": page.at.isoformat() if page.at else None}
    return Changes(tuple(stored), tuple(v for v, _ in reports), tuple(c for _, c in reports), absent, state=state)


def _held(old: Mapping[str, KnownPart], parts: Sequence[PagePart], page: PageContext) -> Changes | None:
    """The result that holds a change of free text until the next fetch; None where nothing is
    held.
    """
    if page.primary or page.law:
        return None
    before: Mapping[str, Any] = page.state.get("held") or {}
    for part in parts:
        known = old.get(part.key)
        if known is None or not (held := _reason_to_hold(known, part)):
            continue
        reason, why = held
        digest, count = part_hash(part), int(before.get("count") or 0)
        if before.get("hash") == digest or count >= MOST_HELD:
            return None  # the next fetch confirmed it
        state = {**page.state, "held": {"hash": digest, "count": count + 1}}
        return Changes((), (), (), (), lost=f"{why}; held until the next fetch confirms it", reason=reason, state=state)
    return None


def _reason_to_hold(known: KnownPart, part: PagePart) -> tuple[FetchReason, str] | None:
    old_language, new_language = (language(text[:_LANGUAGE_SAMPLE]) for text in (known.text, part.text))
    if old_language and new_language and old_language != new_language and {old_language, new_language} != {"ru", "uk"}:
        return FetchReason.IDENTITY, f"the page is in another language ({new_language}, before {old_language})"
    before, after = Counter(tokens(known.text).split()), Counter(tokens(part.text).split())
    kept = sum((before & after).values())
    if kept < (1 - VANISHED) * sum(before.values()):
        return FetchReason.SHRUNK, f"{100 - 100 * kept // max(1, sum(before.values()))} % of the text has vanished"
    return None


def _moved(old: Mapping[str, KnownPart], now: Mapping[str, PagePart]) -> dict[str, str]:
    """New key → old key of articles whose text is now under another number."""
    hashes = {k: text_hash(p.text) for k, p in old.items() if _article_of(k) and len(p.text) >= LEAST_MOVED}
    owners = Counter(hashes.values())
    by_hash = {digest: key for key, digest in hashes.items() if owners[digest] == 1}
    moved = dict[str, str]()
    for key, part in now.items():
        if not part.article or len(part.text) < LEAST_MOVED:
            continue
        digest = text_hash(part.text)
        old_key = by_hash.get(digest)
        if old_key and old_key != key and hashes.get(key) != digest and (old_key not in now or text_hash(now[old_key].text) != digest):
            moved[key] = old_key
    return moved


def _change(
    old: Mapping[str, KnownPart], part: PagePart, page: PageContext, moved: Mapping[str, str], noise: dict[str, list[dict[str, Any]]]
) -> tuple[LawChange | None, bool]:
    """(the change to report, whether the stored version stays). Adds what is learnt of noise to
    `noise`.
    """
    known = old.get(part.key)
    if known is None:
        if not old or not part.article or part.key in moved or _is_split_law(old):
            return None, False  # a page, or a part of it, that is read for the first time
        return LawChange(part, "new", (), (part.title, *part.text.split("\n\n")), (), part.marks), False
    remembered = (page.state.get("noise") or {}).get(part.key) or []
    if known.content_hash == part_hash(part):
        noise[part.key] = [row for row in remembered if row["count"] > 1]
        return None, False
    if part.key in moved:
        return None, False
    if part.key in moved.values() and part.article:
        return LawChange(part, "new", (), (part.title, *part.text.split("\n\n")), (), part.marks), False
    change = difference(known.title, known.text, known.marks, part)
    if page.law:
        return change, False
    if _comes_back(known, part, page) or _reordered(known, part):
        noise[part.key] = remembered
        return None, True
    consecutive = page.state.get("at") is not None and page.last_fetch_at is not None and page.state["at"] == page.last_fetch_at.isoformat()
    real = without_noise([known.title, *paragraphs(known.text)], [part.title, *paragraphs(part.text)], noise_lines(remembered, consecutive))
    noise[part.key] = real.state()
    if real.only_noise:
        return None, True
    if change.what == "changed":
        change = replace(change, old=tuple(filter(None, real.removed)), new=tuple(filter(None, real.added)))
    return change, False


def _comes_back(known: KnownPart, part: PagePart, page: PageContext) -> bool:
    """Whether an earlier wording is back so soon that the page is served in two variants."""
    recent = known.since is not None and page.at is not None and page.at - known.since < FLAP
    return recent and part_hash(part) in known.earlier


def _reordered(known: KnownPart, part: PagePart) -> bool:
    old, new = ([tokens(x) for x in paragraphs(text)] for text in (known.text, part.text))
    return Counter(old) == Counter(new) and tokens(known.title) == tokens(part.title)


def _is_split_law(old: Mapping[str, KnownPart]) -> bool:
    """Whether each article of the law has its own page. A few of them are read at each fetch, so an
    article that was not read before is not new; the table of contents shows new ones.
    """
    return "contents" in old


def _gone(known: KnownPart, key: str) -> LawChange:
    part = PagePart(key, known.title, "", _article_of(key))
    return LawChange(part, "gone", (known.title, *known.text.split("\n\n")), (), (), ())


def _article_of(key: str) -> str | None:
    """The article's number in the key of a part; a mirror's key begins with "host|"."""
    bare = key.rpartition("|")[2]
    return bare.removeprefix("art.") if bare.startswith("art.") else None


def _reports(differences: Sequence[LawChange], moved: Mapping[str, str], page: PageContext) -> Iterator[tuple[NewVersion, NewPageChange]]:
    """One item for each difference. Renumbered articles are named in the first, or in an item of
    their own.
    """
    numbers = ", ".join(f"{_article_of(was)} → {_article_of(key)}" for key, was in moved.items())
    if moved and not differences:
        part = PagePart("numbers", "", numbers)
        yield _report(LawChange(part, "renumbered", tuple(moved.values()), tuple(moved), (), ()), "", page)
    for index, change in enumerate(differences):
        yield _report(change, "" if index else numbers, page)


def _report(d: LawChange, numbers: str, page: PageContext) -> tuple[NewVersion, NewPageChange]:
    old, new = "\n\n".join(d.old)[:LONGEST], "\n\n".join(d.new)[:LONGEST]
    lang = language(f"{new} {old}"[:2000], tuple(page.languages)) or (page.languages[0] if page.languages else "en")
    phrases = _PHRASES["ru"] if lang == "ru" else _PHRASES["en"]
    title, text = _title(d, phrases, page.act or page.name), _text(d, phrases, old, new, numbers)
    key = f"{d.part.key}@{d.what}-{part_hash(d.part)[:16]}"
    version = NewVersion(
        key=key, url=f"{page.url}#{d.part.key}", title=title, text=text, lang=lang, published_at=None, edited_at=None, origin=None,
        content_hash=content_hash(title, text), notes=tuple(_notes(d)),
    )  # fmt: skip
    return version, NewPageChange(key, d.part.key, d.what, page.act, d.part.article, old, new, d.marks)


def _title(d: LawChange, phrases: Mapping[str, str], act: str) -> str:
    what = phrases[d.what]
    if d.part.article:
        pieces = f" ({', '.join(d.pieces[:4])})" if d.pieces and d.what == "changed" else ""
        heading = f" «{d.part.title}»" if d.part.title else ""
        return f"{act}, {phrases['article']} {d.part.article}{heading}: {what}{pieces}"[:600]
    return f"{act}: {what}{f' – {d.part.title}' if d.part.title and d.part.title != act else ''}"[:600]


def _text(d: LawChange, phrases: Mapping[str, str], old: str, new: str, numbers: str) -> str:
    blocks = [
        f"{phrases['now']} {new}" if new else "",
        f"{phrases['marks']} {', '.join(d.marks)}" if d.marks else "",
        f"{phrases['before']} {old}" if old else "",
        f"{phrases['numbers']} {numbers}" if numbers else "",
    ]
    return "\n\n".join(filter(None, blocks))


def _notes(d: LawChange) -> list[str]:
    notes = [f"difference of a watched page: {d.what}"]
    return notes + ([f"amending acts: {', '.join(d.marks)}"] if d.marks else [])
