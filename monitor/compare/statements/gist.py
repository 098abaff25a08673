"""`gist_of`: what an item's statement says, as data from which each language makes one sentence.

Nothing stands in it that was not read. A certain change of a claim's number comes first; else what
the title speaks of: what has become of an aspect where the pack has words for it, the aspect, or
the subject, with the item's own number. Where the title speaks of nothing known, the gist names the
subject and who reports it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from db.enums import Stage
from db.gist import Gist, GistCode
from monitor.baseline import Claim
from monitor.compare.statements.cue_index import without_look_alikes
from monitor.compare.statements.differ import Change
from monitor.compare.statements.gist_details import details_of, says
from monitor.compare.statements.own_number import own_number
from monitor.compare.statements.read import IN_LEAD, IN_TITLE, ItemStatements
from monitor.compare.statements.subjects import NUMBERS, Outcome, Pack

_ENDED = frozenset({Stage.REPEALED, Stage.DENIED})


@dataclass(frozen=True)
class ItemFacts:
    """What the sentence of a gist needs to know of an item besides its statements. `foreseen`:
    whether the verbs of its title tell of what is to come.
    """

    outlet: str
    published: str = ""  # ISO day
    stage: Stage | None = None
    stage_in_title: bool = True
    foreseen: bool = False


def gist_of(item: ItemStatements, nearest: Claim, change: Change | None, facts: ItemFacts, pack: Pack) -> Gist:
    """The gist of a certain change, else of what the title says, else of the subject alone (`code`
    REPORTED).
    """
    if change:
        phrase = pack.aspects[change.aspect].says
        return Gist(
            GistCode.VALUE, pack.subject_of(change.aspect), change.claim_id, facts.outlet, phrase, change.aspect,
            change.before, change.after, change.above, _stage(facts), details=details_of(item, phrase, facts.stage, pack, facts.published),
        )  # fmt: skip
    if item.foreign:
        return reported(nearest, facts.outlet, pack)
    text = " · ".join(line.text for line in item.lines if line.weight == IN_TITLE)
    if facts.stage in _ENDED and not facts.stage_in_title:
        facts = replace(facts, stage=None)  # what the text repeals or denies may be something else
    if item.title_of:
        return _of_act(item, nearest, facts, pack)
    return _of_aspect(item, text, nearest, facts, pack) or _of_subject(item, nearest, facts, pack)


def _of_act(item: ItemStatements, nearest: Claim, facts: ItemFacts, pack: Pack) -> Gist:
    """An official title names what it changes, not what becomes of it: its topic, and the act."""
    topic = pack.topics.get(nearest.topic)
    phrase = topic.says if topic else pack.phrases(nearest.subject)
    details = details_of(item, phrase, facts.stage, pack, facts.published)
    return Gist(GistCode.REPORTED, nearest.subject, nearest.id, facts.outlet, phrase, stage=_stage(facts), details=details)


def reported(nearest: Claim, outlet: str, pack: Pack) -> Gist:
    """The gist that says least: the claim's subject, and who reports it."""
    return Gist(GistCode.REPORTED, nearest.subject, nearest.id, outlet, pack.phrases(nearest.subject))


def _stage(facts: ItemFacts) -> str | None:
    return facts.stage.value if facts.stage else None


