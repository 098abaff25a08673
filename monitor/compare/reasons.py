"""Reasons a person can read: what changed, where it stands, what spoke for and against, each with the words it comes from."""

from functools import cache

from monitor.compare.features import HAS_TEXT, features
from monitor.compare.reading import Document, Hits
from monitor.compare.types import Measured, Prepared, Verdict
from monitor.compare.verdict import GUARDS

READ_BY_RULE = frozenset({"ru", "uk", "en", "de", "da", "nl"})
STRONG = 0.2  # log-odds from which a feature is worth naming
_STAGE_WORDS = {
    "rumour": "a rumour or forecast", "proposed": "proposed", "introduced": "before the Duma", "reading_1": "passed in first reading", "reading_2": "passed in second reading",
    "adopted": "adopted by parliament", "signed": "signed or issued", "published": "officially published", "in_force": "in force or in practice", "repealed": "repealed, suspended or postponed",
    "court": "decided by a court", "denied": "denied by an authority",
}  # fmt: skip


def explain(document: Document, measured: Measured, prepared: Prepared, verdict: Verdict, parts: dict[str, float]) -> tuple[str, ...]:
    """Reasons in order of weight: the change first, then the claim, the stage, the words, and what spoke against."""
    lines = [f"{c.measures}: {c.old} → {c.new} ({c.claim_id})" for c in verdict.changes[:2]]
    position = verdict.position
    if position in measured.wording.best and measured.wording.scores[position] >= 0.35:
        phrase, sentence = measured.wording.best[position]
        lines.append(f"words of {verdict.nearest.id}: «{phrase}» in «{_short(sentence)}»")
    if float(measured.meaning.changes[position]) >= 0.35:
        lines.append(
            f"reads like a change of {verdict.nearest.id}: {verdict.nearest.changes_if[measured.meaning.nearest_change(position)]}"
        )
    if measured.reading.stage:
        lines.append(f"stage: {_STAGE_WORDS[measured.reading.stage.stage.value]} («{measured.reading.stage.words.strip()}»)")
    if document.lang and document.lang not in READ_BY_RULE:
        lines.append(f"language {document.lang} is compared by the encoder alone; its words, stages and values are not read by rule")
    if verdict.older:
        lines.append(
            f"published {document.day}, before the report's research closed ({prepared.baseline.report.research_closed}): known, not flagged"
        )
    lines += [f"demoted: {g.says}" for g in GUARDS if g.applies(measured.features) and measured.reading.subjects]
    lines += _decisive(measured, parts, for_it=True)
    lines += _decisive(measured, parts, for_it=False)
    return tuple(lines) or ("nothing in it touches the report's claims",)


@cache
def _says() -> dict[str, str]:
    return {f.name: f.says for f in features() if not f.name.startswith(("pair_", "meaning_", "wording", "stage_", HAS_TEXT))}


def _decisive(measured: Measured, parts: dict[str, float], for_it: bool) -> list[str]:
    says = _says()
    ranked = sorted(
        (n for n in says if (parts[n] >= STRONG if for_it else parts[n] <= -STRONG) and measured.features[n]),
        key=lambda n: -abs(parts[n]),
    )
    sign = "for" if for_it else "against"
    return [f"{sign}: {says[name]}{_words(name, measured)}" for name in ranked[:3]]


def _words(name: str, measured: Measured) -> str:
    group, _, entry = name.partition("_")
    r = measured.reading
    places: dict[str, tuple[Hits, ...]] = {
        "subject": (r.subjects_title, r.subjects_body),
        "field": (r.field,),
        "kind": (r.kinds_title, r.kinds_body),
        "actor": (r.actors_title, r.actors),
    }
    for hits in places.get(group, ()):
        if entry in hits:
            return f" («{_short(hits[entry][0].words.strip(), 60)}»)"
    if name.startswith(("other", "ukraine")):
        found = {c: h for c, h in {**r.countries_title, **r.countries_body}.items() if c != "russia"}
        return f" («{'», «'.join(h[0].words for h in list(found.values())[:2])}»)" if found else ""
    return ""


def _short(text: str, most: int = 110) -> str:
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"
