"""Words of numbers, units and comparison in six languages, which hold for any subject."""

import re

_RU_UK = {
    1: "один|одна|одно|одного|одной|одну|одним|одному|одна|одне|одного|однієї", 1.5: "полтора|полторы|полутора|півтора|півтори", 2: "два|две|двух|двум|двумя|двое|двоих|дві|двоє|двох",
    3: "три|трех|трем|тремя|трое|троих|троє|трьох", 4: "четыре|четырех|четырем|четверо|четверых|чотири|чотирьох", 5: "пять|пяти|пятью|пятеро|п'ять|п'яти", 6: "шесть|шести|шестью|шість|шести",
    7: "семь|семи|семью|сім|семи", 8: "восемь|восьми|восемью|вісім|восьми", 9: "девять|девяти|девятью|дев'ять|дев'яти", 10: "десять|десяти|десятью|десяти", 11: "одиннадцать|одиннадцати|одинадцять|одинадцяти",
    12: "двенадцать|двенадцати|дванадцять|дванадцяти", 13: "тринадцать|тринадцати|тринадцять", 14: "четырнадцать|четырнадцати|чотирнадцять", 15: "пятнадцать|пятнадцати|п'ятнадцять", 16: "шестнадцать|шестнадцати|шістнадцять",
    17: "семнадцать|семнадцати|сімнадцять", 18: "восемнадцать|восемнадцати|вісімнадцять", 19: "девятнадцать|девятнадцати|дев'ятнадцять", 20: "двадцать|двадцати|двадцятью|двадцять|двадцяти", 30: "тридцать|тридцати|тридцять|тридцяти",
    40: "сорок|сорока", 50: "пятьдесят|пятидесяти|п'ятдесят", 60: "шестьдесят|шестидесяти|шістдесят", 70: "семьдесят|семидесяти|сімдесят", 80: "восемьдесят|восьмидесяти|вісімдесят", 90: "девяносто|девяноста|дев'яносто",
    100: "сто|ста", 200: "двести|двухсот|двісті|двохсот", 300: "триста|трехсот|трьохсот", 400: "четыреста|четырехсот|чотириста", 500: "пятьсот|пятисот|п'ятсот", 600: "шестьсот|шестисот|шістсот",
    700: "семьсот|семисот|сімсот", 800: "восемьсот|восьмисот|вісімсот", 900: "девятьсот|девятисот|дев'ятсот",
}  # fmt: skip
_GERMANIC = {
    1: "one|ein|eine|einen|einem|einer|en|et|één", 1.5: "anderthalb|eineinhalb|halvanden|anderhalf", 2: "two|zwei|to|twee", 3: "three|drei|tre|drie", 4: "four|vier|fire", 5: "five|fünf|fem|vijf", 6: "six|sechs|seks|zes",
    7: "seven|sieben|syv|zeven", 8: "eight|acht|otte", 9: "nine|neun|ni|negen", 10: "ten|zehn|ti|tien", 11: "eleven|elf|elleve", 12: "twelve|zwölf|tolv|twaalf", 13: "thirteen|dreizehn|tretten|dertien", 14: "fourteen|vierzehn|fjorten|veertien",
    15: "fifteen|fünfzehn|femten|vijftien", 16: "sixteen|sechzehn|seksten|zestien", 17: "seventeen|siebzehn|sytten|zeventien", 18: "eighteen|achtzehn|atten|achttien", 19: "nineteen|neunzehn|nitten|negentien", 20: "twenty|zwanzig|tyve|twintig",
    21: "twenty-one|einundzwanzig|enogtyve|eenentwintig", 24: "twenty-four|vierundzwanzig|fireogtyve|vierentwintig", 30: "thirty|dreißig|dreissig|tredive|dertig", 40: "forty|vierzig|fyrre|veertig", 50: "fifty|fünfzig|halvtreds|vijftig", 60: "sixty|sechzig|tres|zestig", 90: "ninety|neunzig|halvfems|negentig",
}  # fmt: skip
_WHOLE = {
    "миллион": 1e6,
    "миллиона": 1e6,
    "полмиллиона": 5e5,
    "мільйон": 1e6,
    "мільйона": 1e6,
    "півмільйона": 5e5,
    "полтысячи": 500.0,
    "тысячу": 1e3,
    "million": 1e6,
    "millionen": 1e6,
    "miljoen": 1e6,
}
SPELLED = {word: float(n) for table in (_RU_UK, _GERMANIC) for n, words in table.items() for word in words.split("|")} | _WHOLE
WHOLE = frozenset(_WHOLE)  # a number by themselves, a scale behind another
# Words that are numbers only before a unit: articles, and names of other things.
WEAK_NUMBERS = frozenset(
    [
        "один",
        "одна",
        "одно",
        "одного",
        "одной",
        "одну",
        "одним",
        "одному",
        "одне",
        "однієї",
        "one",
        "ein",
        "eine",
        "einen",
        "einem",
        "einer",
        "en",
        "et",
        "één",
        "to",
        "ni",
        "ti",
        "tres",
        "sto",
        "ста",
    ]
)

