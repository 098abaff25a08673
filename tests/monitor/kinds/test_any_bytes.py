"""Every parser of untrusted bytes, with bytes made at random."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.kinds.feed import read_feed
from monitor.kinds.gazette import read_documents
from monitor.kinds.listing import read_listing
from monitor.kinds.page import read_page
from monitor.kinds.telegram_preview import read_preview
from tests.monitor.conftest import ARTICLES, answer, listing, rss

READERS = {
    "feed": read_feed,
    "telegram": read_preview,
    "listing": lambda a: read_listing(a, "https://example.org/news/"),
    "page": lambda a: read_page(a, "https://example.org/news/", {}, None),
    "gazette": read_documents,
}
SEEDS = [
    rss(*ARTICLES[:2]),
    listing(*ARTICLES[:3]),
    '{"items": [{"eoNumber": "0001202404270025"}], "itemsTotalCount": 1}',
    "<div class=tgme_widget_message data-post=x/1>",
]


@pytest.mark.slow
@pytest.mark.parametrize("kind", READERS)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_bytes_make_a_parser_raise_and_none_pass_as_read_without_entries(kind: str, data: st.DataObject) -> None:
    seed = data.draw(st.sampled_from(SEEDS)).encode()
    at = data.draw(st.integers(0, len(seed)))
    junk = data.draw(
        st.binary(max_size=60) | st.sampled_from([b"\x00", b"<![CDATA[", b"&#x0;", b"<" * 50, b"\xff\xfe", b"]]>", b"<!--", b'{"a":' * 40])
    )
    found = READERS[kind](answer(seed[:at] + junk + seed[at + data.draw(st.integers(0, 40)) :]))
    assert not found.good or found.entries or found.parts or found.facts.get("service")
