"""Renders digests as HTML and as plain text, each from its own templates, each complete.

Gmail shows the first 102 KB of an HTML part and hides the rest, and with it the link to
unsubscribe; HTML_BYTES stays well below. A digest that would be longer shows fewer entries and says
how many are left out. Styles are written into the elements (css-inline), because mail programs drop
style sheets; only what depends on the screen (dark, narrow) stays in one.
"""

import textwrap
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from importlib.resources import files
from itertools import groupby
from typing import Any

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from alerts import i18n as words
from alerts.digest import Correction, Digest, shrink
from alerts.digest_entry import DigestEntry
from alerts.i18n import catalogue
from alerts.mail import sanitize
from alerts.signed_links import LinkSigner
from alerts.subject import subject_of
from alerts.subscription_summary import limits_in, sentence, topics_in
from db import enums as db_words
from db.enums import FlagState
from db.reason_codes import ReasonCode

HTML_BYTES = 80_000
NO_LINKS = LinkSigner("", "")
_THREE = 3  # primary sources that nobody could read for long, with a warning of their own
_SIX = 6  # blind sources named in a mail


@dataclass(frozen=True)
class RenderedMail:
    """Both forms of a message, and the digests they show (shortened, where they were too long)."""

    digests: tuple[Digest, ...]
    subject: str
    html: str
    text: str

    @property
    def digest(self) -> Digest:
        """The first digest, of mails that have one."""
        return self.digests[0]


@dataclass(frozen=True)
class DigestSection:
    """Confirmed entries of one section of one report."""

    title: str
    entries: tuple[DigestEntry, ...]


@cache
def environment(language: str, html: bool) -> Environment:
    """Templates with the texts of a language."""
    loader = PackageLoader("alerts", "templates")
    extensions = ["jinja2.ext.i18n"]
    env = Environment(
        loader=loader,
        autoescape=html,  # noqa: S701 - the plain text is no HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=extensions,
    )
    env.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]
    env.filters["wrap"] = wrap
    env.globals.update(
        severity=words.SEVERITY, tier=words.TIER, topic=words.TOPIC, as_allowed=as_allowed,
        language=language, style=_style() if html else "",
    )  # fmt: skip
    return env


@cache
def _style() -> str:
    folder = files("alerts") / "templates"
    return (folder / "style.css").read_text("utf-8") + (folder / "dark.css").read_text("utf-8")


@cache
def _inliner() -> CSSInliner:
    return CSSInliner(keep_at_rules=True, load_remote_stylesheets=False, minify_css=True, remove_inlined_selectors=False)


def inline(html: str) -> str:
    """Styles moved into the elements, without what the next line break needs no more."""
    return _inliner().inline(html)


