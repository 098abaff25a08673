"""The registry of signals: one record for each, which is all that code knows of it.

Two kinds of signal. A *pair* signal says how near an item is to one claim; together they rank the
claims. An *item* signal says how likely the item reports an update; together they make the score.
Each is a number that can be recomputed by hand.

`pull` is the opinion before any labelled item is seen. Its sign is the only one that the fitted
weight may have (+ for a flag, − against, 0 either way), so that no accident of the training items
can turn a signal round; its size is the number of votes of the signal (see train.py).

To add a signal: one record here, its text in `db.reason_codes` (with its translations), then
`ajour fit`. The order of the feature vector, the bounds of fitting, the ablation, the reasons and
docs/signals.md follow from the record.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from db.enums import Stage
from monitor.compare.reading.annotate import AnnotatedText, Hits
from monitor.compare.reading.vocabulary import ConceptHit, Vocabulary
from monitor.compare.signals.known import KnownSignals
from monitor.compare.signals.pair_signals import PAIR_SIGNALS, Floats
from monitor.compare.signals.phrase_match import PhraseMatch
from monitor.compare.signals.semantic import SemanticMatch
from monitor.compare.statements.differ import STATEMENT
from monitor.compare.statements.read import IN_LEAD, IN_TITLE
from monitor.compare.statements.subjects import load_pack

# What is in the text and not in the title: a title says what an item is about, a text also what it
# touches.
ONLY_TEXT = 0.6
SHORT = 300  # characters of a text that has room for little besides its news
# The one signal whose weight is not learnt but set, so that one threshold serves titles and texts
# (see train.py).
HAS_TEXT = "has_text"


@dataclass(frozen=True)
class ItemInputs:
    """What item signals are computed from. `changed`, `same`: 0..1 over the nearest claims."""

    reading: AnnotatedText
    pairs: Floats  # (claims,) pair scores
    meaning: SemanticMatch
    wording: PhraseMatch
    changed: float
    same: float
    statements: Floats  # (claims, len(STATEMENT))
    known: KnownSignals
    words: Vocabulary

    @cached_property
    def best(self) -> Floats:
        """Pair scores, best first."""
        return np.sort(self.pairs)[::-1]

    @cached_property
    def other_title(self) -> list[str]:
        """Other countries in the title, by name.

        None but Ukraine for subjects in which another country is part of the story.
        """
        countries = [c for c in self.reading.countries_title if c != "russia"]
        return [c for c in countries if c == "ukraine"] if self._abroad else countries

    @cached_property
    def other_body(self) -> list[str]:
        return [] if self._abroad else [c for c in self.reading.countries_body if c != "russia"]

    @cached_property
    def _abroad(self) -> bool:
        return bool(self.reading.subjects & self.words.sets["subjects_abroad"])

    @cached_property
    def other_only(self) -> bool:
        """Whether the item is about another country alone.

        The title says so, or two places in the text, or one in a short text.
        """
        r = self.reading
        mentions = sum(len(r.countries_body[c]) for c in self.other_body) + (len(r.body) < SHORT)
        russia = "russia" in r.countries_title or "russia" in r.countries_body
        return (bool(self.other_title) or (bool(self.other_body) and mentions >= 2)) and not russia

    @cached_property
    def topical(self) -> float:
        """0..1: how surely the item is about military service.

        Novelty, actors, stages and people say something only there.
        """
        subjects, said = self.reading.subjects, self.reading.statements
        aspect = max(said.aspects.values(), default=0.0) if self.reading.shown_by_pack else 0.0
        if subjects - self.words.sets["weak_subjects"] or aspect >= IN_TITLE:
            return 1.0
        return IN_LEAD if aspect >= IN_LEAD else 0.4 if subjects or (self.reading.shown_by_pack and said.subjects) else 0.0

    @cached_property
    def subjects_in_title(self) -> int:
        said = self.reading.statements.subjects if self.reading.shown_by_pack else {}
        return max(len(self.reading.subjects_title), sum(weight >= IN_TITLE for weight in said.values()))

    def stage(self, *stages: Stage) -> float:
        """0..1: how surely the item states one of `stages`.

        A denial in the course of a text is seldom a denial of the news itself.
        """
        found = self.reading.stage
        in_title = max(self.reading.statements.aspects.values(), default=0.0) >= IN_TITLE
        if not found or found.stage not in stages or not (self.topical or in_title):
            return 0.0
        return 1.0 if found.in_title else ONLY_TEXT / 2 if found.stage is Stage.DENIED else ONLY_TEXT

    @cached_property
    def general(self) -> bool:
        """Whether title and lead of a text explain a rule: no verb in the past, no stage, no word
        of novelty in the title. Verbs are read in Russian and Ukrainian.
        """
        r = self.reading
        tells = r.grammar.past or r.grammar_text.past or r.stage or r.novelty_title
        return bool(r.body) and r.lang in (None, "ru", "uk") and not tells

    @cached_property
    def large_count(self) -> float:
        """0..1: the largest count in the title, from a thousand (0.5) to a million (1),
        logarithmic.
        """
        r = self.reading
        counts = [v.high for v in r.values if v.kind == "count" and v.start < len(r.title) and v.high >= 1000]
        return min(1.0, math.log10(max(counts)) / 6) if counts else 0.0


Quotes = Callable[[AnnotatedText], Sequence[ConceptHit]]


def _no_quotes(_: AnnotatedText) -> Sequence[ConceptHit]:
    return ()


@dataclass(frozen=True)
class Signal:
    """One number that speaks for or against a flag. Its text is in `db.reason_codes.SIGNALS`."""

    name: str
    group: str  # the signals that an ablation takes away together
    pull: float
    measure: Callable[[ItemInputs], float]
    # Whether reasons name it: not where a reason of its own shows the words, or there are none.
    named: bool = True
    quotes: Quotes = _no_quotes  # the places in the item that a reason shows
    of_claims: bool = False  # whether it depends on the claims, and not on the item alone


class Registry:
    """All item signals of a vocabulary, in the order of model.json."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self.signals: tuple[Signal, ...] = (
            *_near_claims(), *_subjects(words), *_people(), *_verbs(), *_field(words), *_countries(), *_kinds(words),
            *_official(words), *_values(), *_statement_signals(),
        )  # fmt: skip
        self.names = tuple(signal.name for signal in self.signals)
        self._empty = dict.fromkeys(self.names, 0.0)  # keeps their order
        self._of_claims = [(s.name, s.measure) for s in self.signals if s.of_claims]
        # Values of the signals of the last item alone: the same for the next report.
        self._last: tuple[AnnotatedText, dict[str, float]] | None = None

    def measure(self, inputs: ItemInputs) -> dict[str, float]:
        """The value of each signal for one item."""
        last = self._last
        if last is None or last[0] is not inputs.reading:
            last = inputs.reading, {s.name: float(s.measure(inputs)) for s in self.signals if not s.of_claims}
            self._last = last
        values = self._empty | last[1]
        for name, measure in self._of_claims:
            values[name] = float(measure(inputs))
        return values


