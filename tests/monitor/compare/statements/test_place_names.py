"""Regions and countries are found in the languages of items, and named in those of readers."""

import pytest

from db.enums import READER_LANGUAGES
from monitor.compare.statements.place_names import countries_in, load_places, regions_in
from monitor.strict_yaml import WrongFile


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("в подмосковье и в москве", ["Moscow region", "Moscow"]),
        ("московская область, омск", ["Moscow region", "Omsk"]),
        ("томские военкоматы", ["Tomsk"]),
        ("у криму та в бєлгороді", ["Crimea", "Belgorod"]),
        ("payments cut in tatarstan", ["Tatarstan"]),
        ("повестки читать вслух", []),
    ],
)
def test_regions_are_found_in_order_the_longer_name_first(text: str, names: list[str]) -> None:
    assert [r["en"] for r in regions_in(text)] == names


def test_a_country_is_named_in_every_language_of_readers() -> None:
    (kazakhstan,) = countries_in("казахстан выдал дезертира")
    assert [kazakhstan[x] for x in READER_LANGUAGES] == ["Kazakhstan", "Kasakhstan", "Kazachstan", "Kasachstan", "Kazakhstan"]


def test_every_region_has_a_name_in_every_language_and_is_found_by_its_cues() -> None:
    for region in load_places().regions:
        assert set(region.names) == set(READER_LANGUAGES), region.names["en"]


def test_a_wrong_file_is_refused(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "places.yml").write_text("regions:\n  - names: {da: X}\n    cues: [x]\ncountries: {}\n", encoding="utf-8")
    with pytest.raises(WrongFile, match="has no English phrase"):
        load_places(tmp_path / "places.yml")
