"""Why something was flagged, in the reader's language.

The comparison keeps its reasons as English sentences of a few forms (monitor/compare/reasons.py); those rows are history and stay as they are. Here a form is
recognised by its own text, the gaps are filled again, and what a gap holds is said in the reader's language too where it is one of a known set. Words quoted
from an item («…»), a claim's values and what would change a claim are somebody's own words and stay. A sentence of no known form is passed on as it is.
"""

import re
from functools import cache

from alerts.language import _, catalogue

FORMS = (
    _("words of %(claim)s: «%(words)s» in «%(sentence)s»"),
    _("reads like a change of %(claim)s: %(change)s"),
    _("stage: %(stage)s («%(words)s»)"),
    _("language %(lang)s is compared by the encoder alone; its words, stages and values are not read by rule"),
    _("published %(day)s, before the report's research closed (%(closed)s): known, not flagged"),
    _("demoted: %(because)s"),
    _("for: %(because)s"),
    _("against: %(because)s"),
    _("nothing in it touches the report's claims"),
)
STAGES = (
    _("a rumour or forecast"), _("proposed"), _("before the Duma"), _("passed in first reading"), _("passed in second reading"), _("adopted by parliament"),
    _("signed or issued"), _("officially published"), _("in force or in practice"), _("repealed, suspended or postponed"), _("decided by a court"),
    _("denied by an authority"),
)  # fmt: skip
BECAUSE = (
    _("it speaks of mobilisation"), _("it speaks of demobilisation and discharge"), _("it speaks of conscription"), _("it speaks of summonses"),
    _("it speaks of the military register"), _("it speaks of military registration"), _("it speaks of military commissariats"),
    _("it speaks of restrictions for those who do not appear"), _("it speaks of exit bans"), _("it speaks of contract service"),
    _("it speaks of payments for signing up"), _("it speaks of recruitment for the war"), _("it speaks of forced signing or forced service"),
    _("it speaks of conscripts at the front or forced into contracts"), _("it speaks of reservists and training call-ups"), _("it speaks of draft evasion"),
    _("it speaks of desertion and refusal"), _("it speaks of penalties"), _("it speaks of alternative civilian service"),
    _("it speaks of deferments and exemptions"), _("it speaks of medical fitness"), _("it speaks of prisoners and suspects sent to war"),
    _("it speaks of foreigners and new citizens"), _("it speaks of occupied territories"), _("it speaks of losses"),
    _("it speaks of size of the army and recruitment figures"), _("it speaks of drone forces"), _("it speaks of students"),
    _("it speaks of quotas and pressure on institutions and firms"), _("it speaks of police and raids"),
    _("it speaks of Russians abroad, extradition, consulates"), _("it speaks of those who return to Russia"),
    _("it speaks of challenging decisions in court"), _("it speaks of the army"), _("it speaks of the war"), _("it speaks of the defence ministry"),
    _("a claim's words account for its title"), _("the title is in the field's words"), _("the title tells of one person"),
    _("the title tells of many people"), _("the title tells of a few people"), _("the title names a private person"),
    _("the title speaks in the first person"), _("the title speaks of scale"), _("the title tells what has happened"),
    _("the title speaks in the present"), _("the title says what will be"), _("the title advises"), _("the title asks or explains"),
    _("the text tells what has happened"), _("the text says how things are"), _("the title names subjects of military service"),
    _("the text names subjects of military service"), _("the title is about Russia"), _("the text is about Russia"),
    _("the title is about another country"), _("the text is about other countries"), _("it is about another country, not Russia"),
    _("the title is about another country, not Russia"), _("the title is about Ukraine's own service"), _("the text is about Ukraine's own service"),
    _("it explains or answers questions"), _("it repeats what is known"), _("it is opinion, comment or forecast"), _("it is one person's case"),
    _("it is fraud or sabotage"), _("it is anniversaries and history"), _("it is culture, sport, show business"), _("it is a ceremony or a send-off"), _("it is a round-up of many things"),
    _("the title says something is new"), _("the text says something is new"), _("it names the president"), _("it names the Duma"),
    _("it names the government"), _("it names the defence ministry"), _("it names a court"), _("it names a region"),
    _("it names a journalists' count or investigation"), _("it contains a denial"), _("it gives another value than the claim"),
    _("it gives the same value as the claim"), _("the title gives a large number of people"), _("it gives a count, sum or share"),
    _("it brings a text, in which more is found"), _("it is about another country alone"), _("its title says that it repeats what is known"),
)  # fmt: skip
_KNOWN = frozenset((*STAGES, *BECAUSE))
_QUOTED = re.compile(r"(.*?)( \(«.*»\))?")  # a sentence, and the words it rests on


def reason_in(language: str, reason: str) -> str:
    """A stored reason in a language."""
    for form, pattern in _patterns():
        if found := pattern.fullmatch(reason):
            return catalogue(language).gettext(form) % {name: _said(language, text) for name, text in found.groupdict().items()}
    return reason


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Each form with the pattern that recognises it."""
    return tuple((form, re.compile(re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.*?)", re.escape(form)), re.DOTALL)) for form in FORMS)


def _said(language: str, text: str) -> str:
    found = _QUOTED.fullmatch(text)
    sentence, words = (found[1], found[2] or "") if found else (text, "")
    return catalogue(language).gettext(sentence) + words if sentence in _KNOWN else text
