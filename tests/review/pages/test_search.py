"""Search."""

import pytest
from starlette.testclient import TestClient

from tests.review.factory import Filled


def test_search_finds_words_in_their_other_forms_and_marks_them(filled: Filled, anna: TestClient) -> None:
    filled.item("meduza", "Россиянам разослали повестки", "Через реестр повесток.")
    filled.item("tass", "Прогноз погоды")
    for words in ("повестка", "повесток реестр", "ПОВЕСТКИ"):
        page = anna.get("/search", params={"q": words}).text
        assert "1 text, newest first" in page, words
        assert "<mark>" in page
    assert "No item contains all of these words" in anna.get("/search", params={"q": "повестка погода"}).text
    assert "1 text," in anna.get("/search", params={"source": "tass"}).text


@pytest.mark.parametrize(
    "words", ['"', "a OR", "NEAR(", "*", "-", "title:x", "'; DROP TABLE item; --", "№ 53-ФЗ", "ё" * 5000, "%%", "()&|!:*"]
)
def test_search_takes_any_words(filled: Filled, anna: TestClient, words: str) -> None:
    filled.flag()
    assert anna.get("/search", params={"q": words}).status_code == 200


def test_the_filter_of_flagged_items_reaches_the_query(filled: Filled, anna: TestClient) -> None:
    filled.flag("Повестка по почте", story="s1")
    filled.compare(filled.item("tass", "Повестка на дом"), "s2", flag=False)
    for flagged, shown, hidden in (("yes", "по почте", "на дом"), ("no", "на дом", "по почте")):
        page = anna.get(f"/search?q=повестка&flagged={flagged}").text.partition('id="results"')[2]
        assert shown in page
        assert hidden not in page
