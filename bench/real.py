"""`make real`: how much of captured real pages is read correctly, folder by folder. Nothing is
fetched.

The material (../shared/data/real) is not part of the project; without it the report says so and
ends.
"""

import gzip
import json
import sys
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag

from db.enums import FetchOutcome, FetchReason
from monitor.fetch.http_types import HttpAnswer
from monitor.kinds.article_page import read_article
from monitor.kinds.feed import read_feed
from monitor.kinds.listing import read_listing
from monitor.kinds.page import read_page
from monitor.kinds.page_diff import KnownPart, PageContext, compare
from monitor.kinds.results import ListedEntry
from monitor.kinds.telegram_preview import post_type, read_preview
from monitor.kinds.wording import part_hash
from monitor.parse.clean_entry import read_entry, strip_markup
from monitor.parse.decode import decode

REAL = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "real"


def answer(body: bytes, url: str = "https://example.org/", kind: str = "text/html") -> HttpAnswer:
    return HttpAnswer(url, 200, {"content-type": kind}, body, None)


def words(text: str | None) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in (text or "").lower()).split()


def telegram(folder: Path) -> Iterator[str]:
    gold = json.loads((folder / "tchan2023" / "expected.json").read_text(encoding="utf-8"))
    right: Counter[str] = Counter()
    wrong, posts = list[str](), 0
    for row in gold:
        expected = row["expected"]
        if not isinstance(expected, dict) or expected.get("_type") != "ChannelMessage":
            continue
        posts += 1
        body = (folder / "tchan2023" / row["file"]).read_bytes()
        read = _post(body)
        for name, is_right in _against(expected, read).items():
            right[name] += is_right
            if not is_right:
                wrong.append(f"{row['file']}: {name}")
    yield f"{posts} labelled posts of 2023: " + ", ".join(f"{n} {right[n]}/{posts}" for n in ("type", "number", "time", "text", "edited"))
    yield from (f"  not as labelled: {w}" for w in wrong)
    for name, expected_count in (("any2feed/full.html", 12), ("nexta2021/nexta_live_s.html", 18)):
        page = read_preview(answer((folder / name).read_bytes()))
        dated = sum(e.published is not None for e in page.entries)
        yield f"{name}: {len(page.entries)} of {expected_count} posts, {dated} dated, {len(page.facts['albums'])} albums, older pages: {page.facts['more']}"
    for name, reason in (
        ("contact_channel_landing.html", FetchReason.NO_PREVIEW),
        ("contact_invalid_channel.html", FetchReason.NO_SUCH_CHANNEL),
    ):
        read_as = read_preview(answer((folder / "nexta2021" / name).read_bytes())).reason
        yield f"{name}: {read_as.value}{'' if read_as is reason else f' (should be {reason.value})'}"
    yield f"parse_no_posts_found.html: {read_preview(answer((folder / 'tchan2023/parse_no_posts_found.html').read_bytes())).reason.value}"


def _post(body: bytes) -> dict[str, Any]:
    page = read_preview(answer(body))
    post = BeautifulSoup(body, "lxml").select_one("div.tgme_widget_message[data-post]")
    entry = next(iter(page.entries), None)
    return {
        "type": post_type(post) if isinstance(post, Tag) else None,
        "number": next(iter(page.facts.get("numbers", [])), None),
        "time": entry.published.isoformat() if entry and entry.published else None,
        "text": strip_markup(entry.html) if entry else "",
        "edited": bool(entry and "edited" in entry.notes),
    }


def _against(expected: dict[str, Any], read: dict[str, Any]) -> dict[str, bool]:
    service = expected["type"] == "service"  # counted and accounted for, but no item
    return {
        "type": read["type"] == expected["type"],
        "number": read["number"] == expected["id"],
        "time": service or read["time"] == expected["created_at"],
        "text": service or expected["text"] is None or words(read["text"]) == words(expected["text"]),
        "edited": service or read["edited"] == expected["edited"],
    }


