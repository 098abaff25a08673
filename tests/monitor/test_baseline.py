"""The loader of claim files: a wrong file is refused with file, line, field and the fix; a right
one is taken as it is written.
"""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.baseline import Baseline, UnknownBaseline, load_baseline, load_baselines
from monitor.strict_yaml import FileFault, WrongFile

GOOD = """\
report:
  id: example
  title: A report
  publisher: A desk
  published: "2024-06"
  research_closed: "2024-06-15"
  language: da
  packs: [military]
claims:
  - id: EXA-001
    key: first
    section: "1"
    topic: mobilisation
    statement: Nobody is called up.
    quote: Ingen indkaldes.
    as_of: "2024-06"
    status: in_force
    watch:
      ru: [новая волна мобилизации]
    values:
      - {measures: fine, kind: money, from: 10000, to: 30000, unit: RUB}
    changes_if: [A decree calls men up.]
  - id: EXA-002
    key: second
    section: "2"
    topic: exit_ban
    statement: Men may leave.
    quote: Mænd må rejse.
    as_of: "2024"
    status: reported
    watch:
      ru: [запрет на выезд]
    changes_if: [The border is closed.]
"""


def write(folder: Path, text: str | bytes, name: str = "example.yml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(folder: Path, text: str | bytes) -> list[FileFault]:
    with pytest.raises(WrongFile) as caught:
        load_baseline(write(folder, text))
    return caught.value.faults


@pytest.mark.parametrize(
    ("right", "wrong", "field", "says", "fix"),
    [
        ("id: EXA-002", "id: EXA-001", "claims.1.id", "'EXA-001' is already used on line 10", "its own id"),
        ("key: second", "key: first", "claims.1.key", "'first' is already used on line 11", "its own key"),
        ("id: EXA-002", "id: example two", "claims.1.id", "does not fit", "DRC-012"),
        ("topic: exit_ban", "topic: exit_baan", "claims.1.topic", "'exit_baan' is not known", "'exit_ban'"),
        ("status: reported", "status: rumoured", "claims.1.status", "'rumoured' is not known", "'uncertain'"),
        ('as_of: "2024"', "as_of: 2024-02-30", "claims.1.as_of", "is not a date", "YYYY-MM-DD"),
        ('as_of: "2024"', 'as_of: "2024-13"', "claims.1.as_of", "is not a date", "YYYY-MM-DD"),
        ('as_of: "2024"', "as_of: last summer", "claims.1.as_of", "is not a date", "YYYY-MM-DD"),
        ('as_of: "2024"', 'as_of: "٢٠٢٤"', "claims.1.as_of", "is not a date", "YYYY-MM-DD"),
        ("quote: Mænd må rejse.", "quote: x\n    quotte: Mænd må rejse.", "claims.1.quotte", "is not a field here", "spelling"),
        ("quote: Mænd må rejse.", 'quote: ""', "claims.1.quote", "is empty", "Write the quote"),
        ("quote: Mænd må rejse.", "quote:", "claims.1.quote", "is empty", "Write text"),
        ("quote: Mænd må rejse.", "quote: a\n    quote: b", "quote", "this key is given twice", "Remove one of them"),
        ("ru: [запрет на выезд]", "ru: []", "claims.1.watch.ru", "is empty", "Write the"),
        ("changes_if: [The border is closed.]", "changes_if: []", "claims.1.changes_if", "is empty", "Write the"),
        ("from: 10000, to: 30000", "from: 30000, to: 10000", "claims.0.values.0", "is above", "Swap them"),
        ("from: 10000, to: 30000", "value: ten", "claims.0.values.0.value", "not a number", "Write a number"),
        ("from: 10000, to: 30000", "value: .inf", "claims.0.values.0.value", "finite", "Write a number"),
        ("from: 10000, to: 30000", "value: .nan", "claims.0.values.0.value", "finite", "Write a number"),
        ("from: 10000, to: 30000", "value: yes", "claims.0.values.0.value", "not a number", "Write a number"),
        ("from: 10000, to: 30000", "value: 3, to: 4", "claims.0.values.0", "exclude each other", "Keep one of them"),
        ("from: 10000, to: 30000, ", "", "claims.0.values.0", "the value is empty", "Give `value`"),
        (", unit: RUB", "", "claims.0.values.0", "needs a unit", "Add `unit:`"),
        ("kind: money", "kind: date", "claims.0.values.0", "a date must be text", "quotes"),
        ("kind: money", "kind: weight", "claims.0.values.0.kind", "'weight' is not known", "'money'"),
        ("id: example", "id: another", "report.id", "is not the name of the file", "another.yml"),
        ('research_closed: "2024-06-15"', 'research_closed: "15.06.2024"', "report.research_closed", "is not a date", "YYYY-MM-DD"),
        ("quote: Mænd må rejse.", "quote: *other", "", "refers to another place", "Write the value out"),
        ("quote: Mænd må rejse.", "quote: !!python/object/apply:os.getcwd []", "", "is not YAML", "Fix"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_refused_with_line_field_and_fix(tmp_path: Path, right: str, wrong: str, field: str, says: str, fix: str) -> None:
    assert GOOD.count(right) == 1, "the case must break one place only"
    text = GOOD.replace(right, wrong)
    broken = GOOD[: GOOD.index(right)].count("\n") + wrong.count("\n") + 1
    fault = refused(tmp_path, text)[0]
    assert (fault.file.name, fault.line, fault.field) == ("example.yml", broken, field)
    assert says in fault.problem
    assert fix in fault.fix
    assert f"example.yml:{broken}: " in str(fault)


def test_a_missing_field_is_named_at_the_claim_that_lacks_it(tmp_path: Path) -> None:
    fault = refused(tmp_path, GOOD.replace("    quote: Mænd må rejse.\n", ""))[0]
    assert (fault.line, fault.field, fault.problem, fault.fix) == (23, "claims.1.quote", "is missing", "Add `quote:`")


def test_every_fault_of_a_file_is_listed_at_once_in_order_of_line(tmp_path: Path) -> None:
    text = (
        GOOD.replace("status: reported", "status: x").replace("language: da", "language: Danish").replace('as_of: "2024-06"', "as_of: soon")
    )
    assert [f.field for f in refused(tmp_path, text)] == ["report.language", "claims.0.as_of", "claims.1.status"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD.replace("watch:", "watch: [", 1), "is not YAML"),
        (GOOD.replace("    quote: I", "\tquote: I"), "is not YAML"),
        (GOOD.replace("claims:", "---\nclaims:"), "another document"),
        (GOOD.replace("Ingen", '"a\x00b"'), "control characters"),
        (GOOD.encode("utf-16"), "is not UTF-8"),
        (GOOD.encode("cp1251", "ignore") + "й".encode("cp1251"), "is not UTF-8"),
        ("", "is empty"),
        ("- a\n- b\n", "in place of fields"),
        ("hello", "in place of fields"),
        ("a: " + "[" * 5000, "nested too deep"),
        ("a: &a [x]\nb: [*a, *a]\n", "refers to another place"),
        ("a: &a [*a]\n", "refers to another place"),
    ],
    ids=["bracket", "tab", "documents", "control", "utf16", "cp1251", "empty", "list", "word", "deep", "bomb", "circle"],
)
def test_what_is_no_claim_file_at_all_is_refused_in_one_line(tmp_path: Path, text: str | bytes, says: str) -> None:
    faults = refused(tmp_path, text)
    assert says in faults[0].problem
    assert faults[0].fix
    assert "\n" not in str(faults[0])


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    with pytest.raises(WrongFile, match="cannot be read: No such file"):
        load_baseline(tmp_path / "absent.yml")
    (tmp_path / "folder.yml").mkdir()
    with pytest.raises(WrongFile, match="cannot be read: Is a directory"):
        load_baseline(tmp_path / "folder.yml")


@pytest.mark.parametrize("change", [lambda b: b"\xef\xbb\xbf" + b, lambda b: b.replace(b"\n", b"\r\n"), lambda b: b + b"# a remark\n\n"])
def test_byte_order_mark_windows_lines_and_remarks_change_nothing(tmp_path: Path, change: object) -> None:
    plain = load_baseline(write(tmp_path, GOOD))
    assert callable(change)
    assert load_baseline(write(tmp_path, change(GOOD.encode()))) == plain


def test_dates_stay_text_as_they_were_written(tmp_path: Path) -> None:
    baseline = load_baseline(write(tmp_path, GOOD.replace('"2024-06-15"', "2024-06-15")))
    assert baseline.report.research_closed == "2024-06-15"
    assert [c.as_of for c in baseline.claims] == ["2024-06", "2024"]


def test_one_claim_id_in_two_reports_is_refused(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, GOOD.replace("id: example", "id: other"), "other.yml")
    with pytest.raises(WrongFile, match=r"EXA-001: is also a claim of example"):
        load_baselines(tmp_path)


def test_an_unknown_report_is_answered_with_those_there_are(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    with pytest.raises(UnknownBaseline, match=r"no baseline 'drc' in .*; there are: example"):
        load_baselines(tmp_path, only=["drc"])


def test_a_folder_without_baselines_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongFile, match=r"contains no baseline .* AJOUR_BASELINE"):
        load_baselines(tmp_path)


_LINES = GOOD.splitlines()
# The second claim reaches from here to the end
_CLAIM = next(n for n, line in enumerate(_LINES) if "EXA-002" in line)
_FIELDS = [n for n in range(_CLAIM, len(_LINES)) if not _LINES[n].endswith(":")]


def attempt(path: Path) -> Baseline | list[FileFault]:
    try:
        return load_baseline(path)
    except WrongFile as error:
        return error.faults


@given(number=st.sampled_from(_FIELDS), how=st.sampled_from(["delete", "misspell", "empty", "list", "number", "twice", "unquote", "cut"]))
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_corrupted_line_is_refused_within_its_claim_or_harms_no_other_field(tmp_path: Path, number: int, how: str) -> None:
    match = re.match(r"(\s*(?:- )?)(\w+):(.*)$", _LINES[number])
    assert match
    lead, key, value = match.groups()
    corrupted = {
        "delete": [lead.replace(" ", "") and f"{lead}"],
        "misspell": [f"{lead}{key}x:{value}"],
        "empty": [f"{lead}{key}:"],
        "list": [f"{lead}{key}: [[1]]"],
        "number": [f"{lead}{key}: 7"],
        "twice": [_LINES[number], f"    {key}:{value}"],
        "unquote": [_LINES[number].replace('"', "").replace("[", "").replace("]", "")],
        "cut": [_LINES[number][:-2]],
    }[how]
    whole = load_baseline(write(tmp_path, GOOD))
    taken = attempt(write(tmp_path, "\n".join([*_LINES[:number], *corrupted, *_LINES[number + 1 :]])))
    if isinstance(taken, list):
        # Whatever is wrong is shown within the claim (YAML sees some faults only on the line
        # after).
        assert all(_CLAIM + 1 <= f.line <= len(_LINES) + 2 for f in taken), taken
        assert all(f.fix for f in taken)
    else:
        assert taken.report == whole.report
        assert taken.claims[0] == whole.claims[0]
        assert taken.claims[1].model_dump(exclude={key}) == whole.claims[1].model_dump(exclude={key})
