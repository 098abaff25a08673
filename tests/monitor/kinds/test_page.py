"""Pages and laws: formatting is no change, an amendment is named with both wordings, and a page
that is not the page changes nothing.
"""

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from db import reports as baselines
from db.engine import reading, writing
from db.enums import FetchOutcome, FetchReason
from db.models import ItemRow, ItemVersionRow, PageChangeRow, PagePartRow
from monitor.fetch.http_types import HttpAnswer
from monitor.fetch.watcher import Watcher
from monitor.kinds.page import read_page
from monitor.kinds.page_diff import KnownPart, PageContext, compare
from monitor.kinds.results import PagePart
from monitor.kinds.wording import part_hash
from tests.monitor.conftest import source
from tests.monitor.serving import Site

ARTICLE_22 = "1. Призыву на военную службу подлежат граждане мужского пола в возрасте от 18 до 27 лет, состоящие на воинском учете."


def act(article_22: str = ARTICLE_22, *, mark: str = "", extra: str = "", heading: str = "h2") -> str:
    rows = [
        ("21", "Категории", "1. Настоящая статья называет категории граждан, которые подлежат учету."),
        ("22", "Граждане, подлежащие призыву", article_22 + mark),
        ("23", "Освобождение от призыва", "1. От призыва освобождаются граждане, признанные не годными по состоянию здоровья."),
        ("24", "Отсрочка от призыва", "1. Отсрочка предоставляется гражданам на время обучения в организациях."),
    ]
    body = "".join(f"<{heading}>Статья {n}. {title}</{heading}><p>{text}</p>" for n, title, text in rows)
    return f"<html><head><title>Федеральный закон</title></head><body><p>О воинской обязанности и военной службе</p>{body}{extra}</body></html>"


@pytest.fixture
def look(site: Site, watcher: Callable[..., Watcher]) -> Callable[[], tuple[FetchOutcome, FetchReason]]:
    site.say("/robots.txt", "", 404)
    watching = watcher(source(site.url("/law"), "page", law={"act": "53-ФЗ"}))

    def once() -> tuple[FetchOutcome, FetchReason]:
        found, stored = watching.fetch_one("example")
        return stored.outcome, found.record.reason

    return once


