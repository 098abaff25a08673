"""Posts as the REST interface of WordPress lists them (/wp-json/wp/v2/posts)."""

from typing import Any

from monitor.kinds.results import ListedEntry
from monitor.parse.dates import read_date


def is_wordpress(tree: Any) -> bool:
    """Whether a JSON document is a list of posts."""
    return (
        isinstance(tree, list)
        and bool(tree)
        and all(isinstance(p, dict) and "link" in p and isinstance(p.get("title"), dict) for p in tree)
    )


def wordpress_entries(tree: list[dict[str, Any]]) -> list[ListedEntry]:
    """The posts, in the order of the list."""
    return [_entry(post) for post in tree if str(post["link"]).startswith(("http://", "https://"))]


def _entry(post: dict[str, Any]) -> ListedEntry:
    published, edited = (_moment(post, name) for name in ("date", "modified"))
    return ListedEntry(
        key=str(post["link"]),
        url=str(post["link"]),
        title=_rendered(post, "title"),
        html=_rendered(post, "content") or _rendered(post, "excerpt"),
        published=published,
        edited=edited if edited and published and edited > published else None,
    )


def _rendered(post: dict[str, Any], name: str) -> str:
    value = post.get(name)
    return str(value.get("rendered") or "") if isinstance(value, dict) else ""


def _moment(post: dict[str, Any], name: str) -> Any:
    """The GMT form of a date, which names no zone; else the site's own time."""
    in_utc = str(post.get(f"{name}_gmt") or "")
    return read_date(f"{in_utc}+00:00") if in_utc else read_date(str(post.get(name) or ""))
