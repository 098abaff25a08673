"""One English sentence, true or absent."""

from db.enums import Stage
from monitor.baseline import load_baselines
from monitor.compare.statements.differ import StatementIndex
from monitor.compare.statements.gist import Gist, gist_of
from monitor.compare.statements.read import read_statements
from monitor.compare.statements.subjects import PACK, load_pack

BASELINE = next(b for b in load_baselines(PACK.parents[1]) if b.report.id == "cedoca-2026")


def test_a_value_is_told_with_its_stage() -> None:
    item = read_statements("Решение призывной комиссии будет действовать два года", "", "ru", load_pack())
    (change, *_), _ = StatementIndex(BASELINE.claims, load_pack()).changes(item)
    gist = gist_of(item, None, change, Stage.ADOPTED)
    assert gist
    assert gist.text(load_pack()) == "Validity of a call-up decision: 1 year → 2 years (adopted by parliament)"


def test_without_a_value_the_aspect_and_the_stage_are_told() -> None:
    item = read_statements("Военкоматам запретят вручать повестки родственникам", "", "ru", load_pack())
    assert gist_of(item, "losses.army.total", None, Stage.SIGNED) is None
    told = Gist("exit_ban.general_ban", "", "", False, Stage.INTRODUCED).text(load_pack())
    assert told.endswith(": before the Duma")


def test_more_than_is_told_as_such() -> None:
    assert "→ more than 1,100,000 casualties" in Gist(
        "losses.army.total", "300,000-500,000 casualties", "1,100,000 casualties", True, None
    ).text(load_pack())