def reports(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as session:
        return [(v.title, v.text) for v in session.scalars(select(ItemVersionRow).order_by(ItemVersionRow.id))]


def test_a_first_look_only_learns(site: Site, engine: Engine, look: Callable[..., Any]) -> None:
    site.say("/law", act())
    assert look() == (FetchOutcome.NOTHING_NEW, FetchReason.OK)
    with reading(engine) as session:
        assert {p.key for p in session.scalars(select(PagePartRow))} == {"head", "art.21", "art.22", "art.23", "art.24"}
    assert reports(engine) == []


def test_an_amendment_is_an_item_with_the_new_and_the_old_wording_and_the_amending_act(
    site: Site, engine: Engine, look: Callable[..., Any]
) -> None:
    site.say("/law", act())
    look()
    site.say("/law", act(ARTICLE_22.replace("27", "30"), mark=" (в ред. Федерального закона от 04.08.2023 № 439-ФЗ)"))
    assert look() == (FetchOutcome.NEW_ITEMS, FetchReason.OK)
    [(title, text)] = reports(engine)
    assert title == "53-ФЗ, статья 22 «Граждане, подлежащие призыву»: изменена редакция (часть 1)"
    assert "Новая редакция: 1. Призыву на военную службу подлежат граждане мужского пола в возрасте от 18 до 30 лет" in text
    assert "Прежняя редакция: 1. Призыву на военную службу подлежат граждане мужского пола в возрасте от 18 до 27 лет" in text
    assert "439-ФЗ от 04.08.2023" in text
    assert look() == (FetchOutcome.NOTHING_NEW, FetchReason.OK)  # said once


def test_a_difference_is_tied_to_the_claims_whose_law_names_the_article(site: Site, engine: Engine, look: Callable[..., Any]) -> None:
    def claim(id_: str, **law_: str) -> dict[str, Any]:
        return {"id": id_, "section": "1", "topic": "conscription", "statement": "s", "law": [law_]}

    report = {"id": "r", "title": "t", "publisher": "p", "published": "2024-01-01", "research_closed": "2024-01-01", "language": "en"}
    with writing(engine) as session:
        from datetime import UTC, datetime

        claims = [
            claim("C-22", act="53-ФЗ", article="22"),
            claim("C-23", act="53-ФЗ", article="23"),
            claim("C-all", act="53-ФЗ"),
            claim("C-uk", act="УК РФ", article="22"),
        ]
        baselines.register_report(session, report, claims, datetime.now(UTC))
    site.say("/law", act())
    look()
    site.say("/law", act(ARTICLE_22.replace("27", "30")))
    look()
    with reading(engine) as session:
        change = session.scalars(select(PageChangeRow)).one()
    assert (change.article, change.what, change.claims) == ("22", "changed", ["C-22", "C-all"])


@pytest.mark.parametrize(
    "formatted",
    [
        act(heading="h4").replace("<p>", '<p class="x" style="margin:0">'),
        act().replace(" ", "\u00a0").replace("<html>\u00a0", "<html> "),
        act(mark=' <span class="mark">(В редакции Федерального закона от 04.08.2023 № 439-ФЗ)</span>'),
        act().replace("учете", "учёте").upper().replace("<P>", "<p>"),
        act().replace("<body>", "<body><script>var t = 17;</script><nav>Вход</nav>"),
    ],
)
def test_formatting_is_no_change(formatted: str, site: Site, engine: Engine, look: Callable[..., Any]) -> None:
    site.say("/law", act())
    look()
    site.say("/law", formatted)
    look()
    assert reports(engine) == []


def test_a_new_article_and_a_repealed_one_are_named(site: Site, engine: Engine, look: Callable[..., Any]) -> None:
    site.say("/law", act())
    look()
    site.say(
        "/law",
        act(
            "Утратила силу. - Федеральный закон от 01.07.2026 № 200-ФЗ",
            extra="<h2>Статья 24<sup>1</sup>. Новая отсрочка</h2><p>1. Новая отсрочка даётся.</p>",
        ),
    )
    look()
    assert [title for title, _ in reports(engine)] == [
        "53-ФЗ, статья 22 «Граждане, подлежащие призыву»: утратила силу", "53-ФЗ, статья 24.1 «Новая отсрочка»: новая статья",
    ]  # fmt: skip


def test_an_article_that_is_absent_counts_as_removed_only_at_the_second_look(site: Site, engine: Engine, look: Callable[..., Any]) -> None:
    site.say("/law", act())
    look()
    site.say(
        "/law",
        act().replace(
            "<h2>Статья 24. Отсрочка от призыва</h2><p>1. Отсрочка предоставляется гражданам на время обучения в организациях.</p>", ""
        ),
    )
    look()
    assert reports(engine) == []
    site.say(
        "/law",
        act().replace(
            "<h2>Статья 24. Отсрочка от призыва</h2><p>1. Отсрочка предоставляется гражданам на время обучения в организациях.</p>", " "
        ),
    )
    look()
    assert [title for title, _ in reports(engine)] == ["53-ФЗ, статья 24 «Отсрочка от призыва»: исключена из текста"]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("<html><title>Доступ ограничен</title><h1>Доступ ограничен</h1></html>", FetchReason.BLOCK_PAGE),
        ("<html><title>Документ не найден</title><h1>Документ не найден</h1></html>", FetchReason.SOFT_404),
        (
            "<html><title>Закон</title><h2>Статья 21. Категории</h2><p>1. Только начало закона, остальное не загрузилось, потому что сервер устал.</p>"
            + "<p>Текст страницы без статей закона.</p>" * 9
            + "</html>",
            FetchReason.SHRUNK,
        ),
        ("<html><div id=app></div></html>", FetchReason.EMPTY),
    ],
)
def test_a_page_that_is_not_the_page_changes_nothing(
    body: str, reason: FetchReason, site: Site, engine: Engine, look: Callable[..., Any]
) -> None:
    site.say("/law", act())
    look()
    site.say("/law", body)
    outcome, _ = look()
    assert outcome in (FetchOutcome.SUSPICIOUS, FetchOutcome.BROKEN)
    assert reports(engine) == []
    site.say("/law", act() + " ")
    look()
    assert reports(engine) == []  # and coming back is no change either


