"""A row of the watch list as fields of a form, and back."""

from typing import Any, get_args

from monitor.kinds.registry import KINDS as KINDS_OF_MONITOR
from monitor.sources import Source
from monitor.watched_sources import source_problems
from review.view.source_form import CONFIDENCE, KINDS, TYPES, by_field, form_of, row_of

ROW: dict[str, Any] = {
    "id": "a", "name": "A", "kind": "listing", "url": "https://a.example/news", "host": "a.example", "languages": ["ru", "en"], "type": "ngo", "tier": 2,
    "cited_in": ["added"], "confidence": "high", "every": "2h", "expect": {"items": 2, "within": "7d"}, "fallback": {"kind": "telegram", "url": "https://t.me/s/a"},
    "select": {"links": "a.news"}, "mirrors": ["https://b.example/news"], "notes": "A note.", "tls": "legacy", "cite": {"da": "A."},
}  # fmt: skip


def test_every_choice_of_the_watch_list_has_words() -> None:
    assert KINDS.keys() == KINDS_OF_MONITOR.keys()
    assert set(TYPES) == set(get_args(Source.model_fields["type"].annotation))
    assert set(CONFIDENCE) == set(get_args(Source.model_fields["confidence"].annotation))


def test_a_row_goes_through_the_form_unchanged() -> None:
    assert row_of(form_of(ROW), ROW) == ROW
    assert source_problems(ROW, []) == []


def test_an_emptied_field_is_not_set() -> None:
    form = {**form_of(ROW), "every": "", "fallback_kind": "", "fallback_url": "", "expect_items": "", "expect_within": " ", "mirrors": ""}
    assert row_of(form, ROW).keys() == ROW.keys() - {"every", "fallback", "expect", "mirrors"}


def test_problems_of_the_watch_list_stand_beside_their_fields() -> None:
    form = {**form_of(ROW), "tier": "ten", "every": "soon", "expect_within": "", "url": "a.example", "languages": "", "fallback_url": "x"}
    beside, others = by_field(source_problems(row_of(form, ROW), []))
    assert beside.keys() == {"tier", "every", "expect_within", "url", "languages", "fallback_url"}
    assert beside["tier"] == "'ten' is not a whole number. Write a whole number"
    assert others == []
    beside, others = by_field(["expect: is empty", "tls: 'x' is not known", "something else"])
    assert (beside, others) == ({"expect_items": "is empty"}, ["tls: 'x' is not known", "something else"])
