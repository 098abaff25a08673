"""Sitemaps and news sitemaps (sitemaps.org, Google's news extension) in place of a feed."""

import re

from lxml import etree

from monitor.kinds.results import ListedEntry
from monitor.parse.dates import read_date

# Namespaces of titles that are not the page's
_OF_MEDIA = re.compile(r"sitemap-(image|video)|xhtml")
_URLSET = re.compile(rb"<(?:\w+:)?urlset[\s>]")


def is_sitemap(body: bytes) -> bool:
    """Whether a document is a sitemap that lists pages (not an index of sitemaps)."""
    return bool(_URLSET.search(body[:3000]))


def sitemap_entries(body: bytes) -> list[ListedEntry]:
    """The pages; a page of a plain sitemap has no title, its date is that of its last change."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=True)
    root = etree.fromstring(body, parser)
    return [e for node in (root if root is not None else ()) if (e := _entry(node)) is not None]


def _entry(node: etree._Element) -> ListedEntry | None:
    own = [x for x in node.iter() if isinstance(x.tag, str) and not _OF_MEDIA.search(etree.QName(x).namespace or "")]
    texts = {etree.QName(x).localname: (x.text or "").strip() for x in reversed(own)}
    url = next(((x.text or "").strip() for x in node if isinstance(x.tag, str) and etree.QName(x).localname == "loc"), "")
    if not url.startswith(("http://", "https://")):
        return None
    published, edited = read_date(texts.get("publication_date", "")), read_date(texts.get("lastmod", ""))
    title = texts.get("title", "")
    notes = () if title else ("a sitemap names no title",)
    return ListedEntry(
        key=url, url=url, title=title or _slug(url), published=published or edited, lang=texts.get("language") or None, notes=notes
    )


def _slug(url: str) -> str:
    """The words of the address, where nothing better names the page."""
    last = url.split("?")[0].rstrip("/").rpartition("/")[2]
    return re.sub(r"\.\w{2,5}$", "", last).replace("-", " ").replace("_", " ")