def groups(registry: Registry) -> tuple[str, ...]:
    """The groups that an ablation takes away, one at a time, in order of their first signal."""
    named = [*(pair.group for pair in PAIR_SIGNALS), *(signal.group for signal in registry.signals)]
    return tuple(dict.fromkeys(group for group in named if group))


def _near_claims() -> list[Signal]:
    return [
        Signal("pair_best", "claims (pair scores)", +1, lambda i: i.best[0], named=False, of_claims=True),
        Signal("pair_top3", "claims (pair scores)", +1, lambda i: i.best[:3].mean(), named=False, of_claims=True),
        Signal("meaning_watch", "meaning", +1, lambda i: i.meaning.watch.max(), named=False, of_claims=True),
        Signal("meaning_changes", "meaning", +1, lambda i: i.meaning.changes.max(), named=False, of_claims=True),
        Signal("meaning_states", "meaning", 0, lambda i: i.meaning.states.max(), named=False, of_claims=True),
        Signal("wording", "wording", +1, lambda i: i.wording.scores.max(), named=False, of_claims=True),
    ]


def _subjects(words: Vocabulary) -> list[Signal]:
    def pull(name: str) -> float:
        return 0 if name in words.sets["weak_subjects"] else +1

    return [
        *_each(words, "subjects", "subject", "subjects", pull, lambda r: (r.subjects_title, r.subjects_body)),
        Signal("covered", "wording", +1, lambda i: i.wording.covers.max(), of_claims=True),
        Signal("known_words", "wording", +1, lambda i: i.wording.known_words, of_claims=True),
    ]  # fmt: skip


