"""The packs of subjects that a report names, read together: one `Pack`, and the vocabulary that
goes with it.

Shipped packs are in baseline/subjects/; a desk adds its own in the folder `subjects` of
AJOUR_BASELINE. A pack whose topics speak of entries of vocabulary.yml shares its subjects, as the
model was fitted on them. For any other pack, its own subjects take their place in the vocabulary,
so that every signal that counts subjects works without a fit.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from monitor.compare.reading.vocabulary import Concept, Vocabulary, pattern_starts, unchecked_expression
from monitor.compare.statements import subjects
from monitor.compare.statements.subjects import Pack, PackFile, Subject, compiled, load_file
from monitor.strict_yaml import WrongFile

SHIPPED = subjects.FOLDER
_folders: list[Path] = []  # further folders with packs, the newest last


class UnknownPack(ValueError):
    """A report names a pack that is not there; the message lists those that are."""


def use_folder(folder: Path) -> None:
    """Look for packs in `folder` too, before the shipped ones."""
    if folder.is_dir() and folder not in _folders:
        _folders.append(folder)
        packs_of.cache_clear()


def pack_paths() -> dict[str, Path]:
    """Name → file of every pack."""
    return {path.stem: path for folder in (SHIPPED, *_folders) for path in sorted(folder.glob("*.yml"))}


@cache
def packs_of(names: tuple[str, ...]) -> Pack:
    """The packs `names` as one. Of two entries with one name, that of the later pack counts. Raises
    UnknownPack, WrongFile.
    """
    paths = pack_paths()
    for name in names:
        if name not in paths:
            raise UnknownPack(f"there is no pack {name!r}; there are: {', '.join(paths)}")
    files = [load_file(paths[name]) for name in names]
    digest = hashlib.sha256(b"".join(paths[name].read_bytes() for name in names)).hexdigest()
    return compiled("+".join(names), files[0] if len(files) == 1 else _joined(files), digest)


def _joined(files: Sequence[PackFile]) -> PackFile:
    def both(field: str) -> dict[str, Any]:
        return dict(chain.from_iterable(getattr(f, field).items() for f in files))

    fields = {field: both(field) for field in ("topics", "subjects", "persons", "places", "not_news", "acts")}
    return files[0].model_copy(update=fields)


def all_packs() -> Iterable[Pack]:
    """Every pack that can be read, one by one. A wrong one is left out: `ajour baseline check`
    names it.
    """
    for name in pack_paths():
        try:
            yield packs_of((name,))
        except WrongFile:
            continue


@cache
def words_of(pack: Pack, words: Vocabulary) -> Vocabulary:
    """The vocabulary with which an item is read for reports of `pack`."""
    known = {c.name for c in words.groups["subjects"]}
    shared = tuple(c for c in words.groups["subjects"] if _shares(pack, known))
    named = {name for t in pack.topics.values() for name in t.speaks_of}
    own = tuple(_concept(name, s, pack) for name, s in pack.subjects.items() if name in named and name not in known)
    if shared and not own:
        return words
    return replace(words, groups={**words.groups, "subjects": (*shared, *own)})


def _shares(pack: Pack, known: set[str]) -> bool:
    return any(name in known for t in pack.topics.values() for name in t.speaks_of)


def _concept(name: str, subject: Subject, pack: Pack) -> Concept:
    """A subject of a pack as an entry of the vocabulary: found by its cues and those of its
    aspects.
    """
    aspects = [a for full, a in pack.aspects.items() if pack.subject_of(full) == name]
    patterns = [p for cues in (subject.cues, *(a.cues for a in aspects)) for p in chain.from_iterable(cues.values())]
    starts = [pattern_starts(p) for p in patterns]
    return Concept(
        name,
        unchecked_expression(patterns),
        unchecked_expression(subject.unless) if subject.unless else None,
        None if None in starts else frozenset().union(*(s for s in starts if s)),
    )


def topic_subjects(pack: Pack) -> Mapping[str, frozenset[str]]:
    """Topic of a claim → the subjects, as the vocabulary names them, that show it."""
    return {name: frozenset(topic.speaks_of) for name, topic in pack.topics.items()}
