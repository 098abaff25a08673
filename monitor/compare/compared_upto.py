"""Up to which item version all are compared, so that what waits is not searched in the whole
table.
"""

import time

SETTLED = 600.0  # seconds after which no transaction that stores a fetch is still open


class ComparedUpto:
    """Versions with id <= `at()` are compared.

    It follows SETTLED seconds behind: a fetch on another connection may still be storing versions
    with lower ids than those that are visible.
    """

    def __init__(self) -> None:
        self._certain = 0
        # (monotonic time, newest version when none waited)
        self._seen: list[tuple[float, int]] = []

    def at(self) -> int:
        while self._seen and time.monotonic() - self._seen[0][0] >= SETTLED:
            self._certain = self._seen.pop(0)[1]
        return self._certain

    def none_waits(self, newest: int) -> None:
        """No version up to `newest` waits, of those that are visible."""
        if not self._seen or newest > self._seen[-1][1]:
            self._seen.append((time.monotonic(), newest))