def _people() -> list[Signal]:
    group = "people and scale"
    return [
        Signal("one_person", group, -2, lambda i: i.topical * min(2, i.reading.people.one)),
        Signal("many_people", group, +1, lambda i: i.topical * min(2, i.reading.people.many)),
        Signal("few_people", group, -1, lambda i: i.topical * min(1, i.reading.people.few)),
        Signal("private_name", group, -2, lambda i: i.topical * min(1, i.reading.people.named)),
        Signal("first_person", group, -2, lambda i: i.topical * i.reading.people.first_person),
        Signal("scale", group, +1, lambda i: i.topical * min(2, i.reading.scale)),
    ]


def _verbs() -> list[Signal]:
    return [
        Signal("tells_past", "grammar", +1, lambda i: i.topical * min(2, i.reading.grammar.past)),
        Signal("tells_present", "grammar", 0, lambda i: i.topical * min(2, i.reading.grammar.present)),
        Signal("tells_future", "grammar", 0, lambda i: i.topical * min(2, i.reading.grammar.future)),
        Signal("infinitive", "grammar", -1, lambda i: i.topical * min(2, i.reading.grammar.infinitive)),
        Signal("asks", "grammar", -1, lambda i: i.topical * i.reading.grammar.asks),
        Signal("tells_news", "grammar", +1, lambda i: i.reading.tells_news),
        Signal("text_past", "grammar", +1, lambda i: i.topical * min(3, i.reading.grammar_text.past)),
        Signal("general", "grammar", -1, lambda i: i.general, named=False),
        Signal("text_present", "grammar", -0.5, lambda i: i.topical * min(3, i.reading.grammar_text.present)),
    ]


def _field(words: Vocabulary) -> list[Signal]:
    return [
        Signal("subjects_title", "subjects", +1, lambda i: min(4, i.subjects_in_title)),
        Signal("subjects_body", "subjects", 0, lambda i: min(5, len(i.reading.subjects_body))),
        *_each(words, "field", "field", "subjects", lambda _: 0, lambda r: (r.field, {})),
    ]


def _countries() -> list[Signal]:
    def other(name: str, pull: float, measure: Callable[[ItemInputs], float]) -> Signal:
        return Signal(name, "countries", pull, measure, quotes=_other_countries)

    return [
        Signal("russia_title", "countries", +1, lambda i: "russia" in i.reading.countries_title),
        Signal("russia_body", "countries", +1, lambda i: "russia" in i.reading.countries_body),
        other("other_title", -1, lambda i: min(2, len(i.other_title))),
        other("other_body", -1, lambda i: min(3, len(i.other_body))),
        other("other_only", -2, lambda i: i.other_only),
        other("other_title_only", -2, lambda i: bool(i.other_title) and "russia" not in i.reading.countries_title),
        other("ukraine_title", -2, lambda i: "ukraine" in i.other_title),
        other("ukraine_body", 0, lambda i: "ukraine" in i.other_body),
    ]


def _kinds(words: Vocabulary) -> list[Signal]:
    strong = ("explainer", "reminder")
    return _each(
        words, "kinds_of_text", "kind", "kind of text", lambda name: -2 if name in strong else -1, lambda r: (r.kinds_title, r.kinds_body)
    )


def _official(words: Vocabulary) -> list[Signal]:
    def stage(name: str, pull: float, *stages: Stage) -> Signal:
        return Signal(name, "stage", pull, lambda i: i.stage(*stages), named=False)

    return [
        Signal("novelty_title", "novelty", +1, lambda i: i.topical * min(2, i.reading.novelty_title)),
        Signal("novelty_body", "novelty", +1, lambda i: i.topical * min(3, i.reading.novelty_body)),
        *_each(words, "actors", "actor", "actors", lambda _: 0, lambda r: (r.actors_title, r.actors), topical=True),
        stage("stage_rumour", -1, Stage.RUMOUR),
        stage("stage_proposed", 0, Stage.PROPOSED, Stage.INTRODUCED, Stage.READING_1, Stage.READING_2),
        stage("stage_law", +1, Stage.ADOPTED, Stage.SIGNED, Stage.PUBLISHED),
        stage("stage_in_force", +1, Stage.IN_FORCE),
        stage("stage_off", 0, Stage.REPEALED),
        stage("stage_court", 0, Stage.COURT),
        stage("stage_denied", -2, Stage.DENIED),
        Signal("denial", "stage", -2, lambda i: 1.0 if i.reading.denial_title else ONLY_TEXT * i.reading.denial),
    ]


def _values() -> list[Signal]:
    return [
        Signal("value_changed", "values", +1, lambda i: i.changed, of_claims=True),
        Signal("value_same", "values", -1, lambda i: i.same, of_claims=True),
        Signal("large_count", "values", +1, lambda i: i.topical * i.large_count),
        Signal("counts", "values", +1, lambda i: any(v.kind in ("count", "money", "share") for v in i.reading.values)),
        Signal(HAS_TEXT, "", 0, lambda i: bool(i.reading.body), named=False),
    ]


