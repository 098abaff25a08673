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
from monitor.parse.relative_time import AGO, DAY, HOUR

MAX_TEXT = 50_000  # characters
MAX_TITLE = 600  # characters
MAX_DEPTH = 1000  # deeper nesting is an attack on parsers
_ENTITY = re.compile(r"&(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]{2,10});", re.I)
_MARKUP = re.compile(r"<[a-z/!?]", re.I)
_TAG = re.compile(r"</?(?:p|br|div|span|a|b|i|u|em|strong|img|ul|ol|li|h[1-6]|blockquote|table)\b[^<>]*>", re.I)
_BLOCKS = ("p", "div", "br", "li", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "tr", "table", "section", "article", "pre")
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
        key=whole_characters(identity_key(entry.key)[:500]),
        url=canonical_url(whole_characters(entry.url)),
        title=title,
        text=text,
        lang=language(f"{title} {text[:1000]}", languages) or (whole_characters(entry.lang) if entry.lang else None),
        published_at=entry.published,
        edited_at=entry.edited,
        origin=clean_line(entry.origin or "") or named_origin(text),
        content_hash=content_hash(title if entry.compared_title is None else entry.compared_title, text),
        notes=(*entry.notes, *notes),
    )


def without_related(text: str) -> str:
    """`text` without a last block of links to other articles; its links change at each fetch."""
    for heading in _RELATED.finditer(text):
        rest = [line for line in text[heading.end() :].split("\n") if line.strip()]
        if heading.start() and rest and all(len(line) < 200 for line in rest) and len(rest) <= 12:
            return text[: heading.start()].rstrip()
    return text


def whole_characters(text: str) -> str:
    """`text` with half characters (lone surrogates) replaced: they cannot be encoded or stored."""
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
    if _too_deep(html):
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


def _too_deep(html: str) -> bool:
    """Whether tags nest deeper than MAX_DEPTH, counted without building a tree.

    libxml2 drops text below a depth; other parsers take minutes.
    """
    depth = 0
    for m in re.finditer(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)", html):
        if m.group(2).lower() in ("br", "img", "hr", "meta", "link", "input", "source", "wbr", "p", "li"):
            continue
        depth = max(0, depth - 1) if m.group(1) else depth + 1
        if depth > MAX_DEPTH:
            return True
    return False


def tidy(text: str) -> str:
    """NFC, no invisible characters, single spaces, at most one empty line."""
    text = without_invisible(text).replace("\r", "\n")
    text = re.sub(r"[ \t\u00a0\u2000-\u200a\u202f\u205f\u3000]+", " ", text)
    text = re.sub(r" *\n *", "\n", text)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def clean_line(text: str) -> str:
    """`text` as one line, for titles and names: a line break must never reach a mail header."""
    return " ".join(tidy(text).split())


def content_hash(title: str, text: str) -> str:
    """SHA-256 of the words; ignores case, spaces, punctuation, counters and relative times."""
    words = " ".join(re.findall(r"\w+", _VOLATILE.sub(" ", f"{title}\n{text}".lower().replace("ё", "е"))))
    return hashlib.sha256(words.encode()).hexdigest()


@cache
def _identifier() -> object:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(["en", "de", "nl", "da", "fr", "pl", "es", "it", "sv", "no", "fi", "et", "lv", "lt", "ro", "hr", "el", "tr"])
    return identifier


_CYRILLIC = re.compile("[а-яёіїєґў]+")
_LATIN = re.compile("[a-zà-ž]+")


def _letters(script: re.Pattern[str], lower: str) -> int:
    return sum(map(len, script.findall(lower)))


def language(text: str, expected: tuple[str, ...] = ()) -> str | None:
    """ISO 639-1 code, or None for too little text.

    Cyrillic languages are recognised by their letters, which beats a model on short headlines.
    `expected`: languages of the source.
    """
    lower = text.lower()
    cyrillic, latin = _letters(_CYRILLIC, lower), _letters(_LATIN, lower)
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
