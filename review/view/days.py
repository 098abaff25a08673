"""Days that people type: YYYY-MM-DD, or day first as in Denmark, the Netherlands, Belgium and
Germany.

Browsers show a date field in the form of their own language (mm/dd/yyyy in an English one), so the
desk asks for a day as text and says which form it understands. Month first is never read.
"""

import re
from datetime import date

HINT = "2026-11-28 or 28.11.2026"
_ISO = re.compile(r"^(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})$")
_DAY_FIRST = re.compile(r"^(?P<day>\d{1,2})[./-](?P<month>\d{1,2})[./-](?P<year>\d{4})$")


def read_day(text: str) -> date | None:
    """The day; None for any other text."""
    match = _ISO.match(text.strip()) or _DAY_FIRST.match(text.strip())
    if match is None or not match[0].isascii():
        return None
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"]))
    except ValueError:
        return None
