"""`stage`: the legal stage of a rule, read from text in ten languages (legal_stages.yml).

The most advanced stage stated as fact wins, the title before the text; "the law will enter into
force on 1 January" is not in force. Denied, repealed and court are stages outside this order.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from db.enums import Stage
from monitor.compare.reading.vocabulary import Pattern, expression, starts_of, word_starts
from monitor.compare.reading.word_files import FOLDER, Regex, Word, WordFile, either
from monitor.strict_yaml import load

FILE = FOLDER / "legal_stages.yml"


class _Stages(WordFile):
    """legal_stages.yml."""

    stages: dict[Stage, list[Pattern]]
    look_alikes: list[Pattern]
    not_yet_in_force: list[Regex]
    already_in_force: list[Word]
    early_reading: list[Regex]
    final_reading: list[Regex]


@dataclass(frozen=True)
class _Patterns:
    """legal_stages.yml, compiled."""

    # With what the first words of its patterns begin with; None where a pattern leaves that open
    stages: dict[Stage, tuple[frozenset[str] | None, re.Pattern[str]]]
    look_alikes: re.Pattern[str]
    not_yet_in_force: re.Pattern[str]
    already_in_force: re.Pattern[str]
    early_reading: re.Pattern[str]
    final_reading: re.Pattern[str]


@cache
def _patterns(path: Path = FILE) -> _Patterns:
    words, _ = load(path, _Stages)
    return _Patterns(
        {stage: (starts_of(patterns), expression(patterns)) for stage, patterns in words.stages.items()},
        expression(words.look_alikes),
        re.compile(either(words.not_yet_in_force)),
        re.compile(either([re.escape(w) for w in words.already_in_force])),
        re.compile(either(words.early_reading)),
        re.compile(either(words.final_reading)),
    )


LEAD = 3  # sentences of a text that say what its title says
LEAD_CHARACTERS = 800
_SENTENCE_END = re.compile(r"(?<=[.!?…])(?<!\bст\.)(?<!\bг\.)(?<!тыс\.)(?<!руб\.)(?<!млн\.)[»\"”)]*\s+|\n+")

# A stage outside the process counts only where the text states nothing past PROPOSED.
_WAY = (
    Stage.RUMOUR, Stage.PROPOSED, Stage.INTRODUCED, Stage.READING_1, Stage.READING_2, Stage.ADOPTED, Stage.SIGNED, Stage.PUBLISHED, Stage.IN_FORCE,
)  # fmt: skip
_OFF_THE_WAY = (Stage.DENIED, Stage.REPEALED, Stage.COURT)
RANK = {stage: position for position, stage in enumerate(_WAY, start=1)}
# Stage of a claim by its status: an item is news only beyond it.
RANK_OF_STATUS = {"proposed": 2, "announced": 6, "uncertain": 0, "in_force": 9, "reported": 0, "figure": 0}


@dataclass(frozen=True)
class StageFound:
    """The stage that a text states, the matched words, and their position."""

    stage: Stage
    words: str
    start: int
    in_title: bool

    @property
    def rank(self) -> int:
        """1..9 along the legislative process; 0 for a denial, repeal or court decision."""
        return RANK.get(self.stage, 0)


def read_stage(title: str, text: str) -> StageFound | None:
    """The stage of what the item reports, or None. `title` and `text` are plain (see
    tokenize.plain).

    Only what carries the news is read: the title, and where it states no stage the lead. Further
    sentences tell of other rules.
    """
    first = lead(text)
    stage = _stages(title, True)
    if stage is None or (stage.stage is Stage.ADOPTED and _names_early_reading(first)):
        # "The Duma approved …" in a title may mean the first reading, which the lead says.
        return _stages(first, False) or stage
    return stage


def lead(text: str) -> str:
    """The first LEAD sentences of plain text."""
    ends = [m.end() for m in _SENTENCE_END.finditer(text, 0, LEAD_CHARACTERS)]
    return text[: ends[LEAD - 1]] if len(ends) >= LEAD else text[:LEAD_CHARACTERS]


def _stages(part: str, in_title: bool) -> StageFound | None:
    if not part:
        return None
    patterns = _patterns()
    part = patterns.look_alikes.sub(lambda m: "." * len(m.group()), part)
    present = word_starts(part)
    likely = ((stage, pattern) for stage, (starts, pattern) in patterns.stages.items() if starts is None or not starts.isdisjoint(present))
    hits = {stage: m for stage, pattern in likely if (m := pattern.search(part))}
    if Stage.IN_FORCE in hits and patterns.not_yet_in_force.search(part) and not patterns.already_in_force.search(part):
        hits.pop(Stage.IN_FORCE)
    if Stage.ADOPTED in hits and _only_a_reading(part, hits):
        hits.pop(Stage.ADOPTED)
    # "законопроект принят": a bill that passed is no longer a proposal; the furthest stage counts.
    on_way = [s for s in _WAY if s in hits]
    off = [s for s in _OFF_THE_WAY if s in hits]
    chosen = off[0] if off and (not on_way or RANK[on_way[-1]] <= RANK[Stage.PROPOSED]) else (on_way[-1] if on_way else None)
    if chosen is None:
        return None
    m = hits[chosen]
    return StageFound(chosen, m.group(), m.start(), in_title)


def _only_a_reading(part: str, hits: dict[Stage, re.Match[str]]) -> bool:
    """Whether the sentence with "passed" means the first or second reading: "принят в первом
    чтении" is not yet a law.
    """
    begin = max(part.rfind(c, 0, hits[Stage.ADOPTED].start()) for c in ".!?\n") + 1
    ends = [e for c in ".!?\n" if (e := part.find(c, hits[Stage.ADOPTED].end())) >= 0]
    sentence = part[begin : min(ends, default=len(part))]
    return _names_early_reading(sentence)


def _names_early_reading(text: str) -> bool:
    """Whether `text` names the first or second reading and not the last."""
    return bool(_patterns().early_reading.search(text)) and not _patterns().final_reading.search(text)
