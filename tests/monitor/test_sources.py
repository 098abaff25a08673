"""The loader of the watch list: wrong rows are refused with line, field and fix."""

from datetime import timedelta
from pathlib import Path

import pytest

from db import models
from db.source_health import blind_after
from monitor.kinds.registry import KINDS
from monitor.sources import load_sources
from monitor.strict_yaml import WrongFile

REPORTS = ("drc-2024", "other-2025")
GOOD = """\
sources:
  - id: outlet
    name: An outlet
    kind: feed
    url: https://outlet.example/rss
    host: outlet.example
    languages: [ru]
    type: exiled_media
    tier: 2
    cited_in: [drc-2024]
    confidence: high
  - id: archive
    name: An archive
    kind: none
    host: archive.example
    languages: [ru]
    type: research
    tier: 3
    cited_in: [added]
    confidence: low
    reason: No list of new things.
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "sources.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_good_watch_list_is_read_in_order(tmp_path: Path) -> None:
    outlet, archive = load_sources(write(tmp_path, GOOD), REPORTS)
    assert (outlet.id, outlet.kind, outlet.period) == ("outlet", "feed", 1800)
    assert (archive.kind, archive.reason) == ("none", "No list of new things.")


@pytest.mark.parametrize(
    ("right", "wrong", "field", "says", "fix"),
    [
        ("kind: feed", "kind: fax", "sources.0.kind", "'fax' is not known", "'telegram'"),
        ("url: https://outlet.example/rss", "url: /rss", "sources.0.url", "not an absolute web address", "http"),
        ("url: https://outlet.example/rss", "url: file:///etc/passwd", "sources.0.url", "not an absolute web address", "http"),
        ("url: https://outlet.example/rss", "url: javascript:alert(1)", "sources.0.url", "not an absolute web address", "http"),
        ("id: archive", "id: outlet", "sources.1.id", "'outlet' is already used on line 2", "its own id"),
        ("id: archive", "id: Das Archiv", "sources.1.id", "does not fit", "small letters, digits and hyphens"),
        ("tier: 2", "tier: 9", "sources.0.tier", "out of range", "at most 4"),
        (
            "cited_in: [drc-2024]",
            "cited_in: [drc-2042]",
            "sources.0.cited_in.0",
            "'drc-2042' is not a known report",
            "drc-2024, other-2025, added",
        ),
        ("cited_in: [added]", "cited_in: [other-2025, Added]", "sources.1.cited_in.1", "does not fit", "small letters"),
        ("type: research", "type: rumours", "sources.1.type", "'rumours' is not known", "'research'"),
        ("    tier: 3\n", "    tier: 3\n    every: soon\n", "sources.1.every", "does not fit", "e.g. 30m"),
        ("    tier: 3\n", "    tier: 3\n    mirrors: [archive.example]\n", "sources.1.mirrors.0", "not an absolute web address", "http"),
        ("    tier: 3\n", "    tier: 3\n    colour: red\n", "sources.1.colour", "is not a field here", "spelling"),
    ],
)
def test_a_wrong_row_is_refused_with_line_field_and_fix(tmp_path: Path, right: str, wrong: str, field: str, says: str, fix: str) -> None:
    assert GOOD.count(right) == 1
    broken = GOOD[: GOOD.index(right)].count("\n") + wrong.rstrip("\n").count("\n") + 1
    with pytest.raises(WrongFile) as caught:
        load_sources(write(tmp_path, GOOD.replace(right, wrong)), REPORTS)
    fault = caught.value.faults[0]
    assert (fault.line, fault.field) == (broken, field)
    assert says in fault.problem
    assert fix in fault.fix


@pytest.mark.parametrize(
    ("right", "says"),
    [("    url: https://outlet.example/rss\n", "needs `url`"), ("    reason: No list of new things.\n", "needs `reason`")],
)
def test_a_source_without_what_its_kind_needs_is_refused(tmp_path: Path, right: str, says: str) -> None:
    with pytest.raises(WrongFile, match=says):
        load_sources(write(tmp_path, GOOD.replace(right, "")), REPORTS)


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_source_without_a_period_of_its_own_is_blind_after_three_periods_of_its_kind(tmp_path: Path, kind: str) -> None:
    """The state machine reads the period from the stored profile; it must be the one that the watch
    follows.
    """
    outlet = load_sources(write(tmp_path, GOOD.replace("kind: feed", f"kind: {kind}\n    reason: As an example.")), REPORTS)[0]
    stored = models.SourceRow(tier=outlet.tier, config=outlet.model_dump(mode="json", exclude_none=True))
    assert stored.config["every"] == KINDS[kind].every
    assert blind_after(stored) == max(timedelta(hours=6), 3 * timedelta(seconds=outlet.period))
