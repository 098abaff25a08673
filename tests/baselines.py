"""Reports of a handful of claims, and vectors of claims, made once for all test processes."""

from functools import cache
from pathlib import Path

import yaml

from app.runtime.container import Container
from app.runtime.settings import load_settings
from monitor.baseline import load_baseline
from monitor.compare.decide.assess import prepare
from monitor.compare.decide.model import load_model
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.types import PreparedReport
from tests.fake_encoder import BagOfWords
from tests.run_folder import made_once

BASELINE = Path(__file__).resolve().parent.parent / "baseline"


def small_baseline() -> Path:
    """A folder with the shipped reports, of each the first claim on each topic: a twentieth of the
    work.
    """
    return made_once("baseline", _shorten)


def _shorten(folder: Path) -> None:
    for path in sorted(BASELINE.glob("*.yml")):
        whole = yaml.safe_load(path.read_text(encoding="utf-8"))
        first = {claim["topic"]: claim for claim in reversed(whole["claims"])}
        whole["claims"] = [claim for claim in whole["claims"] if claim is first[claim["topic"]]]
        (folder / path.name).write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), encoding="utf-8")


def keep_vectors(data: Path) -> None:
    """Let a desk whose data are in `data` find the vectors that the shipped encoder gives the
    claims of the shipped and of the small reports.
    """
    data.mkdir(parents=True, exist_ok=True)
    (data / "vectors").symlink_to(made_once("vectors", _encode) / "vectors")


def _encode(folder: Path) -> None:
    for baseline in (BASELINE, small_baseline()):
        desk = Container(load_settings(data=folder, baseline=baseline))
        for report in desk.baselines():
            desk.prepared(report.report.id)


@cache
def light_report(report: str) -> PreparedReport:
    """A shipped report ready for comparison, with the light encoder."""
    return prepare(load_baseline(BASELINE / f"{report}.yml"), BagOfWords(), vocabulary(), load_model(vocabulary()))
