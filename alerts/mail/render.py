"""Renders digests as HTML and as plain text, each from its own templates, each complete.

Gmail shows the first 102 KB of an HTML part and hides the rest, and with it the link to
unsubscribe; HTML_BYTES stays well below. A digest that would be longer shows fewer entries and says
how many are left out. Styles are written into the elements (css-inline), because some mail programs
drop style sheets; colours of links and the rules for screens (dark, narrow) stay in a style sheet.
"""

import textwrap
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

from css_inline import CSSInliner
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from alerts import i18n as words
from alerts.digest import Digest, brief_entries, shrink
from alerts.i18n import catalogue
from alerts.mail import sanitize
from alerts.mail.digest_phrases import DigestPhrases, as_allowed
from alerts.signed_links import LinkSigner
from alerts.subject import subject_of, with_state

HTML_BYTES = 80_000
NO_LINKS = LinkSigner("", "")


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
    translations = catalogue(language)
    env.install_gettext_translations(translations, newstyle=True)  # type: ignore[attr-defined]
    env.filters["wrap"] = wrap
    env.globals.update(
        severity=words.SEVERITY, tier=words.TIER, topic=words.TOPIC, as_allowed=as_allowed,
        language=language,
    )  # fmt: skip
    return env


@cache
def stylesheet(name: str) -> str:
    """A style sheet of templates/: "style" is written into the elements of a mail, "screen" (links,
    dark, narrow) stays in its head."""
    return (files("alerts") / "templates" / f"{name}.css").read_text("utf-8")


@cache
def _inliner() -> CSSInliner:
    return CSSInliner(extra_css=stylesheet("style"), load_remote_stylesheets=False, minify_css=True)


@cache
def _screen() -> str:
    """The rules of the head without indents and line ends: Gmail drops a style sheet of 8 KB."""
    return " ".join(stylesheet("screen").split())


def inline(html: str) -> str:
    """Styles written into the elements; the rules for links and screens in the head."""
    return _inliner().inline(html).replace("</head>", f"<style>{_screen()}</style></head>", 1)


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


def render(digest: Digest, links: LinkSigner = NO_LINKS, personal: bool = False) -> RenderedMail:
    """Both forms of one digest. See `render_parts`."""
    return render_parts((digest,), links, personal)


@lru_cache(maxsize=256)
def render_parts(digests: tuple[Digest, ...], links: LinkSigner = NO_LINKS, personal: bool = False) -> RenderedMail:
    """Both forms of a mail with these digests, the HTML below HTML_BYTES; the digest with the most
    entries is shortened.

    `personal`: with the reader's links in the footer, which carry signed_links.TOKEN_PLACEHOLDER
    for the token. Readers with the same news share one rendering through the cache.
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
    return [Markup(part) for part in _parts(digests, links, personal, html=True)]  # noqa: S704 - escaped


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
    """What a mailbox shows after the subject, which has the first entry: the next entries, or the
    coverage where there is none; at most 150 characters.
    """
    following = [as_allowed(with_state(e, d.language), d) for d in digests for e in brief_entries(d, 4)][1:]
    return sanitize.line(" · ".join(following) or DigestPhrases(digests[0], NO_LINKS).covered(), 150)


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
    phrases = DigestPhrases(d, links, personal=personal)
    numbers = {e.flag_id: n for n, e in enumerate([*d.confirmed, *d.waiting], start=first)}
    return {
        "d": d, "links": links, "personal": personal and bool(links.public), "headline": phrases.headline(), "brief": phrases.brief(), "demo": phrases.demo(), "lead": phrases.lead, "line_link": phrases.line_link, "warnings": phrases.warnings(), "covered": phrases.covered(),
        "about": phrases.about(), "left_out": phrases.left_out(), "unread": phrases.unread(), "sections": phrases.sections, "and_more": phrases.and_more, "changes_since": phrases.since, "correction_text": phrases.correction,
        "marks_of": phrases.marks, "why": phrases.why, "aid": phrases.aid, "translated": phrases.translated, "origins": phrases.origins, "citation": phrases.citation, "actions": phrases.actions, "day": phrases.day, "number": lambda e, _d: numbers[e.flag_id],
    }  # fmt: skip
