"""What a statement changes, as the data of a sentence; nothing is said that is not certain."""

import pytest

from db.enums import Stage
from db.gist import GistCode, GistValue, english
from monitor.baseline import Claim, load_baselines
from monitor.compare.statements.differ import StatementIndex
from monitor.compare.statements.gist import ItemFacts, gist_of
from monitor.compare.statements.read import read_statements
from monitor.compare.statements.subjects import PACK, load_pack

BASELINE = next(b for b in load_baselines(PACK.parents[1]) if b.report.id == "cedoca-2026")


def about(aspect: str) -> Claim:
    return next(c for c in BASELINE.claims if c.about and c.about.aspect == aspect)


def test_a_value_is_given_with_its_claim_and_stage() -> None:
    item = read_statements("Решение призывной комиссии будет действовать два года", "", "ru", load_pack())
    (change, *_), _ = StatementIndex(BASELINE.claims, load_pack()).changes(item)
    gist = gist_of(item, BASELINE.claims[0], change, ItemFacts("Meduza", stage=Stage.ADOPTED), load_pack())
    assert (gist.code, gist.claim) == (GistCode.VALUE, change.claim_id)
    assert (gist.old, gist.new) == (GistValue(1, 1, "years"), GistValue(2, 2, "years"))
    assert english(gist) == "Validity of a call-up decision: 1 year → 2 years (adopted by parliament)"


def test_without_a_value_the_aspect_of_the_title_and_the_stage_are_given() -> None:
    item = read_statements("Военкоматам запретят вручать повестки родственникам", "", "ru", load_pack())
    gist = gist_of(item, about("summons.delivery.letterbox"), None, ItemFacts("Meduza", stage=Stage.INTRODUCED), load_pack())
    assert (gist.code, gist.aspect, gist.certain) == (GistCode.STAGE, "summons.delivery.letterbox", True)
    assert english(gist) == "Force of a summons left in the letterbox or given to others: before the Duma"


def test_a_limit_without_number_and_stage_gives_only_subject_and_outlet() -> None:
    item = read_statements("Сколько контрактов подписали за год", "", "ru", load_pack())
    claim = about("contract.number.yearly")
    assert gist_of(item, claim, None, ItemFacts("Meduza", stage=Stage.SIGNED), load_pack()).certain
    assert not gist_of(item, claim, None, ItemFacts("Meduza"), load_pack()).certain


def test_what_the_item_speaks_of_is_said_whatever_claim_is_nearest() -> None:
    item = read_statements("Повестки без подписи: разбор", "", "ru", load_pack())
    gist = gist_of(item, about("register.operation"), None, ItemFacts("Meduza"), load_pack())
    assert (gist.claim, gist.subject) == (about("register.operation").id, "summons.delivery")


def test_the_stage_is_given_where_the_title_speaks_of_the_subject() -> None:
    item = read_statements("Закон о реестре повесток", "", "ru", load_pack())
    gist = gist_of(item, about("register.operation"), None, ItemFacts("Meduza", stage=Stage.SIGNED), load_pack())
    assert english(gist) == "Reported by Meduza: unified military register – signed or issued (law)"


def test_a_claim_without_statement_is_named_by_its_topic() -> None:
    item = read_statements("Военкомат", "", "ru", load_pack())
    claim = BASELINE.claims[0].model_copy(update={"about": None, "topic": "troop_numbers"})
    assert english(gist_of(item, claim, None, ItemFacts("Meduza"), load_pack())) == "Reported by Meduza: troop numbers"


def said(title: str, text: str = "", lang: str = "ru", stage: Stage | None = None, nearest: str = "register.operation") -> str:
    """The English gist of an item against a claim about `nearest`."""
    item = read_statements(title, text, lang, load_pack())
    return english(gist_of(item, about(nearest), None, ItemFacts("Meduza", "2025-11-04", stage), load_pack()))


