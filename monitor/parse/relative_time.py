"""Patterns of times that are relative to now: "2 hours ago", "vor 3 Stunden", "сегодня". They
change with time, so they are removed from titles and from compared texts.
"""

_SLAVIC = r"(?:секунд|сек|минут|мин|час|ч|дн|дней|день|дня|недел|хвилин|хв|годин|тиж|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?)\w*\.?"
_DANISH = r"(?:sek\w*|min\w*|timer?|dage?|uger?)\.?"
_DUTCH = r"(?:seconden|minuten|minuut|min|uur|uren|dag(?:en)?|weken|week)\.?"
_GERMAN = r"(?:sekunden?|minuten?|min|stunden?|std|tage?n?|wochen?)\.?"
# How long ago something was
AGO = (
    rf"(?<!\d)\d{{1,3}}\s*{_SLAVIC}\s*(?:назад|тому(?: назад)?|ago)\b|\b(?:for\s+)?\d{{1,3}}\s*{_DANISH}\s*siden\b"
    rf"|\bvor\s+\d{{1,3}}\s*{_GERMAN}(?!\w)|(?<!\d)\d{{1,3}}\s*{_DUTCH}\s*geleden\b|\b(?:только что|щойно|just now|gerade eben|lige nu|zojuist)\b"
)
# A day named by its distance
DAY = r"\b(?:сегодня|вчера|позавчера|сьогодні|вчора|today|yesterday|heute|gestern|vandaag|gisteren|i dag|i går)\b"
# An hour behind a day
HOUR = r"\s*,?\s*(?:в|at|um|om|kl\.?)?\s*\d{1,2}[:.]\d{2}\b"
