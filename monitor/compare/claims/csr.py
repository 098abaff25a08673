"""Row index for variable-length groups (CSR layout): the texts of a claim, the words of a
phrase.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class Ragged:
    """Owner i has the rows from `starts[i]` up to `starts[i + 1]`; row r belongs to `owners[r]`."""

    def __init__(self, counts: Sequence[int]) -> None:
        self.starts: Ints = np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
        self.owners: Ints = np.repeat(np.arange(len(counts)), counts)

    def of(self, owners: Ints) -> tuple[Ints, Ints]:
        """(rows of `owners`; for each row the index of its owner in `owners`)."""
        firsts, counts = self.starts[owners], self.starts[owners + 1] - self.starts[owners]
        places = np.repeat(np.arange(len(owners)), counts)
        return np.arange(len(places)) + (firsts - np.cumsum(counts) + counts)[places], places
