"""The page of signals: each signal once, with its weight's sign and its text; the page in docs/ is
the one that the registry gives.
"""

from pathlib import Path

from db.reason_codes import SIGNALS
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.signals.features import Registry
from monitor.compare.signals.pair_signals import PAIR_SIGNALS
from monitor.compare.signals.signal_docs import markdown

REGISTRY = Registry(vocabulary())
ROOT = Path(__file__).resolve().parents[4]


def test_the_page_of_signals_is_that_of_the_registry() -> None:
    kept = (ROOT / "docs" / "signals.md").read_text(encoding="utf-8")
    assert kept == markdown(REGISTRY), "run `python -m monitor.compare.signals.signal_docs > docs/signals.md`"


def test_each_signal_has_one_row_in_the_table_of_its_kind() -> None:
    pairs, items = (part.splitlines() for part in markdown(REGISTRY).split("## An item as a whole"))
    for rows, names in ((pairs, [s.name for s in PAIR_SIGNALS]), (items, [s.name for s in REGISTRY.signals])):
        assert [r.split("`")[1] for r in rows if r.startswith("| `")] == names


def test_a_row_says_the_pull_and_whether_reasons_name_the_signal() -> None:
    rows = {r.split("`")[1]: [c.strip() for c in r.split("|")[2:-1]] for r in markdown(REGISTRY).splitlines() if r.startswith("| `")}
    for signal in REGISTRY.signals:
        group, pull, named, text = rows[signal.name]
        assert (group, float(pull), named == "yes", text) == (signal.group, signal.pull, signal.named, SIGNALS[signal.name])
        assert pull[0] in "+-" or signal.pull == 0
