"""What an item says besides its subject: persons, places, act, since when, whether for the first
time. Read for flagged items alone.

Each is left out where it is not certain: a gist may say less than the text, never more.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from db.enums import Stage
from db.gist import ACTS, GistAct, GistDetails
from monitor.compare.reading.word_files import FOLDER, Regex, WordFile, either, whole
from monitor.compare.statements.measures import DISTINCT
from monitor.compare.statements.place_names import Names, countries_in, regions_in
from monitor.compare.statements.read import IN_LEAD, IN_TITLE, ItemStatements, Line
from monitor.compare.statements.subjects import Pack
from monitor.strict_yaml import load

FILE = FOLDER / "gist_words.yml"
MOST = 2  # persons, and places; more say nothing
# A rumour or a denial tells of no act.
_NO_ACT = frozenset({Stage.RUMOUR, Stage.DENIED})
_FURTHER = 2  # sentences after the title that can say since when


class GistWords(WordFile):
    """gist_words.yml."""

    first_time: list[Regex]
    planned: list[Regex]
    negated: list[Regex]
    raised: list[Regex]
    lowered: list[Regex]
    start_before: list[Regex]
    until: list[Regex]
    acts: dict[str, list[Regex]]


def load_words(path: Path = FILE) -> GistWords:
    """The words in `path`. Raises WrongFile naming file, line, field and the fix."""
    words, _ = load(path, GistWords)
    return words


@cache
def _expressions() -> Mapping[str, re.Pattern[str]]:
    words = load_words()
    plain = {name: whole(getattr(words, name)) for name in ("first_time", "planned", "negated", "raised", "lowered")}
    ends = {
        "start_before": re.compile(rf"(?<![\w-]){either(words.start_before)}\s$"),
        "until": re.compile(rf"^[\s,]*(?:(?:года|г\.|року)\s)?{either(words.until)}(?![\w-])"),
    }
    return plain | ends | {f"act {kind}": whole(own) for kind, own in words.acts.items()}


def says(name: str, plain: str) -> bool:
    """Whether `plain` has a word of the list `name` of gist_words.yml."""
    return bool(_expressions()[name].search(plain))


def details_of(item: ItemStatements, phrase: Mapping[str, str], stage: Stage | None, pack: Pack, published: str) -> GistDetails:
    """What is certain besides. `phrase`: what the gist says already; `published`: ISO day or ""."""
    title = [line for line in item.lines if line.weight == IN_TITLE]
    text = " ".join(line.text for line in title)
    act = _act(item, title, stage)
    said = act is not None and act.number is None and ACTS[act.kind] in phrase.get("en", "")
    return GistDetails(
        persons=_persons(title, phrase, pack),
        places=_places(item, title, phrase),
        act=None if said else act,
        start=next((s for line in (*title, *_lead(item)) if (s := _start(line, published))), None) if stage not in _NO_ACT else None,
        first=says("first_time", text),
    )


def _lead(item: ItemStatements) -> list[Line]:
    return [line for line in item.lines if line.weight == IN_LEAD][:_FURTHER]


def _persons(title: Iterable[Line], phrase: Mapping[str, str], pack: Pack) -> tuple[Names, ...]:
    """Those whom alone the title names, if the phrase names none of them."""
    named = sorted(DISTINCT & {p for line in title for p in line.persons})
    in_phrase = any(_stem(p) in phrase.get("en", "").lower() for p in named)
    return () if in_phrase or len(named) > MOST else tuple(pack.persons[p].says for p in named)


def _stem(person: str) -> str:
    return person[: max(5, len(person) - 3)][:7].rstrip()


def _places(item: ItemStatements, title: Iterable[Line], phrase: Mapping[str, str]) -> tuple[Names, ...]:
    """The regions of the title, or the one in which the first sentence of the text places it; a
    country only where the title's subject is abroad.
    """
    text = "\n".join(line.text for line in title)
    places = regions_in(text)
    if not places:
        first = _lead(item)[:1]
        places = tuple(r for line in first for r in regions_in(line.text))
        places = places if len(places) == 1 and _stands_in(first[0], places[0]) else ()
    if not places and any("abroad" in line.places for line in title):
        places = countries_in(text)
    new = tuple(n for n in places if n["en"].lower() not in phrase.get("en", "").lower())
    return new if len(new) <= MOST else ()


def _stands_in(line: Line, region: Names) -> bool:
    """Whether a word of place stands before the region: "в Татарстане", not "депутат
    Татарстана".
    """
    return any(regions_in(line.text[m.end() : m.end() + 40])[:1] == (region,) for m in re.finditer(r"(?<!\w)(?:в|во|на|у|in)\s", line.text))


def _act(item: ItemStatements, title: Iterable[Line], stage: Stage | None) -> GistAct | None:
    """The act of an official title with number and day; else the kind that the title names with a
    stage.
    """
    if official := item.title_of:
        number = official.number.upper().replace("-ФЗ", "-FZ").replace("-ФКЗ", "-FKZ") if official.number else None
        return GistAct(official.kind, number, official.day) if official.kind in ACTS else None
    if stage is None or stage in _NO_ACT:
        return None
    text = "\n".join(line.text for line in title)
    named = [kind for kind in load_kinds() if says(f"act {kind}", text)]
    # "Проект закона" is a bill; "указ" beside "закон" may be either
    return GistAct(named[0]) if len(named) == 1 or named[:1] in (["bill"], ["draft"]) else None


@cache
def load_kinds() -> tuple[str, ...]:
    """The kinds of acts of gist_words.yml, in order."""
    return tuple(load_words().acts)


def _start(line: Line, published: str) -> str | None:
    """The day from which something holds, as the sentence says it; none that lies before the year
    of publication, none that begins a period ("from 1 April to 15 July"), and a day without its
    year only from the title.
    """
    for n in line.numbers:
        before, after = line.text[: n.start], line.text[n.end :]
        if n.kind != "date" or not _expressions()["start_before"].search(before) or _expressions()["until"].match(after):
            continue
        year, month, day = int(n.high) // 10_000, int(n.high) // 100 % 100, int(n.high) % 100
        if not year and month and day and line.weight == IN_TITLE:
            return f"--{month:02d}-{day:02d}"
        if year and (not published or f"{year:04d}" >= published[:4]):
            return "-".join([f"{year:04d}", *([f"{month:02d}"] if month else []), *([f"{day:02d}"] if month and day else [])])
    return None
