"""A report whose claims its packs do not cover is reported, with the pack that does."""

import re
from pathlib import Path

import pytest

from monitor.baseline import load_baseline, load_baselines
from monitor.compare.claims.pack_coverage import coverage

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "baseline" / "examples" / "agents-2025.yml"


@pytest.mark.slow
def test_the_shipped_reports_are_covered_by_their_packs() -> None:
    for report in (*load_baselines(ROOT / "baseline"), load_baseline(EXAMPLE)):
        assert coverage(report).uncovered == ()
        assert coverage(report).warning() == ""


def test_a_report_that_its_pack_does_not_cover_is_reported_with_the_better_pack() -> None:
    whole = load_baseline(EXAMPLE)
    wrong = whole.model_copy(update={"report": whole.report.model_copy(update={"packs": ["military"]})})
    found = coverage(wrong)
    assert not found.enough
    assert found.better == "foreign_agents"
    assert {"AGN-002", "AGN-007", "AGN-008"} <= set(found.uncovered)
    assert re.search(r"the pack military does not cover \d of 10 claims \(\d0 %\): AGN-00", found.warning())
    assert "Name the pack foreign_agents in `packs:`" in found.warning()
