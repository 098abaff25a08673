"""Packs: a report names its own, several are read as one, and one that shares nothing with the
vocabulary works like any other.
"""

from pathlib import Path

import pytest

from monitor.baseline import load_baseline
from monitor.compare.reading.annotate import Document, read_item
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.statements import packs
from monitor.compare.statements.packs import UnknownPack, pack_paths, packs_of, topic_subjects, use_folder, words_of
from monitor.strict_yaml import WrongFile

ROOT = Path(__file__).parents[4]
EXAMPLE = ROOT / "baseline" / "examples" / "agents-2025.yml"
AGENTS = Document("1", "Outlet", "https://outlet.example/1", "2026-01-01", "ru", "В реестре иноагентов стало больше 1500 имен", "")


@pytest.mark.parametrize("name", sorted(pack_paths()))
def test_every_shipped_pack_holds_together(name: str) -> None:
    pack = packs_of((name,))
    known = {c.name for c in vocabulary().groups["subjects"]} | set(pack.subjects)
    assert all(shown <= known for shown in topic_subjects(pack).values())


def test_an_item_is_read_with_the_subjects_of_the_pack() -> None:
    agents, military = packs_of(("foreign_agents",)), packs_of(("military",))
    read = read_item(AGENTS, words_of(agents, vocabulary()), agents)
    assert set(read.subjects_title) == {"agents.register", "agents.status"}
    assert "agents.register.number" in read.statements.aspects
    other = read_item(AGENTS, words_of(military, vocabulary()), military)
    assert not other.subjects
    assert not other.statements.speaks


def test_the_vocabulary_of_the_fitted_pack_is_the_shipped_one() -> None:
    assert words_of(packs_of(("military",)), vocabulary()) is vocabulary()


def test_several_packs_are_read_as_one() -> None:
    both = packs_of(("military", "foreign_agents"))
    assert {"mobilisation", "agents_penalties"} <= set(both.topics)
    names = {c.name for c in words_of(both, vocabulary()).groups["subjects"]}
    assert {"mobilisation", "summons", "agents.register"} <= names


def test_an_unknown_pack_is_answered_with_those_there_are() -> None:
    with pytest.raises(UnknownPack, match=r"there is no pack 'weather'; there are: foreign_agents, military"):
        packs_of(("weather",))


def test_a_desk_brings_a_pack_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packs, "_folders", [])
    (tmp_path / "agents_too.yml").write_bytes((ROOT / "baseline" / "subjects" / "foreign_agents.yml").read_bytes())
    use_folder(tmp_path)
    assert "agents.register" in packs_of(("agents_too",)).subjects
    packs_of.cache_clear()


@pytest.mark.parametrize(
    ("right", "wrong", "says", "fix"),
    [
        ("topic: foreign_agents", "topic: mobilisation", "'mobilisation' is not known", "'agents_penalties'"),
        ("aspect: agents.status.grounds", "aspect: agents.status.ground", "no aspect 'agents.status.ground'", "Use agents.status.grounds"),
        ("packs: [foreign_agents]", "packs: [weather]", "there is no pack 'weather'", "Name one of them"),
    ],
)
def test_what_no_pack_has_is_refused_with_the_line(tmp_path: Path, right: str, wrong: str, says: str, fix: str) -> None:
    text = EXAMPLE.read_text(encoding="utf-8")
    (tmp_path / EXAMPLE.name).write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(WrongFile) as caught:
        load_baseline(tmp_path / EXAMPLE.name)
    fault = caught.value.faults[0]
    assert fault.line == text[: text.index(right)].count("\n") + 1
    assert says in fault.problem
    assert fix in fault.fix
