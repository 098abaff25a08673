"""`ajour sources list` and `schema`, and how a source is found by its id."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli_runner import Ran

ROOT = Path(__file__).resolve().parents[3]
Run = Callable[..., Ran]


def test_sources_list_shows_every_source_and_speaks_json(ajour: Run) -> None:
    rows = ajour("sources", "list", "--json").json
    assert len(rows) >= 198
    table = ajour("sources", "list")
    assert table.code == 0
    assert all(r["id"] in table.out for r in rows)
    assert {r["kind"] for r in ajour("sources", "list", "--kind", "telegram", "--json").json} == {"telegram"}


def test_an_unknown_kind_is_refused_with_the_kinds_that_exist(ajour: Run) -> None:
    ran = ajour("sources", "list", "--kind", "fax")
    assert ran.code == 2
    assert "no kind of source is called 'fax'" in ran.err
    assert "telegram" in ran.err


def test_the_schema_is_the_one_in_the_docs(ajour: Run) -> None:
    assert ajour("sources", "schema").json == json.loads((ROOT / "docs" / "sources.schema.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("given", "says"), [("exam", "Did you mean: example?"), ("zzz", "`ajour sources list` shows all")])
@pytest.mark.usefixtures("listed")
def test_an_unknown_source_is_refused_with_a_way_on(ajour: Run, given: str, says: str) -> None:
    ran = ajour("sources", "test", given)
    assert ran.code == 2
    assert f"no source has the id '{given}'" in ran.err
    assert says in ran.err
