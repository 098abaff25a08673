"""`StoryFingerprint`: what is kept of an item to recognise its story. It is small, and the same
whether new or loaded from the database.
"""

import base64
import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

import numpy as np

from db.enums import Stage
from monitor.compare.reading.annotate import LEAD_CHARACTERS, AnnotatedText, Document
from monitor.compare.reading.legal_stage import RANK
from monitor.compare.reading.tokenize import morphology, stop_words
from monitor.compare.reading.word_files import FOLDER, Letter, Word, WordFile
from monitor.compare.signals.encoder import Vectors
from monitor.compare.statements.read import IN_LEAD, IN_TITLE
from monitor.compare.stories.bills import named_bills, named_decrees
from monitor.strict_yaml import load


@dataclass(frozen=True)
class StoryFingerprint:
    """Features of one item. Words are stems (see `stem`), so that Картаполов and Kartapolov
    match.
    """

    item: str
    day: date | None  # None where the item bears no date
    lang: str
    title: Vectors
    lead: Vectors
    title_words: frozenset[str]
    words: frozenset[str]  # of title and first sentences
    names: frozenset[str]  # capitalised words, not at the start of a sentence
    title_names: frozenset[str]  # those of the title
    places: frozenset[str]
    title_places: frozenset[str]
    numbers: frozenset[float]  # from 10 on: smaller ones are in every text
    title_numbers: frozenset[float]
    dates: frozenset[int]  # days of the year, as month * 100 + day
    subjects: frozenset[str]
    title_subjects: frozenset[str]
    actors: frozenset[str]  # those of the title
    claims: frozenset[str]  # the nearest claims
    rank: int  # of the stage, 0 where none
    title_rank: int  # the same, where the title says it
    bills: frozenset[str]  # of a pending rule
    explains: bool  # the title marks the text as an explainer, an opinion or one person's case
    # The event key, from the item's statements (monitor.compare.statements.read)
    # Of the title; of the lead where the title names none
    key_subjects: frozenset[str] = frozenset()
    title_aspects: frozenset[str] = frozenset()
    aspects: frozenset[str] = frozenset()
    persons: frozenset[str] = frozenset()  # of the title, without persons in general
    # "№ 647", "12-30", "733010-8": numbers and days of decrees, bills
    acts: frozenset[str] = frozenset()

    @property
    def topical(self) -> bool:
        """Whether the item can share a story.

        It names a subject of the vocabulary, or it is near a claim and its statements have a
        subject. About one item in twenty of a stream is topical.
        """
        return bool(self.subjects or (self.claims and self.key_subjects))


def fingerprint_of(document: Document, reading: AnnotatedText, vectors: Vectors, claims: Iterable[str] = ()) -> StoryFingerprint:
    """`vectors`: (units, d), one row per sentence of the reading; `claims`: ids of the nearest
    claims.
    """
    title = vectors[0] if len(vectors) else np.zeros(512, dtype=np.float32)
    lead = vectors[:4].mean(axis=0) if len(vectors) else title
    norm = float(np.linalg.norm(lead))
    sentences = [u.text for u in reading.units]
    head = sentences[0] if sentences else ""
    statements = reading.statements
    numbers = [v for v in reading.values if v.kind != "date" and v.high >= 10]
    return StoryFingerprint(
        item=document.id,
        day=date.fromisoformat(document.day) if document.published else None,
        lang=document.lang or "",
        title=_stored(title),
        lead=_stored(lead / norm if norm else lead),
        title_words=_words(head),
        words=_words(" ".join(sentences)),
        names=_names(sentences[:6]),
        title_names=_names([head]),
        places=frozenset(p for s in sentences[:6] for p in _places(s)),
        title_places=frozenset(_places(head)),
        numbers=frozenset(v.high for v in numbers),
        title_numbers=frozenset(v.high for v in numbers if v.start < len(head)),
        dates=frozenset(int(v.high) % 10000 for v in reading.values if v.kind == "date" and v.unit == "day"),
        subjects=frozenset(reading.subjects),
        title_subjects=frozenset(reading.subjects_title),
        actors=frozenset(reading.actors_title),
        claims=frozenset(claims),
        rank=reading.stage.rank if reading.stage else 0,
        title_rank=reading.stage.rank if reading.stage and reading.stage.in_title else 0,
        bills=named_bills(f"{reading.title}\n{reading.body}") if reading.stage and reading.stage.rank > RANK[Stage.RUMOUR] else frozenset(),
        explains=bool(reading.kinds_title),
        key_subjects=_named(statements.subjects, IN_TITLE) or _named(statements.subjects, IN_LEAD),
        title_aspects=_named(statements.aspects, IN_TITLE),
        aspects=frozenset(statements.aspects),
        persons=_named(statements.persons, IN_TITLE) - IN_GENERAL,
        acts=named_decrees(f"{reading.title}\n{reading.body[:LEAD_CHARACTERS]}"),
    )


