"""Subjects of digests and urgent messages: the first headline, the counts, and warnings about the
coverage.
"""

from collections.abc import Sequence

from alerts.digest import Digest, brief_entries
from alerts.digest_entry import DigestEntry
from alerts.i18n import catalogue
from alerts.mail import sanitize
from db.enums import FlagState

MOST = 170  # characters


def subject_tag(*, simulated: bool) -> str:
    """The tag of all subjects, for mailbox filters. Mails of the demo have another one."""
    return "[Ajour demo]" if simulated else "[Ajour]"


def subject_of(parts: Sequence[Digest]) -> str:
    """The subject of a mail with these digests (one or more, all in one language)."""
    return f"{subject_tag(simulated=any(d.simulated for d in parts))} {_subject(parts)}"


def with_state(e: DigestEntry, language: str) -> str:
    """The headline of an entry, with whether a person has confirmed it."""
    gettext = catalogue(language).gettext
    text = gettext("Confirmed: %(headline)s") if e.state is FlagState.CONFIRMED else gettext("Unreviewed: %(headline)s")
    return text % {"headline": e.headline(language)[0]}


def _subject(parts: Sequence[Digest]) -> str:
    counts, first = _counts(parts), parts[0]
    warnings = list(dict.fromkeys(w for d in parts for w in _warnings(d)))
    if not counts:
        return sanitize.line("; ".join([*warnings, _nothing(first)]), MOST)
    leading = next((e for d in parts for e in brief_entries(d, 1)), None)
    correction = next((c for d in parts for c in d.corrections), None)
    if leading is not None:
        lead = with_state(leading, first.language)
    else:
        assert correction is not None, "the counts are of entries and corrections"
        lead = f"{catalogue(first.language).gettext('Correction:')} {correction.was or correction.entry.headline(first.language)[0]}"
    single = sum(d.confirmed_count + d.waiting_count + d.corrections_count for d in parts) == 1
    before, after = "".join(f"{w}; " for w in warnings), "" if single else f" – {', '.join(counts)}"
    return sanitize.line(f"{before}{sanitize.line(lead, max(40, MOST - len(before) - len(after)))}{after}", MOST)


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
    warnings = []
    if d.coverage.little:
        warnings.append(gettext("only %(share)d %% of sources read") % {"share": int(d.coverage.share * 100)})
    if unread := d.coverage.long_unread(d.end):
        warnings.append(gettext("%(name)s not read for long") % {"name": unread[0].name})
    return warnings


def _nothing(d: Digest) -> str:
    gettext = catalogue(d.language).gettext
    read = gettext("%(read)d of %(watched)d sources read") % {"read": d.coverage.read, "watched": d.coverage.watched}
    nothing = gettext("nothing urgent") if d.urgent_only else gettext("nothing new")
    if d.elsewhere:
        nothing = gettext("nothing further")
    if d.coverage.doubtful:
        nothing = gettext("%(nothing)s, but this may be a fault") % {"nothing": nothing}
    return f"{nothing} – {read}"
