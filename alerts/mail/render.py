"""Rendering: a message's value as HTML and as plain text, both from their own templates, both complete.

Gmail shows the first 102 KB of an HTML part and hides the rest, the way to unsubscribe with it; HTML_BYTES keeps well below. A digest that would be longer
shows fewer entries and says how many more there are. Styles are written into the elements (css-inline), because mail programs drop style sheets;
only what depends on the screen (dark, narrow) stays in one.
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

from alerts import i18n as words
from alerts.digest import Correction, Digest, shrink
from alerts.digest_entry import DigestEntry
from alerts.i18n import catalogue
from alerts.mail import sanitize
from alerts.signed_links import LinkSigner
from alerts.subscription_summary import limits_in, sentence, topics_in
from db import enums as db_words
from db.enums import FlagState

HTML_BYTES = 80_000
NO_LINKS = LinkSigner("", "")
_THREE = 3  # primary sources that nobody could read for long, with a warning of their own
_SIX = 6  # blind sources named in a mail


@dataclass(frozen=True)
class RenderedMail:
    """Both forms of a message, and the value they show (shortened, where it was too long)."""

    digest: Digest
    html: str
    text: str


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
    """Wrapped at 72 columns; an address is never broken. `first` and `other` begin the first and the other lines."""
    return textwrap.fill(
        str(text),
        72,
        initial_indent=first,
        subsequent_indent=first if other is None else other,
        break_long_words=False,
        break_on_hyphens=False,
    )


def as_allowed(text: str, d: Digest) -> str:
    """Foreign text as this reader may have it: without web addresses, unless they want direct links."""
    return text if d.links == db_words.LinkPolicy.DIRECT else sanitize.without_addresses(text)


@lru_cache(maxsize=256)
def render(digest: Digest, links: LinkSigner = NO_LINKS, personal: bool = False) -> RenderedMail:
    """Both forms, the HTML below HTML_BYTES. `personal`: with the footer's links of the reader, which carry links.STAND_IN for their token.

    Readers with the same news share one rendering: it is kept for as long as the same value is asked for again.
    """
    html = render_html(digest, links, personal)
    while len(html.encode()) >= HTML_BYTES:
        digest = shrink(digest)
        html = render_html(digest, links, personal)
    return RenderedMail(digest, html, render_text(digest, links, personal))


def render_html(digest: Digest, links: LinkSigner = NO_LINKS, personal: bool = False) -> str:
    env = environment(digest.language, html=True)
    return inline(env.get_template("digest.html").render(context(digest, links, personal)))


def render_text(digest: Digest, links: LinkSigner = NO_LINKS, personal: bool = False) -> str:
    return tidy(environment(digest.language, html=False).get_template("digest.txt").render(context(digest, links, personal)))


def tidy(text: str) -> str:
    """Without blanks at line ends (but the signature mark) and without more than two empty lines."""
    lines: list[str] = []
    for raw in text.splitlines():
        row = raw if raw == "-- " else raw.rstrip()
        if row or lines[-2:] != ["", ""]:
            lines.append(row)
    return "\n".join(lines).strip() + "\n"


def context(d: Digest, links: LinkSigner, personal: bool) -> dict[str, Any]:
    """All that a template may say of a digest."""
    phrases = DigestPhrases(d, links)
    numbers = {e.flag_id: n for n, e in enumerate([*d.confirmed, *d.waiting], start=1)}
    return {
        "d": d, "links": links, "personal": personal and bool(links.public), "headline": phrases.headline(), "warnings": phrases.warnings(), "covered": phrases.covered(),
        "about": phrases.about(), "unread": phrases.unread(), "sections": phrases.sections, "and_more": phrases.and_more, "changes_since": phrases.since, "correction_text": phrases.correction,
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
        return ", ".join(parts) or self._nothing()

    def _nothing(self) -> str:
        if self.d.elsewhere:
            return self._("Nothing further in this period")
        return self._("Nothing urgent in this period") if self.d.urgent_only else self._("Nothing new in this period")

    def warnings(self) -> list[str]:
        d = self.d
        found = []
        if d.late:
            found.append(self._("This digest covers a longer period than usual; nothing of it is left out."))
        if d.coverage.little:
            found.append(
                self._("Only %(share)d %% of the sources could be read: silence means little here.")
                % {"share": int(d.coverage.share * 100)}
            )
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

    def covered(self) -> str:
        d, c = self.d, self.d.coverage
        text = self._("%(start)s – %(end)s (%(zone)s). %(read)d of %(watched)d sources read, %(items)d items seen, %(shown)d shown.") % {
            "start": self.moment(d.start), "end": self.moment(d.end), "zone": d.zone, "read": c.read, "watched": c.watched, "items": c.items, "shown": d.shown,
        }  # fmt: skip
        if not d.elsewhere:
            return text
        elsewhere = self.n("%(num)d was told at once or in another mail.", "%(num)d were told at once or in other mails.", d.elsewhere)
        return f"{text} {elsewhere % {'num': d.elsewhere}}"

    def about(self) -> str:
        """Of which reports it tells, and what its reader has left out: silence about the rest is no news."""
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
            "withdrawn": _("Withdrawn. On %(day)s we told you of it as confirmed; it no longer is."),
            "reopened": _("Open again. What was decided before we wrote on %(day)s is being looked at anew."),
            "set_aside": _("Set aside. On %(day)s we told you of it as a likely update; people judged that it is none."),
        }[c.kind] % {"day": self.day(c.notified_at)}
        return f"{text} ({_(words.CHOICE[c.choice])})" if c.choice in words.CHOICE else text

    def marks(self, e: DigestEntry) -> list[str]:
        """Severity, what it is, its stage. What a person decided takes the place of what the software took it for."""
        decided = e.choice if e.state is FlagState.CONFIRMED else None
        kind = words.CHOICE[decided] if decided else words.RELATION[e.relation]
        return [self._(m) for m in (words.SEVERITY[e.severity], kind, words.STAGE.get(e.stage or "", "")) if m]

    def why(self, e: DigestEntry) -> str:
        """The software's own reasons, the first two, on one line, for what nobody has judged."""
        return sanitize.line("; ".join(r.text(self._) for r in e.reasons[:2]), 260) if e.state is FlagState.OPEN else ""

    def origins(self, e: DigestEntry) -> str:
        items = self.n("%(num)d item", "%(num)d items", len(e.sources)) % {"num": len(e.sources)}
        origins = self.n("%(num)d independent origin", "%(num)d independent origins", e.origins) % {"num": e.origins}
        return f"{items}, {origins}."

    def citation(self, e: DigestEntry, d: Digest) -> str:
        """One line to copy, in the order COI reports cite: outlet, title, date, address, day of access."""
        v = e.sources[0]
        at = f", {v.url}" if v.url and d.links == db_words.LinkPolicy.DIRECT else ""
        accessed = self._("accessed %(day)s") % {"day": self.day(v.seen)}
        return f"{v.outlet}, “{as_allowed(v.title, d)}”, {self.day(v.published)}{at}, {accessed}"

    def actions(self, e: DigestEntry, d: Digest) -> list[tuple[str, str]]:
        """(label, address) of what a reader can open: the desk, the archived copy, the original, and a word back."""
        v, links = e.sources[0], self.links
        found = [
            (self._("At the desk"), links.flag(e.flag_id), db_words.LinkPolicy.ARCHIVE),
            (self._("Archived copy"), links.archived(v.item_id), db_words.LinkPolicy.ARCHIVE),
            (self._("Original"), v.url or "", db_words.LinkPolicy.DIRECT),
            (self._("Useful, or not?"), links.feedback(e.flag_id) if links.public else "", db_words.LinkPolicy.NONE),
        ]
        allowed = {db_words.LinkPolicy.DIRECT: 2, db_words.LinkPolicy.ARCHIVE: 1, db_words.LinkPolicy.NONE: 0}
        return [(label, url) for label, url, needs in found if url and allowed[needs] <= allowed[d.links]]
