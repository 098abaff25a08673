"""The sentences of a digest that its HTML and its plain text share, in the digest's language."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from alerts import i18n as words
from alerts.digest import Correction, Digest, brief_entries
from alerts.digest_entry import DigestEntry
from alerts.i18n import catalogue
from alerts.mail import sanitize
from alerts.signed_links import LinkSigner
from alerts.subscription_summary import limits_in, sentence, topics_in
from db import enums as db_words
from db.enums import FlagState
from db.reason_codes import plainest

_IN_BRIEF = 5  # entries in the list at the top
_UNREAD_WARNED = 3  # primary sources unread for long that get a warning each
_UNREAD_NAMED = 6  # unread sources that a mail names


@dataclass(frozen=True)
class DigestSection:
    """Confirmed entries of one section of one report."""

    title: str
    entries: tuple[DigestEntry, ...]


def as_allowed(text: str, d: Digest) -> str:
    """Foreign text under the reader's link policy: without web addresses, unless they chose direct
    links.
    """
    return text if d.links == db_words.LinkPolicy.DIRECT else sanitize.without_addresses(text)


class DigestPhrases:
    """The sentences that both forms share, in a digest's language."""

    def __init__(self, d: Digest, links: LinkSigner, *, personal: bool = False) -> None:
        self.d, self.links, self.personal = d, links, personal and bool(links.public)
        self._: Callable[[str], str] = catalogue(d.language).gettext
        self.n = catalogue(d.language).ngettext

    def day(self, at: datetime | None) -> str:
        return words.day(at, self.d.language, self.d.zone)

    def moment(self, at: datetime) -> str:
        return words.moment(at, self.d.language, self.d.zone)

    def lead(self, e: DigestEntry) -> str:
        """What happened, in one line."""
        return as_allowed(e.headline(self.d.language)[0], self.d)

    def line_link(self, e: DigestEntry) -> str:
        """Where an entry that has one line is shown in full: on the page of the whole digest."""
        if not self.personal or self.d.links is db_words.LinkPolicy.NONE:
            return ""
        return f"{self.links.whole_digest(self.d.end)}#e{e.flag_id}"

    def brief(self) -> list[tuple[str, list[str]]]:
        """The list at the top: (label, lines), confirmed changes first."""
        entries = brief_entries(self.d, _IN_BRIEF)
        confirmed = [self._in_one_line(e) for e in entries if e.state is FlagState.CONFIRMED]
        waiting = [self._in_one_line(e) for e in entries if e.state is not FlagState.CONFIRMED]
        groups = [(self._("Confirmed changes"), confirmed), (self._("Likely updates, not yet reviewed"), waiting)]
        return [(label, lines) for label, lines in groups if lines]

    def _in_one_line(self, e: DigestEntry) -> str:
        """What happened, the outlet (unless the headline names it) and the day."""
        named = e.gist is not None and not e.gist.certain
        strongest = e.sources[0]
        text = f"{self.lead(e)} – {as_allowed(e.renewed, self.d)}" if e.renewed else self.lead(e)
        return f"{sanitize.line(text, 240)} ({'' if named else f'{strongest.outlet}, '}{self.day(strongest.published)})"

    def demo(self) -> str:
        if not self.d.simulated:
            return ""
        return self._("Demo: the outlets are simulated and their texts retold from real reports. Nothing in it may be cited.")

    def headline(self) -> str:
        d, n = self.d, self.n
        parts = []
        if d.confirmed_count:
            parts.append(n("%(num)d confirmed change", "%(num)d confirmed changes", d.confirmed_count) % {"num": d.confirmed_count})
        if d.waiting_count:
            parts.append(
                n("%(num)d likely update to review", "%(num)d likely updates to review", d.waiting_count) % {"num": d.waiting_count}
            )
        if d.corrections_count:
            parts.append(n("%(num)d correction", "%(num)d corrections", d.corrections_count) % {"num": d.corrections_count})
        if parts or not d.coverage.doubtful:
            return ", ".join(parts) or self._nothing()
        return self._("%(nothing)s, but this may be a fault") % {"nothing": self._nothing()}

    def _nothing(self) -> str:
        if self.d.elsewhere:
            return self._("Nothing further in this period")
        return self._("Nothing urgent in this period") if self.d.urgent_only else self._("Nothing new in this period")

    def warnings(self) -> list[str]:
        d = self.d
        warnings = []
        if d.late:
            warnings.append(self._("This digest covers a longer period than usual, because none could be made in between."))
        if d.coverage.little:
            warnings.append(
                self._("Only %(share)d %% of the sources could be read: silence means little here.")
                % {"share": int(d.coverage.share * 100)}
            )
        if late := d.coverage.uncompared:
            text = self.n(
                "%(num)d item of this period has not been compared with the reports yet.",
                "%(num)d items of this period have not been compared with the reports yet.",
                late,
            )
            warnings.append(text % {"num": late})
        unread = d.coverage.long_unread(d.end)
        warnings += [
            self._("%(name)s, a primary source, has not been read since %(day)s.") % {"name": b.name, "day": self.day(b.since)}
            if b.since
            else self._("%(name)s, a primary source, has never been read yet.") % {"name": b.name}
            for b in unread[:_UNREAD_WARNED]
        ]
        if (more := len(unread) - _UNREAD_WARNED) > 0:
            text = self.n("The same holds for %(num)d more primary source.", "The same holds for %(num)d more primary sources.", more)
            warnings.append(text % {"num": more})
        return warnings

    def left_out(self) -> str:
        """What did not fit, and where it is."""
        number = self.d.left_out_count
        text = self.n(
            "%(num)d more entry did not fit. It comes first in the next digest.",
            "%(num)d more entries did not fit. They come first in the next digest.",
            number,
        )
        return text % {"num": number}

    def covered(self) -> str:
        d, c = self.d, self.d.coverage
        text = self._("%(start)s – %(end)s (%(zone)s). %(read)d of %(watched)d sources read, %(items)d items seen, %(shown)d shown.") % {
            "start": self.moment(d.start), "end": self.moment(d.end), "zone": d.zone, "read": c.read, "watched": c.watched, "items": c.items, "shown": d.shown,
        }  # fmt: skip
        if not d.elsewhere:
            return text
        elsewhere = self.n(
            "%(num)d was sent at once, in another mail or in another part.",
            "%(num)d were sent at once, in another mail or in another part.",
            d.elsewhere,
        )
        return f"{text} {elsewhere % {'num': d.elsewhere}}"

    def about(self) -> str:
        """The reports, topics and severities that the digest is limited to."""
        d, language = self.d, self.d.language
        parts = [f"{self._('Reports:')} {'; '.join(d.reports)}"]
        parts += [topics_in(d.topics, language)] if d.topics else []
        limits = limits_in(d.severity, d.unreviewed, language)
        return " ".join(f"{p}." for p in [*parts, *([sentence(limits)] if limits else [])])

    def unread(self) -> str:
        unread = self.d.coverage.unread
        if not unread:
            return ""
        named = [f"{b.name} ({self._unread_for(b.since)}: {self._(words.reason(b.reason))})" for b in unread[:_UNREAD_NAMED]]
        more = len(unread) - len(named)
        tail = " " + self.n("and %(num)d more", "and %(num)d more", more) % {"num": more} if more else ""
        return self._("Not read: %(names)s.") % {"names": f"{', '.join(named)}{tail}"}

    def _unread_for(self, since: datetime | None) -> str:
        if since is None:
            return self._("never read")
        hours = int((self.d.end - since).total_seconds() // 3600)
        if hours < 48:
            return self.n("%(num)d hour", "%(num)d hours", hours) % {"num": hours}
        return self.n("%(num)d day", "%(num)d days", hours // 24) % {"num": hours // 24}

    def sections(self, entries: Iterable[DigestEntry]) -> list[DigestSection]:
        title = self._("section %(number)s")
        return [
            DigestSection(f"{report}, {title % {'number': section}}" if section else report, tuple(group))
            for (report, section), group in groupby(entries, key=lambda e: (e.report, e.section))
        ]

    def and_more(self, n: int) -> str:
        return self.n("and %(num)d more", "and %(num)d more", n) % {"num": n}

    def since(self, e: DigestEntry) -> list[str]:
        return [self._difference(x.aspect, x.old, x.new) for x in e.since]

    def _difference(self, aspect: str, old: str, new: str) -> str:
        _ = self._
        match aspect:
            case "state":
                return _("now confirmed") if new == "confirmed" else _("open again")
            case "stage":
                return _("stage: %(old)s → %(new)s") % {"old": _(words.STAGE.get(old, "none")), "new": _(words.STAGE.get(new, "none"))}
            case "severity":
                return _("severity: %(old)s → %(new)s") % {"old": _(words.SEVERITY.get(old, "none")), "new": _(words.SEVERITY[new])}
            case "primary":
                return _("a primary text now says so")
            case "value":
                return _("another value than before") if new else _("the value is no longer certain")
            case "claim":
                return _("now set against claim %(new)s") % {"new": new}
            case "further":
                return _("also for %(claims)s") % {"claims": new} if new else _("for this claim only")
        return _("the claim was reworded")

    def correction(self, c: Correction) -> str:
        _ = self._
        text = {
            "withdrawn": _("Withdrawn. On %(day)s we wrote that it is confirmed; it no longer is."),
            "reopened": _("Open again. The decision that we reported on %(day)s is being reviewed."),
            "set_aside": _("Set aside. On %(day)s we listed it as a likely update; people judged that it is none."),
        }[c.kind] % {"day": self.day(c.notified_at)}
        return f"{text} ({_(words.CHOICE[c.choice])})" if c.choice in words.CHOICE else text

    def marks(self, e: DigestEntry) -> list[str]:
        """Severity, kind and stage. A person's decision replaces the relation that the comparison
        found.
        """
        decided = e.choice if e.state is FlagState.CONFIRMED else None
        kind = words.CHOICE[decided] if decided else words.RELATION[e.relation]
        severity = self._("Severity: %(level)s") % {"level": self._(words.SEVERITY[e.severity])}
        return [severity, *(self._(m) for m in (kind, words.STAGE.get(e.stage or "", "")) if m)]

    def why(self, e: DigestEntry) -> str:
        """The strongest reason for an entry that no person has judged, as one sentence."""
        reason = plainest(e.reasons) if e.state is FlagState.OPEN else None
        if reason is None:
            return ""
        same = e.gist is not None and e.gist.claim == reason.values.get("claim")
        about = e.gist.phrase.get(self.d.language, "") if e.gist is not None and same else ""
        return sanitize.line(reason.plain(self._, about if self.d.language != "en" else None), 600)

    def aid(self, e: DigestEntry) -> str:
        """The reading aid's sentence about an entry that no person has judged, marked as such."""
        if e.aid is None or e.state is not FlagState.OPEN:
            return ""
        model, gist = e.aid
        text = self._("Language model (%(model)s), not checked by a person: %(gist)s")
        return as_allowed(text % {"model": model, "gist": gist}, self.d)

    def translated(self, e: DigestEntry, part: str) -> tuple[str, str, str] | None:
        """(its mark, text, language) of the machine translation of an entry's "title" or "quote";
        None where there is none, or its reader wants none.
        """
        t = e.translation(self.d.language) if self.d.translations else None
        if t is None:
            return None
        text, engine = (t.title, t.title_engine) if part == "title" else (t.quote, t.quote_engine)
        mark = self._("Machine translation, %(engine)s:") % {"engine": engine}
        return (mark, as_allowed(text, self.d), t.language) if text else None

    def origins(self, e: DigestEntry) -> str:
        items = self.n("%(num)d item", "%(num)d items", len(e.sources)) % {"num": len(e.sources)}
        origins = self.n("%(num)d independent origin", "%(num)d independent origins", e.origins) % {"num": e.origins}
        return f"{items}, {origins}."

    def citation(self, e: DigestEntry, d: Digest) -> str:
        """The item that the entry quotes, in one line to copy, in the order COI reports cite:
        outlet, title, date, address, day of access.
        """
        v = e.sources[0]
        at = f", {v.url}" if v.url and d.links == db_words.LinkPolicy.DIRECT and not v.simulated else ""
        title = self._("“%(quote)s”") % {"quote": as_allowed(v.title, d)}
        accessed = self._("accessed %(day)s") % {"day": self.day(v.seen)}
        cited = f"{v.outlet}, {title}, {self.day(v.published)}{at}, {accessed}"
        return self._("%(citation)s. Demo, not to be cited.") % {"citation": cited} if v.simulated else cited

    def actions(self, e: DigestEntry, d: Digest) -> list[tuple[str, str]]:
        """(label, address) of the links of an entry: archived copy, original, feedback, desk.

        Archived copy and feedback are the reader's own pages and need no account.
        """
        v, links = e.sources[0], self.links
        offered = [
            (self._("Archived copy"), links.archived(v.item_id, d.end) if self.personal else "", db_words.LinkPolicy.ARCHIVE),
            (self._("Retold from") if v.simulated else self._("Original"), v.url or "", db_words.LinkPolicy.DIRECT),
            (self._("Useful, or not?"), links.feedback(e.flag_id) if self.personal else "", db_words.LinkPolicy.NONE),
            (self._("At the desk (sign-in)"), links.flag(e.flag_id), db_words.LinkPolicy.ARCHIVE),
        ]
        allowed = {db_words.LinkPolicy.DIRECT: 2, db_words.LinkPolicy.ARCHIVE: 1, db_words.LinkPolicy.NONE: 0}
        return [(label, url) for label, url, needs in offered if url and allowed[needs] <= allowed[d.links]]