def _kind_of_text(name: str) -> Signal:
    """The item is of a kind that is not news."""
    return Signal(f"news_{name}", "kind of text", -1, lambda i: i.reading.statements.kinds.get(name, 0.0))


# Stages at which a rule has moved.
_MOVES = (Stage.READING_1, Stage.READING_2, Stage.ADOPTED, Stage.SIGNED, Stage.PUBLISHED, Stage.IN_FORCE, Stage.REPEALED, Stage.COURT)


def _statement_signals() -> list[Signal]:
    """What the statements say of the item as a whole; `nearest`: of the claim that the pair signals
    put first.
    """

    def nearest(i: ItemInputs, name: str) -> float:
        return float(i.statements[int(np.argmax(i.pairs)), STATEMENT.index(name)])

    def official(i: ItemInputs, ours: bool) -> float:
        s = i.reading.statements
        return float(s.title_of is not None and ours == (s.speaks and (bool(s.subjects) or best(i, "st_act") >= 0.5)))

    def best(i: ItemInputs, name: str) -> float:
        return float(i.statements[:, STATEMENT.index(name)].max())

    def only_known(i: ItemInputs) -> float:
        """It gives a claim's own value, and nothing says that anything moved; more where no verb
        tells of the past.
        """
        moved = best(i, "st_value") >= 1 or i.changed >= 0.5 or i.reading.novelty_title or i.stage(*_MOVES)
        general = not (i.reading.grammar.past or i.reading.grammar_text.past or i.reading.stage)
        return (0.0 if moved else max(i.same, i.known.restated)) + general * i.known.restated

    group = "statements"
    return [
        Signal("st_value", group, +1, lambda i: best(i, "st_value"), named=False, of_claims=True),
        Signal("st_changed", group, +2, lambda i: best(i, "st_value") >= 1, named=False, of_claims=True),
        Signal("st_rule", group, +1.5, lambda i: min(nearest(i, "st_aspect"), i.stage(*_MOVES)), of_claims=True),
        Signal("st_aspect", group, +0.5, lambda i: nearest(i, "st_aspect"), of_claims=True),
        Signal("st_subject", group, +0.5, lambda i: nearest(i, "st_subject"), of_claims=True),
        Signal("st_act", group, +0.5, lambda i: nearest(i, "st_act"), of_claims=True),
        Signal("st_official", group, +2, lambda i: official(i, True), of_claims=True),
        Signal("st_official_other", group, -2, lambda i: official(i, False), of_claims=True),
        Signal("st_restated", group, -1, lambda i: i.known.restated, of_claims=True),
        Signal("only_known", group, -1.5, only_known, of_claims=True),
        Signal("old_dates", group, -1, lambda i: i.known.old_dates, of_claims=True),
        Signal("st_foreign", group, -2, lambda i: i.reading.statements.foreign),
        *(_kind_of_text(name) for name in load_pack().not_news),
    ]


def _each(
    words: Vocabulary,
    entries: str,
    prefix: str,
    group: str,
    pull: Callable[[str], float],
    places: Callable[[AnnotatedText], tuple[Hits, Hits]],
    topical: bool = False,
) -> list[Signal]:
    """A signal for each entry of a group of the vocabulary.

    Its value: 1 in the title, ONLY_TEXT only in the text, 0 nowhere.
    """

    def measure(name: str) -> Callable[[ItemInputs], float]:
        def measured(i: ItemInputs) -> float:
            title, text = places(i.reading)
            value = 1.0 if name in title else ONLY_TEXT if name in text else 0.0
            return i.topical * value if topical else value

        return measured

    return [
        Signal(f"{prefix}_{c.name}", group, pull(c.name), measure(c.name), quotes=_first(c.name, places)) for c in words.groups[entries]
    ]


def _first(name: str, places: Callable[[AnnotatedText], tuple[Hits, ...]]) -> Quotes:
    """The first place of an entry of the vocabulary."""
    return lambda reading: next((hits[name][:1] for hits in places(reading) if name in hits), ())


def _other_countries(reading: AnnotatedText) -> Sequence[ConceptHit]:
    """The first place of each of the first two other countries."""
    countries = {c: h for c, h in {**reading.countries_title, **reading.countries_body}.items() if c != "russia"}
    return [h[0] for h in list(countries.values())[:2]]
