"""Text of a page that changes at each fetch without a meaning: counters, clocks, ratings, weather,
tokens.

`is_volatile` recognises lines that consist of such text; they are left out of a page. `masked`
removes the changing words within other lines; they are compared without them.
"""

import re

from monitor.parse.relative_time import AGO

_NUMBER = r"\d[\d\s.,:]*\s?(?:[кkтм]|тыс\.?|млн\.?)?"
_PEOPLE = r"(?:человек|пользовател\w*|посетител\w*|гост\w*|участник\w*|читател\w*|people|users?|visitors?|guests?|members?)"
_MOMENT = r"(?:секунд|сек|минут|мин|час|ч|дн|день|дней|дня|сут|недел|месяц|seconds?|sec|minutes?|min|hours?|days?|weeks?)"
_AND_MOMENTS = rf"(?:\.?,?\s+(?:и\s+|and\s+)?\d+\s*{_MOMENT}\w*)*"  # "34 days 5 hours"
# Words of a counter line: what is counted (_COUNTED), and other words of such lines (_BESIDE).
_COUNTED = (
    r"просмотр\w*|посещени\w*|посетител\w*|гост\w{1,3}|визит\w*|хит\w{0,2}|читател\w*|прочт\w*|прочит\w*|прочл\w*|смотрят|смотрел\w*|скача\w*|скачив\w*|загруз\w*"
    r"|подписчик\w*|лайк\w*|репост\w*|поделил\w*|комментари\w*|отзыв\w{0,3}|рейтинг\w*|доверяют|онлайн|зашли|перегляд\w*|відвідувач\w*|завантажен\w*|поширен\w*"
    r"|online|views?|visits?|visitors?|users?|guests?|readers?|reads?|downloads?|downloaded|likes?|shares?|shared|comments?|followers?|hits?|besucher|aufrufe|visninger|besøgende"
    r"|weergaven|bezoekers?"
)
_BESIDE = (
    r"сейчас|всего|сегодня|вчера|за (?:сутки|день|неделю|месяц|вс[её] время)|на|сайте?|эту|этой|страниц[уые]|в|и|из|нам|нас|вы|ваш\w*|уже|раза?|человека?|люд\w+|пользовател\w+|тыс|млн"
    r"|к|k|m|total|today|now|currently|on|this|page|site|people|times?|of|the|ist|sind|heute|i dag|vandaag|сторінк\w|зараз|всього|осіб"
)
_COUNTERS = re.compile(rf"(?=.{{0,60}}?\b(?:{_COUNTED})\b)(?=.*\d)(?:\b(?:{_COUNTED}|{_BESIDE})\b|\d+\s?[кkм]\b|[\d\W_])+", re.I)
_LINES = re.compile(
    "|".join(
        (
            # when and how the page was made
            r"^(?:обновлено|опубликовано|последнее обновление|дата (?:публикации|обновления)|updated|last updated|published|время чтения|сегодня|оновлено)\b.{0,80}$",
            r"^(?:страница|документ|page)?\s*(?:сгенерирован\w*|сформирован\w*|создан\w*|загружен\w*|generated|rendered|loaded)\s+(?:за|в|in|at|on)\b.{0,60}$",
            r"^(?:время (?:генерации|загрузки|создания|на сервере)|generation time|server time|query time)\b.{0,60}$",
            r"^(?:московское время|текущее время|local time)\b.{0,40}$",
            r"^©.{0,80}$|^copyright\b.{0,80}$|^поделиться\b.{0,80}$",
            r"^(?:дата (?:обращения|печати)|распечатано|ваш ip|ip)\b.{0,60}$",
            r"^(?:погода|индекс (?:мосбиржи|ртс)|weather)\b.{0,80}$",
            # who is here, who has read it, how they liked it
            rf"^(?:сейчас |всего |уже )?(?:на сайте|онлайн|online|в сети|читают|смотрят|who'?s online|now online)\b.{{0,20}}?{_NUMBER}.{{0,40}}$",
            rf"^.{{0,20}}?{_NUMBER}\s*{_PEOPLE}\s*(?:сейчас |now )?(?:онлайн|online|на сайте|читают|смотрят|в сети|просмотрел\w*|прочитал\w*|прочли)\b.{{0,20}}$",
            rf"^(?:прочитал\w*|прочл\w*|просмотрел\w*|скачал\w*|подписал\w*ь на канал|read by|viewed by)\W{{0,3}}(?:уже )?{_NUMBER}.{{0,30}}$",
            rf"^(?:просмотр\w*|показ\w*|посещени\w*|скачивани\w*|загрузок|комментари\w*|отзыв\w*|лайк\w*|репост\w*|подписчик\w*|голос\w*|views?|reads?|downloads?"
            rf"|comments?|likes?|shares?|votes?|followers?|hits?)\b\W{{0,4}}(?:сегодня|всего|за сутки|today|total)?\W{{0,3}}(?:{_NUMBER})?\W{{0,3}}$",
            rf"^{_NUMBER}\s*(?:просмотр\w*|комментари\w*|голос\w*|лайк\w*|подписчик\w*|оцен\w+|views?|comments?|votes?|likes?)(?:\s+назад)?\W*$",
            rf"^(?:рейтинг|средняя оценка|оценка|rating|score)\b\W{{0,3}}{_NUMBER}.{{0,40}}$|^[★☆⭐]+.{{0,40}}$",
            rf"^{_NUMBER}\s*{_MOMENT}\w*\.?(?:\s+(?:назад|ago))?$",
            r"^[\d\s.,:/|–-]*$",
            # tokens
            r"^(?:csrf|token|session|request id|ray id|trace|id запроса|номер запроса)\b.{0,120}$",
        )
    ),
    re.I,
)
_RATE = re.compile(
    r"(?:\b(?:USD|EUR|CNY|GBP|BYN|UAH|KZT|ЦБ|BTC)\b|[$€¥£₽]|[-−–+]?\d+\s*°\s?[CСcс]?|курс (?:валют|доллара|евро|цб)|нефть|brent)", re.I
)
_RATE_REST = re.compile(r"[^\W\d_]{3,}")
_MASKS = (
    re.compile(
        rf"\b(?:остал(?:ось|ся|ось всего)|осталось до \w+|залишилось|left|remaining)\W{{0,3}}{_NUMBER}\s*{_MOMENT}\w*{_AND_MOMENTS}", re.I
    ),
    re.compile(rf"\b\d+\s*{_MOMENT}\w*{_AND_MOMENTS}\.?\s+(?:осталось|left|remaining)\b", re.I),
    re.compile(r"\b(?:через|in)\s+\d+\s*(?:сек|мин|seconds?|minutes?)\w*", re.I),
    re.compile(AGO, re.I),
    re.compile(
        r"\b(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{16,}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I
    ),
)


def is_volatile(line: str) -> bool:
    """Whether a line has only text that changes at each fetch."""
    return bool(_LINES.search(line)) or _is_rate(line) or (len(line) < 100 and bool(_COUNTERS.fullmatch(line)))


def _is_rate(line: str) -> bool:
    """Weather and exchange rates: two or more figures of that kind, and at most two other words (a
    place).
    """
    rates = _RATE.findall(line)
    rest = _RATE_REST.findall(_RATE.sub(" ", line))
    return len(line) < 120 and any(c.isdigit() for c in line) and (len(rates) >= 2 or (bool(rates) and len(line) < 40)) and len(rest) <= 2


def masked(text: str) -> str:
    """`text` without countdowns, "5 minutes ago" and random tokens, for comparison."""
    for pattern in _MASKS:
        text = pattern.sub(" ", text)
    return text