DANISH_ONLY = frozenset(["to", "ti", "ni", "tres", "en", "et"])  # in other languages they are other words
# What no quality of the thing counted is: a word of these ends the search for its noun.
NO_QUALITY = frozenset(
    [
        "дней",
        "года",
        "назад",
        "тому",
        "после",
        "перед",
        "через",
        "около",
        "более",
        "менее",
        "против",
        "вместо",
        "чтобы",
        "если",
        "когда",
        "from",
        "with",
        "than",
        "against",
        "after",
        "before",
        "under",
        "over",
        "into",
        "that",
        "were",
        "have",
        "been",
        "will",
        "auch",
        "nach",
        "über",
        "sind",
        "wird",
        "efter",
        "over",
        "under",
        "blev",
        "voor",
        "naar",
        "door",
        "zijn",
        "было",
        "были",
        "будет",
        "может",
    ]
)

SCALES = (
    (re.compile(r"тыс(?:яч\w*)?|тис(?:яч\w*)?|thousand|tausend|tusinde?|duizend"), 1e3),
    (re.compile(r"млн|миллион\w*|мільйон\w*|million(?:en|er|s)?|mln|mio|miljoen|millones"), 1e6),
    (re.compile(r"млрд|миллиард\w*|мільярд\w*|billion|bn|mrd|milliarde[nr]?|miljard"), 1e9),
)  # fmt: skip

# Unit as a claim writes it → the words for it. People of all kinds are counted alike; who they are is told by the persons beside them.
UNITS: tuple[tuple[str, str, str], ...] = (
    ("money", "RUB", r"руб\w*|₽|rub|rubles?|roubles?|rubel|rubler|roebels?|рубл\w*|rublos|крб"),
    ("money", "USD", r"доллар\w*|долар\w*|\$|usd|dollars?"),
    ("money", "EUR", r"евро|євро|€|eur|euros?"),
    ("share", "percent", r"%|процент\w*|percent|prozent|procent|відсот\w*|п\.п"),
    ("period", "hours", r"час(?:а|ов|ам)?|годин\w*|hours?|stunden?|timer|uur"),
    ("period", "days", r"дн(?:я|ей|ям|ями|і|ів)|день|сут(?:ок|ки)|доб[иау]?|діб|days?|tage?n?|dagen?|dage"),
    ("period", "weeks", r"недел\w*|тиж(?:день|ні|нів|ня)|weeks?|wochen?|weken|week|uger?"),
    ("period", "months", r"месяц\w*|мес|місяц\w*|months?|monate?n?|maanden?|måneder?|måned"),
    ("period", "years", r"год(?:а|у|ом|ов)?|лет|рок(?:у|и|ів|ами)?|років|years?|jahre?n?|jaar|jaren|år|años"),
    ("count", "people", r"человек\w*|людей|чел|россиян\w*|граждан\w*|мужчин\w*|парн\w*|призывник\w*|срочник\w*|контрактник\w*|резервист\w*|запасник\w*|доброволь\w*|военн\w*|солдат\w*|мобилизованн\w*|заключ[её]нн\w*|осужд[её]нн\w*|дезертир\w*|уклонист\w*|студент\w*|мигрант\w*|иностран\w*|новобран\w*|боец|бойц\w*|погибш\w*|убит\w*|ранен\w*|рекрут\w*|граждан|жител\w*|украинц\w*|уклонист\w*|апатрид\w*|юнош\w*|подростк\w*|people|persons?|men|soldiers|servicemen|reservists|conscripts|russians|recruits|troops|residents|prisoners|inmates|convicts|volunteers|foreigners|migrants|casualties|menschen|männer\w*|mann|soldaten|reservisten|wehrpflichtige\w*|rekruten|mensen|mannen|man|reservister|mænd|mand|soldater|mennesker|personer|værnepligtige|personen|dienstplichtigen|militairen|осіб|чоловік\w*|українц\w*|військов\w*|строковик\w*|призовник\w*|резервіст\w*|росіян\w*"),
    ("count", "cases", r"дел[ао]?|случа\w*|эпизод\w*|cases?|справ\w*|випад\w*|fälle\w*|verfahren|sager|tilfælde|zaken|gevallen"),
    ("count", "verdicts", r"приговор\w*|verdicts?|convictions|вирок\w*|urteile?|domme|vonnissen"),
    ("count", "raids", r"облав\w*|рейд\w*|raids?|razzi\w*"),
    ("count", "summonses", r"повест\w*|summonses|повіст\w*|повісток|draft notices?|einberufung\w*|indkaldelser|oproep\w*"),
    ("count", "regions", r"регион\w*|субъект\w*|област\w*|regions?|регіон\w*|regionen|regioner|regio's"),
    ("count", "ways", r"способ\w*|способів|ways?|wege?|måder|manieren"),
    ("count", "drafts", r"призыв\w*|drafts?|call-ups?|призов\w*"),
    ("count", "decisions", r"решени\w*|decisions?|рішен\w*"),
    ("count", "children", r"дет(?:ей|ьми|и|ях)|ребен\w*|дітей|children|kinder\w*|børn|kinderen"),
    ("count", "grounds", r"основани\w*|підстав\w*|grounds?|gründe\w*|grunde|gronden"),
    ("count", "contracts", r"контракт\w*|contracts?|verträge\w*|kontrakter|contracten"),
    ("count", "times", r"раз[а]?|разів|times|mal|gange|keer"),
    ("count", "formations", r"дивизи\w*|соединени\w*|бригад\w*|formations?|divisions?|brigades?"),
)  # fmt: skip
UNIT_WORD = tuple((kind, unit, re.compile(pattern)) for kind, unit, pattern in UNITS)