def test_articles_on_pages_of_their_own_are_read_a_few_at_a_time_longest_unread_first(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    numbers = [str(n) for n in range(1, 13)]
    site.say("/robots.txt", "", 404)
    toc = "".join(f'<li><a href="/law/{n}/">Статья {n}. Заголовок статьи номер {n}</a></li>' for n in [*numbers, "99"])
    site.say(
        "/law/",
        f"<html><title>Закон</title><body><h1>Федеральный закон о воинской обязанности</h1><p>{'Редакция закона действует. ' * 20}</p><ul>{toc}</ul></body></html>",
    )
    for n in numbers:
        site.say(
            f"/law/{n}/",
            f"<html><title>Статья {n}</title><body><h1>Статья {n}. Заголовок статьи номер {n}</h1><p>{n}. Гражданин подлежит призыву до 27 лет. {'Дополнение нормы. ' * 20}</p></body></html>",
        )
    watching = watcher(source(site.url("/law/"), "page", law={"act": "53-ФЗ", "articles": numbers}))
    watching.fetch_one("example")
    first = {p for p in site.paths() if p not in ("/law/", "/robots.txt")}
    site.asked.clear()
    watching.fetch_one("example")
    second = [p for p in site.paths() if p not in ("/law/", "/robots.txt")]
    assert len(first) == 8
    assert set(second[:4]) == {f"/law/{n}/" for n in numbers} - first
    assert reports(engine) == []  # all of it was learnt, none of it is new
    site.say(
        "/law/3/",
        f"<html><title>Статья 3</title><body><h1>Статья 3. Заголовок статьи номер 3</h1><p>3. Гражданин подлежит призыву до 30 лет. {'Дополнение нормы. ' * 20}</p></body></html>",
    )
    for _ in range(2):
        watching.fetch_one("example")
    assert [title for title, _ in reports(engine)] == ["53-ФЗ, статья 3 «Заголовок статьи номер 3»: изменена редакция (часть 3)"]


def test_a_plain_page_reports_the_changed_paragraph_and_not_its_counters(
    site: Site, engine: Engine, watcher: Callable[..., Watcher]
) -> None:
    def guide(answer: str, views: int) -> str:
        filler = "".join(
            f"<p>Абзац номер {n} объясняет, как гражданину подать заявление в призывную комиссию и что для этого нужно.</p>"
            for n in range(6)
        )
        return f"<html><title>Памятка</title><body><main><h1>Памятка призывнику</h1>{filler}<p>{answer}</p><p>Просмотров: {views}</p></main></body></html>"

    site.say("/robots.txt", "", 404)
    watching = watcher(source(site.url("/guide"), "page"))
    for body in (
        guide("Заявление подают за шесть месяцев до начала призыва.", 10),
        guide("Заявление подают за шесть месяцев до начала призыва.", 999),
        guide("Заявление подают за три месяца до начала призыва.", 1000),
    ):
        site.say("/guide", body)
        watching.fetch_one("example")
    [(title, text)] = reports(engine)
    assert title.startswith("Пример: изменена редакция")
    assert (
        text
        == "Новая редакция: Заявление подают за три месяца до начала призыва.\n\nПрежняя редакция: Заявление подают за шесть месяцев до начала призыва."
    )


def test_a_json_page_is_compared_by_its_texts_and_not_by_its_stamps() -> None:
    def read(body: str) -> str:
        return (
            read_page(
                HttpAnswer("https://example.org/api", 200, {"content-type": "application/json"}, body.encode(), None),
                "https://example.org/api",
                {},
                None,
            )
            .parts[0]
            .text
        )

    one = '{"title": "Country note", "updated_at": "2026-01-01T00:00:00", "details": {"body": "<p>Draft age is 27</p>"}}'
    assert read(one) == read(one.replace("2026-01-01", "2026-02-02"))
    assert read(one) != read(one.replace("27", "30"))


def test_a_page_that_lost_most_of_its_parts_reports_nothing() -> None:
    known = {f"art.{n}": KnownPart("t", f"текст {n}", f"h{n}") for n in range(10)}
    changes = compare(known, [PagePart("art.1", "t", "другой текст", "1")], PageContext("n", "u", ["ru"], "a"))
    assert changes.lost
    assert not changes.versions


@pytest.mark.slow
@pytest.mark.shared
@pytest.mark.parametrize("name", ["uk_rf_102041891", "constitution_102027595"])
def test_real_captures_that_differ_in_formatting_only_give_no_change(name: str, shared: Path) -> None:
    captures = sorted((shared / "data/real/laws-ru-pravo").glob(f"{name}__capture*.gz"))
    pages = [
        read_page(
            HttpAnswer("http://pravo.gov.ru/x", 200, {}, gzip.decompress(f.read_bytes()), None), "http://pravo.gov.ru/x", {}, {"act": "act"}
        )
        for f in captures
    ]
    for before, after in zip(pages, pages[1:], strict=False):
        known = {p.key: KnownPart(p.title, p.text, part_hash(p), p.marks) for p in before.parts}
        assert compare(known, after.parts, PageContext("n", "u", ["ru"], "act")).versions == ()


@pytest.mark.slow
@pytest.mark.shared
def test_a_planted_amendment_in_the_real_criminal_code_is_the_only_change(shared: Path) -> None:
    body = gzip.decompress((shared / "data/real/laws-ru-pravo/uk_rf_102041891__capture3_2023-11-25_37833e7.html.gz").read_bytes()).decode()
    planted = body.replace(
        "наказывается лишением свободы на срок до семи лет.</p>\n  <p>2.&nbsp;Дезертирство с оружием",
        "наказывается лишением свободы на срок до девяти лет.</p>\n  <p>2.&nbsp;Дезертирство с оружием",
    )
    assert planted != body
    before, after = (
        read_page(HttpAnswer("http://pravo.gov.ru/x", 200, {}, b.encode(), None), "http://pravo.gov.ru/x", {}, {"act": "УК РФ"})
        for b in (body, planted)
    )
    known = {p.key: KnownPart(p.title, p.text, part_hash(p), p.marks) for p in before.parts}
    [version] = compare(known, after.parts, PageContext("n", "u", ["ru"], "УК РФ")).versions
    assert version.title == "УК РФ, статья 338 «Дезертирство»: изменена редакция (часть 1)"
    assert "до девяти лет" in version.text
    assert "до семи лет" in version.text


def test_items_of_a_page_carry_the_address_of_the_part(site: Site, engine: Engine, look: Callable[..., Any]) -> None:
    site.say("/law", act())
    look()
    site.say("/law", act(ARTICLE_22.replace("27", "30")))
    look()
    with reading(engine) as session:
        assert session.scalars(select(ItemRow.url)).one() == site.url("/law#art.22")


CONSULTANT = """<html><head><title>УК РФ Статья 337</title></head><body><nav><a href="/login">Вход</a></nav>
<section><h1>УК РФ Статья 337. Самовольное оставление части или места службы</h1>
<div class="document-page__content document-page_left-padding"><p>(в ред. Федерального закона от 24.09.2022 N 365-ФЗ)</p>
<p>1. Самовольное оставление части наказывается {years} лишения свободы. {filler}</p></div>
<a href="/336/">Статья 336. Оскорбление военнослужащего</a><a href="/338/">Статья 338. Дезертирство</a></section><footer>КонсультантПлюс</footer></body></html>"""


def test_an_article_is_known_by_the_heading_of_its_page_and_not_mixed_with_its_neighbours() -> None:
    def read(years: str) -> PagePart:
        body = CONSULTANT.format(years=years, filler="Дополнительные условия изложены далее. " * 8).encode()
        url = "https://www.consultant.example/337/"
        [part] = read_page(HttpAnswer(url, 200, {}, body, None), url, {}, {"act": "УК РФ", "only": "337"}).parts
        return part

    part = read("пятью годами")
    assert (part.key, part.title, part.marks) == ("art.337", "Самовольное оставление части или места службы", ("365-ФЗ от 24.09.2022",))
    assert "Дезертирство" not in part.text
    assert part_hash(part) != part_hash(read("десятью годами"))


@pytest.mark.parametrize(
    "body", [b"x" * 100_000, b"\x00" * 100_000, b"<![CDATA[" * 10_000, "�".encode() * 10_000, b"<p>1 2 3 4 5</p>" * 5000]
)
def test_bytes_without_words_are_not_learnt_as_a_page(body: bytes) -> None:
    found = read_page(
        HttpAnswer("https://example.org/a", 200, {"content-type": "text/html"}, body, None), "https://example.org/a", {}, None
    )
    assert not found.good
