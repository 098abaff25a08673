"""Where a rule stands on its way, in Russian, Ukrainian and English; the furthest thing stated as
fact wins.
"""

import pytest

from db.enums import Stage
from monitor.compare.reading.legal_stage import RANK, read_stage
from monitor.compare.reading.tokenize import plain


def stage(title: str, text: str = "") -> str | None:
    found = read_stage(plain(title), plain(text))
    return found.stage.value if found else None


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Слухи о новой волне мобилизации", "rumour"),
        ("В Госдуме предложили повысить штрафы для уклонистов", "proposed"),
        ("Депутаты внесли в Госдуму законопроект о призыве", "introduced"),
        ("Законопроект о круглогодичном призыве принят в первом чтении", "reading_1"),
        ("Госдума одобрила законопроект о призыве во втором чтении", "reading_2"),
        ("Госдума приняла закон о призыве в третьем чтении", "adopted"),
        ("Путин подписал указ о призыве резервистов", "signed"),
        ("Закон о реестре повесток вступил в силу", "in_force"),
        ("Правительство отменило отсрочку для студентов", "repealed"),
        ("Верховный суд разъяснил, кого считать уклонистом", "court"),
        ("Песков опроверг слухи о мобилизации", "denied"),
        ("Putin signed a law on year-round conscription", "signed"),
        ("The law on digital summonses came into force", "in_force"),
        ("The bill passed its first reading in the Duma", "reading_1"),
        ("No plans for mobilisation, Kremlin says", "denied"),
        ("Путін підписав указ про призов", "signed"),
        ("Кремль заперечив чутки про мобілізацію", "denied"),
        ("Закон про повістки набув чинності", "in_force"),
        ("Putin firmó un decreto sobre la movilización", "signed"),
        ("Думата прие закон за повиквателните", "adopted"),
        ("Ustawa o poborze weszła w życie", "in_force"),
        ("Погода в Москве", None),
        ("", None),
    ],
)
def test_a_headline_states_its_stage(title: str, expected: str | None) -> None:
    assert stage(title) == expected


def test_what_will_enter_into_force_is_not_in_force_yet() -> None:
    assert stage("Закон подписан и вступит в силу 1 января: реестр заработает") != "in_force"


def test_a_law_that_passed_all_readings_is_adopted_though_they_are_counted() -> None:
    assert stage("Госдума приняла закон сразу во втором и третьем чтениях") == "adopted"
    assert stage("Новости", "Госдума приняла закон о призыве. В первом чтении его приняли в мае.") == "adopted"


def test_approved_in_a_title_may_mean_the_reading_that_the_text_names() -> None:
    assert stage("Дума одобрила новые штрафы", "В первом чтении поддержан законопроект.") == "reading_1"
    assert stage("Дума одобрила новые штрафы", "Закон принят сразу во втором и третьем чтениях.") == "adopted"


def test_an_act_named_by_its_number_is_not_signed_now() -> None:
    assert stage("Срок службы пересчитают", "Проект указа правит положение (указ № 1237 от 16 сентября 1999 года).") == "proposed"


def test_the_title_speaks_before_the_text() -> None:
    assert stage("Путин подписал закон", "Ранее законопроект внесли в Госдуму.") == "signed"
    assert stage("Новости", "Путин подписал закон о призыве.") == "signed"


def test_a_stage_shows_the_words_it_was_read_from() -> None:
    title = plain("Вчера Путин подписал указ о призыве")
    found = read_stage(title, "")
    assert found is not None
    assert found.words
    assert title[found.start :].startswith(found.words)
    assert found.in_title


def test_ranks_follow_the_way_of_a_law() -> None:
    way = [Stage.RUMOUR, Stage.PROPOSED, Stage.INTRODUCED, Stage.READING_1, Stage.READING_2, Stage.ADOPTED, Stage.SIGNED, Stage.PUBLISHED, Stage.IN_FORCE]  # fmt: skip
    assert [RANK[s] for s in way] == sorted(RANK[s] for s in way)
    assert not {Stage.DENIED, Stage.REPEALED, Stage.COURT} & set(RANK)
