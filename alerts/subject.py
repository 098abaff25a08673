"""Subjects of digests: true counts, the first headline, and what a reader must know of the
coverage.
"""

from collections.abc import Sequence

from alerts.digest import Digest
from alerts.i18n import catalogue
from alerts.mail import sanitize

MOST = 170  # characters


def subject_of(parts: Sequence[Digest]) -> str:
    """The subject of a mail with these digests (one or more, all in one language)."""
    return f"[Ajour] {_subject(parts)}"


def _subject(parts: Sequence[Digest]) -> str:
    counts, first = _counts(parts), parts[0]
    warnings = list(dict.fromkeys(w for d in parts for w in _warnings(d)))
    if not counts:
        return sanitize.line("; ".join([*warnings, _nothing(first)]), MOST)
    entries = [e for d in parts for e in (*d.confirmed, *d.confirmed_lines)] or [e for d in parts for e in (*d.waiting, *d.waiting_lines)]
    lead = entries[0].headline if entries else next((c.was for d in parts for c in d.corrections), "")
    return sanitize.line(f"{'; '.join(warnings)}{'; ' if warnings else ''}{', '.join(counts)}{f' – {lead}' if lead else ''}", MOST)


def _counts(parts: Sequence[Digest]) -> list[str]:
    translations = catalogue(parts[0].language)

    def count(one: str, many: str, n: int) -> list[str]:
        return [translations.ngettext(one, many, n) % {"num": n}] if n else []

    return [
        *count("%(num)d confirmed change", "%(num)d confirmed changes", sum(d.confirmed_count for d in parts)),
        *count("%(num)d to review", "%(num)d to review", sum(d.waiting_count for d in parts)),
        *count("%(num)d correction", "%(num)d corrections", sum(d.corrections_count for d in parts)),
    ]


def _warnings(d: Digest) -> list[str]:
    gettext = catalogue(d.language).gettext
    found = []
    if d.coverage.little:
        found.append(gettext("only %(share)d %% of sources read") % {"share": int(d.coverage.share * 100)})
    if unread := d.coverage.long_unread(d.end):
        found.append(gettext("%(name)s not read for long") % {"name": unread[0].name})
    return found


def _nothing(d: Digest) -> str:
    gettext = catalogue(d.language).gettext
    read = gettext("%(read)d of %(watched)d sources read") % {"read": d.coverage.read, "watched": d.coverage.watched}
    nothing = gettext("nothing urgent") if d.urgent_only else gettext("nothing new")
    if d.elsewhere:
        nothing = gettext("nothing further")
    if d.coverage.doubtful:
        nothing = gettext("%(nothing)s, but this may be a fault") % {"nothing": nothing}
    return f"{nothing} – {read}"
