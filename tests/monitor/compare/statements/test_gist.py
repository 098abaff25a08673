"""What a statement changes, as the data of a sentence; nothing is said that is not certain."""

from db.enums import Stage
from db.gist import GistCode, GistValue, english
from monitor.baseline import Claim, load_baselines
from monitor.compare.statements.differ import StatementIndex
from monitor.compare.statements.gist import gist_of
from monitor.compare.statements.read import read_statements
from monitor.compare.statements.subjects import PACK, load_pack

BASELINE = next(b for b in load_baselines(PACK.parents[1]) if b.report.id == "cedoca-2026")


def about(aspect: str) -> Claim:
    return next(c for c in BASELINE.claims if c.about and c.about.aspect == aspect)


def test_a_value_is_given_with_its_claim_and_stage() -> None:
    item = read_statements("Решение призывной комиссии будет действовать два года", "", "ru", load_pack())
    (change, *_), _ = StatementIndex(BASELINE.claims, load_pack()).changes(item)
    gist = gist_of(item, BASELINE.claims[0], change, Stage.ADOPTED, "Meduza", load_pack())
    assert (gist.code, gist.claim) == (GistCode.VALUE, change.claim_id)
    assert (gist.old, gist.new) == (GistValue(1, 1, "years"), GistValue(2, 2, "years"))
    assert english(gist) == "Validity of a call-up decision: 1 year → 2 years (adopted by parliament)"


def test_without_a_value_the_aspect_of_the_title_and_the_stage_are_given() -> None:
    item = read_statements("Военкоматам запретят вручать повестки родственникам", "", "ru", load_pack())
    gist = gist_of(item, about("summons.delivery.letterbox"), None, Stage.INTRODUCED, "Meduza", load_pack())
    assert (gist.code, gist.aspect, gist.certain) == (GistCode.STAGE, "summons.delivery.letterbox", True)
    assert english(gist) == "Force of a summons left in the letterbox or given to others: before the Duma"


def test_a_limit_without_number_and_stage_gives_only_subject_and_outlet() -> None:
    item = read_statements("Срочникам велели подписать контракт после месяца службы", "", "ru", load_pack())
    claim = about("contract.access.conscripts")
    assert gist_of(item, claim, None, Stage.SIGNED, "Meduza", load_pack()).certain
    assert not gist_of(item, claim, None, None, "Meduza", load_pack()).certain


def test_an_item_that_does_not_name_the_aspect_gives_only_subject_and_outlet() -> None:
    item = read_statements("Военкоматам запретят вручать повестки родственникам", "", "ru", load_pack())
    gist = gist_of(item, about("register.operation"), None, Stage.SIGNED, "Meduza", load_pack())
    assert (gist.code, gist.subject, gist.aspect, gist.certain) == (GistCode.REPORTED, "register", None, False)
    assert english(gist) == "Reported by Meduza: unified military register"


def test_the_stage_is_given_where_the_title_speaks_of_the_subject() -> None:
    item = read_statements("Закон о реестре повесток", "", "ru", load_pack())
    gist = gist_of(item, about("register.operation"), None, Stage.SIGNED, "Meduza", load_pack())
    assert english(gist) == "Reported by Meduza: unified military register – signed or issued"


def test_a_claim_without_statement_is_named_by_its_topic() -> None:
    item = read_statements("Военкомат", "", "ru", load_pack())
    claim = BASELINE.claims[0].model_copy(update={"about": None, "topic": "troop_numbers"})
    assert english(gist_of(item, claim, None, None, "Meduza", load_pack())) == "Reported by Meduza: troop numbers"
