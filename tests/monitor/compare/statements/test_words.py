"""The words of statements are data, refused with their line where one is wrong."""

from pathlib import Path

import pytest

from monitor.compare.statements.words import FILE, SPELLED, UNIT_WORD, load_words
from monitor.strict_yaml import WrongFile


def test_words_are_read_in_plain_letters() -> None:
    assert (SPELLED["двенадцать"], SPELLED["полмиллиона"]) == (12, 500_000)
    assert all(word == word.lower().replace("ё", "е") for word in SPELLED)
    assert next((kind, unit) for kind, unit, words in UNIT_WORD if words.fullmatch("недель")) == ("period", "weeks")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [("above:", "abve:", "abve"), ("'доллар\\w*'", "'(доллар\\w*'", "доллар"), ("  share:", "  shares:", "shares")],
)
def test_a_wrong_entry_is_refused_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    text = FILE.read_text(encoding="utf-8")
    path = tmp_path / FILE.name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(WrongFile) as refused:
        load_words(path)
    assert says in str(refused.value)
    assert text[: text.index(old)].count("\n") + 1 in {f.line for f in refused.value.faults}
