"""`tail`: an item's text without what is not its own: links to other articles, other headlines,
requests to subscribe, footers.

The words of other news are signals of other news. Cut before anything reads the text, for feeds,
pages and replays alike.
"""

import re

# What such a block begins with, in the six languages. At the beginning of a line, or of a sentence
# where a colon follows.
_HEADS = (
    r"читайте (?:также|еще|далее|по теме|подробнее|нас|на эту тему)|читать (?:также|далее|еще)|смотрите также|см\. также|(?:материалы|новости|еще|статьи|другие материалы) по теме|по теме|"
    r"(?:другие|последние|главные|популярные|похожие|свежие) (?:новости|материалы|статьи|публикации)|главное (?:за день|сегодня|к этому часу)|самое (?:читаемое|важное|интересное|популярное)|популярное|"
    r"выбор редакции|рекомендуем|сейчас читают|видео дня|фото дня|лента новостей|новости (?:дня|часа|партнеров|сми2)|важное сегодня|что еще (?:почитать|произошло)|ещ[её] новости|подборка|в продолжение темы|контекст|также по теме|вам (?:может быть|будет) интересно|это интересно|"
    r"читайте також|дивіться також|(?:новини|матеріали) (?:за|по) темо[юї]|за темою|останні новини|стрічка новин|популярне|головне за день|"
    r"read (?:also|more|next|on)|see also|related(?: (?:stories|articles|news|topics|content))?|more (?:on this|stories|from|news|on this story)|also read|also on [a-z .]{2,30}|most read|most popular|"
    r"top stories|latest(?: news| stories)?|headlines|trending|editors?['’]? picks?|recommended(?: for you| reading)?|you may (?:also )?like|don['’]t miss|further reading|in other news|"
    r"lesen sie (?:auch|mehr)|lies auch|mehr zum thema|mehr dazu|weitere (?:artikel|meldungen|nachrichten)|auch interessant|meistgelesen|siehe auch|weiterlesen|nachrichten des tages|das könnte sie auch interessieren|"
    r"læs også|læs mere|se også|mere om|flere nyheder|mest læste|andre læser|seneste nyt|relaterede artikler|"
    r"lees ook|lees meer|lees verder|zie ook|meer over|meer nieuws|ander nieuws|meest gelezen|gerelateerd|laatste nieuws"
)
_FOOTS = (
    r"подпи(?:сывайтесь|сывайся|саться|ски|шитесь) на (?:наш|нас|канал|телеграм|telegram)|подписывайтесь|наш (?:телеграм|telegram)|мы в (?:телеграм|telegram|соцсетях)|прислать новость|присылайте|"
    r"сообщ(?:ить|ите) об (?:ошибке|опечатке)|нашли ошибку|заметили (?:ошибку|опечатку)|все права защищены|©|поддержите нас|поддержать редакцию|на правах рекламы|фото ?:|"
    r"підпис(?:уйтесь|уйтеся|атися)|наш телеграм|усі права захищено|всі права захищені|"
    r"subscribe (?:to|now)|sign up (?:for|to) (?:our|the)|follow us|join our|all rights reserved|support our|support us|photo ?:|"
    r"abonnieren sie|folgen sie uns|alle rechte vorbehalten|følg os|abonner|tilmeld dig|volg ons|abonneer|alle rechten voorbehouden"
)
_BEFORE = r"ранее (?:сообщалось|стало известно|мы писали|мы сообщали|сообщали|писали|издание|сми|редакция)|до этого сообщалось|напомним, ранее|раніше (?:повідомлялося|ми писали)|earlier it was reported|earlier reports said"
PROSE = 140  # characters from which a line is read as a paragraph of the text again
SHORT_LINE = 50  # characters that a heading may go on for
MOST_HEADLINES = 5
_ENDS = '.!?…»”"'
_HEADLINE = re.compile(r"[«\"“]?[^\W\d_].{8,118}[^.!?…;]")
_SIGN = r"[\W_]{0,4}"  # a bullet, an emoji, quotes
_FOOT = re.compile(rf"^{_SIGN}(?:{_FOOTS}).{{0,{SHORT_LINE}}}$", re.IGNORECASE)
_HEAD = re.compile(rf"^{_SIGN}(?:(?:{_HEADS})(?:\s?[:—–-]|\b.{{0,{SHORT_LINE}}}$))", re.IGNORECASE)
_INLINE = re.compile(rf"(?:(?<=[.!?…»\"”])|(?<=[.!?…]\s))\s*{_SIGN}(?:(?:{_HEADS})\s?[:—–-]|(?:{_FOOTS}))", re.IGNORECASE)
_EARLIER = re.compile(rf"(?:(?<=[.!?…»\"”])\s+|\n\s*)(?:{_BEFORE})\b", re.IGNORECASE)
# Characters of a text before an "Earlier it was reported": what stands before is the news
LEAST = 60


def starts_block(line: str) -> bool:
    """Whether a line is the heading of a block of links to other texts."""
    return bool(_HEAD.match(line.strip()))


def is_foot(line: str) -> bool:
    """Whether a line is a request to subscribe, a credit or the like."""
    return bool(_FOOT.match(line.strip()))


def without_tail(text: str) -> str:
    """`text` up to the first block that is not its own; blocks between paragraphs are left out, the
    paragraphs after them stay.
    """
    lines, kept, skipping = text.split("\n"), list[str](), False
    for line in lines:
        if kept and _FOOT.match(line.strip()):
            continue
        if kept and _HEAD.match(line.strip()):
            skipping = True
            continue
        if skipping and not (len(line.strip()) >= PROSE and line.rstrip()[-1:] in '.!?…»”"') and line.strip():
            continue
        skipping = skipping and not line.strip()
        kept.append(line)
    own = "\n".join(kept).rstrip()
    own = re.sub(r"\n{3,}", "\n\n", own) if len(kept) < len(lines) else own
    if m := _INLINE.search(own):
        own = own[: m.start()].rstrip()
    if (m := _EARLIER.search(own)) and m.start() >= LEAST:
        own = own[: m.start()].rstrip()
    return _without_headlines(own)


def _without_headlines(text: str) -> str:
    """`text` without last lines that read like headlines: short, beginning with a letter, without
    an end mark. What stays must have a whole sentence; a post of such lines alone stays as it is.
    """
    lines = text.split("\n")
    end = len(lines)
    while end > 1 and len(lines) - end < MOST_HEADLINES and (not lines[end - 1].strip() or _HEADLINE.fullmatch(lines[end - 1].strip())):
        end -= 1
    own = "\n".join(lines[:end]).rstrip()
    return own if end < len(lines) and len(own) >= LEAST and own[-1:] in _ENDS else text
