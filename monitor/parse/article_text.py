"""Text of an article page: the best of several extractions.

1. trafilatura in precision mode, with tables (many old sites lay out articles in tables).
2. trafilatura in its default mode, where the first keeps under half of it.
3. `articleBody` of the page's structured data (JSON-LD), where the readings keep under half of it.
4. The element with most text of its own, where all of them keep under half of it.

Measured on the 181 pages of the article-extraction-benchmark of Zyte (`python -m bench.articles`).
"""

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from monitor.compare.reading.tail import is_foot, starts_block
from monitor.parse.clean_entry import clean_text
from monitor.parse.extract import main_text

KEPT = 0.5
_JSON_LD = re.compile(r"<script[^>]+application/ld\+json[^>]*>(.*?)</script>", re.I | re.S)
_ARTICLE_TYPE = re.compile(r"Article|BlogPosting|Report|LiveBlog", re.I)
_MAX_JSON_LD = 500_000  # characters
_MAX_NODES = 2000
_DROP = ("script", "style", "noscript", "template", "iframe", "svg", "form", "button", "nav", "footer", "select", "figure")
_NOT_ARTICLE = re.compile(
    r"comment|cookie|consent|gdpr|banner|footer|menu|navbar|sidebar|related|recommend|subscribe|promo|breadcrumb|popup|modal", re.I
)
# Elements that are never the article, however long
_NEVER_ARTICLE = re.compile(r"(^| )#?comments?( |$)|comment-?(list|s|item|body|text)\b|disqus|cookie|consent|gdpr", re.I)
LEAST_OWN = 200  # characters of an element's own text
_INLINE = frozenset(
    [
        "a",
        "abbr",
        "b",
        "bdi",
        "big",
        "cite",
        "code",
        "del",
        "dfn",
        "em",
        "font",
        "i",
        "ins",
        "kbd",
        "mark",
        "q",
        "s",
        "small",
        "span",
        "strong",
        "sub",
        "sup",
        "time",
        "tt",
        "u",
        "var",
    ]
)
_COOKIES = re.compile(
    r"^.{0,80}\b(?:использу\w+|использован\w+|використов\w+|we use|uses? cookies|accept|continuing|verwend\w+|nutzt|nutzen|bruger|anvender|gebruik\w*|utilis\w+)\b.{0,120}"
    r"\b(?:cookies?|куки|кук|файл\w* cookie)\b",
    re.I | re.M,
)
_SENTENCE = 60  # characters of a sentence with which an article goes on after a block of links
_PARAGRAPH = 140  # characters from which a line is no headline


def article_text(html: str, url: str) -> str:
    """The article's text, paragraphs separated by a blank line; empty if there is none."""
    text = without_notices(main_text(html, url, include_tables=True, favor_precision=True))
    largest = without_notices(largest_text(html))
    # The default mode keeps more, on some pages of several articles too much
    if len(text) < KEPT * len(largest):
        plain = without_notices(main_text(html, url))
        text = plain if len(plain) >= KEPT * len(largest) else largest
    structured = article_body(html)
    if len(text) < KEPT * len(structured):
        text = structured
    return without_related(text)


def article_body(html: str) -> str:
    """The longest `articleBody` in the page's JSON-LD; empty if there is none."""
    bodies = [str(node["articleBody"]) for node in _structured_data(html) if _is_article(node)]
    longest = max(bodies, key=len, default="")
    return clean_text(unescape(longest))[0] if longest else ""


def _structured_data(html: str) -> Iterator[dict[str, Any]]:
    """All objects in the JSON-LD blocks of a page."""
    for block in _JSON_LD.findall(html):
        try:
            stack, seen = [json.loads(block[:_MAX_JSON_LD], strict=False)], 0
        except (ValueError, RecursionError):
            continue
        while stack and (seen := seen + 1) < _MAX_NODES:
            node = stack.pop()
            if isinstance(node, list):
                stack += node
            elif isinstance(node, dict):
                yield node
                stack += [value for value in node.values() if isinstance(value, dict | list)]


def _is_article(node: dict[str, Any]) -> bool:
    return isinstance(node.get("articleBody"), str) and bool(_ARTICLE_TYPE.search(str(node.get("@type"))))


def largest_text(html: str) -> str:
    """Text of the element that has most text of its own: in it, in its inline elements and in its
    paragraphs.
    """
    try:
        tree = lxml_html.document_fromstring(html.encode("utf-8", "replace"), parser=lxml_html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return ""
    etree.strip_elements(tree, *_DROP, with_tail=False)
    boxes = list(tree.iter("div", "section", "article", "main", "td", "body", "aside"))
    best = max((e for e in boxes if not _is_boilerplate(e)), key=_own_text, default=None)
    # Then a box that is only named like boilerplate may hold the text
    if best is None or _own_text(best) < LEAST_OWN:
        best = max((e for e in boxes if not _is_named(e, _NEVER_ARTICLE)), key=_own_text, default=best)
    if best is None or not _own_text(best):
        return ""
    return clean_text(etree.tostring(best, encoding="unicode", with_tail=False))[0]


def _is_boilerplate(element: Any) -> bool:
    return _is_named(element, _NOT_ARTICLE)


def _is_named(element: Any, pattern: re.Pattern[str]) -> bool:
    """Whether a class or an id of the element or of a box around it matches."""
    return any(
        pattern.search(f"{e.get('class') or ''} {e.get('id') or ''}")
        for e in (element, *element.iterancestors())
        if e.tag not in ("body", "html")
    )


def _own_text(element: Any) -> int:
    """Characters outside links."""
    count = len((element.text or "").strip())
    for child in element:
        count += len((child.tail or "").strip())
        if child.tag == "p" or (child.tag in _INLINE and child.tag != "a"):
            links = sum(len("".join(a.itertext())) for a in child.iter("a"))
            count += max(0, len("".join(child.itertext()).strip()) - links)
    return count


def without_notices(text: str) -> str:
    """`text` without notices about cookies; extractors mistake long ones for the article."""
    return "\n".join(line for line in text.split("\n") if not _COOKIES.search(line)) if _COOKIES.search(text) else text


def without_related(text: str) -> str:
    """`text` without "read also" lines and the headlines below them; the article may go on after
    them.

    Only what is certain is cut here, because this text is stored. Comparison cuts more
    (`reading.tail`).
    """
    kept, in_block = list[str](), False
    for line in filter(str.strip, re.split(r"\n+", text)):
        if kept and is_foot(line):
            continue
        if kept and starts_block(line) and len(line) < _PARAGRAPH:
            in_block = True
        elif not in_block or len(line) >= _PARAGRAPH or (len(line) >= _SENTENCE and line.endswith((".", "!", "…"))):
            in_block = False
            kept.append(line)
    return "\n\n".join(kept)
