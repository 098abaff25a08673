"""Searches and views of the queue that users keep."""

from db import saved_searches
from db.engine import writing
from db.enums import SavedPage
from tests.review.factory import Filled


def test_a_name_is_free_for_each_person_and_page_and_is_replaced(filled: Filled) -> None:
    anna, boris = filled.user("Anna"), filled.user("Boris")
    with writing(filled.engine) as session:
        for user, page, query in (
            (anna, SavedPage.SEARCH, {"q": "a"}),
            (anna, SavedPage.QUEUE, {"topic": "b"}),
            (boris, SavedPage.SEARCH, {"q": "c"}),
            (anna, SavedPage.SEARCH, {"q": "d"}),
        ):
            saved_searches.save(session, user, page, "Mine", query, filled.now)
    with writing(filled.engine) as session:
        assert [s.query for s in saved_searches.saved(session, anna, SavedPage.SEARCH)] == [{"q": "d"}]
        assert [s.query for s in saved_searches.saved(session, anna, SavedPage.QUEUE)] == [{"topic": "b"}]
        assert [s.query for s in saved_searches.saved(session, boris, SavedPage.SEARCH)] == [{"q": "c"}]


def test_only_ones_own_is_forgotten(filled: Filled) -> None:
    anna, boris = filled.user("Anna"), filled.user("Boris")
    with writing(filled.engine) as session:
        saved_searches.save(session, anna, SavedPage.QUEUE, "Mine", {"topic": "b"}, filled.now)
    with writing(filled.engine) as session:
        [row] = saved_searches.saved(session, anna, SavedPage.QUEUE)
        assert saved_searches.forget(session, boris, row.id) is None
        assert saved_searches.forget(session, anna, row.id) is SavedPage.QUEUE
        assert saved_searches.forget(session, anna, row.id + 1) is None
