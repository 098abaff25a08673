"""The named features the verdict weighs: what each is, and which way it may pull.

Every feature is a number that can be recomputed from the item and the claims by hand. `pull` is what we hold to be true before any item is seen: its sign is
the only one that the fitted weight may have (+ speaks for a flag, − against, 0 either way), so that no accident of the training items can turn a signal round;
its size is how many votes the feature has where the items say nothing (see fit.py).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt

from db.words import Stage
from monitor.baseline import Topic
from monitor.compare.meaning import Meaning
from monitor.compare.reading import Hits, Reading
from monitor.compare.values import ValueChange
from monitor.compare.vocabulary import vocabulary
from monitor.compare.wording import Wording

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# Which subjects of the vocabulary a claim's topic speaks of.
SUBJECTS_OF_TOPIC: dict[Topic, frozenset[str]] = {
    Topic.CONSCRIPTION: frozenset({"conscription", "courts", "registration"}),
    Topic.MOBILISATION: frozenset({"mobilisation", "demobilisation"}),
    Topic.REGISTER: frozenset({"register", "summons", "restrictions"}),
    Topic.CONTRACT: frozenset({"contract", "payouts", "demobilisation", "drones"}),
    Topic.RECRUITMENT: frozenset({"recruitment", "coercion", "students", "regions_pressure", "payouts", "drones"}),
    Topic.EVASION: frozenset({"evasion", "desertion", "penalties"}),
    Topic.EXIT_BAN: frozenset({"exit_ban", "restrictions"}),
    Topic.CONSCRIPTS_IN_WAR: frozenset({"conscripts_war"}),
    Topic.TROOPS: frozenset({"troops", "losses"}),
    Topic.ALTERNATIVE: frozenset({"alternative"}),
    Topic.FITNESS: frozenset({"fitness"}),
    Topic.RESERVISTS: frozenset({"reservists"}),
    Topic.PRISONERS: frozenset({"prisoners"}),
    Topic.FOREIGNERS: frozenset({"foreigners"}),
    Topic.CONSULAR: frozenset({"abroad"}),
    Topic.SURVEILLANCE: frozenset({"police", "coercion"}),
    Topic.OCCUPIED: frozenset({"occupied"}),
    Topic.RETURNEES: frozenset({"returnees", "abroad"}),
    Topic.OTHER: frozenset(),
}

# Subjects in which another country is named for good reason.
ABROAD = frozenset({"abroad", "foreigners", "exit_ban", "returnees"})
ONLY_TEXT = 0.6  # what stands in the text and not in the title: a title says what an item is about, a text also what it touches
SHORT = 300  # characters of a text that has room for little besides its news
# Subjects that many items touch which have nothing to do with service: alone they carry little.
WEAK = frozenset({"occupied", "losses", "abroad", "troops", "police", "returnees", "courts", "penalties"})

# --- an item and one claim: how likely the item is about this claim -----------------------------------------------------

PAIR = ("states", "watch", "changes", "wording", "topic_title", "topic_body", "values", "law", "covers", "concepts")


def pair_features(
    wording: Wording,
    meaning: Meaning,
    topic_title: Bools,
    topic_body: Bools,
    law: Bools,
    changes: Mapping[int, list[ValueChange]],
    restated: Mapping[int, float],
    concepts: Floats,
) -> Floats:
    """(claims, len(PAIR)): each claim's likeness to the item, signal by signal."""
    values = np.zeros(len(law))
    for claim, share in restated.items():
        values[claim] = max((c.likeness for c in changes.get(claim, ())), default=0.0) or share
    columns = (
        meaning.states,
        meaning.watch,
        meaning.changes,
        wording.scores,
        topic_title,
        topic_body,
        values,
        law,
        wording.covers,
        concepts,
    )
    return np.stack([np.asarray(c, dtype=np.float64) for c in columns], axis=1)


@cache
def law_words(act: str, article: str | None) -> tuple[str, ...]:
    """How plain text names an act (by number) or the article of a code."""
    act = act.lower().replace("ё", "е")
    if article and act in ("ук рф", "коап рф", "упк рф", "кас рф"):
        return (
            f"ст. {article} {act}",
            f"статье {article} {act}",
            f"статья {article} {act}",
            f"статьи {article} {act}",
            f"статью {article} {act}",
        )
    return (act,) if any(ch.isdigit() for ch in act) else ()


