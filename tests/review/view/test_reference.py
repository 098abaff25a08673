"""The data of a citation, from a stored item."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from db.engine import reading, writing
from db.models import ItemRow, ItemVersionRow, PageChangeRow, SourceRow
from review.view.reference import CitedAct, ReferenceKind, act_in, opening, reference
from tests.review.factory import Filled

LAW = {
    "act": "53-ФЗ",
    "title": {"form": "Федеральный закон", "name": "О воинской обязанности и военной службе", "day": "1998-03-28", "number": "53-ФЗ"},
}


def referenced(filled: Filled, title: str, *, text: str = "Текст.", published: datetime | None = None, **profile: Any) -> Any:
    """The reference of an item of a new source with this profile."""
    name = profile.pop("name", "Outlet")
    source_id = filled.source(f"outlet{filled.counter}", kind=profile.pop("kind", "feed"), **profile)
    version_id = filled.item(source_id, title, text)
    with writing(filled.engine) as session:
        version = session.get_one(ItemVersionRow, version_id)
        item = session.get_one(ItemRow, version.item_id)
        item.published_at = published
        source = session.get_one(SourceRow, source_id)
        source.name = name
        return reference(session, item, version, source)


def test_the_day_is_the_outlets_own(filled: Filled) -> None:
    ref = referenced(
        filled, "Ночная новость", published=datetime(2026, 11, 21, 21, 30, tzinfo=UTC), country="RU", languages=["ru"], type="state_media"
    )
    assert (ref.published, ref.kind) == (date(2026, 11, 22), ReferenceKind.ARTICLE)


def test_an_official_body_has_its_usual_name_in_the_language_of_the_report(filled: Filled) -> None:
    ref = referenced(
        filled,
        "Заседание",
        name="State Duma: news",
        type="official",
        cite={"en": "State Duma of the Russian Federation", "nl": "Doema van de Russische Federatie", "da": None},
    )
    assert [ref.outlet(language) for language in ("en", "nl", "da")] == [
        "State Duma of the Russian Federation",
        "Doema van de Russische Federatie",
        "State Duma of the Russian Federation",
    ]


def test_a_source_without_usual_names_is_cited_by_its_own(filled: Filled) -> None:
    assert referenced(filled, "Новость", name="Mediazona", cite=None).outlet("nl") == "Mediazona"


def test_a_post_is_cited_by_its_first_sentence_with_platform_and_signature(filled: Filled) -> None:
    ref = referenced(filled, "", text="Повестки приходят по почте. Адвокаты советуют не ждать.", medium="Telegram post", kind="telegram")
    assert (ref.title, ref.platform, ref.kind) == ("Повестки приходят по почте.", "Telegram", ReferenceKind.POST)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Короткий пост", "Короткий пост"),
        ("Первая строка\n\nвторая строка", "Первая строка"),
        ("слово " * 40, "слово " * 17 + "слово …"),
        (
            "Срок, названный в письме военкомата, " * 4,
            "Срок, названный в письме военкомата, " * 2 + "Срок, названный в письме военкомата …",
        ),
        ("", ""),
    ],
)
def test_no_title_is_cut_in_a_word(text: str, title: str) -> None:
    assert opening(text) == title


def test_a_signed_post_names_its_author(filled: Filled) -> None:
    source_id = filled.source("channel", kind="telegram", medium="Telegram post")
    version_id = filled.item(source_id, "", "Текст поста.", notes=["forwarded", "signed by A. Writer"])
    with reading(filled.engine) as session:
        version = session.get_one(ItemVersionRow, version_id)
        ref = reference(session, session.get_one(ItemRow, version.item_id), version, session.get_one(SourceRow, source_id))
    assert ref.written_by == "A. Writer"


def test_a_changed_article_is_cited_as_the_act_with_edition_and_without_the_fragment(filled: Filled) -> None:
    version_id = filled.item(filled.source("law", kind="page", type="legal_portal", law=LAW), "53-ФЗ: изменена статья 22")
    with writing(filled.engine) as session:
        version = session.get_one(ItemVersionRow, version_id)
        item = session.get_one(ItemRow, version.item_id)
        item.url = "https://law.example/53#art.22"
        session.add(
            PageChangeRow(
                item_id=item.id, source_id="law", key="art.22", what="changed", act="53-ФЗ", article="22", old="", new="",
                marks=["365-ФЗ от 24.09.2022", "439-ФЗ от 04.08.23"], claims=[], seen_at=filled.now,
            )
        )  # fmt: skip
        session.flush()
        ref = reference(session, item, version, session.get_one(SourceRow, "law"))
    assert ref.act == CitedAct(
        "О воинской обязанности и военной службе", "53-ФЗ", date(1998, 3, 28), "Федеральный закон", date(2023, 8, 4), "22"
    )
    assert (ref.kind, ref.url) == (ReferenceKind.LEGISLATION, "https://law.example/53")


@pytest.mark.parametrize(
    ("title", "act"),
    [
        (
            'Федеральный закон от 28.10.2025 № 393-ФЗ "О внесении изменений в статью 25"',
            CitedAct("О внесении изменений в статью 25", "393-ФЗ", date(2025, 10, 28), "Федеральный закон"),
        ),
        (
            "Указ Президента Российской Федерации от 29 сентября 2025 г. № 690 «О призыве»",
            CitedAct("О призыве", "690", date(2025, 9, 29), "Указ Президента Российской Федерации"),
        ),
        ("Указ о призыве подпишут от 1 до 5 октября", None),
        ("Федеральный закон от 41.10.2025 № 393-ФЗ «О призыве»", None),
        ("Путин подписал закон № 393-ФЗ", None),
    ],
)
def test_the_title_of_the_gazette_is_read_as_an_act(title: str, act: CitedAct | None) -> None:
    assert act_in(title) == act


def test_only_authorities_publish_acts(filled: Filled) -> None:
    title = "Указ Президента Российской Федерации от 29.09.2025 № 690 «О призыве»"
    assert referenced(filled, title, type="official").act is not None
    assert referenced(filled, title, type="independent_media").act is None


def test_the_archived_copy_is_named_without_an_address_of_the_desk(filled: Filled) -> None:
    ref = referenced(filled, "Новость")
    assert ref.archive.startswith("archived copy of 2026-03-02, SHA-256 ")
    assert "http" not in ref.archive
