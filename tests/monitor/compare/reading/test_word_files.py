"""Word lists as data: what is read, what is refused, and that another word is another digest."""

from pathlib import Path

import pytest

from monitor.compare.reading import word_files
from monitor.compare.reading.legal_stage import _Stages
from monitor.compare.reading.tokenize import lemmas
from monitor.compare.reading.values import _NumberWords, read_values
from monitor.compare.reading.vocabulary import vocabulary
from monitor.compare.reading.word_files import FOLDER, read_words
from monitor.strict_yaml import WrongFile, load


def test_a_list_is_one_word_a_line_with_comments(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("# A list.\n\nещё\nThe  # an article\n", encoding="utf-8")
    assert read_words(path) == ("еще", "the")


def test_a_line_with_two_words_is_refused_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    path.write_text("one\ntwo words\n", encoding="utf-8")
    with pytest.raises(WrongFile) as refused:
        read_words(path)
    assert [(f.file, f.line) for f in refused.value.faults] == [(path, 2)]


def test_a_list_that_is_not_utf8_or_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.txt"
    with pytest.raises(WrongFile, match="cannot be read"):
        read_words(path)
    path.write_bytes("слово\n".encode("cp1251"))
    with pytest.raises(WrongFile, match="UTF-8"):
        read_words(path)


def shipped_but(tmp_path: Path, name: str, old: str, new: str) -> tuple[Path, int]:
    """A copy of a shipped file with one exchange, and the line of it."""
    text = (FOLDER / name).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path, text[: text.index(old)].count("\n") + 1


def test_a_bad_expression_among_the_units_is_refused_with_its_line(tmp_path: Path) -> None:
    path, line = shipped_but(tmp_path, "number_words.yml", "'доллар*'", "'(доллар*'")
    with pytest.raises(WrongFile) as refused:
        load(path, _NumberWords)
    assert [f.line for f in refused.value.faults] == [line]
    assert "доллар" in str(refused.value)


def test_a_stage_that_is_none_is_refused(tmp_path: Path) -> None:
    path, line = shipped_but(tmp_path, "legal_stages.yml", "  signed:", "  sealed:")
    with pytest.raises(WrongFile) as refused:
        load(path, _Stages)
    assert refused.value.faults[0].line == line


def test_a_bad_pattern_in_the_vocabulary_is_refused_with_its_line(tmp_path: Path) -> None:
    path, line = shipped_but(tmp_path, "vocabulary.yml", '"mobilmach*"', '"(mobilmach*"')
    with pytest.raises(WrongFile) as refused:
        vocabulary(path)
    assert [f.line for f in refused.value.faults] == [line]


def test_a_misspelt_part_of_an_entry_is_refused(tmp_path: Path) -> None:
    path, _ = shipped_but(tmp_path, "vocabulary.yml", '    not: ["демобилизац', '    nott: ["демобилизац')
    with pytest.raises(WrongFile, match="nott"):
        vocabulary(path)


def test_another_word_is_another_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.txt").write_text("one\n", encoding="utf-8")
    monkeypatch.setattr(word_files, "FOLDER", tmp_path)
    first = word_files.digest.__wrapped__()
    (tmp_path / "a.txt").write_text("two\n", encoding="utf-8")
    assert word_files.digest.__wrapped__() != first


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("The Russian law on the draft", ("law", "draft")),
        ("его мобилизовали", ("мобилизация",)),
        ("мобилизованные и мобилизация", ("мобилизация",) * 2),
    ],
)
def test_stop_words_go_and_families_meet(text: str, kept: tuple[str, ...]) -> None:
    assert lemmas(text, None) == kept


@pytest.mark.parametrize(
    ("text", "kind", "unit", "low", "high"),
    [
        ("штраф до 30 тысяч рублей", "money", "RUB", 0, 30_000),
        ("выплата 2,5 млн рублей", "money", "RUB", 2_500_000, 2_500_000),
        ("від 5 до 10 днів", "period", "days", 5, 10),
        ("мужчины старше 50 лет", "age", "years", 50, 50),
        ("две недели", "period", "weeks", 2, 2),
        ("1 октября 2026", "date", "day", 20261001, 20261001),
    ],
)
def test_number_words_are_read_in_several_languages(text: str, kind: str, unit: str, low: float, high: float) -> None:
    assert [(v.kind, v.unit, v.low, v.high) for v in read_values(text)] == [(kind, unit, low, high)]
