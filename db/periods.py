"""Lengths of time as sources.yml writes them: a number with m, h or d."""

_SECONDS = {"m": 60, "h": 3600, "d": 86_400}


def seconds(period: str) -> int:
    """Seconds of a period: '30m' → 1800. Raises LookupError or ValueError for anything but digits
    with m, h or d.
    """
    return int(period[:-1]) * _SECONDS[period[-1]]
