"""Decided flags as training data."""

from db import labelled_items
from db.engine import reading
from db.enums import Choice, NotAbout
from tests.review.factory import Filled, decide


def test_decided_flags_come_out_as_labelled_data(filled: Filled, anna_id: int) -> None:
    update, known_, other, open_ = (filled.flag(story=s, title=s) for s in ("update", "known", "other", "open"))
    double = filled.flag(story="double", title="double")
    decide(filled, update, Choice.NEW_LAW, anna_id)
    decide(filled, known_, Choice.STILL_VALID, anna_id)
    decide(filled, other, Choice.NOT_ABOUT, anna_id, reason=NotAbout.OLD)
    decide(filled, double, Choice.DUPLICATE, anna_id, into=update)
    with reading(filled.engine) as session:
        rows = {r.item["title"]: (r.item, r.label) for r in labelled_items.labelled(session)}
    assert set(rows) == {"update", "known", "other", "double"}, "an open flag is no label"
    assert {k: rows["update"][1][k] for k in ("flag", "severity", "class", "claims")} == {
        "flag": True,
        "severity": "medium",
        "class": "update",
        "claims": ["REP-001"],
    }
    assert (rows["known"][1]["class"], rows["other"][1]["class"]) == ("restatement", "known")
    assert rows["double"][1]["flag"], "a duplicate has the label of what it doubles"
    assert rows["double"][1]["event"] == rows["update"][1]["event"]
    assert set(rows["update"][0]) == {"id", "outlet", "url", "published", "lang", "title", "text"}, "a line in of a replay"
    assert open_


def test_an_item_has_one_label_however_many_flags_its_story_has(filled: Filled, anna_id: int) -> None:
    end = filled.flag(story="s1", title="end", subject="mobilisation.end")
    ban = filled.flag(story="s1", title="ban", subject="exit_ban", claim="REP-002")
    filled.compare(filled.item("tass", "beside"), "s1", flag=False)
    decide(filled, end, Choice.STILL_VALID, anna_id)
    decide(filled, ban, Choice.NEW_LAW, anna_id)
    with reading(filled.engine) as session:
        rows = [(r.item["title"], r.label["class"], r.label["claims"]) for r in labelled_items.labelled(session)]
    assert sorted(rows, key=str) == [("ban", "update", ["REP-002"]), ("beside", "restatement", None), ("end", "restatement", None)]
