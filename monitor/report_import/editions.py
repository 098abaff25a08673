"""What changed between two editions of a report, sentence by sentence."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from monitor.report_import.content import ReportContent

ALIKE = 75  # per cent from which two sentences are one that was rewritten


@dataclass(frozen=True)
class EditionChanges:
    """Sentences of a later edition against the earlier one; places are those in the later one."""

    added: tuple[int, ...]
    changed: tuple[tuple[str, int], ...]  # (the earlier wording, place)
    removed: tuple[str, ...]
    unquoted: tuple[str, ...]  # ids of claims whose quote the later edition no longer has


def edition_changes(before: ReportContent, after: ReportContent, quotes: Iterable[tuple[str, str]]) -> EditionChanges:
    """`quotes`: (claim id, quote) of the report's claims."""
    old = {_bare(s.text): s.text for s in before.sentences}
    new = {_bare(s.text): place for place, s in enumerate(after.sentences)}
    gone = {bare: text for bare, text in old.items() if bare not in new}
    added, changed = list[int](), list[tuple[str, int]]()
    for bare, place in new.items():
        if bare in old:
            continue
        match = process.extractOne(after.sentences[place].text, gone, scorer=fuzz.ratio, score_cutoff=ALIKE)
        if match is None:
            added.append(place)
        else:
            changed.append((match[0], place))
            del gone[match[2]]
    whole = "".join(new)
    unquoted = tuple(claim for claim, quote in quotes if not all(part in whole for part in _parts(quote)))
    return EditionChanges(tuple(added), tuple(changed), tuple(gone.values()), unquoted)


def _parts(quote: str) -> list[str]:
    """The parts of a quote between its ellipses, bare."""
    return [bare for part in re.split(r"\[?(?:\.\.\.|…)\]?", quote) if (bare := _bare(part))]


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
