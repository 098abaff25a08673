"""`ajour terms`: from stored items and from a file."""

import json
from pathlib import Path

from sqlalchemy import Engine

from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.unknown_terms import by_pack
from tests.review.factory import Filled

TITLES = [f"Электронные повестки доставляет голубятник {place}" for place in ("Омска", "Читы", "Тулы")]


def test_titles_of_a_file_are_counted_for_each_pack(tmp_path: Path) -> None:
    items = tmp_path / "items.jsonl"
    rows = [
        {"id": str(n), "outlet": "o", "url": f"https://example.org/{n}", "published": "2026-05-01", "lang": "ru", "title": t, "text": ""}
        for n, t in enumerate(TITLES)
    ]
    items.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    container = Container(load_settings(data=tmp_path))
    found = by_pack(container, container.baselines(["drc-2024"]), items, 30)
    assert "голубятник" in {t.term for t in found["military"]}


def test_stored_titles_of_the_last_days_are_counted(database: Engine) -> None:
    filled = Filled(database)
    filled.source("example")
    for title in TITLES:
        filled.item("example", title, "")
    container = Container(load_settings())
    found = by_pack(container, container.baselines(["drc-2024"]), None, 36500)
    assert "голубятник" in {t.term for t in found["military"]}
