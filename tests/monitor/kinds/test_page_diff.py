"""Differences between the stored parts of a page and those read now. Pure."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from db.enums import FetchReason
from monitor.kinds.page_diff import Changes, KnownPart, PageContext, compare
from monitor.kinds.results import PagePart
from monitor.kinds.wording import part_hash


def article(number: str, text: str, title: str = "Воинский учёт", **more: object) -> PagePart:
    return PagePart(f"art.{number}", title, text, number, **more)  # type: ignore[arg-type]


def known(*parts: PagePart) -> dict[str, KnownPart]:
    return {p.key: KnownPart(p.title, p.text, part_hash(p), p.marks) for p in parts}


def differences(old: dict[str, KnownPart], *parts: PagePart, **more: object) -> Changes:
    given = {"name": "О воинской обязанности", "act": "53-ФЗ", "url": "https://law.example/53", "languages": ["ru"], **more}
    return compare(old, parts, PageContext(**given))  # type: ignore[arg-type]


OLD = [article(str(n), f"1. Срок {n} дней.\n\n2. Порядок определяет Правительство.") for n in range(1, 6)]


def test_a_first_read_only_learns() -> None:
    found = differences({}, *OLD)
    assert (len(found.parts), found.versions, found.absent, found.lost) == (5, (), (), None)


def test_a_changed_paragraph_is_one_item_with_both_wordings_and_its_piece() -> None:
    new = article("3", "1. Срок 30 дней.\n\n2. Порядок определяет Правительство.", marks=("300-ФЗ от 31.07.2026",))
    found = differences(known(*OLD), *OLD[:2], new, *OLD[3:])
    [version], [row] = found.versions, found.rows
    assert version.title == "53-ФЗ, статья 3 «Воинский учёт»: изменена редакция (часть 1)"
    assert (row.part_key, row.what, row.act, row.article, row.old, row.new) == (
        "art.3",
        "changed",
        "53-ФЗ",
        "3",
        "1. Срок 3 дней.",
        "1. Срок 30 дней.",
    )
    assert row.marks == ("300-ФЗ от 31.07.2026",)
    assert version.url == "https://law.example/53#art.3"
    assert "Новая редакция: 1. Срок 30 дней." in version.text
    assert "Прежняя редакция: 1. Срок 3 дней." in version.text


def test_case_and_punctuation_are_no_change() -> None:
    same = article("3", "1. СРОК 3 дней;\n\n2. Порядок определяет Правительство")
    assert differences(known(*OLD), *OLD[:2], same, *OLD[3:]).versions == ()


def test_the_same_difference_has_the_same_key_and_another_has_another() -> None:
    def key(text: str) -> str:
        return differences(known(*OLD), article("1", text), *OLD[1:]).versions[0].key

    assert key("1. Срок 30 дней.") == key("1. Срок 30 дней.") != key("1. Срок 31 день.")


def test_an_article_that_was_never_there_is_new() -> None:
    [row] = differences(known(*OLD), *OLD, article("6", "1. Явка обязательна.", "Явка")).rows
    assert (row.what, row.article, row.old) == ("new", "6", "")


def test_where_articles_are_learnt_a_few_at_a_time_one_not_read_before_is_not_new() -> None:
    old = {**known(*OLD), "contents": KnownPart("", "Статья 1", "x")}
    assert differences(old, *OLD, article("6", "1. Явка обязательна.", "Явка"), whole=False).versions == ()


def test_an_absent_article_is_gone_only_at_the_second_read() -> None:
    first = differences(known(*OLD), *OLD[:4])
    assert (first.versions, first.absent) == ((), ("art.5",))
    second = differences(known(*OLD), *OLD[:4], absent_before=first.absent)
    [row] = second.rows
    assert (row.what, row.article) == ("gone", "5")
    assert [p.text for p in second.parts if p.key == "art.5"] == [""]


def test_a_page_that_lost_more_than_half_of_its_parts_is_not_the_page() -> None:
    found = differences(known(*OLD), *OLD[:2])
    assert (found.lost, found.parts, found.versions) == ("3 of 5 parts are missing", (), ())
    assert differences(known(*OLD), *OLD[:2], whole=False).lost is None


def test_a_repealed_article_is_named_as_that() -> None:
    [row] = differences(known(*OLD), article("1", "", "Утратила силу", repealed=True), *OLD[1:]).rows
    assert (row.what, row.article) == ("repealed", "1")


def test_an_english_page_is_reported_in_english() -> None:
    old = PagePart("text", "Conscription policy", "The conscription period begins in the autumn of each calendar year.")
    new = PagePart("text", "Conscription policy", "The conscription period begins in the spring of each calendar year.")
    [version] = differences(known(old), new, act=None, name="Conscription policy", languages=["en"]).versions
    assert version.title == "Conscription policy: changed"
    assert version.text.startswith("Now: The conscription period begins in the spring")


FREE = "\n\n".join(f"Абзац номер {n} объясняет, как подать заявление в комиссию." for n in range(8))


def page(text: str) -> PagePart:
    return PagePart("page", "Памятка", text)


def free(old: dict[str, KnownPart], text: str, **more: object) -> Changes:
    return differences(old, page(text), act=None, **more)


def test_a_change_that_takes_half_of_the_text_is_held_for_one_fetch() -> None:
    short = FREE[:60]
    first = free(known(page(FREE)), short)
    assert (first.reason, first.versions) == (FetchReason.SHRUNK, ())
    assert first.lost is not None
    assert first.lost.endswith("held until the next fetch confirms it")
    assert len(free(known(page(FREE)), short, state=first.state).versions) == 1


def test_a_page_in_another_language_is_held() -> None:
    english = "\n\n".join(f"Paragraph {n} explains to citizens how to apply to the commission of the draft." for n in range(8))
    assert free(known(page(FREE)), english).reason is FetchReason.IDENTITY


def test_a_primary_text_is_never_held() -> None:
    assert len(free(known(page(FREE)), FREE[:60], primary=True).versions) == 1


def test_a_wording_that_comes_back_soon_is_no_change_and_later_it_is() -> None:
    now = datetime(2026, 11, 28, tzinfo=UTC)
    other = FREE.replace("номер 3", "третий")
    for age, count in ((timedelta(hours=6), 0), (timedelta(days=10), 1)):
        stored = {"page": replace(known(page(other))["page"], since=now - age, earlier=(part_hash(page(FREE)),))}
        assert len(free(stored, FREE, at=now).versions) == count


def test_the_same_lines_in_another_order_are_no_change_of_a_page_and_one_of_a_law() -> None:
    turned = "\n\n".join(reversed(FREE.split("\n\n")))
    assert free(known(page(FREE)), turned).versions == ()
    assert len(free(known(page(FREE)), turned, law=True).versions) == 1


def test_an_inserted_article_is_one_new_article_though_it_renumbers_the_others() -> None:
    texts = [f"1. Граждане подают заявление номер {n} в комиссию в срок до призыва." for n in range(1, 6)]
    old = [article(str(n), text) for n, text in enumerate(texts, 1)]
    inserted = [texts[0], texts[1], "1. Новый порядок вводится для всех, кто состоит на учёте.", *texts[2:]]
    found = differences(known(*old), *(article(str(n), text) for n, text in enumerate(inserted, 1)))
    [row] = found.rows
    assert (row.what, row.article, row.new.splitlines()[-1]) == ("new", "3", "1. Новый порядок вводится для всех, кто состоит на учёте.")
    assert "Изменена нумерация статей: 3 → 4, 4 → 5, 5 → 6" in found.versions[0].text


def test_renumbering_alone_is_one_change() -> None:
    old = [article(str(n), f"1. Граждане подают заявление номер {n} в комиссию в срок до призыва.") for n in range(1, 6)]
    moved = [replace(p, key=f"art.{n + 10}", article=str(n + 10)) if n > 3 else p for n, p in enumerate(old, 1)]
    assert [row.what for row in differences(known(*old), *moved).rows] == ["renumbered"]