def wrap(text: str, first: str = "", other: str | None = None) -> str:
    """Wrapped at 72 columns; an address is never broken. `first` and `other` begin the first and
    the other lines.
    """
    return textwrap.fill(
        str(text),
        72,
        initial_indent=first,
        subsequent_indent=first if other is None else other,
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_allowed(text: str, d: Digest) -> str:
    """Foreign text as this reader may have it: without web addresses, unless they want direct
    links.
    """
    return text if d.links == db_words.LinkPolicy.DIRECT else sanitize.without_addresses(text)


def render(digest: Digest, links: LinkSigner = NO_LINKS, personal: bool = False) -> RenderedMail:
    """Both forms of one digest. See `render_parts`."""
    return render_parts((digest,), links, personal)


@lru_cache(maxsize=256)
def render_parts(digests: tuple[Digest, ...], links: LinkSigner = NO_LINKS, personal: bool = False) -> RenderedMail:
    """Both forms of a mail with these digests, the HTML below HTML_BYTES; the digest with the most
    entries is shortened.

    `personal`: with the reader's links in the footer, which carry links.STAND_IN for the token.
    Readers with the same news share one rendering through the cache.
    """
    html = render_html(digests, links, personal)
    while len(html.encode()) >= HTML_BYTES:
        longest = max(range(len(digests)), key=lambda n: _length(digests[n]))
        digests = tuple(shrink(d) if n == longest else d for n, d in enumerate(digests))
        html = render_html(digests, links, personal)
    return RenderedMail(digests, subject_of(digests), html, render_text(digests, links, personal))


def _length(d: Digest) -> int:
    """How much of a digest can be shortened: a full entry counts as ten lines."""
    full, lines = len(d.confirmed) + len(d.waiting), len(d.confirmed_lines) + len(d.waiting_lines) + len(d.corrections)
    return 10 * full + lines + len(d.still_valid)


def parts_html(digests: tuple[Digest, ...], links: LinkSigner, personal: bool = False) -> list[Markup]:
    """Each digest as HTML without the frame of a mail, with the classes of style.css."""
    return [Markup(part) for part in _parts(digests, links, personal, html=True)]  # noqa: S704 - rendered by an escaping template


def render_html(digests: tuple[Digest, ...], links: LinkSigner = NO_LINKS, personal: bool = False) -> str:
    parts = parts_html(digests, links, personal)
    template = environment(digests[0].language, html=True).get_template("digest.html")
    return inline(
        template.render(context(digests[0], links, personal), subject=subject_of(digests), parts=parts, preheader=_preheader(digests))
    )


def render_text(digests: tuple[Digest, ...], links: LinkSigner = NO_LINKS, personal: bool = False) -> str:
    template = environment(digests[0].language, html=False).get_template("digest.txt")
    return tidy(template.render(context(digests[0], links, personal), parts=_parts(digests, links, personal, html=False)))


def _parts(digests: tuple[Digest, ...], links: LinkSigner, personal: bool, *, html: bool) -> list[str]:
    template = environment(digests[0].language, html=html).get_template("digest_part.html" if html else "digest_part.txt")
    parts, first = [], 1
    for number, d in enumerate(digests, start=1):
        values = context(d, links, personal, first)
        parts.append(template.render(values, part=number if len(digests) > 1 else 0, parts_count=len(digests)))
        first += len(d.confirmed) + len(d.waiting)
    return parts


def _preheader(digests: tuple[Digest, ...]) -> str:
    """What a mailbox shows after the subject: the next headlines, the confirmed ones first, at most
    150 characters.
    """
    confirmed = [as_allowed(e.headline, d) for d in digests for e in d.confirmed]
    waiting = [as_allowed(e.headline, d) for d in digests for e in d.waiting]
    unreviewed = f"{catalogue(digests[0].language).gettext('not yet reviewed')}: "
    parts = [*confirmed[1:3], *(f"{unreviewed}{headline}" for headline in waiting[0 if confirmed else 1 :][:2])]
    return sanitize.line(" · ".join(parts), 150)


def tidy(text: str) -> str:
    """Without blanks at line ends (but the signature mark) and without more than two empty
    lines.
    """
    lines: list[str] = []
    for raw in text.splitlines():
        row = raw if raw == "-- " else raw.rstrip()
        if row or lines[-2:] != ["", ""]:
            lines.append(row)
    return "\n".join(lines).strip() + "\n"


def context(d: Digest, links: LinkSigner, personal: bool, first: int = 1) -> dict[str, Any]:
    """The variables of a digest's templates. `first`: number of the first entry in the plain
    text.
    """
    phrases = DigestPhrases(d, links)
    numbers = {e.flag_id: n for n, e in enumerate([*d.confirmed, *d.waiting], start=first)}
    return {
        "d": d, "links": links, "personal": personal and bool(links.public), "headline": phrases.headline(), "warnings": phrases.warnings(), "covered": phrases.covered(),
        "about": phrases.about(), "left_out": phrases.left_out(), "unread": phrases.unread(), "sections": phrases.sections, "and_more": phrases.and_more, "changes_since": phrases.since, "correction_text": phrases.correction,
        "marks_of": phrases.marks, "why": phrases.why, "origins": phrases.origins, "citation": phrases.citation, "actions": phrases.actions, "day": phrases.day, "number": lambda e, _d: numbers[e.flag_id],
    }  # fmt: skip


class DigestPhrases:
    """The sentences that both forms share, in a digest's language."""

    def __init__(self, d: Digest, links: LinkSigner) -> None:
        self.d, self.links = d, links
        self._: Callable[[str], str] = catalogue(d.language).gettext
        self.n = catalogue(d.language).ngettext

    def day(self, at: datetime | None) -> str:
        return words.day(at, self.d.language, self.d.zone)

    def moment(self, at: datetime) -> str:
        return words.moment(at, self.d.language, self.d.zone)

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
        found = []
        if d.late:
            found.append(self._("This digest covers a longer period than usual, because none could be made in between."))
        if d.coverage.little:
            found.append(
                self._("Only %(share)d %% of the sources could be read: silence means little here.")
                % {"share": int(d.coverage.share * 100)}
            )
        if late := d.coverage.uncompared:
            text = self.n(
                "%(num)d item of this period has not been compared with the reports yet.",
                "%(num)d items of this period have not been compared with the reports yet.",
                late,
            )
            found.append(text % {"num": late})
        unread = d.coverage.long_unread(d.end)
        found += [
            self._("%(name)s, a primary source, has not been read since %(day)s.") % {"name": b.name, "day": self.day(b.since)}
            if b.since
            else self._("%(name)s, a primary source, has never been read yet.") % {"name": b.name}
            for b in unread[:_THREE]
        ]
        if (more := len(unread) - _THREE) > 0:
            text = self.n("The same holds for %(num)d more primary source.", "The same holds for %(num)d more primary sources.", more)
            found.append(text % {"num": more})
        return found

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
        named = [f"{b.name} ({self._unread_for(b.since)}: {self._(words.reason(b.reason))})" for b in unread[:_SIX]]
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
                return _("another value: %(new)s") % {"new": new or _("none")}
            case "claim":
                return _("now set against claim %(new)s") % {"new": new}
            case "further":
                return _("also for %(claims)s") % {"claims": new} if new else _("for this claim only")
        return _("the claim was written anew")

    def correction(self, c: Correction) -> str:
        _ = self._
        text = {
            "withdrawn": _("Withdrawn. On %(day)s we wrote that it is confirmed; it no longer is."),
            "reopened": _("Open again. The decision that we reported on %(day)s is being reviewed."),
            "set_aside": _("Set aside. On %(day)s we listed it as a likely update; people judged that it is none."),
        }[c.kind] % {"day": self.day(c.notified_at)}
        return f"{text} ({_(words.CHOICE[c.choice])})" if c.choice in words.CHOICE else text

    def marks(self, e: DigestEntry) -> list[str]:
        """Severity, what it is, its stage. What a person decided takes the place of what the
        software took it for.
        """
        decided = e.choice if e.state is FlagState.CONFIRMED else None
        kind = words.CHOICE[decided] if decided else words.RELATION[e.relation]
        return [self._(m) for m in (words.SEVERITY[e.severity], kind, words.STAGE.get(e.stage or "", "")) if m]

    def why(self, e: DigestEntry) -> str:
        """The strongest reason for an entry that nobody has judged, whole; reasons against it do
        not explain a flag.
        """
        speaking = next((r for r in e.reasons if r.code != ReasonCode.SIGNAL_AGAINST), None)
        return sanitize.line(speaking.plain(self._), 600) if speaking and e.state is FlagState.OPEN else ""

    def origins(self, e: DigestEntry) -> str:
        items = self.n("%(num)d item", "%(num)d items", len(e.sources)) % {"num": len(e.sources)}
        origins = self.n("%(num)d independent origin", "%(num)d independent origins", e.origins) % {"num": e.origins}
        return f"{items}, {origins}."

    def citation(self, e: DigestEntry, d: Digest) -> str:
        """One line to copy, in the order COI reports cite: outlet, title, date, address, day of
        access.
        """
        v = e.sources[0]
        at = f", {v.url}" if v.url and d.links == db_words.LinkPolicy.DIRECT else ""
        accessed = self._("accessed %(day)s") % {"day": self.day(v.seen)}
        return f"{v.outlet}, “{as_allowed(v.title, d)}”, {self.day(v.published)}{at}, {accessed}"

    def actions(self, e: DigestEntry, d: Digest) -> list[tuple[str, str]]:
        """(label, address) of what a reader can open: the desk, the archived copy, the original,
        and a word back.
        """
        v, links = e.sources[0], self.links
        found = [
            (self._("At the desk"), links.flag(e.flag_id), db_words.LinkPolicy.ARCHIVE),
            (self._("Archived copy"), links.archived(v.item_id), db_words.LinkPolicy.ARCHIVE),
            (self._("Original"), v.url or "", db_words.LinkPolicy.DIRECT),
            (self._("Useful, or not?"), links.feedback(e.flag_id) if links.public else "", db_words.LinkPolicy.NONE),
        ]
        allowed = {db_words.LinkPolicy.DIRECT: 2, db_words.LinkPolicy.ARCHIVE: 1, db_words.LinkPolicy.NONE: 0}
        return [(label, url) for label, url, needs in found if url and allowed[needs] <= allowed[d.links]]
