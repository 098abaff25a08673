"""The results that kinds return: what counts as good, and what an unreadable entry does to it."""

import pytest

from db.enums import FetchOutcome, FetchReason
from monitor.kinds.results import ListedEntry, ReadResult, failed_result, ok_result

ENTRY = ListedEntry(key="1", url="https://example.org/1")


def test_entries_are_nothing_new_until_they_are_stored() -> None:
    result = ok_result([ENTRY], "a detail", doubts=("undated",))
    assert (result.entries, result.outcome, result.reason) == ((ENTRY,), FetchOutcome.NOTHING_NEW, FetchReason.OK)
    assert (result.good, result.detail, result.doubts) == (True, "a detail", ("undated",))


def test_entries_of_which_some_could_not_be_read_are_good_and_say_so() -> None:
    result = ok_result([ENTRY], partly=True)
    assert (result.good, result.reason) == (True, FetchReason.SOME_UNREADABLE)


@pytest.mark.parametrize("outcome", [FetchOutcome.BROKEN, FetchOutcome.SUSPICIOUS])
def test_a_failure_has_no_entries_and_keeps_its_doubts(outcome: FetchOutcome) -> None:
    result = failed_result(outcome, FetchReason.EMPTY, "nothing", doubts=("short",))
    assert (result.good, result.entries, result.doubts) == (False, (), ("short",))


@pytest.mark.parametrize(
    ("outcome", "good"), [(FetchOutcome.NEW_ITEMS, True), (FetchOutcome.NOTHING_NEW, True), (FetchOutcome.SUSPICIOUS, False)]
)
def test_goodness_follows_the_outcome(outcome: FetchOutcome, good: bool) -> None:
    assert ReadResult((), outcome, FetchReason.OK).good is good
