"""Text as the signals see it: normalised, in sentences, as lemmas with their weight."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pymorphy3

_WORD = re.compile(r"\w+(?:-\w+)*")
# A full stop ends a sentence unless it stands after an abbreviation or initial, or inside a number.
_ABBREVIATIONS = r"(?:ст|п|пп|ч|г|гг|см|др|пр|ул|руб|тыс|млн|млрд|им|т|д|е|н|э|стр|рис|мин|сек|обл|р-н|нар|art|no|mr|dr|st)"
_SENTENCE_END = re.compile(r"(?<=[.!?…])[»\"”)]*\s+(?=[«\"“(]?[A-ZА-ЯЁІЇЄҐ0-9])|\n+")
_ENDS_ABBREVIATED = re.compile(rf"(?:^|[\s(]){_ABBREVIATIONS}\.$|(?:^|[\s(«])[А-ЯЁA-Z]\.$", re.IGNORECASE)

# Words that carry no subject of their own; they would make every two sentences alike.
STOP = frozenset(
    [
        "и",
        "в",
        "во",
        "не",
        "что",
        "он",
        "на",
        "я",
        "с",
        "со",
        "как",
        "а",
        "то",
        "все",
        "она",
        "так",
        "его",
        "но",
        "да",
        "ты",
        "к",
        "у",
        "же",
        "вы",
        "за",
        "бы",
        "по",
        "только",
        "ее",
        "мне",
        "было",
        "вот",
        "от",
        "меня",
        "еще",
        "нет",
        "о",
        "из",
        "ему",
        "теперь",
        "когда",
        "даже",
        "ну",
        "вдруг",
        "ли",
        "если",
        "уже",
        "или",
        "ни",
        "быть",
        "был",
        "него",
        "до",
        "вас",
        "нибудь",
        "опять",
        "уж",
        "вам",
        "ведь",
        "там",
        "потом",
        "себя",
        "ничего",
        "ей",
        "может",
        "они",
        "тут",
        "где",
        "есть",
        "надо",
        "ней",
        "для",
        "мы",
        "тебя",
        "их",
        "чем",
        "была",
        "сам",
        "чтоб",
        "без",
        "будто",
        "чего",
        "раз",
        "тоже",
        "себе",
        "под",
        "будет",
        "ж",
        "тогда",
        "кто",
        "этот",
        "того",
        "потому",
        "этого",
        "какой",
        "совсем",
        "ним",
        "здесь",
        "этом",
        "один",
        "почти",
        "мой",
        "тем",
        "чтобы",
        "нее",
        "сейчас",
        "были",
        "куда",
        "зачем",
        "всех",
        "никогда",
        "можно",
        "при",
        "наконец",
        "два",
        "об",
        "другой",
        "хоть",
        "после",
        "над",
        "больше",
        "тот",
        "через",
        "эти",
        "нас",
        "про",
        "всего",
        "них",
        "какая",
        "много",
        "разве",
        "три",
        "эту",
        "моя",
        "впрочем",
        "хорошо",
        "свою",
        "этой",
        "перед",
        "иногда",
        "лучше",
        "чуть",
        "том",
        "нельзя",
        "такой",
        "им",
        "более",
        "всегда",
        "конечно",
        "всю",
        "между",
        "это",
        "который",
        "свой",
        "год",
        "также",
        "стать",
        "мочь",
        "сообщить",
        "россия",
        "российский",
        "рф",
        "the",
        "a",
        "an",
        "of",
        "in",
        "to",
        "for",
        "and",
        "or",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "on",
        "at",
        "by",
        "with",
        "from",
        "as",
        "that",
        "this",
        "it",
        "its",
        "his",
        "her",
        "their",
        "has",
        "have",
        "had",
        "not",
        "will",
        "would",
        "russia",
        "russian",
        "і",
        "й",
        "та",
        "що",
        "як",
        "на",
        "в",
        "у",
        "з",
        "до",
        "за",
        "по",
        "від",
        "про",
        "для",
        "не",
        "це",
        "він",
        "вона",
        "вони",
        "року",
        "який",
        "бути",
        "de",
        "het",
        "een",
        "van",
        "en",
        "in",
        "op",
        "te",
        "dat",
        "die",
        "is",
        "der",
        "die",
        "das",
        "und",
        "den",
        "von",
        "zu",
        "mit",
    ]
)


@dataclass(frozen=True)
class Sentence:
    """One sentence: where it stands in the text, as written, and as lemmas."""

    start: int
    text: str
    lemmas: tuple[str, ...]


def plain(text: str) -> str:
    """Lower case, ё as е, every kind of space as one blank, every dash as a hyphen: same length is not promised."""
    return re.sub(r"[ \t\r\f\v\u00a0\u2009\u202f]+", " ", text.lower().replace("ё", "е").replace("–", "-").replace("—", "-"))


def sentences(text: str) -> list[tuple[int, str]]:
    """(start, sentence) pairs. "ст. 338 УК РФ" and "А. Б. Иванов" are not split."""
    parts: list[tuple[int, str]] = []
    begin = 0
    for match in _SENTENCE_END.finditer(text):
        piece = text[begin : match.start()]
        if "\n" not in match.group() and _ENDS_ABBREVIATED.search(piece[-12:]):
            continue
        if piece.strip():
            parts.append((begin, piece.strip()))
        begin = match.end()
    if text[begin:].strip():
        parts.append((begin, text[begin:].strip()))
    return parts


@lru_cache(maxsize=2)
def _analyzer(lang: str) -> pymorphy3.MorphAnalyzer:
    return pymorphy3.MorphAnalyzer(lang=lang)


def morphology(word: str, lang: str = "ru") -> Any:
    """pymorphy3's likeliest reading of one lower-cased word."""
    return _analyzer(lang).parse(word)[0]


