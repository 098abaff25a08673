"""Full-text search over items in every language: FTS5 on SQLite, a tsvector index on PostgreSQL;
and over claims, of which there are few. Words that name the subject of a claim, in any language of
readers, also find the items about that subject.

Words are cut to a stem and searched as prefixes ("повестка" becomes "повест…", which also finds
"повесток"), since neither database knows Russian inflection by itself. Measured on the 33,000
different words of Russian news: of the running words with the same lemma 93 % are found (83 % with
the list of endings that was here before), and 82 % (88 %) of what is found has the same lemma.
Results come newest first: users of a monitor ask for the latest, and no hit needs to be ranked.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Any

import snowballstemmer
from sqlalchemy import column, exists, func, or_, select, table, text, union
from sqlalchemy.orm import Session

from db.gist import TOPICS
from db.models import AssessmentRow, ClaimRow, ClaimVersionRow, FlagRow, ItemRow, ItemVersionRow, SourceRow
from db.statements import chunks

MOST_WORDS = 12
LEAST_ABOUT = 0.2  # score from which an item counts as about the subject of its nearest claim
MOST_SUBJECTS = 6  # that the words of one search may name
LEAST = 4  # letters of a stem; shorter prefixes hit too many other words
MOST_COUNTED = 500  # hits beyond this are "more than"
MOST_KEPT = 20_000  # claims whose words are kept in memory
# There is no Ukrainian Snowball stemmer; the endings are alike
_AS_RUSSIAN = str.maketrans("іїєґ", "ииег")
_CYRILLIC = re.compile("[а-яіїєґё]", re.IGNORECASE)
_FLEETING = re.compile("(?:ок|ек|к)$")  # повестка, повесток: the vowel before "к" comes and goes
_ENGLISH_I = re.compile("i$")  # deputy, deputies: Snowball makes "deputi" of both
# What PostgreSQL searches, word for word as the schema indexes it. It refuses to index more
# than a megabyte of words and positions, which the worst 60,000 characters stay below; texts from
# the watch are cut at 50,000 (monitor/parse/clean_entry.py).
INDEXED = "to_tsvector('simple', left(item_version.title || ' ' || item_version.text, 60000))"

_INDEX = table("item_search", column("rowid"))  # SQLite's full-text index


@dataclass(frozen=True)
class SearchQuery:
    """A search with its filters."""

    words: str
    source: str = ""
    lang: str = ""
    since: datetime | None = None
    until: datetime | None = None
    flagged: str = ""  # whether its story is: "yes", "no", "": both
    subjects: tuple[str, ...] = ()  # that the words name: items about them match too


@dataclass(frozen=True)
class SearchHit:
    """An item that matches, in the version that does."""

    item: ItemRow
    version: ItemVersionRow
    source: SourceRow


def stems(words: str) -> list[str]:
    """The words of a query, each cut to the prefix that its inflected forms share (Snowball)."""
    return [stem(w) for w in re.findall(r"(?:[^\W_]|№)+", words.lower())[:MOST_WORDS]]


@lru_cache(maxsize=50_000)
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
        .limit(limit * 2)
        .offset(offset)
    )
    rows = session.execute(_filtered(_matching(session, query, search), search))
    once: dict[int, SearchHit] = {}
    for item, version, source in rows:
        once.setdefault(item.id, SearchHit(item, version, source))
    return list(once.values())[:limit]


def latest_items(session: Session, since: datetime, below: int | None, limit: int) -> list[SearchHit]:
    """Items first seen from `since` on, in their newest version, the newest first; those with an id
    below `below`.
    """
    first = select(ItemRow.id).where(ItemRow.first_seen_at >= since).order_by(ItemRow.id.desc()).limit(limit)
    ids = list(session.scalars(first if below is None else first.where(ItemRow.id < below)))
    newest = select(func.max(ItemVersionRow.id)).where(ItemVersionRow.item_id.in_(ids)).group_by(ItemVersionRow.item_id)
    query = (
        select(ItemRow, ItemVersionRow, SourceRow)
        .select_from(ItemRow)
        .join(ItemVersionRow, ItemVersionRow.item_id == ItemRow.id)
        .join(SourceRow, SourceRow.id == ItemRow.source_id)
        .where(ItemVersionRow.id.in_(list(session.scalars(newest))))
        .order_by(ItemRow.id.desc())
    )
    return [SearchHit(item, version, source) for item, version, source in session.execute(query)]


def count_latest(session: Session, since: datetime, below: int | None) -> int:
    """How many items `latest_items` would give without a limit."""
    query = select(func.count()).select_from(ItemRow).where(ItemRow.first_seen_at >= since)
    return session.scalar(query if below is None else query.where(ItemRow.id < below)) or 0


def count_items(session: Session, search: SearchQuery) -> int:
    """How many versions match, at most MOST_COUNTED + 1."""
    query = select(ItemVersionRow.id).select_from(ItemVersionRow).join(ItemRow, ItemRow.id == ItemVersionRow.item_id)
    inner = _filtered(_matching(session, query, search), search).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(inner)) or 0


def _matching(session: Session, query: Any, search: SearchQuery) -> Any:
    """`query` for versions whose text has all the words, or that are about one of the subjects;
    the newest first.
    """
    prefixes = stems(search.words)
    newest_first = query.order_by(ItemVersionRow.id.desc())
    if not prefixes:
        return newest_first
    if session.get_bind().dialect.name == "sqlite":
        expression = " ".join(f'"{s}"*' for s in prefixes)
        has_words = text("item_search MATCH :words").bindparams(words=expression)
        if not search.subjects:
            # In the order of the index, so that it is read only until the page is full
            return query.join(_INDEX, _INDEX.c.rowid == ItemVersionRow.id).where(has_words).order_by(_INDEX.c.rowid.desc())
        hits: Any = select(_INDEX.c.rowid).where(has_words)
    else:
        expression = " & ".join(f"{s}:*" for s in prefixes)
        in_text = text(f"{INDEXED} @@ to_tsquery('simple', :words)").bindparams(words=expression)
        if not search.subjects:
            return newest_first.where(in_text)
        hits = select(ItemVersionRow.id).where(in_text)
    if search.subjects:
        near = or_(AssessmentRow.flagged, AssessmentRow.score >= LEAST_ABOUT)
        hits = union(hits, select(AssessmentRow.item_version_id).where(AssessmentRow.subject.in_(search.subjects), near))
    return newest_first.where(ItemVersionRow.id.in_(hits))


def with_subjects(session: Session, search: SearchQuery) -> SearchQuery:
    """The query with the subjects that its words name."""
    return replace(search, subjects=tuple(subjects_named(session, search.words)))


def subjects_named(session: Session, words: str) -> dict[str, str]:
    """Subject → its English phrase, of the subjects that the words name: all words occur in its
    phrase in one of the languages of readers, or, where no phrase has them, in the statement or the
    quote of a claim about it. So English, Danish or Dutch words find Russian items.
    """
    prefixes = stems(words)
    if not prefixes or _CYRILLIC.search(words):
        return {}  # words in the language of the items are searched in their texts
    patterns = _word_patterns(prefixes)
    # No DISTINCT: PostgreSQL cannot compare JSON
    rows = session.execute(select(ClaimRow.subject, ClaimRow.topic, ClaimRow.phrase).where(ClaimRow.listed)).all()
    english: dict[str, str] = {}
    texts: dict[str, set[str]] = {}
    for subject, topic, phrase in rows:
        spoken = {str(t) for t in (phrase or {}).values()}
        texts.setdefault(subject, set()).update(spoken, {subject.replace("_", " ").replace(".", " "), TOPICS.get(topic, "")})
        if subject and (phrase or subject not in english):
            english[subject] = str((phrase or {}).get("en") or TOPICS.get(topic, topic))
    named = [subject for subject in english if any(all(p.search(t) for p in patterns) for t in texts[subject])]
    if not named:
        named = list(dict.fromkeys(claim.subject for claim, _ in find_claims(session, words) if claim.subject in english))
    return {subject: english[subject] for subject in named[:MOST_SUBJECTS]}


def _word_patterns(prefixes: Sequence[str]) -> list[re.Pattern[str]]:
    return [re.compile(rf"(?<!\w){re.escape(s)}", re.IGNORECASE) for s in prefixes]


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
    prefixes = stems(words)
    if not prefixes:
        return []
    newest = _newest_versions(session)
    patterns = _word_patterns(prefixes)
    hits = [version_id for version_id, words in _claim_words(session, newest).items() if all(p.search(words) for p in patterns)]
    rows = session.execute(
        select(ClaimRow, ClaimVersionRow)
        .join(ClaimVersionRow, ClaimVersionRow.claim_id == ClaimRow.id)
        .where(ClaimVersionRow.id.in_(hits))
        .order_by(ClaimRow.report_id, ClaimRow.position)
        .limit(limit)
    )
    return [(claim, version) for claim, version in rows]


def _newest_versions(session: Session) -> dict[int, str]:
    """Id → digest of the newest version of each listed claim."""
    versions = (
        select(ClaimVersionRow.claim_id, ClaimVersionRow.id, ClaimVersionRow.digest)
        .join(ClaimRow, ClaimRow.id == ClaimVersionRow.claim_id)
        .where(ClaimRow.listed)
        .order_by(ClaimVersionRow.number)
    )
    newest = {claim_id: (version_id, digest) for claim_id, version_id, digest in session.execute(versions)}
    return dict(newest.values())


# Digest of a claim's body → its words: reading 300 bodies costs more than the rest of a search.
_words_by_digest: dict[str, str] = {}


def _claim_words(session: Session, versions: Mapping[int, str]) -> dict[int, str]:
    """Id of a version → everything in the claim that is searched."""
    words = {i: known for i, digest in versions.items() if (known := _words_by_digest.get(digest)) is not None}
    if len(_words_by_digest) + len(versions) > MOST_KEPT:
        _words_by_digest.clear()
    for part in chunks(i for i in versions if i not in words):
        for version in session.scalars(select(ClaimVersionRow).where(ClaimVersionRow.id.in_(part))):
            words[version.id] = _words_by_digest[version.digest] = _words_of(version.body)
    return words


def _words_of(body: Mapping[str, Any]) -> str:
    watch = [p for phrases in body.get("watch", {}).values() for p in phrases]
    acts = [str(law.get("act", "")) for law in body.get("law", ())]
    return "\n".join([body["id"], body["statement"], str(body.get("quote", "")), *watch, *acts])


def excerpt(body: str, words: str, width: int = 240) -> list[tuple[str, bool]]:
    """A piece of `body` around the first hit as [(text, is a hit)], so that a page can mark hits
    without touching markup.
    """
    prefixes = stems(words)
    flat = " ".join(body.split())
    if not prefixes:
        return [(flat[:width], False)]
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(re.escape(s) for s in prefixes)})\w*", re.IGNORECASE)
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
