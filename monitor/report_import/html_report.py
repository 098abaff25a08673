"""HTML as blocks: h1 to h6, paragraphs, items, rows of tables; footnotes as word processors write
them, with a link from the mark to the note.
"""

import re
from collections.abc import Iterator
from typing import Any

from bs4 import BeautifulSoup, NavigableString, Tag

from monitor.report_import.content import Block

_BLOCKS = frozenset({"p", "li", "blockquote", "dd", "dt", "td", "th", "pre", "figcaption"})
_DROPPED = frozenset({"script", "style", "noscript", "template", "svg", "nav", "form", "iframe", "object", "embed"})
_OWN_NUMBER = re.compile(r"\W{0,2}(\d{1,4})\W{0,3}")
_BACK = re.compile(r"[↑↩^]\s*")
_NUMBER = re.compile(r"^\W{0,2}(\d{1,4})\W{0,2}$")


def html_blocks(text: str) -> tuple[str, list[Block]]:
    """(title, blocks) of a page."""
    soup = BeautifulSoup(text, "lxml")
    for tag in soup.find_all(_DROPPED):
        tag.decompose()
    notes = dict(_notes(soup))
    title = soup.title.get_text(" ", strip=True) if soup.title else ""
    blocks = list(_blocks(soup.body or soup))
    return title, [*blocks, *(Block("note", said, number=number) for number, said in notes.items())]


def _notes(soup: Any) -> Iterator[tuple[str, str]]:
    """(number, text) of the targets of footnote marks, which are taken out of the page; each mark
    becomes <sup>number</sup>.
    """
    at = {id(tag): place for place, tag in enumerate(soup.find_all(True))}
    named: dict[str, Tag] = {}
    for tag in soup.find_all(id=True):
        named.setdefault(tag["id"], tag)
    for mark in soup.find_all("a", href=re.compile("^#")):
        number = _NUMBER.match(mark.get_text(strip=True))
        target = named.get(mark["href"][1:]) if number else None
        if number is None or target is None or target.decomposed or mark.decomposed:
            continue
        start = named.get(mark.get("id") or "", mark)
        if at[id(target)] < min(at[id(start)], at[id(mark)]):
            continue  # the link back from the note to its mark
        whole = target if target.name in ("li", "p", "div", "aside", "dd") else target.find_parent(["li", "p", "div", "dd"]) or target
        said = " ".join(_with_addresses(whole).split())
        mark.replace_with(NavigableString(f"<sup>{number[1]}</sup>"))
        whole.decompose()
        own = _OWN_NUMBER.match(said)
        yield number[1], _BACK.sub("", said[own.end() :] if own and own[1] == number[1] else said).strip()


def _with_addresses(tag: Tag) -> str:
    """The text of a note, each link followed by its address."""
    out = list[str]()
    for child in tag.children:
        if isinstance(child, Tag):
            href = str(child.get("href") or "") if child.name == "a" else ""
            said = _with_addresses(child)
            address = href if href.startswith("http") and href not in said else ""
            out.append(address if said.strip().lower() == "url" and address else f"{said} {address}" if address else said)
        else:
            out.append(str(child))
    return "".join(out)


def _blocks(parent: Tag) -> Iterator[Block]:
    for child in parent.children:
        if isinstance(child, NavigableString):
            if child.strip() and type(child) is NavigableString:
                yield Block("text", " ".join(child.split()))
        elif isinstance(child, Tag):
            if re.fullmatch("h[1-6]", child.name):
                yield Block("heading", _text(child), level=int(child.name[1]))
            elif child.name == "tr" and len(child.find_all(["td", "th"])) == 1:  # a box around text
                yield from _blocks(child)
            elif child.name == "tr":
                yield Block("table", " | ".join(_text(cell) for cell in child.find_all(["td", "th"])))
            elif child.name in _BLOCKS and not child.find(["p", "li", "table", "div"]):
                if said := _text(child):
                    yield Block("text", said)
            else:
                yield from _blocks(child)


def _text(tag: Tag) -> str:
    return " ".join(tag.get_text("").split())