# What a unit word may be parted from its number by: "30 календарных дней", "2 850 бывших жителей".
BETWEEN = re.compile(
    r"(?:так|календарн|рабоч|эффективн|полн|молод|российск|бывш|обычн|уголовн|электронн|бумажн|нов|раненых|possible|criminal|calendar|working|electronic|new|young|russian|"
    r"законн|legal|lawful|принудительн|погибш|имен|names|кримінальн|електронн|kalender|neue|elektronisch|russische|nye|nieuwe|additional|another|more|еще|ще)\w*"
)

APPROXIMATE = re.compile(r"(?:около|почти|порядка|примерно|приблизительно|about|around|nearly|almost|some|roughly|etwa|rund|fast|omkring|cirka|næsten|ongeveer|bijna|circa|близько|майже)$")  # fmt: skip
ABOVE = re.compile(r"(?:более(?: чем)?|больше|свыше|не менее(?: чем)?|не меньше|минимум|как минимум|превысил[аио]?|превышают|от|over|more than|at least|above|exceed\w*|mehr als|über|mindestens|mere end|over|mindst|meer dan|minstens|понад|більше|щонайменше|не менше|перевищил[аи])$")  # fmt: skip
UP_TO = re.compile(r"(?:до|не более|не больше|не старше|максимум|вплоть до|up to|until|under|no more than|at most|to|bis zu|bis|höchstens|op til|indtil|højst|tot|hoogstens|maximaal|не більше)$")  # fmt: skip

