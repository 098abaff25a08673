"""`stage`: where a rule stands on its way, as the text puts it, in Russian, Ukrainian, English and German.

The most advanced stage that the text states as fact wins, the title before the text; "the law will enter into force on 1 January" is not in force.
A denial and a court are stages of their own: they say that the rule's way has stopped or forked.
"""

import re
from dataclasses import dataclass

from db.words import Stage
from monitor.compare.vocabulary import compile_pattern

_PATTERNS: dict[Stage, list[str]] = {
    Stage.RUMOUR: [
        "слух*", "инсайд*", "источник* .. (сообщ*|рассказал*|утвержда*|близк*)", "по данным источник*", "(может|могут) (начаться|ввести|объявить|призвать|появиться)", "утечк*",
        "ждать ли", "будет ли", "готовит* .. (мобилизац*|призыв*|указ*)", "подготовк* .. (мобилизац*|призыв*)", "rumou?r*", "чутк*",
    ],
    Stage.PROPOSED: [
        "предложи*", "предлага*", "предложен* .. (ввести|отменить|запретить|увеличить|разрешить)", "инициатив*", "законопроект*", "проект* (закона|указа|приказа|постановлен*|поправок|перечн*|положен*)", "разработа* .. (проект*|поправк*|законопроект*)",
        "подготов* .. (проект*|поправк*|законопроект*)", "обсужда* .. (в думе|законопроект*|проект*|введен*)", "планиру* .. (ввести|запретить|увеличить|сократить|изменить|отменить|расширить|ужесточить|призвать)", "хотят", "намерен*", "собирается", "собираются", "могут (ввести|разрешить|запретить|увеличить|изменить)",
        "draft (bill|law|decree|order)", "bill", "propos*", "tabled", "would (let|allow|require)", "gesetzesentwurf*", "forslag", "voorstel", "пропону*", "gesetzentwurf*", "wetsvoorstel*", "lovforslag*", "одобр* .. правительственн* комисси*", "правительственн* комисси* .. одобр*",
    ],
    Stage.INTRODUCED: [
        "(внес*|внос*|внесен*|поступил*|направи*) .. (госдум*|дум(а|у|ы|е)|парламент*|на рассмотрен*)", "(законопроект*|проект*|поправк*) .. внес*", "внес* .. законопроект*", "introduced .. (duma|parliament)", "внесли .. (держдум*|думу)",
    ],
    Stage.READING_1: ["(в )?перв* чтени*", "first reading", "першому читанні"],
    Stage.READING_2: ["(во )?втор* чтени*", "second reading", "другому читанні"],
    Stage.ADOPTED: [
        "(дума|госдума|депутаты|парламент) .. (приня*|одобри*|утверди*)", "приня* .. (закон*|поправк*|законопроект*) .. (госдум*|дум(а|ой|е)|третьем)?", "(закон*|законопроект*|поправк*) .. приня*", "(в )?третьем (и окончательном )?чтени*", "(совфед*|совет федерации|сенатор*) .. (одобр*|приня*)", "passed .. (law|bill)", "(duma|parliament|lawmakers) .. (pass*|approv*|adopt*)", "ухвали* .. (закон*|держдум*)", "verabschied*", "(duma|parlament) .. (beschließt|billigt|stimmt)", "neemt .. wet .. aan", "(wet|wetsvoorstel) .. aangenomen", "(doema|parlement) .. (keurt|stemt)", "(dumaen|parlamentet) .. (vedtag*|godkend*)", "vedtag(er|et)( loven)?", "(держдум*|рада федерації) .. (ухвали*|прийня*|підвищ*|схвали*)", "госдума .. (разреш*|запрет*|обяза*|ввел*|ужесточ*)",
    ],
    Stage.SIGNED: [
        "подписа* .. (закон*|указ*|постановлен*|распоряжен*|приказ*|документ*)", "(закон*|указ*|постановлен*|распоряжен*|приказ*) .. подписа*", "(путин*|президент*|мишустин*|правительств*|белоусов*|минобороны|губернатор*) .. (утверди*|подписа*|обязал*|разреши*|запрети*|установи*|постанови*|распоряди*|объяви* .. призыв*)", "указ* .. (путин*|президент*|призыв*|сбор*|от \\d+)", "утвержден* .. (указ*|постановлен*|приказ*|порядок|перечень)", "(издал*|выпустил*|вышел*|вышло) .. (указ*|приказ*|постановлен*)", "(putin|president) .. (sign*|decree*|order*)", "decree .. (sign*|order*)", "signed .. (law|decree|bill)", "unterzeichnet*", "(underskrev|underskriver|underskrevet)", "(ondertekend*|tekent|tekende)", "(putin|poetin) .. (underskriv*|onderteken*|dekret*|decreet*|erlass*|erlässt|befiehlt)", "підписа* .. (закон*|указ*|наказ*)", "(putin|präsident) .. unterzeichn*", "unterschrieb*", "(путин*) .. (подпис*|указ*)",
    ],
    Stage.PUBLISHED: ["опубликован* .. (портал*|официальн*|закон*|указ*|постановлен*|приказ*)", "(закон*|указ*|постановлен*|приказ*|документ*) .. опубликован*", "портал* правов* (информаци*|акт*)", "officially published"],
    Stage.IN_FORCE: [
        "вступил* в силу", "вступивш* в силу", "(закон*|указ*|правил*|норм*|мер*|запрет*|ограничен*|порядок) .. (действу*|заработа*)", "начал* (действовать|работать|применят*|рассылать|вносить|получать|приходить|запрещать|набирать|набор*)", "(заработал*|запущен*|запустил*) .. (реестр*|систем*|портал*)?", "введен* в (действие|эксплуатацию|строй)", "(реестр*|систем*) .. (заработа*|запущ*|запусти*|работа*)", "перешл* на", "переходит на", "(стали|начали|начал|начала|стал) (массово )?(рассылать|вносить|приходить|получать|применять|запрещать|отказывать|вербовать|отправлять|призывать|снижать|сокращать|повышать|предлагать|забирать|задерживать)", "уже (применя*|действу*|работа*|набира*|получа*|рассыла*)", "entered into force", "came into force", "took effect", "(has|have) begun", "now .. (requir*|use*|operat*)", "набув* чинності", "запрацюва*", "in kraft( getreten)?", "tritt in kraft", "trådt i kraft", "træder i kraft", "in werking getreden", "treedt in werking",
    ],
    Stage.REPEALED: ["отмен(ил|ила|ило|или|ен|ена|ено|ены|яет|яют|ят|ит) .. ", "отмена .. ", "утратил* силу", "приостанов(ил*|лен*|ят|ит|или)", "отложи*", "отложен*", "переноc*", "перенес*", "(снят*|сняли|снимут) .. (запрет*|ограничен*)", "отклони*", "отозва*", "остановлен*", "repeal*", "suspend*", "postpon*", "abolish*", "скасув*", "abgeschafft", "ausgesetzt", "ophæve*", "afgeschaft", "opgeschort"],
    Stage.COURT: [
        "(верховн*|конституционн*) суд*", "пленум* верховн*", "суд .. (признал*|постановил*|отменил*|обязал*|встал|отказал*|удовлетворил*|отклонил*)", "(оспор*|обжалов*) .. суд*", "court (ruled|rules|found|overturned)",
    ],
    Stage.DENIED: [
        "опроверг*", "опроверж*", "не (планиру*|рассматрива*|обсужда*|предполага*|намерен*|собира*)", "(предпосылок|необходимости|планов|оснований) .. (нет|не )", "нет .. (предпосылок|необходимости|планов|оснований)", "не будет", "отрица*", "не соответств* действительности", "назвал* .. (фейк*|слух*|ложь*|вброс*)", "denie*", "no plans", "ruled out", "заперечи*", "спростува*",
    ],
}  # fmt: skip
_FUTURE = re.compile(
    r"(вступ(?:ит|ят|ает|ают) в силу|начн(?:ет|ут) действовать|заработа(?:ет|ют)|will (?:enter|take|come)|набуде чинності)"
)

