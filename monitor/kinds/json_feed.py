"""JSON Feed 1.0 and 1.1 (jsonfeed.org): the entries of a parsed document."""

from typing import Any
from urllib.parse import urljoin

from monitor.kinds.results import ListedEntry
from monitor.parse.dates import read_date


def is_json_feed(tree: Any) -> bool:
    """Whether a JSON document is a JSON Feed."""
    return isinstance(tree, dict) and "jsonfeed.org/version" in str(tree.get("version") or "") and isinstance(tree.get("items"), list)


def json_feed_entries(tree: dict[str, Any], base: str) -> list[ListedEntry]:
    """The entries; one without an address and a title is left out."""
    language = str(tree.get("language") or "")[:2].lower() or None
    entries = (_entry(item, base, language) for item in tree["items"] if isinstance(item, dict))
    return [e for e in entries if e.title or e.html or e.url != base]


def _entry(item: dict[str, Any], base: str, language: str | None) -> ListedEntry:
    url = str(item.get("url") or item.get("external_url") or "").strip()
    published, edited = (read_date(str(item.get(name) or "")) for name in ("date_published", "date_modified"))
    return ListedEntry(
        key=str(item.get("id") or url).strip() or str(item.get("title") or ""),
        url=urljoin(base, url),
        title=str(item.get("title") or ""),
        html=str(item.get("content_html") or item.get("content_text") or item.get("summary") or ""),
        published=published or edited,
        edited=edited if edited and published and edited > published else None,
        lang=str(item.get("language") or "")[:2].lower() or language,
    )
