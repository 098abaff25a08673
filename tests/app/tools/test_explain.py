"""`ajour why`: the numbers add up, and an item is found by its id or address."""

import json
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import Engine

from app.runtime.container import Container
from app.runtime.settings import load_settings
from app.tools.explain import SHOWN_CLAIMS, explain, find_document, render
from monitor.compare.decide.assess import assess, measure, read_documents
from monitor.strict_yaml import WrongFile
from tests.baselines import small_baseline
from tests.fake_encoder import BagOfWords
from tests.review.factory import Filled

TITLE = "Путин подписал указ о призыве резервистов на сборы"


class LightContainer(Container):
    encoder = BagOfWords()


@pytest.fixture
def container(tmp_path: Path, engine: Engine) -> Container:
    return LightContainer(load_settings(data=tmp_path, baseline=small_baseline()), engine)


@pytest.fixture
def items(tmp_path: Path) -> Path:
    path = tmp_path / "items.jsonl"
    rows = [
        {"id": f"i{n}", "outlet": "x", "url": f"https://x.example/{n}", "published": "2026-03-01", "title": f"{TITLE} {n}"}
        for n in range(3)
    ]
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["i1", "https://x.example/1"])
def test_an_item_of_a_file_is_found_by_id_or_address(container: Container, items: Path, name: str) -> None:
    assert find_document(container, name, items).title == f"{TITLE} 1"


def test_a_stored_item_is_explained_in_its_newest_version(container: Container, engine: Engine) -> None:
    filled = Filled.with_claims(engine)
    filled.item("meduza", "Старая", key="k")
    filled.item("meduza", "Новая", key="k")
    assert find_document(container, "1", None).title == "Новая"
    assert find_document(container, "https://meduza.example/1", None).title == "Новая"


@pytest.mark.parametrize("name", ["i9", "77", "https://nowhere.example/"])
def test_an_item_that_does_not_exist_is_refused(container: Container, items: Path, name: str) -> None:
    for where in (items, None):
        with pytest.raises(WrongFile, match="no item has this id or address"):
            find_document(container, name, where)


def test_the_answer_is_the_assessment_with_its_contributions(container: Container, items: Path) -> None:
    document, prepared = find_document(container, "i1", items), container.prepared("drc-2024")
    answer = explain(container, document, prepared)
    read = next(iter(read_documents([document], container.words, container.encoder)))
    assessment, measured = assess(read, prepared), measure(read, prepared)
    assert (answer.flag, answer.score, answer.relation) == (assessment.flag, assessment.score, assessment.relation.value)
    assert answer.flag == (answer.score >= answer.threshold)
    assert [abs(part) for *_, part in answer.parts] == sorted((abs(part) for *_, part in answer.parts), reverse=True)
    assert {name: value for name, _, value, _ in answer.parts}.items() <= measured.features.items()
    assert len(answer.claims) == SHOWN_CLAIMS
    assert [c[2] for c in answer.claims] == sorted((c[2] for c in answer.claims), reverse=True)


def test_the_answer_is_printed_with_signals_and_claims(container: Container, items: Path) -> None:
    answer = explain(container, find_document(container, "i1", items), container.prepared("drc-2024"))
    console = Console(width=200, highlight=False)
    with console.capture() as captured:
        console.print(render(answer))
    printed = captured.get()
    assert f"flagged, score {answer.score:.3f}" in printed
    assert all(says in printed for _, says, _, _ in answer.parts[:3])
    assert all(claim in printed for claim, *_ in answer.claims)
    assert all(says in printed for _, says in answer.claims_say)
    assert [claim for claim, _ in answer.claims_say] == [claim for claim, *_ in answer.claims]