_EARLY_READING = re.compile(r"(?:перв|втор)\w+ (?:\w+ )?чтени|(?:first|second) reading|(?:першому|другому) читанні")
_FINAL = re.compile(r"треть\w+|совфед|совет\w* федерации|сенатор|third reading|третьому читанні")

# A stage that stops or forks the way outranks those on the way only when the text says nothing further of them.
_WAY = (
    Stage.RUMOUR, Stage.PROPOSED, Stage.INTRODUCED, Stage.READING_1, Stage.READING_2, Stage.ADOPTED, Stage.SIGNED, Stage.PUBLISHED, Stage.IN_FORCE,
)  # fmt: skip
_OFF_THE_WAY = (Stage.DENIED, Stage.REPEALED, Stage.COURT)
RANK = {stage: position for position, stage in enumerate(_WAY, start=1)}
_COMPILED = {
    stage: re.compile(r"(?<![\w-])(?:" + "|".join(compile_pattern(p.strip()) for p in patterns) + r")(?!\w)")
    for stage, patterns in _PATTERNS.items()
}
# The old stage of a claim, from its status: what must be passed for the item to be news.
RANK_OF_STATUS = {"proposed": 2, "announced": 6, "uncertain": 0, "in_force": 9, "reported": 0, "figure": 0}


@dataclass(frozen=True)
class StageFound:
    """The stage a text states, the words that say so, and where they stand."""

    stage: Stage
    words: str
    start: int
    in_title: bool

    @property
    def rank(self) -> int:
        """1..9 along the way; 0 for a denial, repeal or court."""
        return RANK.get(self.stage, 0)


def read_stage(title: str, text: str) -> StageFound | None:
    """The stage of what the item reports, or None. `title`, `text` are plain (see text.plain)."""
    for part, in_title in ((title, True), (text, False)):
        found = _stages(part, in_title)
        if found:
            return found
    return None


def _stages(part: str, in_title: bool) -> StageFound | None:
    if not part:
        return None
    hits = {stage: m for stage, pattern in _COMPILED.items() if (m := pattern.search(part))}
    if Stage.IN_FORCE in hits and _FUTURE.search(part) and "вступил" not in part:
        hits.pop(Stage.IN_FORCE)
    if Stage.ADOPTED in hits and _only_a_reading(part, hits):
        hits.pop(Stage.ADOPTED)
    # "законопроект принят": a bill that passed is no longer a proposal, so the furthest stage on the way is the one that counts.
    on_way = [s for s in _WAY if s in hits]
    off = [s for s in _OFF_THE_WAY if s in hits]
    chosen = off[0] if off and (not on_way or RANK[on_way[-1]] <= RANK[Stage.PROPOSED]) else (on_way[-1] if on_way else None)
    if chosen is None:
        return None
    m = hits[chosen]
    return StageFound(chosen, m.group(), m.start(), in_title)


def _only_a_reading(part: str, hits: dict[Stage, re.Match[str]]) -> bool:
    """Whether the sentence that says "passed" means the first or second reading: "принят в первом чтении" is no law yet."""
    begin = max(part.rfind(c, 0, hits[Stage.ADOPTED].start()) for c in ".!?\n") + 1
    ends = [e for c in ".!?\n" if (e := part.find(c, hits[Stage.ADOPTED].end())) >= 0]
    sentence = part[begin : min(ends, default=len(part))]
    return bool(_EARLY_READING.search(sentence)) and not _FINAL.search(sentence)