# Persons that tell no two events apart
IN_GENERAL = frozenset({"civilians", "soldiers", "officials"})


def _named(weights: Mapping[str, float], least: float) -> frozenset[str]:
    return frozenset(name for name, weight in weights.items() if weight >= least)


def _stored(vector: Vectors) -> Vectors:
    """Rounded as in the database, so that a story index loaded after a restart gives the same
    result.
    """
    return vector.astype(np.float16).astype(np.float32)


_WORD = re.compile(r"[^\W\d_]{3,}")
_CAPITAL = re.compile(r"(?<![.!?…\n«\"“] )(?<!^)(?<!^[«\"„“])\b([A-ZА-ЯЁІЇЄҐΑ-Ω][^\W\d_]{2,})|^[«\"„“]?([A-ZА-ЯЁІЇЄҐΑ-Ω]{3,})\b")
STEM = 6  # letters: enough to match across cases and alphabets, without the endings of surnames


class _Transliteration(WordFile):
    """transliteration.yml."""

    letters: dict[Letter, str]
    groups: dict[Word, str]
    single: dict[Letter, str]


@cache
def _transliteration() -> tuple[dict[int, str], tuple[tuple[str, str], ...], dict[int, str]]:
    """(letters, groups of Latin letters in order, single Latin letters)."""
    tables, _ = load(FOLDER / "transliteration.yml", _Transliteration)
    return str.maketrans(tables.letters), tuple(tables.groups.items()), str.maketrans(tables.single)


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The beginning of a word's sound in Latin letters: резервист, rezerviști and reservist have
    one stem.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c))
    letters, groups, single = _transliteration()
    latin = plain.translate(letters)
    for written, sound in groups:
        latin = latin.replace(written, sound)
    return re.sub(r"(.)\1+", r"\1", latin.translate(single))[:STEM]


def _words(text: str) -> frozenset[str]:
    stop = stop_words()
    return frozenset(stem(w) for w in _WORD.findall(text) if w.lower() not in stop)


def _names(sentences: Iterable[str]) -> frozenset[str]:
    return frozenset(stem(a or b) for s in sentences for a, b in _CAPITAL.findall(s))


@lru_cache(maxsize=20_000)
def _place(word: str) -> str:
    """The stem of a Russian place name; "" for other words and for Russia itself."""
    best = morphology(word.lower())
    name = stem(str(best.normal_form)) if "Geox" in str(best.tag) else ""
    return "" if name.startswith(("rosi", "ukrain")) else name


def _places(sentence: str) -> set[str]:
    """Towns and regions. "Омская область" is recognised by its adjective."""
    places = {_place(w) for w in _WORD.findall(sentence) if w[0].isupper()}
    return (places | {stem(w) for w in _REGION.findall(sentence)}) - {""}


_REGION = re.compile(r"\b([А-ЯЁ][а-яё]+(?:ск|цк)(?:ая|ой|ую|ий|ого|ому|ом|им))\s+(?:обл|кра|округ|респ)")
_SETS = (
    "title_words", "words", "names", "title_names", "places", "title_places", "numbers", "title_numbers", "dates", "subjects", "title_subjects", "actors", "claims", "bills",
    "key_subjects", "title_aspects", "aspects", "persons", "acts",
)  # fmt: skip


def pack(t: StoryFingerprint) -> bytes:
    """A fingerprint as bytes for the database: JSON, the two vectors as base64 of float16."""
    vectors = {name: base64.b64encode(v.astype(np.float16).tobytes()).decode() for name, v in (("title", t.title), ("lead", t.lead))}
    sets = {name: sorted(getattr(t, name)) for name in _SETS}
    plain = {
        "day": t.day.isoformat() if t.day else None,
        "rank": t.rank,
        "title_rank": t.title_rank,
        "lang": t.lang,
        "explains": t.explains,
    }
    return json.dumps({**vectors, **sets, **plain}, ensure_ascii=False).encode()


def unpack(item: str, packed: bytes) -> StoryFingerprint:
    """The reverse of `pack`. Fields that an earlier release did not store are empty."""
    d = json.loads(packed)

    def vector(name: str) -> Vectors:
        return np.frombuffer(base64.b64decode(d[name]), dtype=np.float16).astype(np.float32)

    return StoryFingerprint(
        item=item,
        day=date.fromisoformat(d["day"]) if d["day"] else None,
        lang=d.get("lang", ""),
        title=vector("title"),
        lead=vector("lead"),
        rank=d["rank"],
        title_rank=d.get("title_rank", 0),
        explains=d.get("explains", False),
        **{name: frozenset(d.get(name, ())) for name in _SETS},
    )
