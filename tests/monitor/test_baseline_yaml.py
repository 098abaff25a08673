"""Export of a report: the shipped files come out byte by byte, whatever a desk writes comes back as
it was.
"""

from pathlib import Path

import pytest

from monitor.baseline import Baseline, load_baseline, stored_baseline
from monitor.baseline_yaml import to_yaml

BASELINE = Path(__file__).resolve().parents[2] / "baseline"


@pytest.mark.slow
@pytest.mark.parametrize("path", sorted(BASELINE.glob("*.yml")), ids=lambda p: p.stem)
def test_a_shipped_report_read_and_written_again_is_the_same_file(path: Path) -> None:
    assert to_yaml(load_baseline(path)) == path.read_text(encoding="utf-8")


NASTY = {
    "id": "EXA-001", "key": "a", "section": "1.2", "page": 7, "added": "2026-11", "topic": "mobilisation", "statement": 'He said: "no" — # not a remark', "status": "reported",
    "quote": "Zeile\nmit Umbruch\tund [Klammer], {x: 1}", "as_of": "2025", "watch": {"ru": ["да: нет #", "нет 'x'"], "uk": ["з'їзд"]},
    "values": [{"measures": "no", "kind": "count", "value": 1.5, "unit": "yes", "near": ["on", "null", "7", "a: b", "два слова"], "past": True}],
    "law": [{"act": "УК РФ", "article": "1.1"}], "changes_if": ["- x"], "sources": [{"outlet": "A & B", "url": "https://a.example/?q=1#b"}],
}  # fmt: skip
HEAD = {
    "id": "example", "title": "Yes: a #report", "publisher": "'P'", "published": "2025", "research_closed": "2025-06-15", "language": "no",
    "url": "https://example.org/r", "packs": ["military"],
}  # fmt: skip


def test_what_yaml_could_misread_comes_back_as_it_was(tmp_path: Path) -> None:
    written: Baseline = stored_baseline(HEAD, [NASTY])
    path = tmp_path / "example.yml"
    path.write_text(to_yaml(written), encoding="utf-8")
    assert load_baseline(path).model_dump() == written.model_dump()


def test_a_stored_claim_that_cannot_be_read_is_left_out_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    assert [c.id for c in stored_baseline(HEAD, [NASTY, {"id": "EXA-002"}]).claims] == ["EXA-001"]
    assert "EXA-002 cannot be read and is not compared" in caplog.text
