"""The Atom writer that subscribers' feeds and the desk's feeds share."""

import xml.etree.ElementTree as ET

from alerts.atom import write_atom

ATOM = "{http://www.w3.org/2005/Atom}"


def written(**entry: str) -> ET.Element:
    whole = {"id": "tag:x,2026:1", "title": "t", "updated": "2026-01-01T00:00:00+00:00", **entry}
    body = write_atom(id="tag:x,2026:feed", title="Feed", address="https://x/feed", updated=whole["updated"], entries=[whole])
    found = ET.fromstring(body).find(f"{ATOM}entry")
    assert found is not None
    return found


def test_characters_that_xml_forbids_are_left_out() -> None:
    assert written(title="a\x0b\x00\ufffe\ud800b <i>&amp;").findtext(f"{ATOM}title") == "ab <i>&amp;"


def test_what_an_entry_does_not_have_is_no_element() -> None:
    names = {node.tag.removeprefix(ATOM) for node in written(link="", author="", summary="s")}
    assert names == {"id", "title", "updated", "summary"}


def test_texts_are_marked_as_plain_text() -> None:
    content = written(content="a\n\nb").find(f"{ATOM}content")
    assert content is not None
    assert (content.get("type"), content.text) == ("text", "a\n\nb")
