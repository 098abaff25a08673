"""Citations as text and as files."""

import json
from datetime import UTC, datetime

import pytest

from db.models import ItemRow, ItemVersionRow, SourceRow
from review.view import citations

REF = citations.Reference(
    "ajour7", "Meduza", "Госдума приняла закон о реестре повесток", "ru", datetime(2026, 11, 21, 10, tzinfo=UTC), datetime(2026, 11, 22, 6, tzinfo=UTC),
    "https://meduza.io/news/2026/11/21/x", "archived copy of 2026-11-22 06:00 UTC, SHA-256 ab, https://desk.example/captures/ab",
)  # fmt: skip


@pytest.mark.parametrize(
    ("style", "text"),
    [
        ("euaa-footnote", "Meduza, Госдума приняла закон о реестре повесток, 21 November 2026, url"),
        (
            "euaa-bibliography",
            "Meduza, Госдума приняла закон о реестре повесток, 21 November 2026, https://meduza.io/news/2026/11/21/x, accessed 22 November 2026",
        ),
        ("cedoca-footnote", "Meduza, 21/11/2026, url"),
        (
            "cedoca-bibliography",
            "Meduza, Госдума приняла закон о реестре повесток, 21/11/2026, https://meduza.io/news/2026/11/21/x [geraadpleegd op 22/11/2026]",
        ),
        (
            "markdown",
            "Meduza, [Госдума приняла закон о реестре повесток](https://meduza.io/news/2026/11/21/x), 21 November 2026 (accessed 22 November 2026)",
        ),
    ],
)
def test_citations_are_those_of_the_house(style: str, text: str) -> None:
    assert citations.as_text(style, REF) == text


def test_a_telegram_post_is_named_as_one_and_a_missing_day_is_not_invented() -> None:
    item = ItemRow(id=3, url="https://t.me/astra/1", published_at=None)
    version = ItemVersionRow(title="", text="Длинный текст поста " * 20, lang="ru", seen_at=datetime(2026, 1, 2, tzinfo=UTC))
    ref = citations.reference(item, version, SourceRow(name="Astra", kind="telegram", config={"medium": "Telegram post"}), "a")
    line = citations.as_text("cedoca-bibliography", ref)
    assert line.endswith("[Telegram post], s.d., https://t.me/astra/1 [geraadpleegd op 02/01/2026]")
    assert "n.d." in citations.as_text("euaa-footnote", ref)
    assert "issued" not in json.loads(citations.as_csl(ref))[0]


def test_csl_json_has_what_reference_managers_want() -> None:
    row = json.loads(citations.as_csl(REF))[0]
    assert (row["type"], row["URL"], row["language"]) == ("webpage", REF.url, "ru")
    assert row["issued"]["date-parts"] == [[2026, 11, 21]]
    assert row["accessed"]["date-parts"] == [[2026, 11, 22]]


def test_ris_is_tagged_lines_that_end_with_er() -> None:
    lines = citations.as_ris(REF).split("\r\n")
    assert lines[0] == "TY  - ELEC"
    assert lines[-2:] == ["ER  - ", ""]
    assert all(line[2:6] == "  - " for line in lines[:-1])


def test_bibtex_escapes_what_tex_would_run() -> None:
    from dataclasses import replace

    text = citations.as_bibtex(replace(REF, title="100 % & $x_1 {\\input{/etc/passwd}}", url="https://x.example/a_b?c={d}"))
    assert r"100 \% \& \$x\_1 \{\textbackslash{}input\{/etc/passwd\}\}" in text
    assert "url = {https://x.example/a_b?c=%7Bd%7D}" in text
    assert text.count("{") - text.count("\\{") == text.count("}") - text.count("\\}")
