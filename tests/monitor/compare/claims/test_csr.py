"""Rows of variable-length groups."""

import numpy as np

from monitor.compare.claims.csr import Ragged


def test_each_group_has_its_rows_and_each_row_its_group() -> None:
    groups = Ragged([2, 0, 3])
    assert groups.starts.tolist() == [0, 2, 2, 5]
    assert groups.owners.tolist() == [0, 0, 2, 2, 2]


def test_rows_of_some_groups_come_with_the_groups_place_among_them() -> None:
    rows, places = Ragged([2, 0, 3]).of(np.array([2, 1, 0]))
    assert rows.tolist() == [2, 3, 4, 0, 1]
    assert places.tolist() == [0, 0, 0, 2, 2]


def test_no_group_has_no_rows() -> None:
    rows, places = Ragged([2, 0, 3]).of(np.array([], dtype=np.int64))
    assert rows.tolist() == places.tolist() == []
