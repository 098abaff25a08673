"""ListedEntry → NewVersion: text without markup, language, canonical address, content hash,
origin.
"""

import hashlib
import re
from functools import cache
from html import unescape

from lxml import etree

from db.items import NewVersion
from monitor.kinds.results import ListedEntry
from monitor.normalize import without_invisible
from monitor.parse.attribution import named_origin
from monitor.parse.identity import canonical_url, identity_key
from monitor.parse.nesting_guard import too_deep
from monitor.parse.relative_time import AGO, DAY, HOUR

MAX_TEXT = 50_000  # characters
MAX_TITLE = 600  # characters
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,10});", re.I)
_MARKUP = re.compile(r"<[a-z/!?]", re.I)
_TAG = re.compile(r"</?(?:p|br|div|span|a|b|i|u|em|strong|img|ul|ol|li|h[1-6]|blockquote|table)\b[^<>]*>", re.I)
_BLOCKS = ("p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "tr", "table", "section", "article", "pre")
# Several spaces, or one that is not U+0020: single spaces stay as they are
_SPACES = re.compile(
    "[\t\u00a0\u2000-\u200a\u202f\u205f\u3000][ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]*| [ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+"
)
_LINE_ENDS, _EMPTY_LINES = re.compile(r" *\n *"), re.compile(r"\n{3,}")
_WORDS = re.compile(r"\w+")
_LINE_BREAKS = re.compile(r"[\r\n\t]+")
_DROP = ("script", "style", "noscript", "template", "iframe", "svg", "form", "button")
# Escaped once too often: "&lt;![CDATA[…]]&gt;"
_CDATA = re.compile(r"(?:<|&lt;)!\[CDATA\[(.*?)\]\](?:>|&gt;)", re.S)
_VOLATILE = re.compile(
    rf"{AGO}|{DAY}{HOUR}"
    r"|\b(?:просмотр\w*|комментари\w*|views?|comments?|shares?|лайк\w*|likes?|отзыв\w*)\s*[:—-]\s*\d[\d\s.,]{0,12}[кkтм]?"
    r"|\b\d[\d\s.,]{0,12}\s?(?:просмотр\w*|комментари\w*|views|comments?|лайк\w*|likes|отзыв\w*)\b"
    r"|[(\[]\s*\d{1,5}\s*[)\]]\s*$"
    r"|\b(?:время чтения|reading time)\s*[:—-]?\s*\d+\s*\w+",
    re.M,
)
# Without any of these, and without a bracket at the end of a line, _VOLATILE cannot match. Its
# search alone costs as much as the rest of the cleaning.
_VOLATILE_HINTS = (
    "назад", "тому", "ago", "siden", "geleden", "vor ", "только что", "щойно", "just now", "gerade eben", "lige nu", "zojuist", "сегодня", "вчера", "сьогодні", "вчора",
    "today", "yesterday", "heute", "gestern", "vandaag", "gisteren", "i dag", "i går", "просмотр", "комментари", "view", "comment", "share", "лайк", "like", "отзыв",
    "время чтения", "reading time", ")\n", "]\n",
)  # fmt: skip
# A block of links to other articles, as feeds append it to a text: a short heading and what
# follows.
_RELATED = re.compile(
    r"^\W*(?:читайте (?:также|ещ[её]|по теме)|смотрите также|также по теме|материалы по теме|по теме|похожие (?:записи|материалы|новости)|другие новости|рекомендуем"
    r"|читайте нас\b.{0,30}|читати також|читайте також|read (?:also|more|next)|see also|related(?: (?:articles|posts|stories|news))?|more on this"
    r"|læs også|lees ook|lesen sie auch)\s*[:.…]?\s*$",
    re.I | re.M,
)


def read_entry(entry: ListedEntry, languages: tuple[str, ...]) -> NewVersion:
    """Clean `entry`. `languages`: those of the source, used for texts too short to detect."""
    listed_title = _CDATA.sub(r"\1", entry.title)
    title = clean_line(strip_markup(listed_title) if "<" in listed_title or "&" in listed_title else listed_title)[:MAX_TITLE]
    text, notes = clean_text(_CDATA.sub(r"\1", entry.html))
    text = without_related(text)
    if title and text.startswith(title) and len(text) - len(title) < 3:
        text = ""
    return NewVersion(
        key=without_surrogates(identity_key(entry.key)[:500]),
        url=canonical_url(without_surrogates(entry.url)),
        title=title,
        text=text,
        lang=language(f"{title} {text[:1000]}", languages) or (without_surrogates(entry.lang) if entry.lang else None),
        published_at=entry.published,
        edited_at=entry.edited,
        origin=clean_line(entry.origin or "") or named_origin(text),
        content_hash=content_hash(title if entry.compared_title is None else entry.compared_title, text),
        notes=(*entry.notes, *notes),
    )


def without_related(text: str) -> str:
    """`text` without a final block of links to other articles, because its links change at each
    fetch.
    """
    for heading in _RELATED.finditer(text):
        rest = [line for line in text[heading.end() :].split("\n") if line.strip()]
        if heading.start() and rest and all(len(line) < 200 for line in rest) and len(rest) <= 12:
            return text[: heading.start()].rstrip()
    return text


def without_surrogates(text: str) -> str:
    """`text` with half characters (lone surrogates) replaced: they cannot be encoded or stored."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def strip_markup(html: str) -> str:
    return clean_text(html)[0].replace("\n", " ")


def clean_text(html: str) -> tuple[str, tuple[str, ...]]:
    """(text, notes): paragraphs separated by a blank line, no markup or invisible characters, at
    most MAX_TEXT.
    """
    if not html.strip():
        return "", ()
    # Escaped twice, as titles and leads of feeds often are: "&amp;laquo;"
    if not _MARKUP.search(html):
        html = _ENTITY.sub(lambda m: unescape(m.group()), html)
        if not _TAG.search(html):
            return tidy(html)[:MAX_TEXT], ()
    if too_deep(html):
        return tidy(re.sub(r"<[^>]{0,500}>", " ", html))[:MAX_TEXT], ("markup nested too deep, read without structure",)
    # Line breaks in the source are spaces, <br> is a line break
    text = tidy(_without_markup(_LINE_BREAKS.sub(" ", html)))
    return text[:MAX_TEXT], (("text cut at the cap",) if len(text) > MAX_TEXT else ())


def _without_markup(html: str) -> str:
    """Text of an HTML fragment, each block on its own line.

    Uses lxml directly: BeautifulSoup takes four times as long.
    """
    # Depth was counted before
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        tree = etree.fromstring(html.encode("utf-8", "replace"), parser)
    except etree.LxmlError:  # nothing in it: "<>"
        return ""
    if tree is None:
        return ""
    etree.strip_elements(tree, *_DROP, with_tail=False)
    for tag in tree.iter(*_BLOCKS):
        if tag.tag == "br":
            tag.tail = "\n" + (tag.tail or "")
        elif len(tag):
            tag[-1].tail = (tag[-1].tail or "") + "\n\n"
        else:
            tag.text = (tag.text or "") + "\n\n"
    return "".join(tree.itertext())


def tidy(text: str) -> str:
    """NFC, no invisible characters, single spaces, at most one empty line."""
    text = without_invisible(text).replace("\r", "\n")
    text = _SPACES.sub(" ", text)
    if "\n" not in text:
        return text.strip()
    return _EMPTY_LINES.sub("\n\n", _LINE_ENDS.sub("\n", text)).strip()


def clean_line(text: str) -> str:
    """`text` as one line, for titles and names: a line break must never reach a mail header."""
    return " ".join(tidy(text).split())


def content_hash(title: str, text: str) -> str:
    """SHA-256 of the words; ignores case, spaces, punctuation, counters and relative times."""
    compared = f"{title}\n{text}".lower().replace("ё", "е")
    if compared.rstrip()[-1:] in (")", "]") or any(hint in compared for hint in _VOLATILE_HINTS):
        compared = _VOLATILE.sub(" ", compared)
    words = " ".join(_WORDS.findall(compared))
    return hashlib.sha256(words.encode()).hexdigest()


@cache
def _identifier() -> object:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(["en", "de", "nl", "da", "fr", "pl", "es", "it", "sv", "no", "fi", "et", "lv", "lt", "ro", "hr", "el", "tr"])
    return identifier


_NOT_LATIN_LETTERS = bytes(c for c in range(256) if not chr(c).islower())


def cyrillic_letters(lower: str) -> int:
    """Characters of the Cyrillic block, which have 4 as the high byte of their number."""
    return lower.encode("utf-16-le", "replace")[1::2].count(4)


def latin_letters(lower: str) -> int:
    """Small Latin letters, with those of Western and Central European languages."""
    central = lower.encode("utf-16-le", "replace")[1::2].count(1)
    return len(lower.encode("latin-1", "ignore").translate(None, _NOT_LATIN_LETTERS)) + central


def language(text: str, expected: tuple[str, ...] = ()) -> str | None:
    """ISO 639-1 code, or None for too little text.

    Cyrillic languages are recognised by their letters, which is more accurate than a model on short
    headlines. `expected`: languages of the source.
    """
    lower = text.lower()
    cyrillic, latin = cyrillic_letters(lower), latin_letters(lower)
    if cyrillic > latin:
        if re.search("[їєґ]", lower) or ("і" in lower and not re.search("[ыэъё]", lower)):
            return "be" if "ў" in lower else "uk"
        return "ru"
    if latin < 12:
        return expected[0] if len(expected) == 1 else None
    code, probability = _identifier().classify(text)  # type: ignore[attr-defined]
    if len(expected) == 1 and probability < 0.9:
        return expected[0]
    return str(code)
