"""The number that an item gives of what its title speaks of, if only one can be meant."""

import pytest

from db.gist import GistValue
from monitor.compare.statements.own_number import own_number
from monitor.compare.statements.read import read_statements
from monitor.compare.statements.subjects import load_pack


@pytest.mark.parametrize(
    ("title", "text", "aspect", "new", "old"),
    [
        ("Указ о призыве 261 тыс. человек", "", "callup.number.decree", GistValue(261_000, 261_000, "people"), None),
        (
            "Выплату за контракт урезали с 2,5 млн до 900 тыс. рублей", "", "payment.signing.amount",
            GistValue(900_000, 900_000, "RUB"), GistValue(2_500_000, 2_500_000, "RUB"),
        ),
        (
            "Сколько контрактов подписали за год", "За год контракт с армией подписали 422 704 человека.", "contract.number.yearly",
            GistValue(422_704, 422_704, "people"), None,
        ),
        ("Указ о призыве подписан", "", "callup.number.decree", None, None),
        ("Указ о призыве: 135 тысяч человек осенью, 160 тысяч человек весной", "", "callup.number.decree", None, None),
        ("Призыв без сезонов в 2026 году", "", "summons.delivery.signature", None, None),
    ],
)  # fmt: skip
def test_one_number_of_title_or_lead(title: str, text: str, aspect: str, new: GistValue | None, old: GistValue | None) -> None:
    found = own_number(read_statements(title, text, "ru", load_pack()), aspect, load_pack())
    assert (found.new if found else None, found.old if found else None) == (new, old)


def test_limits_of_the_text_are_kept() -> None:
    found = own_number(
        read_statements("Указ о призыве: более 260 тыс. человек", "", "ru", load_pack()), "callup.number.decree", load_pack()
    )
    assert found
    assert (found.above, found.up_to, found.about, found.in_title) == (True, False, False, True)
