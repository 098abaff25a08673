"""What looks urgent by title and lead: the subjects that the pack calls urgent, and not their
look-alikes.
"""

from pathlib import Path

import pytest

from db.enums import Urgency
from monitor.compare.statements.subjects import load_pack
from monitor.compare.statements.urgency import LEAD, urgency

PACK = """
about: {en: weather}
topics:
  weather: {says: {en: weather}, speaks_of: [flood]}
subjects:
  flood:
    says: {en: a flood}
    urgent: told
    cues: {en: [flood*]}
    not: [flood* of letters]
    aspects: {state: {says: {en: whether there is one}, kind: state, cues: {en: [flood warning]}}}
  storm:
    says: {en: a storm}
    urgent: first
    cues: {en: [storm*]}
    aspects: {state: {says: {en: whether there is one}, kind: state, cues: {en: [storm warning]}}}
  fair:
    says: {en: a fair}
    cues: {en: [fair]}
    aspects: {state: {says: {en: whether there is one}, kind: state, cues: {en: [fair opens]}}}
persons: {}
places: {}
not_news: {}
acts: {}
"""


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("Flood in the valley", "", Urgency.TOLD),
        ("News", "A storm comes.", Urgency.FIRST),
        ("A storm comes", "A flood follows.", Urgency.TOLD),
        ("The fair opens", "", Urgency.NONE),
        ("A flood of letters", "", Urgency.NONE),
        ("A flood of letters", "The flood came later.", Urgency.TOLD),
        ("News", f"{'word ' * (LEAD // 5)}flood", Urgency.NONE),
        ("", "", Urgency.NONE),
    ],
)
def test_title_and_lead_decide(tmp_path: Path, title: str, text: str, expected: Urgency) -> None:
    path = tmp_path / "pack.yml"
    path.write_text(PACK, encoding="utf-8")
    assert urgency(title, text, [load_pack(path)]) is expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Путин подписал указ о частичной мобилизации", Urgency.TOLD),
        ("В России вводят военное положение", Urgency.TOLD),
        ("Мужчинам с повестками закрывают выезд за границу", Urgency.TOLD),
        ("Putin orders a general mobilisation", Urgency.TOLD),
        ("Реестр воинского учёта заработал по всей стране", Urgency.FIRST),
        ("Верховная рада продлила мобилизацию", Urgency.NONE),
        ("Завтра в Архангельске снег", Urgency.NONE),
    ],
)
def test_the_shipped_pack_knows_what_cannot_wait(title: str, expected: Urgency) -> None:
    assert urgency(title, "", [load_pack()]) is expected