def feeds(folder: Path) -> Iterator[str]:
    manifest = json.loads((folder / "raw" / "manifest.json").read_text(encoding="utf-8"))
    files = sorted((folder / "raw").rglob("*.xml"))
    pages = {f: read_feed(answer(f.read_bytes(), kind="application/rss+xml")) for f in files}
    outcomes = Counter((y.outcome.value, y.reason.value) for y in pages.values())
    entries = sum(len(y.entries) for y in pages.values())
    yield f"{len(files)} captured feeds of {len(manifest)} listed, {entries} entries; outcomes {dict(outcomes)}"
    roles = {folder / row["file"]: row for row in manifest}
    empty = [f for f in files if roles[f].get("role") == "first_empty"]
    recognised = sum(pages[f].outcome in (FetchOutcome.SUSPICIOUS, FetchOutcome.BROKEN) for f in empty)
    yield f"outages: {recognised} of {len(empty)} first empty feeds not mistaken for nothing new"
    changed = [row for row in manifest if row["kind"] == "title_change"]
    edits: Counter[str] = Counter(
        map(_edit, [folder / r["file"] for r in changed[::2]], [folder / r["file"] for r in changed[1::2]], changed[::2])
    )
    yield f"title changes: {len(changed) // 2} pairs, {dict(edits)}"


def _edit(before: Path, after: Path, row: dict[str, Any]) -> str:
    """What storing both feeds would make of the item: an edit, no change (spelling of one letter,
    spaces), or two items.
    """
    old, new = (
        {v.key: v for e in read_feed(answer(f.read_bytes(), kind="application/rss+xml")).entries if (v := read_entry(e, ("ru",)))}
        for f in (before, after)
    )
    key = next((k for k, v in old.items() if row["link"].rstrip("/") in (v.key.rstrip("/"), v.url.rstrip("/"))), None)
    if key is None or key not in new:
        return "item not found in both"
    return "edit of one item" if old[key].content_hash != new[key].content_hash else "no change (letters ё, spaces, punctuation)"


def robustness(folder: Path) -> Iterator[str]:
    outcomes: Counter[str] = Counter()
    files = [f for f in sorted(folder.rglob("*")) if f.suffix in (".xml", ".html")]
    for file in files:
        outcomes[read_feed(answer(file.read_bytes(), kind="text/xml")).reason.value] += 1
    yield f"{len(files)} malformed and odd feeds: {dict(outcomes)}, none raised"
    number, faults = 0, Counter[str]()
    archive = next(folder.rglob("*.tar.gz"), None)
    if archive:
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.isfile() and member.name.endswith((".xml", ".html")) and (handle := tar.extractfile(member)):
                    number += 1
                    faults[read_feed(answer(handle.read(), kind="text/xml")).reason.value] += 1
        yield f"{number} files of feedparser's own tests: {dict(faults)}, none raised"
    for name in ("miniflux/koi8r.xml", "miniflux/encoding_WINDOWS-1251.xml"):
        page = read_feed(answer((folder / name).read_bytes(), kind="text/xml"))
        title = page.entries[0].title if page.entries else ""
        cyrillic = sum("а" <= c.lower() <= "я" for e in page.entries for c in e.title + e.html[:200])
        yield f"{name}: {len(page.entries)} entries, {cyrillic} Cyrillic letters in them, first title {title[:40]!r}"


def listings(folder: Path) -> Iterator[str]:
    rows = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    url = "https://vot-tak.tv/analiz"
    pages, right, missing, strange, errors = dict[str, dict[str, str]](), 0, 0, 0, 0
    for row in rows:
        page = read_listing(answer(gzip.decompress((folder / row["file"]).read_bytes()), url), url)
        titles = {e.url.removeprefix("https://vot-tak.tv"): e.title for e in page.entries}
        gold = {a[0].split("#")[0] for a in row["articles"] if not a[0].endswith("/o-nas")}
        pages[row["file"]] = titles
        right, missing, strange = (
            right + len(titles.keys() & gold),
            missing + len(gold - titles.keys()),
            strange + len(titles.keys() - gold),
        )
        errors += not gold and not page.good
    yield f"{len(rows)} pages: {right} article links found, {missing} missed, {strange} that are none; {errors} of {sum(not r['n_articles'] for r in rows)} error pages recognised"
    pairs: dict[str, dict[str, dict[str, Any]]] = {}
    for row in rows:
        for role in row["roles"]:
            name, _, when = role.rpartition("_")
            pairs.setdefault(name, {})[when] = row
    whole = {n: p for n, p in pairs.items() if {"before", "after"} <= p.keys()}
    good = sum(_same_change(pages, p["before"], p["after"]) for p in whole.values())
    yield f"{len(whole)} pairs (14 changed, 5 retitled, 6 unchanged): {good} judged as labelled"


