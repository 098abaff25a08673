"""The page of settings has a row for each, with its default as it is written in the environment."""

import pytest

from app.runtime.settings import Settings
from app.runtime.settings_docs import markdown


@pytest.mark.parametrize(
    "row",
    [
        "| `AJOUR_WORKERS` | `8` | sources fetched at the same time |",
        "| `AJOUR_DATA` | `var` | folder for the database, cached vectors and digests |",
    ],
)
def test_a_row_has_name_default_and_meaning(row: str) -> None:
    assert row in markdown().splitlines()


def test_defaults_are_written_as_people_set_them() -> None:
    cells = {line.split(" | ")[0].strip("| `"): line.split(" | ")[1] for line in markdown().splitlines() if line.startswith("| `AJOUR_")}
    assert len(cells) == len(Settings.model_fields)
    assert cells["AJOUR_ALLOW_LOOPBACK"] == "`false`"
    assert cells["AJOUR_SECRET"] == cells["AJOUR_DATABASE"] == "–"
    assert cells["AJOUR_SOURCES"] == "as shipped"
