"""Flags that another flag may duplicate."""

from db.engine import reading
from db.enums import Choice
from db.likely_duplicates import likely_duplicates
from tests.review.factory import Filled, decide


def offered(filled: Filled, flag_id: int) -> list[int]:
    with reading(filled.engine) as session:
        return [d.flag.id for d in likely_duplicates(session, filled.get_flag(flag_id))]


def test_the_most_alike_title_claim_and_subject_come_first(filled: Filled) -> None:
    title = "Штраф за неявку вырастет втрое"
    flag = filled.flag(title, story="a", claim="REP-001", subject="fines")
    same = filled.flag("Втрое вырос штраф за неявку", story="b", claim="REP-001", subject="fines")
    other_claim = filled.flag("Штрафы за неявку вырастут втрое", story="c", claim="REP-002", subject="evasion")
    only_claim = filled.flag("Госдума одобрила поправки", story="d", claim="REP-001", subject="evasion")
    filled.flag("Открылся музей", story="e", claim="REP-003", subject="other")
    assert offered(filled, flag) == [same, other_claim, only_claim]


def test_what_cannot_be_merged_into_is_not_offered(filled: Filled) -> None:
    filled.claims("other-2026")
    flag = filled.flag("Штраф вырос", story="a")
    filled.flag("Штраф вырос", story="a", source="tass", report="other-2026", claim="OTH-001")
    filled.flag("Штраф вырос", story="b", report="other-2026", claim="OTH-001")
    closed = filled.flag("Штраф вырос", story="c")
    decide(filled, closed, Choice.STILL_VALID, filled.user("Anna"))
    filled.tick(days=90)
    filled.flag("Штраф вырос", story="d")
    assert offered(filled, flag) == []