# Just before a number: it is the old value.
OLD_BEFORE = re.compile(
    r"(?:вместо|против|а не(?: на| через| до| с)?|нежели|чем|от прежних|от нынешних|с прежних|прежних|прежние|прежней|прежнего|нынешних|нынешние|нынешней|действующих|действующие|"
    r"rather than|instead of|than|compared with|compared to|up from|down from|against|not|the current|the present|"
    r"nicht|statt|anstatt|anstelle von|bisher|bislang|derzeit|gegenüber|ikke|i stedet for|frem for|mod|hidtil|de nuværende|niet|in plaats van|tegenover|tegen|de huidige|замість|проти|а не(?: через)?|ніж)"
    r"(?: (?:нынешн\w*|прежн\w*|действующ\w*|сегодняшн\w*|the|current|present|через|на|до|с|at|бывш\w*|прошлогодн\w*|старых|теперішн\w*|колишн\w*|за|of|von|den|die|der|de|около|почти|about))*$"
)  # fmt: skip
# Anywhere in its clause: what is said there was so before, or is so until the change.
OLD_CLAUSE = re.compile(
    r"(?<![\w-])(?:раньше|ранее|прежде|сейчас|пока|сегодня|ныне|до сих пор|до этого|до него|действующ\w+|нынешн\w+|годом ранее|год назад|прошл\w+ год\w*|прошлогодн\w+|тогда|двумя годами|"
    r"было|были|был|составлял\w*|составил\w* в|до 20\d\d года|осенью 20\d\d-го|весной 20\d\d-го|в 20\d\d-м было|речь шла|предыдущ\w+|прежн\w+|теперешн\w+|"
    r"previously|currently|at present|until now|so far|earlier|before|last year|a year ago|had (?:put|been|counted|said)|was|were|used to|prior|"
    r"bisher|bislang|zuvor|früher|derzeit|zurzeit|hidtil|tidligere|før|indtil nu|i dag|var|lå|tot nu toe|eerder|voorheen|momenteel|was|waren|"
    r"раніше|досі|дотепер|наразі|зараз|минул\w+ рок\w*|було|були|рік тому)(?![\w-])"
)  # fmt: skip
NEW_CLAUSE = re.compile(
    r"(?<![\w-])(?:теперь|отныне|впредь|станет|станут|стал[аио]?|будет|будут|now|will|would|from now|künftig|nun|jetzt|fortan|fremover|nu|vil|bliver|voortaan|wordt|тепер|відтепер|стане|буде)(?![\w-])"
)
SAME_CLAUSE = re.compile(
    r"(?<![\w-])(?:остан[еу]тся|остался|осталась|осталось|остались|остает\w+|остают\w+|оставят|оставили|не меня\w+|не измен\w+|не трога\w+|не затрагив\w+|по-прежнему|как и (?:раньше|прежде|сейчас|в прошлом)|без изменений|прежн(?:ий|ие|яя|ее)|тоже прежн\w+|столько же|"
    r"unchanged|stays?|stayed|remain\w*|still|the same|as before|unverändert|bleib\w*|weiterhin|uændre\w*|forbliver|fortsat|stadig|ongewijzigd|blijft|blijven|nog steeds|"
    r"залиша\w+|не зміню\w+|без змін|як і раніше)(?![\w-])"
)  # fmt: skip
# Not the news of the item: a reminder, a comparison with something else, an aside.
ASIDE = re.compile(
    r"(?<![\w-])(?:ранее (?:сообщал\w*|писал\w*)|для сравнения|между тем|кстати|для справки|до этого сообщал\w*|как сообщал\w*|наш\w* (?:подписчик|канал)\w*|"
    r"earlier reports?|as reported earlier|for comparison|by comparison|meanwhile|zum vergleich|til sammenligning|ter vergelijking|для порівняння)(?![\w-])"
)  # fmt: skip
CHANGE = re.compile(
    r"(?<![\w-])(?:увелич\w*|повы[сш]\w*|подн[яи]\w*|подыма\w*|рас[тш]\w*|вырос\w*|выраст\w*|сниз\w*|сниж\w*|сокра\w*|уменьш\w*|урез\w*|удлин\w*|продл\w*|перен\w*|сдвин\w*|измен\w*|смест\w*|упал\w*|замен\w*|доведут|довести|доведен\w*|"
    r"rais\w*|rise\w*|rose|increas\w*|lift\w*|cut\w*|lower\w*|reduc\w*|extend\w*|lengthen\w*|shorten\w*|mov\w*|jump\w*|grow\w*|grew|fell|falls?|drop\w*|goes|went|chang\w*|up|down|double\w*|treble\w*|postpon\w*|delay\w*|put (?:off|back)|verschob\w*|udsky\w*|udsæt\w*|udsat|uitgesteld|отлож\w*|отклад\w*|відкла\w*|удво\w*|утро\w*|подвои\w*|"
    r"erhöh\w*|steig\w*|stieg|senk\w*|gesenkt|verläng\w*|verkürz\w*|anheb\w*|angehoben|hæv\w*|sænk\w*|forlæng\w*|forkort\w*|stig\w*|øg\w*|verho\w*|verla\w*|verleng\w*|verkort\w*|stijg\w*|steeg|"
    r"збільш\w*|підви\w*|підня\w*|зни[зж]\w*|скоро\w*|зрос\w*|подовж\w*|перенес\w*)(?![\w-])"
)  # fmt: skip
