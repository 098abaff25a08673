"""Packs of subjects (baseline/subjects/*.yml): what an item and a claim can both speak of, loaded
strictly and compiled.

A pack is data: subjects with their aspects, persons, places, kinds of text that are not news, and
acts with all their names, each with the cues by which a text shows it. A wrong file is refused with
file, line, field and the fix.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, chain
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from db.enums import READER_LANGUAGES
from monitor.compare.reading.vocabulary import expression_text
from monitor.compare.statements.cue_index import CueIndex, orders
from monitor.strict_yaml import FileFault, Tree, WrongFile, load

_ROOT = Path(__file__).parents[3]
# In a checkout the packs stand beside the reports; an installed wheel keeps both in its share.
FOLDER = next((f for f in (_ROOT / "baseline" / "subjects", _ROOT / "app" / "share" / "baseline" / "subjects") if f.is_dir()), _ROOT)
PACK = FOLDER / "military.yml"
NUMBERS = frozenset({"period", "money", "age", "count", "share", "date"})


# What the pattern language allows: anything but other signs of regular expressions; a repeated
# character needs one before it.
_FOREIGN = re.compile(r"[\[\]{}^$]|\\(?![dw.()?+])|(?:^|[(| ])[*?+]")


def _pattern(value: str) -> str:
    """`value` where it is a pattern. Checked without compiling: a pack holds thousands, of which a
    run uses few.
    """
    depths = list(accumulate((c == "(") - (c == ")") for c in re.sub(r"\\.", "", value)))
    if min(depths, default=0) < 0 or depths[-1:] != [0]:
        raise ValueError(f"{value!r} has a bracket that does not match | Close every bracket")
    if wrong := _FOREIGN.search(value):
        raise ValueError(f"{value!r} has {wrong.group()!r}, which is no pattern | Use words, `*` at their end, `(a|b)`, `..` between words")
    return value


Pattern = Annotated[str, Field(min_length=1), AfterValidator(_pattern)]
Language = Literal["ru", "en", "uk", "de", "da", "nl", "es", "bg", "pl"]
Cues = Annotated[dict[Language, Annotated[list[Pattern], Field(min_length=1)]], Field(min_length=1)]
Text = Annotated[str, Field(min_length=1)]


def _with_english(value: dict[str, str]) -> dict[str, str]:
    if "en" not in value:
        raise ValueError("has no English phrase | Add `en:`; other languages may be missing")
    if unknown := value.keys() - set(READER_LANGUAGES):
        raise ValueError(f"has phrases in {', '.join(sorted(unknown))} | The languages are {', '.join(READER_LANGUAGES)}")
    return value


Phrases = Annotated[
    dict[str, Text],
    AfterValidator(_with_english),
    Field(
        json_schema_extra={"required": ["en"], "propertyNames": {"enum": list(READER_LANGUAGES)}},
        description="noun phrase by language of readers, as the gist says it; it begins a sentence",
    ),
]
Kind = Literal["state", "who", "where", "period", "money", "age", "count", "share", "date"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Outcome(_Strict):
    """What may become of an aspect, in words of its own: said instead of the aspect's phrase where
    title or lead has one of the cues.
    """

    says: Phrases
    ends: bool = Field(default=False, description="something ends by it: said beside a repeal too, whose words then tell of that end")
    cues: Cues


class Aspect(_Strict):
    """One side of a subject. `kind` and `unit` say what a number of it is; state, who and where
    have no number.
    """

    says: Phrases
    kind: Kind
    unit: Text | None = None
    grave: bool = Field(default=False, description="a practice of this kind, reported as fact, is of high severity")
    routine: bool = Field(default=False, description="an act of this kind comes every year: it is of medium severity")
    minor: bool = Field(default=False, description="a figure of this kind alone is of low severity")
    grows: bool = Field(default=False, description="a running total: a smaller number is another count, not a change")
    penalty: bool = Field(default=False, description="a penalty that a rule sets: what one person was given is no change of it")
    beside: list[Pattern] = Field(default=[], description="words that, beside a number of this kind, say that it measures this aspect")
    unless: list[Pattern] = Field(
        default=[], alias="not", description="words that say that a number of its sentence measures something else"
    )
    cues: Cues
    outcomes: list[Outcome] = Field(default=[], description="what may become of it, the first that a text shows is said")


class Subject(_Strict):
    """A rule, institution or practice, with its aspects, its look-alikes (`not`) and the acts that
    govern it.
    """

    says: Phrases
    place: Text | None = Field(default=None, description="the place without which an item does not speak of the subject")
    cues: Cues
    unless: list[Pattern] = Field(default=[], alias="not")
    acts: list[Text] = []
    urgent: Literal["first", "told"] | None = Field(
        default=None,
        description="first: an item that speaks of it in title or lead is compared before others; told: and readers who ask for unreviewed changes are told of it at once",
    )
    aspects: Annotated[dict[Annotated[str, Field(pattern=r"^[a-z0-9_]+$")], Aspect], Field(min_length=1)]


class _Cued(_Strict):
    cues: Cues
    unless: list[Pattern] = Field(default=[], alias="not")


class Persons(_Cued):
    """A group of persons; the gist names it."""

    says: Phrases


class Group(_Cued):
    """A place, or a kind of text that is not news."""

    says: Text
    abroad: bool = Field(
        default=False, description="of a place: not Russia; an item whose title speaks of it alone is about another country"
    )


class Act(_Strict):
    """An official act: its number is the key; `names` are the phrases by which titles and people
    call it.
    """

    short: Text = Field(description="short Russian name")
    english: Text
    title: Text = Field(description="full Russian title")
    date: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    names: list[Pattern] = []
    check: bool = Field(default=False, description="number, date or title not compared with the official text")


class Topic(_Strict):
    """A topic of claims: readers choose by it, and it widens the search for claims an item may
    touch.
    """

    says: Phrases
    speaks_of: list[Text] = Field(default=[], description="subjects that show the topic: of this pack, or entries of vocabulary.yml")


class PackFile(_Strict):
    """A whole pack, as in baseline/subjects/<name>.yml."""

    about: Phrases = Field(description="what reports of this pack are about")
    topics: Annotated[dict[Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=40)], Topic], Field(min_length=1)]
    subjects: Annotated[dict[Annotated[str, Field(pattern=r"^[a-z0-9_.]+$")], Subject], Field(min_length=1)]
    persons: dict[str, Persons]
    places: dict[str, Group]
    not_news: dict[str, Group]
    acts: dict[str, Act]


@dataclass(frozen=True, eq=False)
class Pack:
    """A compiled pack. Aspects are named `subject.aspect`."""

    name: str  # of several packs read together: joined by "+"
    about: Mapping[str, str]
    topics: Mapping[str, Topic]
    subjects: Mapping[str, Subject]
    aspects: Mapping[str, Aspect]
    persons: Mapping[str, Persons]
    places: Mapping[str, Group]
    not_news: Mapping[str, Group]
    acts: Mapping[str, Act]
    # Of subjects ("s:…"), aspects ("a:…"), persons ("p:…"), places ("l:…"), kinds of text that are
    # not news ("k:…"), names of acts ("t:…"), and look-alikes ("n:subject", "n:p:persons").
    cues: CueIndex
    urgent: CueIndex  # of the urgent subjects alone, and of their look-alikes
    beside: Mapping[str, re.Pattern[str]]  # by aspect
    unless: Mapping[str, re.Pattern[str]]  # by aspect
    digest: str

    def outcome(self, aspect: str, plain: str) -> Outcome | None:
        """What `plain` says has become of `aspect`; None where it shows nothing of the kind."""
        return next((o for i, o in enumerate(self.aspects[aspect].outcomes) if _outcome_cues(self, aspect, i).search(plain)), None)

    def subject_of(self, aspect: str) -> str:
        """The subject of an aspect."""
        return aspect.rpartition(".")[0]

    def phrases(self, subject: str) -> Mapping[str, str]:
        """Language → phrase of `subject`; empty where it is a topic, which is no subject of the
        pack.
        """
        known = self.subjects.get(subject)
        return known.says if known else {}


@cache
def _outcome_cues(pack: Pack, aspect: str, number: int) -> re.Pattern[str]:
    """Compiled when first asked for: few items are flagged."""
    return _either(_flat(pack.aspects[aspect].outcomes[number].cues))


def _flat(cues: Mapping[Language, list[str]]) -> Iterable[str]:
    return chain.from_iterable(cues.values())


def compiled(name: str, file: PackFile, digest: str) -> Pack:
    """The pack of a file that was checked."""
    aspects = {f"{s}.{a}": aspect for s, subject in file.subjects.items() for a, aspect in subject.aspects.items()}
    cues = chain(
        _subject_cues(file.subjects),
        ((f"a:{name}", p) for name, a in aspects.items() for p in _flat(a.cues)),
        _group_cues("p", file.persons),
        _group_cues("l", file.places),
        _group_cues("k", file.not_news),
        ((f"t:{name}", p) for name, a in file.acts.items() for p in a.names),
    )
    return Pack(
        name=name,
        about=file.about,
        topics=file.topics,
        subjects=file.subjects,
        aspects=aspects,
        persons=file.persons,
        places=file.places,
        not_news=file.not_news,
        acts=file.acts,
        cues=CueIndex(cues),
        urgent=CueIndex(_subject_cues({name: s for name, s in file.subjects.items() if s.urgent})),
        beside={name: _either(a.beside) for name, a in aspects.items() if a.beside},
        unless={name: _either(a.unless) for name, a in aspects.items() if a.unless},
        digest=digest,
    )


def _group_cues(kind: str, groups: Mapping[str, Persons] | Mapping[str, Group]) -> Iterator[tuple[str, str]]:
    for name, group in groups.items():
        yield from ((f"{kind}:{name}", p) for p in _flat(group.cues))
        yield from ((f"n:{kind}:{name}", p) for p in group.unless)


def _subject_cues(subjects: Mapping[str, Subject]) -> Iterator[tuple[str, str]]:
    for name, subject in subjects.items():
        yield from ((f"s:{name}", p) for p in _flat(subject.cues))
        yield from ((f"n:{name}", p) for p in subject.unless)


def _either(patterns: Iterable[str]) -> re.Pattern[str]:
    both = chain.from_iterable(orders("", p) for p in patterns)
    return re.compile(r"(?<![\w-])(?:" + "|".join(expression_text(p) for _, p in both) + r")(?!\w)")


@cache
def load_file(path: Path) -> PackFile:
    """The pack in `path`, not compiled. Raises WrongFile naming file, line, field and the fix."""
    file, tree = load(path, PackFile)
    if faults := list(_faults(file, tree)):
        raise WrongFile(faults)
    return file


@cache
def load_pack(path: Path = PACK) -> Pack:
    """The pack in `path`. Raises WrongFile naming file, line, field and the fix."""
    return compiled(path.stem, load_file(path), hashlib.sha256(path.read_bytes()).hexdigest())


def _faults(file: PackFile, tree: Tree) -> Iterable[FileFault]:
    for name, subject in file.subjects.items():
        if subject.place and subject.place not in file.places:
            yield tree.fault(("subjects", name, "place"), f"{subject.place!r} is no place of the pack", "Add it under `places:`")
        for act in subject.acts:
            if act_key(act, file.acts) is None:
                yield tree.fault(
                    ("subjects", name, "acts"), f"{act!r} is not in the table of acts", "Add it under `acts:`, or correct the number"
                )
        for key, aspect in subject.aspects.items():
            if aspect.kind in NUMBERS and not aspect.beside:
                yield tree.fault(
                    ("subjects", name, "aspects", key), f"a {aspect.kind} has no `beside`", "Add the words that stand beside its number"
                )
            if aspect.kind in NUMBERS - {"date"} and not aspect.unit:
                yield tree.fault(("subjects", name, "aspects", key), f"a {aspect.kind} needs a unit", "Add `unit:`")


def act_key(named: str, acts: Iterable[str]) -> str | None:
    """The act that `named` means: its key, alone or followed by an article ("53-ФЗ 31")."""
    return max((a for a in acts if named == a or named.startswith(f"{a} ")), key=len, default=None)


def schema() -> dict[str, Any]:
    """The JSON Schema of a pack (docs/subjects.schema.json)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Ajour pack of subjects: what items and claims speak of",
        **PackFile.model_json_schema(by_alias=True),
    }