# One family, one lemma: mobilised men, mobilising and mobilisation are the same subject (see docs/comparison.md).
_FAMILIES = {
    "мобилизовать": "мобилизация", "мобилизованный": "мобилизация", "мобилизационный": "мобилизация",
    "призывать": "призыв", "призвать": "призыв", "призывной": "призыв", "призываться": "призыв",
    "призывник": "призывник", "срочник": "призывник", "срочный": "срочный",
    "контрактник": "контракт", "контрактный": "контракт",
    "резервист": "резерв", "запасник": "запас",
    "вербовать": "вербовка", "завербовать": "вербовка", "вербовщик": "вербовка",
    "уклонист": "уклонение", "уклоняться": "уклонение", "уклониться": "уклонение",
    "дезертировать": "дезертир", "дезертирство": "дезертир",
    "запретить": "запрет", "запрещать": "запрет", "запрещённый": "запрет", "запрещенный": "запрет",
    "ограничить": "ограничение", "ограничивать": "ограничение",
    "выплатить": "выплата", "выплачивать": "выплата",
    "военком": "военкомат", "электронный": "электронный", "цифровой": "электронный",
    "отсрочить": "отсрочка", "повысить": "повышение", "повышать": "повышение", "снизить": "снижение", "снижать": "снижение",
    "увеличить": "увеличение", "увеличивать": "увеличение", "сократить": "сокращение", "сокращать": "сокращение",
    "отменить": "отмена", "отменять": "отмена", "принудить": "принуждение", "принуждать": "принуждение", "заставлять": "принуждение",
    "заставить": "принуждение", "погибнуть": "погибший", "гибель": "погибший", "потерять": "потеря",
    "законопроект": "законопроект", "штрафовать": "штраф", "оштрафовать": "штраф",
}  # fmt: skip


@lru_cache(maxsize=200_000)
def lemma(word: str, lang: str = "ru") -> str:
    """Dictionary form of one lower-cased word; its family's head where it has one. Other scripts: the word itself."""
    word = word.lower()
    if not re.search(r"[а-яёіїєґ]", word):
        return word[:-1] if len(word) > 4 and word.endswith("s") else word
    language = "uk" if lang == "uk" or re.search(r"[іїєґ]", word) else "ru"
    normal = str(_analyzer(language).parse(word)[0].normal_form).replace("ё", "е")
    return _FAMILIES.get(normal, normal)


def lemmas(text: str, lang: str | None = "ru") -> tuple[str, ...]:
    """Lemmas of the words that carry a subject, in order, without stop words and bare one-letter words."""
    found = (lemma(w, lang or "ru") for w in _WORD.findall(plain(text)))
    return tuple(x for x in found if x not in STOP and (len(x) > 1 or x.isdigit()))


def read_sentences(text: str, lang: str | None) -> list[Sentence]:
    return [Sentence(start, s, lemmas(s, lang)) for start, s in sentences(text)]
