"""Full-text search over items in every language: FTS5 on SQLite, a tsvector index on PostgreSQL;
and over claims, of which there are few.

Words are cut to a stem and searched as prefixes ("повестка" becomes "повест…", which also finds
"повесток"), since neither database knows Russian inflection by itself. Measured on the 33,000
different words of Russian news: of the running words with the same lemma 93 % are found (83 % with
the list of endings that was here before), and 82 % (88 %) of what is found has the same lemma.
Results come newest first: in a watch, the latest is what is asked for, and it needs no sorting of
every hit.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import snowballstemmer
from sqlalchemy import exists, func, literal_column, select, text
from sqlalchemy.orm import Session

from db.models import ClaimRow, ClaimVersionRow, FlagRow, ItemRow, ItemVersionRow, SavedSearchRow, SourceRow

MOST_WORDS = 12
LEAST = 4  # letters of a stem; shorter prefixes hit too many other words
MOST_COUNTED = 500  # hits beyond this are "more than"
# There is no Ukrainian Snowball stemmer; the endings are alike
_AS_RUSSIAN = str.maketrans("іїєґ", "ииег")
_FLEETING = re.compile("(?:ок|ек|к)$")  # повестка, повесток: the vowel before "к" comes and goes
_ENGLISH_I = re.compile("i$")  # deputy, deputies: Snowball makes "deputi" of both
# What PostgreSQL searches, word for word as migration 0009 indexes it. It refuses to index more
# than a megabyte of words and positions, which the worst 60,000 characters stay below; texts from
# the watch are cut at 50,000 (monitor/parse/clean_entry.py).
INDEXED = "to_tsvector('simple', left(item_version.title || ' ' || item_version.text, 60000))"


@dataclass(frozen=True)
class SearchQuery:
    """What is asked for."""

    words: str
    source: str = ""
    lang: str = ""
    since: datetime | None = None
    until: datetime | None = None
    flagged: str = ""  # whether its story is: "yes", "no", "": both


@dataclass(frozen=True)
class SearchHit:
    """An item that was found, in the version that was."""

    item: ItemRow
    version: ItemVersionRow
    source: SourceRow


def stems(words: str) -> list[str]:
    """The words of a query, each cut to the prefix that its inflected forms share (Snowball)."""
    return [stem(w) for w in re.findall(r"[\w№]+", words.lower())[:MOST_WORDS]]


def stem(word: str) -> str:
    """A prefix of `word` of at least LEAST letters; short words and words with digits stay
    whole.
    """
    if len(word) < 5 or any(c.isdigit() for c in word):
        return word
    cyrillic = re.search("[а-яіїєґё]", word)
    read = word.translate(_AS_RUSSIAN)
    # A stemmer keeps its state in the object, so threads cannot share one; making one takes
    # microseconds.
    cut = str(snowballstemmer.stemmer("russian" if cyrillic else "english").stemWord(read))
    while not read.startswith(cut):  # the English stemmer also rewrites letters
        cut = cut[:-1]
    bare = (_FLEETING if cyrillic else _ENGLISH_I).sub("", cut)
    cut = bare if len(bare) > LEAST else cut
    return word[: len(cut)] if len(cut) >= LEAST else word


def find_items(session: Session, search: SearchQuery, limit: int = 50, offset: int = 0) -> list[SearchHit]:
    """Items that have all the words, newest version first; without words, the latest items that the
    filters let through.
    """
    query = (
        select(ItemRow, ItemVersionRow, SourceRow)
        .join(ItemVersionRow, ItemVersionRow.item_id == ItemRow.id)
        .join(SourceRow, SourceRow.id == ItemRow.source_id)
        .order_by(ItemVersionRow.id.desc())
        .limit(limit * 2)
        .offset(offset)
    )
    rows = session.execute(_filtered(_matching(session, query, search.words), search))
    once: dict[int, SearchHit] = {}
    for item, version, source in rows:
        once.setdefault(item.id, SearchHit(item, version, source))
    return list(once.values())[:limit]


def count_items(session: Session, search: SearchQuery) -> int:
    """How many versions match, at most MOST_COUNTED + 1."""
    query = select(ItemVersionRow.id).join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
    inner = _filtered(_matching(session, query, search.words), search).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(inner)) or 0


def _matching(session: Session, query: Any, words: str) -> Any:
    found = stems(words)
    if not found:
        return query
    if session.get_bind().dialect.name == "sqlite":
        expression = " ".join(f'"{s}"*' for s in found)
        hits: Any = (
            select(literal_column("rowid"))
            .select_from(text("item_search"))
            .where(text("item_search MATCH :words").bindparams(words=expression))
        )
        return query.where(ItemVersionRow.id.in_(hits))
    expression = " & ".join(f"{s}:*" for s in found)
    return query.where(text(f"{INDEXED} @@ to_tsquery('simple', :words)").bindparams(words=expression))


def _filtered(query: Any, search: SearchQuery) -> Any:
    if search.source:
        query = query.where(ItemRow.source_id == search.source)
    if search.lang:
        query = query.where(ItemVersionRow.lang == search.lang)
    if search.since:
        query = query.where(ItemRow.first_seen_at >= search.since)
    if search.until:
        query = query.where(ItemRow.first_seen_at < search.until)
    if search.flagged:
        flagged = exists().where(FlagRow.story_id == ItemRow.story_id)
        query = query.where(flagged if search.flagged == "yes" else ~flagged)
    return query


def find_claims(session: Session, words: str, limit: int = 30) -> list[tuple[ClaimRow, ClaimVersionRow]]:
    """Claims whose statement, quote, watch phrases or acts have all the words. Newest versions; a
    scan, since a desk watches hundreds, not millions.
    """
    found = stems(words)
    if not found:
        return []
    newest: dict[str, tuple[ClaimRow, ClaimVersionRow]] = {}
    for claim, version in session.execute(
        select(ClaimRow, ClaimVersionRow)
        .join(ClaimVersionRow, ClaimVersionRow.claim_id == ClaimRow.id)
        .where(ClaimRow.listed)
        .order_by(ClaimVersionRow.number)
    ):
        newest[claim.id] = (claim, version)
    patterns = [re.compile(rf"(?<!\w){re.escape(s)}", re.IGNORECASE) for s in found]
    hits = [pair for pair in newest.values() if all(p.search(_words_of(*pair)) for p in patterns)]
    return sorted(hits, key=lambda h: (h[0].report_id, h[0].position))[:limit]


def _words_of(claim: ClaimRow, version: ClaimVersionRow) -> str:
    body = version.body
    watch = [p for phrases in body.get("watch", {}).values() for p in phrases]
    acts = [str(law.get("act", "")) for law in body.get("law", ())]
    return "\n".join([claim.id, version.statement, str(body.get("quote", "")), *watch, *acts])


def excerpt(body: str, words: str, width: int = 240) -> list[tuple[str, bool]]:
    """A piece of `body` around the first hit as [(text, is a hit)], so that a page can mark hits
    without touching markup.
    """
    found = stems(words)
    flat = " ".join(body.split())
    if not found:
        return [(flat[:width], False)]
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(s) for s in found)})\w*", re.IGNORECASE)
    first = pattern.search(flat)
    start = max(0, first.start() - width // 3) if first else 0
    start = flat.rfind(" ", 0, start) + 1 if start else 0
    piece = flat[start : start + width]
    return split_hits(("… " if start else "") + piece + (" …" if start + width < len(flat) else ""), [pattern])


def split_hits(body: str, patterns: Sequence[re.Pattern[str]]) -> list[tuple[str, bool]]:
    """`body` cut into pieces that are hits and pieces that are not."""
    spans = sorted((m.start(), m.end()) for p in patterns for m in p.finditer(body) if m.end() > m.start())
    pieces, at = list[tuple[str, bool]](), 0
    for start, end in spans:
        if start < at:
            continue
        if start > at:
            pieces.append((body[at:start], False))
        pieces.append((body[start:end], True))
        at = end
    return [*pieces, (body[at:], False)] if at < len(body) else pieces


def saved_searches(session: Session, user_id: int) -> list[SavedSearchRow]:
    return list(session.scalars(select(SavedSearchRow).where(SavedSearchRow.user_id == user_id).order_by(SavedSearchRow.name)))


def save_search(session: Session, user_id: int, name: str, query: dict[str, Any], now: datetime) -> None:
    """Keep a search under a name; the same name is written over."""
    row = session.scalar(select(SavedSearchRow).where(SavedSearchRow.user_id == user_id, SavedSearchRow.name == name))
    if row is None:
        session.add(SavedSearchRow(user_id=user_id, name=name, query=query, created_at=now))
    else:
        row.query = query


def forget_search(session: Session, user_id: int, search_id: int) -> None:
    row = session.get(SavedSearchRow, search_id)
    if row is not None and row.user_id == user_id:
        session.delete(row)