@pytest.mark.parametrize(
    ("title", "stage", "sentence"),
    [
        ("Призыв без сезонов прошёл первое чтение", Stage.READING_1, "Conscription all year round: passed in first reading"),
        ("Подписан закон о призыве в течение всего года с 2026 года", Stage.SIGNED, "Conscription all year round: signed or issued (law, from 2026)"),
        ("В Татарстане урезали выплаты за контракт с армией", None, "Regional signing payments cut: newly reported (Tatarstan)"),
        ("Казахстан впервые выдал России дезертира", None, "A Russian soldier or opponent handed over to Russia: newly reported (for the first time, Kazakhstan)"),
        ("Резервистов отправят охранять важные объекты", None, "Reservists to be called up to guard facilities: planned or expected"),
    ],
)  # fmt: skip
def test_what_has_become_of_an_aspect_is_said_with_act_day_and_place(title: str, stage: Stage | None, sentence: str) -> None:
    item = read_statements(title, "", "ru", load_pack())
    result = ItemFacts("Meduza", "2025-11-04", stage, foreseen="отправят" in title)
    assert english(gist_of(item, about("register.operation"), None, result, load_pack())) == sentence


def test_a_repeal_is_not_said_of_what_replaces_the_repealed() -> None:
    title = "Russia abolishes seasonal draft, conscripts to be called up all year"
    assert said(title, lang="en", stage=Stage.REPEALED) == "Conscription all year round: newly reported"


def test_a_repeal_or_denial_in_the_text_alone_is_not_said_of_the_title() -> None:
    item = read_statements("Призывников не выпустили за границу", "В ведомстве опровергли сбой.", "ru", load_pack())
    told = ItemFacts("Meduza", stage=Stage.DENIED, stage_in_title=False)
    assert "denied" not in english(gist_of(item, about("register.operation"), None, told, load_pack()))


@pytest.mark.parametrize(
    ("lang", "title", "stage", "never", "says"),
    [
        ("en", "Putin signs decree ending partial mobilisation", Stage.SIGNED, "ordered", "End of the 2022 mobilisation decree: signed or issued"),
        ("ru", "АГС во время мобилизации отменят", Stage.READING_1, "decree", "alternative service"),
        ("ru", "Минобрнауки запретило вузам требовать от студентов контракта", None, "courted", "forbidden"),
        ("ru", "Камеры в метро нашли 9 тысяч безбилетников", None, "Men found", ""),
        ("ru", "Росія вивела строковиків із прикордоння Курщини", None, "fighting", "withdrawn"),
    ],
)  # fmt: skip
def test_the_contrary_of_a_title_is_never_said(lang: str, title: str, stage: Stage | None, never: str, says: str) -> None:
    sentence = said(title, lang=lang, stage=stage)
    assert never not in sentence
    assert says in sentence


def test_an_official_title_gives_its_topic_and_the_act() -> None:
    title = (
        "Указ Президента Российской Федерации от 02.09.2026 № 611 «О внесении изменений в Указ № 647 «Об объявлении частичной мобилизации»»"
    )
    sentence = said(title, stage=Stage.SIGNED, nearest="mobilisation.end.in_force")
    assert sentence == "Reported by Meduza: mobilisation – signed or issued (decree 611 of 2 September 2026)"


def test_the_number_of_the_title_is_given_though_the_report_has_none() -> None:
    sentence = said("Указ о призыве охватывает 261 тыс. человек", stage=Stage.SIGNED)
    assert sentence == "Conscription decree (number of men to be called up): 261,000 people (signed or issued)"


def test_a_number_goes_with_the_old_one_that_the_item_gives() -> None:
    sentence = said("В Ульяновской области выплату за контракт урезали с 2,5 млн до 900 тыс. рублей", nearest="payment.signing.amount")
    assert sentence == "One-off payment for signing a contract: 2,500,000 roubles → 900,000 roubles (Ulyanovsk)"
