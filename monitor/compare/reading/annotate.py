"""What an item says. It is read once; all signals share the result."""

import re
from dataclasses import dataclass, replace

from monitor.compare.reading.legal_stage import StageFound, read_stage
from monitor.compare.reading.person_counts import PersonCounts, read_people
from monitor.compare.reading.tail import without_tail
from monitor.compare.reading.tense import Grammar, read_grammar
from monitor.compare.reading.tokenize import Sentence, plain, read_sentences, sentences, unquoted
from monitor.compare.reading.values import FoundValue, read_values
from monitor.compare.reading.vocabulary import ConceptHit, Vocabulary
from monitor.compare.statements.read import IN_TITLE, ItemStatements, read_statements
from monitor.compare.statements.subjects import Pack, load_pack
from monitor.normalize import legible, without_capitals

Hits = dict[str, list[ConceptHit]]
# "МОСКВА, 26 декабря. /ТАСС/." is the place of the agency, not of the event.
_DATELINE = re.compile(r"^[A-ZА-ЯЁ][A-ZА-ЯЁ\- ]{2,30}, \d{1,2} [а-яёa-z]+\.?( ?[/(][^/)]{2,30}[/)]\.?)?\s*(?:-|–|—)?\s*")
READ_CHARACTERS = 6000  # the news is at the beginning; the end of a long page is often other news
LEAD_CHARACTERS = 400  # beginning of the text of which the tense is read: it states what happened
UNITS = 8  # sentences compared by phrase_match and semantic


@dataclass(frozen=True)
class Document:
    """A dated text as comparison takes it: from a stored item version, or from a line of a
    replay.
    """

    id: str
    outlet: str
    url: str
    published: str  # ISO 8601, YYYY-MM-DD or longer; "" where the item has no date
    lang: str | None
    title: str
    text: str
    tier: int = 3

    @property
    def day(self) -> str:
        return self.published[:10]


@dataclass(frozen=True)
class AnnotatedText:
    """What was read. `title` and `body` are plain text (see tokenize.plain). `units` are the
    sentences that the signals compare.
    """

    lang: str | None
    title: str
    body: str
    units: tuple[Sentence, ...]
    subjects_title: Hits
    subjects_body: Hits
    field: Hits
    countries_title: Hits
    countries_body: Hits
    kinds_title: Hits
    kinds_body: Hits
    novelty_title: int
    novelty_body: int
    actors_title: Hits
    actors: Hits
    denial_title: bool
    denial: bool  # in title or text
    people: PersonCounts  # of the title
    grammar: Grammar  # of the title
    grammar_text: Grammar  # of the beginning of the text
    scale: int  # words of scale in the title
    tells_news: bool  # a sentence of the title reports something about a subject, see `tells_news`
    stage: StageFound | None
    values: tuple[FoundValue, ...]
    statements: ItemStatements

    @property
    def subjects(self) -> set[str]:
        return {*self.subjects_title, *self.subjects_body}

    @property
    def shown_by_pack(self) -> bool:
        """Whether the cues of the pack show subjects too: of languages other than Russian the
        vocabulary knows few words.
        """
        return self.lang not in (None, "ru")


def read_item(document: Document, words: Vocabulary, pack: Pack | None = None) -> AnnotatedText:
    """Annotate `document` with the vocabulary and the subjects of `pack` (None: the pack that the
    model was fitted on). The first sentence replaces a missing title.
    """
    head, tail = head_and_body(document)
    title, body = plain(head), plain(tail)
    people = read_people(unquoted(head), words)
    statements = read_statements(head, tail, document.lang, pack or load_pack(), one_person=people.alone)
    units = (*read_sentences(head, document.lang), *read_sentences(tail, document.lang))[:UNITS]
    return AnnotatedText(
        lang=document.lang,
        title=title,
        body=body,
        units=units,
        subjects_title=words.find("subjects", title),
        subjects_body=words.find("subjects", body),
        field=words.find("field", f"{title}\n{body}"),
        countries_title=words.find("countries", title),
        countries_body=words.find("countries", body),
        kinds_title=words.find("kinds_of_text", title),
        kinds_body=words.find("kinds_of_text", body),
        novelty_title=len(words.find("novelty", title).get("novelty", [])),
        novelty_body=len(words.find("novelty", body).get("novelty", [])),
        actors_title=words.find("actors", title),
        actors=words.find("actors", f"{title}\n{body}"),
        denial_title=bool(words.find("denial", title)),
        denial=bool(words.find("denial", f"{title}\n{body}")),
        people=people,
        grammar=read_grammar(title),
        grammar_text=read_grammar(body[:LEAD_CHARACTERS]),
        scale=len(words.find("scale", title).get("scale", [])),
        tells_news=tells_news(head, words, statements, document.lang),
        stage=read_stage(title, body),
        values=tuple(read_values(f"{head}\n{tail}", document.lang)),
        statements=statements,
    )


def read_again(first: AnnotatedText, document: Document, words: Vocabulary, pack: Pack) -> AnnotatedText:
    """The reading of `document` for another pack: what depends on subjects is read again, the rest
    is that of `first`.
    """
    head, tail = head_and_body(document)
    return replace(
        first,
        subjects_title=words.find("subjects", first.title),
        subjects_body=words.find("subjects", first.body),
        statements=read_statements(head, tail, document.lang, pack, one_person=first.people.alone),
    )


def tells_news(head: str, words: Vocabulary, statements: ItemStatements, lang: str | None) -> bool:
    """Whether a sentence of the title, outside quoted speech, reports something about a subject.

    It names a subject and has a finite verb or a word of novelty, and it is no question,
    explanation or look back. In "The register works in full. How to check yourself" the first one
    does. The verbs of languages other than Russian and Ukrainian are not read; there, the subject
    is enough.
    """
    russian, unread = lang in (None, "ru"), lang not in (None, "ru", "uk")
    speaking = frozenset[str]() if russian else {line.text for line in statements.lines if line.weight == IN_TITLE and line.subjects}
    for _, sentence in sentences(unquoted(head)):
        text = plain(sentence)
        grammar = read_grammar(text)
        finite = grammar.past or grammar.present or grammar.future or (unread and text in speaking)
        if grammar.asks or not (finite or words.find("novelty", text)):
            continue
        if (text in speaking or words.find("subjects", text)) and not words.find("kinds_of_text", text):
            return True
    return False


def head_and_body(document: Document) -> tuple[str, str]:
    """(title, text without its tail) of at most READ_CHARACTERS. The first sentence replaces a
    missing title.
    """
    title, text = legible(document.title[:2000]).strip(), legible(document.text[: 2 * READ_CHARACTERS]).strip()[:READ_CHARACTERS]
    text = without_tail(_DATELINE.sub("", text))
    if title:
        return without_capitals(title[:600]), text
    first = read_sentences(text[:1500], document.lang)[:1]
    if not first:
        return "", ""
    head = first[0].text
    return without_capitals(head[:600]), text[first[0].start + len(head) :].lstrip()