def _same_change(pages: dict[str, dict[str, str]], before: dict[str, Any], after: dict[str, Any]) -> bool:
    a, b = pages[before["file"]], pages[after["file"]]
    gold_a, gold_b = dict(before["articles"]), dict(after["articles"])
    new = b.keys() - a.keys() == gold_b.keys() - gold_a.keys()
    return new and {k for k in b if k in a and a[k] != b[k]} == {k for k in gold_b if k in gold_a and gold_a[k] != gold_b[k]}


def laws(folder: Path) -> Iterator[str]:
    pages = {}
    for file in sorted(folder.glob("*.gz")):
        page = read_page(
            answer(gzip.decompress(file.read_bytes()), "http://pravo.gov.ru/ips/?nd=1"), "http://pravo.gov.ru/ips/?nd=1", {}, {"act": "act"}
        )
        pages[file.name.split(".")[0]] = page
        repealed = sum(p.repealed for p in page.parts)
        yield f"{file.name.split('.')[0]}: {sum(bool(p.article) for p in page.parts)} articles, {repealed} parts repealed, act repealed: {page.parts[0].repealed}"
    for act in ("uk_rf", "constitution"):
        redactions = [pages[k] for k in sorted(pages) if k.startswith(act)]
        for n, (a, b) in enumerate(zip(redactions, redactions[1:], strict=False), start=1):
            known = {p.key: KnownPart(p.title, p.text, part_hash(p), p.marks) for p in a.parts}
            changes = compare(known, b.parts, PageContext(act, "https://example.org/", ["ru"], act))
            yield f"{act}, formatting only, capture {n} → {n + 1}: {len(changes.versions)} changes reported"


def extraction(folder: Path) -> Iterator[str]:
    for gold in sorted((folder / "fundus").glob("*/*.json")):
        meta = json.loads((gold.parent / "meta.info").read_text(encoding="utf-8"))
        versions = list(json.loads(gold.read_text(encoding="utf-8")).values())
        for file in sorted(gold.parent.glob(f"{gold.stem}*.html.gz")):
            yield _extracted(file, versions, str(meta.get(file.name, {}).get("url") or "https://example.org/a/b"))


def _extracted(file: Path, versions: list[dict[str, Any]], url: str) -> str:
    """The file against the gold version whose title stands on the page."""
    body = gzip.decompress(file.read_bytes())
    html = decode(body).text
    expected = max(versions, key=lambda v: sum(w in html for w in str(v.get("title") or "").split()))
    item = read_entry(ListedEntry(key="k", url=url, title=str(expected.get("title") or "")), ())
    article = read_article(answer(body, url), item)
    extracted = Counter(words(article.versions[0].text if article.versions else ""))
    gold = Counter(words(" ".join(_texts(expected.get("body")))))
    both = sum((gold & extracted).values())
    result = (
        f"precision {both / max(1, sum(extracted.values())):.2f}, recall {both / max(1, sum(gold.values())):.2f}"
        if extracted
        else article.detail
    )
    return f"{file.name}: {article.reason.value}, {sum(gold.values())} words by hand: {result}"


def _texts(body: Any) -> Iterator[str]:
    if isinstance(body, str):
        yield body
    elif isinstance(body, dict):
        for value in body.values():
            yield from _texts(value)
    elif isinstance(body, list):
        for value in body:
            yield from _texts(value)


FOLDERS: dict[str, Callable[[Path], Iterator[str]]] = {
    "telegram-previews": telegram,
    "feeds-russian-outlets": feeds,
    "feed-robustness": robustness,
    "html-listing-history-vottak": listings,
    "laws-ru-pravo": laws,
    "extraction-ru": extraction,
}


def main() -> int:
    if not REAL.is_dir():
        print("The captured material (../shared/data/real) is not beside this checkout: nothing to report.")
        return 0
    for name, report in FOLDERS.items():
        print(name)
        for line in report(REAL / name):
            print("  " + line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