# --- an item as a whole: how likely it reports an update ---------------------------------------------------------------


@dataclass(frozen=True)
class Feature:
    """One named feature: which way and how hard it pulls by itself. Its text is in db.reason_codes."""

    name: str
    pull: float


_STAGES: dict[str, tuple[frozenset[Stage], float]] = {
    "stage_rumour": (frozenset({Stage.RUMOUR}), -1),
    "stage_proposed": (frozenset({Stage.PROPOSED, Stage.INTRODUCED, Stage.READING_1, Stage.READING_2}), 0),
    "stage_law": (frozenset({Stage.ADOPTED, Stage.SIGNED, Stage.PUBLISHED}), +1),
    "stage_in_force": (frozenset({Stage.IN_FORCE}), +1),
    "stage_off": (frozenset({Stage.REPEALED}), 0),
    "stage_court": (frozenset({Stage.COURT}), 0),
    "stage_denied": (frozenset({Stage.DENIED}), -2),
}
_KIND_PULL = {
    "explainer": -2,
    "reminder": -2,
    "opinion": -1,
    "one_case": -1,
    "scam": -1,
    "memory": -1,
    "culture": -1,
    "ceremony": -1,
    "digest": -1,
}


HAS_TEXT = "has_text"  # the one feature whose weight is not learnt but set, so that one threshold serves titles and texts (see fit.py)


@cache
def features() -> tuple[Feature, ...]:
    """All item features, in the order of the model file."""
    words = vocabulary()
    return (
        Feature("pair_best", +1),
        Feature("pair_top3", +1),
        Feature("meaning_watch", +1),
        Feature("meaning_changes", +1),
        Feature("meaning_states", 0),
        Feature("wording", +1),
        *(Feature(f"subject_{c.name}", 0 if c.name in WEAK else +1) for c in words.groups["subjects"]),
        Feature("covered", +1),
        Feature("known_words", +1),
        Feature("one_person", -2),
        Feature("many_people", +1),
        Feature("few_people", -1),
        Feature("private_name", -2),
        Feature("first_person", -2),
        Feature("scale", +1),
        Feature("tells_past", +1),
        Feature("tells_present", 0),
        Feature("tells_future", 0),
        Feature("infinitive", -1),
        Feature("asks", -1),
        Feature("text_past", +1),
        Feature("text_present", -0.5),
        Feature("subjects_title", +1),
        Feature("subjects_body", 0),
        *(Feature(f"field_{c.name}", 0) for c in words.groups["field"]),
        Feature("russia_title", +1),
        Feature("russia_body", +1),
        Feature("other_title", -1),
        Feature("other_body", -1),
        Feature("other_only", -2),
        Feature("other_title_only", -2),
        Feature("ukraine_title", -2),
        Feature("ukraine_body", 0),
        *(Feature(f"kind_{c.name}", _KIND_PULL[c.name]) for c in words.groups["kinds_of_text"]),
        Feature("novelty_title", +1),
        Feature("novelty_body", +1),
        *(Feature(f"actor_{c.name}", 0) for c in words.groups["actors"]),
        *(Feature(name, pull) for name, (_, pull) in _STAGES.items()),
        Feature("denial", -2),
        Feature("value_changed", +1),
        Feature("value_same", -1),
        Feature("large_count", +1),
        Feature("counts", +1),
        Feature(HAS_TEXT, 0),
    )  # fmt: skip


def column(name: str) -> int:
    """Where a feature stands among the weights."""
    return [f.name for f in features()].index(name)


