"""Packs of subjects: a wrong file is refused with place and fix; cues find what they should; the
shipped pack holds together.
"""

from pathlib import Path

import pytest

from db.enums import READER_LANGUAGES
from monitor.baseline import load_baselines
from monitor.compare.reading.tokenize import plain
from monitor.compare.statements.cue_index import CueIndex
from monitor.compare.statements.subjects import PACK, act_key, load_pack
from monitor.strict_yaml import WrongFile

ROOT = Path(__file__).parents[4]
GOOD = """
about: {en: summonses}
topics:
  summonses: {says: {en: summonses}, speaks_of: [summons]}
subjects:
  summons:
    says: {en: delivery of a summons}
    cues: {ru: [повестк*], en: [summons*]}
    not: [повестк* дня]
    acts: [53-ФЗ 31]
    aspects:
      served:
        says: {en: time after which a summons counts as received}
        kind: period
        unit: days
        beside: [вручен*]
        cues: {ru: [повест* .. считает* врученн*]}
persons: {}
places: {}
not_news: {}
acts:
  53-ФЗ: {short: Закон, english: Law, title: О воинской обязанности, date: '1998-03-28', names: [о воинской обязанности]}
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "pack.yml"
    path.write_text(text, encoding="utf-8")
    return path


def found(index: CueIndex, text: str) -> set[str]:
    return {h.owner for h in index.find(plain(text))}


def test_a_pack_knows_its_subjects_aspects_and_acts(tmp_path: Path) -> None:
    pack = load_pack(write(tmp_path, GOOD))
    assert pack.aspects["summons.served"].unit == "days"
    assert pack.subject_of("summons.served") == "summons"
    assert found(pack.cues, "Повестка считается вручённой") == {"s:summons", "a:summons.served"}
    assert "n:summons" in found(pack.cues, "В повестке дня — повестка дня")
    assert "t:53-ФЗ" in found(pack.cues, "О внесении изменений в закон «О воинской обязанности»")


@pytest.mark.parametrize(
    ("wrong", "line", "says"),
    [
        (GOOD.replace("kind: period", "kind: distance"), 14, "kind"),
        (GOOD.replace("        unit: days\n", ""), 12, "needs a unit"),
        (GOOD.replace("        beside: [вручен*]\n", ""), 12, "no `beside`"),
        (GOOD.replace("[повестк*]", "['(повестк*']"), 8, "Close every bracket"),
        (GOOD.replace("[повестк*]", "['повестк[аи]']"), 8, "no pattern"),
        (GOOD.replace("53-ФЗ 31", "54-ФЗ 31"), 10, "not in the table of acts"),
        (GOOD.replace("says: {en: delivery", "sayz: {en: delivery"), 6, "sayz"),
    ],
)
def test_a_wrong_pack_is_refused_with_its_line_and_the_fix(tmp_path: Path, wrong: str, line: int, says: str) -> None:
    with pytest.raises(WrongFile, match=says) as refused:
        load_pack(write(tmp_path, wrong))
    assert line in {f.line for f in refused.value.faults}
    assert all(f.fix for f in refused.value.faults)


def test_every_aspect_of_the_shipped_pack_has_cues_in_all_six_languages_or_has_numbers_only() -> None:
    lacking = {name: {"ru", "en", "uk", "de", "da", "nl"} - a.cues.keys() for name, a in load_pack().aspects.items()}
    assert not {name: missing for name, missing in lacking.items() if missing}


def test_every_subject_and_aspect_of_the_shipped_pack_has_a_phrase_of_its_own_in_each_language_of_readers() -> None:
    pack = load_pack()
    phrases = {name: s.says for name, s in pack.subjects.items()} | {name: a.says for name, a in pack.aspects.items()}
    lacking = {name: set(READER_LANGUAGES) - says.keys() for name, says in phrases.items()}
    assert not {name: missing for name, missing in lacking.items() if missing}
    for language in READER_LANGUAGES:
        subjects = [s.says[language] for s in pack.subjects.values()]
        assert len(subjects) == len(set(subjects)), language
        aspects = [a.says[language] for a in pack.aspects.values()]
        assert len(aspects) == len(set(aspects)), language


def test_a_pack_without_english_or_with_an_unknown_language_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "pack.yml"
    for says, fix in (("{da: levering}", "Add `en:`"), ("{en: delivery, xx: x}", "The languages are")):
        path.write_text(GOOD.replace("{en: delivery of a summons}", says), encoding="utf-8")
        with pytest.raises(WrongFile, match=fix):
            load_pack(path)


def test_what_the_claims_speak_of_stands_in_the_shipped_pack() -> None:
    pack = load_pack()
    for claim in (c for b in load_baselines(PACK.parents[1]) for c in b.claims):
        about = claim.about
        assert about, claim.id
        named = {about.aspect, *about.touches, *(v.aspect for v in claim.values if v.aspect)}
        assert named <= pack.aspects.keys(), claim.id
        assert set(about.persons) <= pack.persons.keys(), claim.id
        assert about.place in pack.places, claim.id
        assert all(act_key(a, pack.acts) for a in about.acts), claim.id


@pytest.mark.slow
def test_a_value_of_a_claim_has_an_aspect_of_its_own_kind() -> None:
    pack = load_pack()
    for claim in (c for b in load_baselines(PACK.parents[1]) for c in b.claims):
        for value in claim.values:
            if value.aspect:
                assert pack.aspects[value.aspect].kind == value.kind, (claim.id, value.measures)
