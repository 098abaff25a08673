"""Playing captured answers: new, edited and changed items are reported as the watch reports
them.
"""

from pathlib import Path
from typing import Any

from app.tools.read_files import play
from tests.monitor.conftest import rss

PARAGRAPHS = "".join(f"<p>Абзац номер {n} объясняет, куда подать заявление об отсрочке и какие справки приложить.</p>" for n in range(6))


def written(folder: Path, *bodies: str, suffix: str = ".xml") -> list[Path]:
    files = [folder / f"{number}{suffix}" for number in range(1, len(bodies) + 1)]
    for file, body in zip(files, bodies, strict=True):
        file.write_bytes(body.encode())
    return files


def played(kind: str, files: list[Path], url: str = "https://example.org/feed") -> list[dict[str, Any]]:
    return list(play(kind, url, files))


def test_files_are_consecutive_fetches_of_one_source(tmp_path: Path) -> None:
    files = written(
        tmp_path,
        rss(("a", "Призыв начнётся позже")),
        rss(("a", "Призыв начнётся раньше"), ("b", "Вторая")),
        rss(("a", "Призыв начнётся раньше"), ("b", "Вторая")),
    )
    first, second, third = played("feed", files)
    assert (first["look"], first["outcome"], first["reason"]) == (1, "new_items", "ok")
    assert [i["title"] for i in first["new"]] == ["Призыв начнётся позже"]
    assert [i["title"] for i in second["new"]] == ["Вторая"]
    assert [i["title"] for i in second["edited"]] == ["Призыв начнётся раньше"]
    assert (third["outcome"], third["new"], third["edited"]) == ("nothing_new", [], [])


def test_a_page_is_learnt_and_then_its_difference_is_a_change(tmp_path: Path) -> None:
    page = f"<html><body><main><h1>Памятка</h1>{PARAGRAPHS}<p>Срок службы – 12 месяцев.</p></main></body></html>"
    first, second = played("page", written(tmp_path, page, page.replace("12 месяцев", "24 месяца"), suffix=".html"))
    assert (first["outcome"], first["changes"]) == ("nothing_new", [])
    assert (second["outcome"], second["new"]) == ("new_items", [])
    assert second["changes"] == [
        {"where": "page", "what": "changed", "old": "Срок службы – 12 месяцев.", "new": "Срок службы – 24 месяца."}
    ]


def test_a_change_of_a_law_names_its_article(tmp_path: Path) -> None:
    law = (
        "<html><body>"
        + "".join(f"<p>Статья {n}. Порядок призыва граждан на военную службу</p><p>Срок – {n} дней, не больше.</p>" for n in (1, 2, 3))
        + "</body></html>"
    )
    _, second = played("law", written(tmp_path, law, law.replace("Срок – 2 дней", "Срок – 5 дней"), suffix=".html"))
    assert [(c["where"], c["old"], c["new"]) for c in second["changes"]] == [
        ("article 2", "Срок – 2 дней, не больше.", "Срок – 5 дней, не больше.")
    ]


def test_a_raw_answer_keeps_its_status(tmp_path: Path) -> None:
    file = tmp_path / "1.http"
    file.write_bytes(b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n\r\nnothing here")
    [fetch] = played("feed", [file])
    assert (fetch["outcome"], fetch["reason"], fetch["new"]) == ("blocked_or_broken", "http_404", [])


def test_an_article_has_the_title_of_its_page(tmp_path: Path) -> None:
    page = f"<html><body><article><h1>Суд отменил повестку</h1>{PARAGRAPHS}</article></body></html>"
    first, second, third = played("article", written(tmp_path, page, page, page.replace("номер 3", "номер 7"), suffix=".html"))
    assert [i["title"] for i in first["new"]] == ["Суд отменил повестку"]
    assert "Абзац номер 5" in first["new"][0]["text"]
    assert (second["outcome"], second["new"], second["edited"]) == ("nothing_new", [], [])
    assert (third["outcome"], third["new"], len(third["edited"])) == ("new_items", [], 1)


def test_the_feeds_of_a_front_page(tmp_path: Path) -> None:
    page = '<html><head><link rel="alternate" type="application/rss+xml" href="/rss"></head><body>Главная</body></html>'
    assert played("discover", written(tmp_path, page, suffix=".html"), "https://example.org/") == [
        {"look": 1, "feeds": ["https://example.org/rss"]}
    ]


def test_each_line_is_a_date(tmp_path: Path) -> None:
    dates = played("text-date", written(tmp_path, "24.11.2026 10:05\nзавтра\n", suffix=".txt"))
    assert [d["published"] for d in dates] == ["2026-11-24T07:05:00+00:00", None]