def item_features(reading: Reading, pairs: Floats, meaning: Meaning, wording: Wording, changed: float, same: float) -> dict[str, float]:
    """Values of all `features()` for one item. `pairs`: (claims,) pair scores; `changed`, `same`: 0..1 over the nearest claims."""
    words = vocabulary()
    best = np.sort(pairs)[::-1]
    other_title = [c for c in reading.countries_title if c != "russia"]
    other_body = [c for c in reading.countries_body if c != "russia"]
    if reading.subjects & ABROAD:  # where men flee to or come from, another country is part of the story
        other_title, other_body = [c for c in other_title if c == "ukraine"], []
    # One word of another country in passing does not make an item foreign; the title, two places in the text, or one in a short text do.
    told_abroad = sum(len(reading.countries_body[c]) for c in other_body) + (len(reading.body) < SHORT)
    russia = "russia" in reading.countries_title or "russia" in reading.countries_body
    # Novelty, actors, stages and people say something only where the item speaks of military service at all.
    topical = 1.0 if reading.subjects - WEAK else 0.4 if reading.subjects else 0.0
    stage = reading.stage.stage if reading.stage and topical else None
    # What somebody denies in the course of a text is seldom a denial of the news itself.
    stated = 1.0 if reading.stage and reading.stage.in_title else ONLY_TEXT / 2 if stage is Stage.DENIED else ONLY_TEXT
    people = reading.people
    return {
        "pair_best": float(best[0]),
        "pair_top3": float(best[:3].mean()),
        "meaning_watch": float(meaning.watch.max()),
        "meaning_changes": float(meaning.changes.max()),
        "meaning_states": float(meaning.states.max()),
        "wording": float(wording.scores.max()),
        **{f"subject_{c.name}": _where(c.name, reading.subjects_title, reading.subjects_body) for c in words.groups["subjects"]},
        "covered": float(wording.covers.max()),
        "known_words": wording.known_words,
        "one_person": topical * min(2, people.one),
        "many_people": topical * min(2, people.many),
        "few_people": topical * min(1, people.few),
        "private_name": topical * min(1, people.named),
        "first_person": topical * people.first_person,
        "scale": topical * min(2, reading.scale),
        "tells_past": topical * min(2, reading.grammar.past),
        "tells_present": topical * min(2, reading.grammar.present),
        "tells_future": topical * min(2, reading.grammar.future),
        "infinitive": topical * min(2, reading.grammar.infinitive),
        "asks": topical * reading.grammar.asks,
        "text_past": topical * min(3, reading.grammar_text.past),
        "text_present": topical * min(3, reading.grammar_text.present),
        "subjects_title": float(min(4, len(reading.subjects_title))),
        "subjects_body": float(min(5, len(reading.subjects_body))),
        **{f"field_{c.name}": float(c.name in reading.field) for c in words.groups["field"]},
        "russia_title": float("russia" in reading.countries_title),
        "russia_body": float("russia" in reading.countries_body),
        "other_title": float(min(2, len(other_title))),
        "other_body": float(min(3, len(other_body))),
        "other_only": float((bool(other_title) or (bool(other_body) and told_abroad >= 2)) and not russia),
        "other_title_only": float(bool(other_title) and "russia" not in reading.countries_title),
        "ukraine_title": float("ukraine" in other_title),
        "ukraine_body": float("ukraine" in other_body),
        **{f"kind_{c.name}": _where(c.name, reading.kinds_title, reading.kinds_body) for c in words.groups["kinds_of_text"]},
        "novelty_title": topical * min(2, reading.novelty_title),
        "novelty_body": topical * min(3, reading.novelty_body),
        **{f"actor_{c.name}": topical * _where(c.name, reading.actors_title, reading.actors) for c in words.groups["actors"]},
        **{name: stated * (stage in stages) for name, (stages, _) in _STAGES.items()},
        "denial": 1.0 if reading.denial_title else ONLY_TEXT * reading.denial,
        "value_changed": changed,
        "value_same": same,
        "large_count": topical * _large_count(reading),
        HAS_TEXT: float(bool(reading.body)),
        "counts": float(any(v.kind in ("count", "money", "share") for v in reading.values)),
    }


def _where(name: str, title: Hits, body: Hits) -> float:
    """1 in the title, ONLY_TEXT only in the text, 0 nowhere."""
    return 1.0 if name in title else (ONLY_TEXT if name in body else 0.0)


def _large_count(reading: Reading) -> float:
    """0..1: the largest number of people or things in the title, from a thousand (0.5) to a million (1)."""
    counts = [v.high for v in reading.values if v.kind == "count" and v.start < len(reading.title) and v.high >= 1000]
    return min(1.0, math.log10(max(counts)) / 6) if counts else 0.0
