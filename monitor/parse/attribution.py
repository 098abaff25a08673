"""The outlet that a text cites as its source: "сообщает ТАСС", "as TASS reports".

An outlet has one name, in whatever language the text names it: the name in sources.yml if it is
there (`db.assessments.origin_key`), so that a reprint and the original count as one origin.
"""

import re

_NAMES = {
    "TASS": "ТАСС|TASS",
    "Interfax": "Интерфакс\\w*|Інтерфакс\\w*|Interfax",
    "RIA": "РИА(?: «?Новости»?)?|РІА(?: «?Новости»?)?|RIA(?: Novosti)?",
    "RBC": "РБК|RBC",
    "Kommersant": "«?Коммерсант\\w*»?|«?Ъ»?(?!\\w)|Комерсант\\w*|Kommersant",
    "Vedomosti": "«?Ведомост\\w+»?|Vedomosti",
    "Mediazona": "«?Медиазон\\w+»?|«?Медіазон\\w+»?|Mediazona",
    "Meduza": "«?Медуз\\w+»?|Meduza",
    "Verstka": "«?В[её]рстк\\w+»?|Verstka|Vyorstka",
    "iStories": "«?Важны\\w+ истори\\w+»?|«?Важлив\\w+ істор\\w+»?|iStories|Important Stories",
    "BBC": "Русск\\w+ служб\\w+ Би-би-си|Би-би-си|BBC(?: News)?(?: Russian)?",
    "Agentstvo": "«(?-i:Агентств)(?:о|у|ом|а)»|Agentstvo",
    "Svoboda": "Радио Свобод\\w+|Радіо Свобод\\w+|Radio Svoboda|RFE/RL",
    "The Insider": "The Insider",
    "Novaya Gazeta Europe": "«?Нов(?:ая|ой) газет\\w+\\. Европа»?|Novaya Gazeta Europe",
    "Novaya Gazeta": "«?Нов(?:ая|ой) газет\\w+»?|Novaya Gazeta",
    "Fontanka": "«?Фонтанк\\w+»?|Fontanka",
    "Ukrinform": "Укринформ\\w*|Укрінформ\\w*|Ukrinform",
    "UNIAN": "УНИАН|УНІАН|UNIAN",
    "ISW": "ISW|Институт\\w* изучения войны|Інститут\\w* вивчення війни|Institute for the Study of War",
    "Baza": "Baza", "Mash": "Mash", "Astra": "Astra|Астр[аыеу]", "Bloomberg": "Bloomberg", "Reuters": "Reuters|Рейтер\\w*", "Telegraph": "(?:The )?Telegraph",
}  # fmt: skip
# Every form of every name contains one of these, short ones behind a space. Most texts contain none
# and are not searched further.
_STEMS = (
    "тасс", "tass", "интерфакс", "інтерфакс", "interfax", " риа", "«риа", "“риа", "„риа", '"риа', " ріа", "«ріа", " ria", '"ria', "рбк", "rbc", "коммерсант", "«ъ", " ъ", "комерсант", "kommersant", "ведомост", "vedomosti",
    "зон", "mediazona", "медуз", "meduza", "рстк", "verstka", "vyorstka", "истори", "істор", "istories", "stories", "би-би-си", "bbc", "агентств", "agentstvo", "свобод",
    "svoboda", "rfe/rl", "insider", "газет", "gazeta", "фонтанк", "fontanka", "укринформ", "укрінформ", "ukrinform", "униан", "уніан", "unian", "isw", "войны", "війни",
    "study of war", "baza", "mash", "astra", "астр", "bloomberg", "reuters", "рейтер", "telegraph",
)  # fmt: skip
_BEFORE = (
    "сообща(?:ет|ют|ла|л)|сообщил[аио]?|переда[её]т|передают|пишет|пишут|узнал[аои]?|выяснил[аои]?|подсчитал[аои]?|по данным|по информации|со ссылкой на|об этом (?:сообщ\\w+|пишет|рассказ\\w+)|"
    "повідомля\\w+|повідоми\\w+|пише|пишуть|за даними|з посиланням на|"
    "according to|reports?|reported by|cit(?:es|ing)|told|"
    "laut|berichtet|meldet|unter Berufung auf|volgens|meldt|bericht|ifølge|skriver|oplyser"
)
_BETWEEN = (
    "(?:(?:информационное |информагентств\\w+ |агентств\\w+ |агентств\\w+|издани\\w+|телеграм-канал\\w*|газет\\w+|видання|агенція|the|the news agency|news agency|die Agentur|"
    "die Nachrichtenagentur|persbureau|nyhedsbureauet)\\s+){0,2}"
)
_AFTER = "reports?|reported|says|said|writes|сообща(?:ет|ют)|сообщил[аои]?|пишет|переда[её]т|узнал[аои]?|повідомля\\w+|повідоми\\w+|пише"
_WHO = "|".join(f"(?P<N{n}>{names})" for n, names in enumerate(_NAMES.values()))
_ORIGIN = re.compile(rf"\b(?:{_BEFORE})[\s:]+{_BETWEEN}[«\"“„]?(?:{_WHO})(?!\w)", re.IGNORECASE)
_ORIGIN_FIRST = re.compile(rf"(?<!\w)[«\"“„]?(?:{_WHO})[»\"”“]?,? (?:{_AFTER})\b", re.IGNORECASE)
SCANNED = 3000  # characters: origins are named at the start, or at the end of a short item


def named_origin(text: str) -> str | None:
    """The first outlet or agency that `text` cites as its source, or None."""
    start = text[:SCANNED]
    lower = " " + " ".join(start.lower().split())
    if not any(stem in lower for stem in _STEMS):
        return None
    matches = [m for pattern in (_ORIGIN, _ORIGIN_FIRST) if (m := pattern.search(start))]
    if not matches:
        return None
    first = min(matches, key=lambda m: m.start())
    return next(name for n, name in enumerate(_NAMES) if first[f"N{n}"])