def _of_aspect(item: ItemStatements, text: str, nearest: Claim, facts: ItemFacts, pack: Pack) -> Gist | None:
    """What the title says of an aspect; None where it speaks of none, or only of a limit or number
    that it does not give. A number of the title and an end come first, then what has become of an
    aspect, then a mere stage. `text`: of the title.
    """
    named = _in_order((a for a, weight in item.aspects.items() if weight >= IN_TITLE), "a:", text, nearest, pack)
    said = {a: (_outcome(a, text, facts, pack), own_number(item, a, pack)) for a in named}

    def order(aspect: str) -> tuple[bool, bool, int]:
        outcome, own = said[aspect]
        first = bool(own and own.in_title) or bool(outcome and outcome.ends)
        return not first, not any(said[aspect]), named.index(aspect)

    for aspect in sorted(named, key=order):
        outcome, own = said[aspect]
        own = own if own and (own.in_title or not outcome) else None
        change = _direction(text, aspect, facts, pack)
        if not (outcome or own or change or facts.stage or pack.aspects[aspect].kind not in NUMBERS):
            continue
        shown = replace(facts, stage=None) if outcome and facts.stage in _ENDED else facts
        phrase = outcome.says if outcome and not own else pack.aspects[aspect].says
        details = details_of(item, phrase, shown.stage, pack, facts.published)
        subject, stage = pack.subject_of(aspect), _stage(shown)
        if own:
            return Gist(
                GistCode.NUMBER, subject, nearest.id, facts.outlet, phrase, aspect, own.old, own.new, own.above, stage,
                own.up_to, own.about, details=details,
            )  # fmt: skip
        return Gist(GistCode.STAGE, subject, nearest.id, facts.outlet, phrase, aspect, stage=stage, change=change, details=details)
    return None


def _outcome(aspect: str, text: str, facts: ItemFacts, pack: Pack) -> Outcome | None:
    """What has become of it. Beside words of a ban, a repeal or a denial only what is itself an
    end: else the title may say the contrary.
    """
    found = pack.outcome(aspect, text)
    ended = facts.stage in _ENDED or says("negated", text)
    return found if found and (found.ends or not ended) else None


def _of_subject(item: ItemStatements, nearest: Claim, facts: ItemFacts, pack: Pack) -> Gist:
    """The subject of the title, else of the lead, else that of the claim, and who reports it. The
    stage is that of what the title speaks of; else it may be the stage of something else.
    """
    for place in (IN_TITLE, IN_LEAD):
        text = " · ".join(line.text for line in item.lines if line.weight == place)
        if named := _in_order((s for s, weight in item.subjects.items() if weight == place), "s:", text, nearest, pack):
            phrase, shown = pack.phrases(named[0]), facts if place == IN_TITLE else replace(facts, stage=None)
            details = details_of(item, phrase, shown.stage, pack, facts.published)
            return Gist(GistCode.REPORTED, named[0], nearest.id, facts.outlet, phrase, stage=_stage(shown), details=details)
    return reported(nearest, facts.outlet, pack)


def _in_order(names: Iterable[str], kind: str, text: str, nearest: Claim, pack: Pack) -> list[str]:
    """`names` (of `kind` "a:" or "s:"), those of the claim first, then those that most of the text
    shows.
    """
    shown = _lengths(text, kind, pack)
    about = nearest.about
    own = (about.aspect, *about.touches) if about else ()
    ranks: Mapping[str, int] = {name: i for i, name in reversed([*enumerate(own if kind == "a:" else map(pack.subject_of, own))])}
    same = {nearest.subject}

    def order(name: str) -> tuple[int, int, str]:
        related = 0 if ranks.get(name) == 0 else 1 if name in ranks or (kind == "a:" and pack.subject_of(name) in same) else 2
        return related, -shown.get(name, 0), name

    return sorted(names, key=order)


def _lengths(text: str, kind: str, pack: Pack) -> dict[str, int]:
    """Name → letters of `text` that its cues cover."""
    covered: dict[str, set[int]] = {}
    for hit in without_look_alikes(pack.cues.find(text)):
        if hit.owner.startswith(kind):
            covered.setdefault(hit.owner[2:], set()).update(range(hit.start, hit.end))
    return {name: len(letters) for name, letters in covered.items()}


def _direction(text: str, aspect: str, facts: ItemFacts, pack: Pack) -> str | None:
    """A code of db.gist.CHANGES: up or down, where the title says it of an aspect with a number;
    to come, where no stage says more.
    """
    if pack.aspects[aspect].kind in NUMBERS - {"date"} and pack.beside[aspect].search(text):
        up, down = says("raised", text), says("lowered", text)
        if up != down:
            return "raised" if up else "lowered"
    return "planned" if facts.stage is None and (facts.foreseen or says("planned", text)) else None
