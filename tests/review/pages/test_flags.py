"""Deciding about flags: forms, conflicts, notes, assignment, what the card shows."""

import re
import zipfile
from io import BytesIO

import pytest
from starlette.testclient import TestClient

from db import decision_log
from db.engine import reading
from db.enums import Choice
from db.gist import Gist, GistCode, GistValue
from tests.review.factory import Filled, message, undoable

FINE_GIST = Gist(
    GistCode.VALUE, "fines", "REP-001", "Meduza", {"en": "the fine"}, "fines.amount", GistValue(10_000, 10_000, "RUB"), GistValue(30_000, 30_000, "RUB")
)  # fmt: skip


def test_a_decision_goes_to_the_next_card_says_so_and_offers_undo(filled: Filled, anna: TestClient) -> None:
    first, second = filled.flag(score=0.9), filled.flag(score=0.8)
    page = anna.get("/queue").text
    assert f'action="/flags/{first}/decide"' in page
    target = re.search(r'name="next" value="([^"]+)"', page)
    assert target is not None
    answer = anna.post(f"/flags/{first}/decide", data={"version": "1", "choice": "new_or_amended_law", "next": target[1]})
    assert answer.headers["location"].startswith(f"/queue?flag={second}")
    assert message(answer).startswith("Decided")
    after = anna.get(answer.headers["location"]).text
    assert "Decided: new or amended law." in after
    assert f'action="/flags/{second}/decide"' in after
    undo = re.search(r'action="(/decisions/\d+/undo)"', after)
    assert undo is not None
    assert anna.post(undo[1], data={"back": "/queue"}).headers["location"].startswith(f"/queue?flag={first}")
    assert filled.get_flag(first).state == "open"


def test_the_second_reviewer_sees_what_the_first_did_and_keeps_what_was_typed(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    flag = filled.flag()
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "still_valid"})
    form = {
        "version": "1",
        "choice": "new_practice",
        "note": "my long thoughts",
        "statement": "The fine is 30,000 RUB.",
        "in_force": "2026-04-01",
    }
    answer = boris.post(f"/flags/{flag}/decide", data=form)
    assert answer.status_code == 409
    assert "Not saved: Anna Maria decided at" in answer.text
    assert 'value="my long thoughts"' in answer.text
    assert ">The fine is 30,000 RUB.</textarea>" in answer.text
    assert 'name="in_force" value="2026-04-01"' in answer.text
    assert filled.get_flag(flag).state == "dismissed"


@pytest.mark.parametrize(
    ("form", "state"),
    [
        ({"choice": "not_about_this_claim:old_news"}, "dismissed"), ({"choice": "not_about_this_claim"}, "open"), ({"choice": "later:7"}, "later"),
        ({"choice": "later:officially_published"}, "later"), ({"choice": "later", "until": "2026-04-01"}, "later"), ({"choice": "later", "until": "2020-01-01"}, "open"),
        ({"choice": "later", "until": "soon"}, "open"), ({"choice": "later"}, "open"), ({"choice": "wrong_claim", "other_claim": "REP-003"}, "open"),
        ({"choice": "duplicate", "into": "x"}, "open"), ({"choice": "nonsense"}, "open"), ({}, "open"), ({"choice": "undo"}, "open"),
        ({"choice": "new_or_amended_law", "in_force": "tomorrow"}, "open"), ({"choice": "new_or_amended_law", "in_force": "2026-05-01", "claim": "REP-002"}, "confirmed"),
    ],
)  # fmt: skip
def test_forms_are_understood_or_refused_in_words(filled: Filled, anna: TestClient, form: dict[str, str], state: str) -> None:
    flag = filled.flag()
    answer = anna.post(f"/flags/{flag}/decide", data={"version": "1", **form})
    assert answer.status_code == 303
    assert filled.get_flag(flag).state == state
    said = anna.get(answer.headers["location"]).text
    assert ("Not decided" in said) is (state == "open" and form.get("choice") != "wrong_claim")


def test_changed_values_are_marked_with_words_on_both_sides(filled: Filled, anna: TestClient) -> None:
    filled.flag(
        text="Штраф вырастет. Теперь 30 тысяч\nрублей за неявку.",
        changes=[{"claim": "REP-001", "what": "the fine", "old": "10,000 RUB", "new": "30 тысяч рублей", "likeness": 1.0}],
        gist=FINE_GIST,
    )
    page = anna.get("/queue").text
    assert '<span class="what">The fine:</span> <span class="old"><span class="tag">was </span>10,000 roubles</span>' in page
    assert '<del title="the fine"><span class="tag">was </span>10,000 RUB</del>' in page
    assert '<ins title="the fine"><span class="tag">now </span>30 тысяч\nрублей</ins>' in page or "30 тысяч рублей</ins>" in page
    assert 'lang="ru"' in page
    assert 'lang="da"' in page


def test_dates_are_kept_apart(filled: Filled, anna: TestClient) -> None:
    filled.flag(text="Президент подписал закон 28 февраля 2026 года. Он вступает в силу с 1 апреля 2026 года.")
    page = anna.get("/queue").text
    for label, day in (
        ("Published", "2 March 2026"),
        ("First seen", "2 March 2026"),
        ("Law signed, according to the text", "28 февраля 2026 года"),
        ("In force, according to the text", "1 апреля 2026 года"),
    ):
        assert re.search(rf"<dt>{label}</dt><dd[^>]*>{day}", page), label


def test_assigning_and_notes_are_kept_in_the_history(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    anna.post(f"/flags/{flag}/assign", data={"to": "1"})
    anna.post(f"/flags/{flag}/note", data={"note": "ask the lawyer"})
    page = anna.get(f"/flags/{flag}").text
    assert "for Anna Maria" in page
    assert "ask the lawyer" in page
    assert str(flag) in anna.get("/queue?mine=1").text
    with reading(filled.engine) as session:
        assert list(decision_log.log(session)) == [], "neither is a decision"
    assert Choice.UNDO.value == "undo"


def test_a_story_flagged_for_two_reports_says_so_on_both(filled: Filled, anna: TestClient) -> None:
    filled.claims("other-2026")
    one = filled.flag(story="s1")
    two = filled.flag(story="s1", source="tass", report="other-2026", claim="OTH-001")
    for flag, other, claim in ((one, two, "OTH-001"), (two, one, "REP-001")):
        together = anna.get(f"/flags/{flag}").text.partition('class="together"')[2]
        assert f'value="{other}.1"' in together
        assert claim in together
        assert "Statement 1: the fine is 10,000 RUB." in together


def test_one_decision_for_both_reports_leaves_each_its_own_claim(filled: Filled, anna: TestClient) -> None:
    filled.claims("other-2026")
    one = filled.flag(story="s1")
    two = filled.flag(story="s1", source="tass", report="other-2026", claim="OTH-001")
    third = filled.flag(story="s2")
    page = anna.get("/queue").text
    assert "3 flags</strong> in 2 stories" in page
    form = {
        "version": "1",
        "choice": "value_or_date_changed",
        "with": f"{two}.1",
        "statement": "The fine is 30,000 RUB.",
        "next_story": f"/queue?flag={third}",
    }
    answer = anna.post(f"/flags/{one}/decide", data=form)
    assert answer.headers["location"] == f"/queue?flag={third}"
    assert "The same for 1 other flag of the story" in message(answer)
    assert [(filled.get_flag(f).state, filled.get_flag(f).claim_id) for f in (one, two)] == [
        ("confirmed", "REP-001"),
        ("confirmed", "OTH-001"),
    ]
    assert "The fine is 30,000 RUB." in anna.get("/reports/rep-2024?status=superseded").text
    assert "wording pending" in anna.get("/reports/other-2026?status=changed").text
    anna.post(f"/decisions/{undoable(answer)}/undo")
    assert [filled.get_flag(f).state for f in (one, two)] == ["open", "open"]


def test_a_move_or_a_merge_concerns_one_flag_only(filled: Filled, anna: TestClient) -> None:
    filled.claims("other-2026")
    one = filled.flag(story="s1")
    two = filled.flag(story="s1", source="tass", report="other-2026", claim="OTH-001")
    answer = anna.post(f"/flags/{one}/decide", data={"version": "1", "choice": "wrong_claim:REP-002", "with": f"{two}.1"})
    assert "concerns one flag" in message(answer)
    assert filled.get_flag(one).claim_id == "REP-001"
    anna.post(f"/flags/{one}/decide", data={"version": "1", "choice": "wrong_claim:REP-002"})
    assert filled.get_flag(one).claim_id == "REP-002"


def test_one_decision_for_several_claims_shows_on_each_and_is_undone_at_once(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag(named=[("REP-001", 0.9), ("REP-002", 0.7), ("REP-003", 0.6)])
    page = anna.get("/queue").text
    assert [c in page for c in ('name="also" value="REP-001"', 'name="also" value="REP-002"', 'name="also" value="REP-003"')] == [
        False,
        True,
        True,
    ]
    report = anna.get("/reports/rep-2024").text
    assert report.count("watch: also touched") == 2
    assert "nearest to REP-001" in report
    assert "2 only also touched" in report
    assert "also touched" in anna.get("/claims/REP-002").text
    form = {"version": "1", "choice": "new_or_amended_law", "claim": "REP-001", "also": ["REP-002"], "statement": "New wording."}
    answer = anna.post(f"/flags/{flag}/decide", data=form)
    report = anna.get("/reports/rep-2024?status=superseded").text
    assert "New wording." in report
    assert "changed, wording pending" in anna.get("/reports/rep-2024?status=changed").text
    assert "watch: also touched" not in anna.get("/reports/rep-2024").text
    own = anna.get("/claims/REP-002").text
    assert "Flags (1)" in own
    assert 'REP-001</a>, also <a href="/claims/REP-002"' in anna.get(f"/flags/{flag}").text
    undo = undoable(answer)
    assert undo is not None
    anna.post(f"/decisions/{undo}/undo")
    assert "superseded</span>" not in anna.get("/reports/rep-2024?status=superseded").text.partition("Contents")[2]


def test_what_a_flag_may_double_is_offered(filled: Filled, anna: TestClient) -> None:
    first, second, other, closed = (
        filled.flag(story=s, title=title, claim=c, subject=c)
        for s, title, c in (
            ("a", "Штраф за неявку вырос", "REP-001"),
            ("b", "За неявку вырастет штраф", "REP-001"),
            ("c", "Открылся музей", "REP-003"),
            ("d", "Штраф за неявку", "REP-001"),
        )
    )
    anna.post(f"/flags/{closed}/decide", data={"version": "1", "choice": "still_valid"})
    offered = re.search(rf'<datalist id="doubled-{first}">(.*?)</datalist>', anna.get(f"/flags/{first}").text)
    assert offered is not None
    assert re.findall(r'value="(\d+)"', offered[1]) == [str(second)], f"neither of another claim ({other}) nor closed"


def test_no_user_is_their_own_second_reader(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    flag = filled.flag()
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "not_sure"})
    assert "You asked for a second reader" in anna.get(f"/flags/{flag}").text
    assert f'action="/flags/{flag}/decide"' not in anna.get(f"/flags/{flag}").text
    for choice in ("new_or_amended_law", "still_valid", "not_sure", "later:7", "not_about_this_claim:old_news", "contradicts"):
        answer = anna.post(f"/flags/{flag}/decide", data={"version": "2", "choice": choice})
        assert message(answer).startswith("Not decided: you asked for a second reader"), choice
    assert message(anna.post("/queue/bulk", data={"choice": "still_valid", "pick": f"{flag}.2"})).startswith("None of the 1")
    assert filled.get_flag(flag).state == "open"
    boris.post(f"/flags/{flag}/decide", data={"version": "2", "choice": "still_valid"})
    assert filled.get_flag(flag).state == "dismissed"


def test_the_second_reader_judges_without_seeing_the_first(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    flag = filled.flag()
    form = {"version": "1", "choice": "contradicts", "second": "1", "note": "The ministry denies it."}
    assert message(anna.post(f"/flags/{flag}/decide", data=form)) == "Decided: second reading asked; you judged contradicts."
    anna.post(f"/flags/{flag}/note", data={"note": "Surely denied."})
    own = anna.get(f"/flags/{flag}").text
    assert "without seeing your judgement: contradicts" in own
    assert "The ministry denies it." in own
    for page in (f"/flags/{flag}", f"/queue?flag={flag}", "/log", f"/flags/{flag}/evidence.zip", "/api/v1/flags", f"/api/v1/flags/{flag}"):
        seen = boris.get(page)
        content = seen.content if page.endswith(".zip") else seen.text.replace('value="contradicts"', "").encode()
        if page.endswith(".zip"):
            content = b"".join(zipfile.ZipFile(BytesIO(content)).read(n) for n in ("decisions.jsonl", "flag.json"))
        for word in (b"judged contradicts", b'"opinion"', b"The ministry denies it.", b"Surely denied."):
            assert word not in content, (page, word)
    assert "hidden until you have judged it" in boris.get(f"/flags/{flag}").text
    result = message(boris.post(f"/flags/{flag}/decide", data={"version": "2", "choice": "still_valid"}))
    assert result == "Decided: still valid. Anna Maria judged contradicts and is told that you differ."
    assert "Second reading: still valid. You judged: contradicts." in anna.get("/for-you").text
    for page in (f"/flags/{flag}", "/log"):
        assert "The ministry denies it." in boris.get(page).text
    refused = message(boris.post(f"/flags/{filled.flag()}/decide", data={"version": "1", "choice": "later:7", "second": "1"}))
    assert refused.startswith("Not decided: a second reading needs a judgement")


def test_who_takes_back_not_sure_decides_alone(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    result = undoable(anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "not_sure"}))
    anna.post(f"/decisions/{result}/undo")
    anna.post(f"/flags/{flag}/decide", data={"version": "3", "choice": "still_valid"})
    assert filled.get_flag(flag).state == "dismissed"


def test_both_stories_are_compared_before_a_flag_is_merged(filled: Filled, anna: TestClient) -> None:
    one, other = filled.flag(title="Повестки отправлены", story="a"), filled.flag(title="Повестки пришли", story="b")
    form = {"version": "1", "choice": "duplicate", "into": str(other), "note": "same decree"}
    page = anna.post(f"/flags/{one}/decide", data=form)
    assert page.status_code == 200
    for text in ("Повестки отправлены", "Повестки пришли", f"Merge flag {one} into flag {other}", 'value="same decree"'):
        assert text in page.text
    assert filled.get_flag(one).state == "open", "nothing is decided before both were seen"
    anna.post(f"/flags/{one}/decide", data={**form, "compared": "yes"})
    assert (filled.get_flag(one).state, filled.get_flag(one).merged_into) == ("dismissed", other)


@pytest.mark.parametrize("compared", ["", "yes"])
@pytest.mark.parametrize(
    ("into", "why"),
    [
        ("99", "there is no flag 99"),
        ("1", "cannot be a duplicate of itself"),
        ("2", "of the same story"),
        ("3", "the same report"),
        ("0", "there is no flag 0"),
        ("", "give the number"),
    ],
)
def test_a_duplicate_is_of_another_storys_flag_for_the_same_report(
    filled: Filled, anna: TestClient, into: str, why: str, compared: str
) -> None:
    filled.claims("other-2026")
    for story, report, claim in (("a", "rep-2024", "REP-001"), ("a", "other-2026", "OTH-001"), ("b", "other-2026", "OTH-001")):
        filled.flag(story=story, report=report, claim=claim)
    answer = anna.post("/flags/1/decide", data={"version": "1", "choice": "duplicate", "into": into, "compared": compared})
    assert why in message(answer)
    assert filled.get_flag(1).state == "open"


def test_a_flag_moved_to_another_claim_says_nothing_that_was_certain_of_the_first(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag(title="Срок и штраф", gist=FINE_GIST)

    def heading() -> str:
        shown = re.search(r'<h1 id="card-title".*?</h1>', anna.get(f"/flags/{flag}").text, re.DOTALL)
        assert shown is not None
        return re.sub(r"<[^>]+>", "", shown[0])

    assert heading() == "The fine: was 10,000 roubles → now 30,000 roubles"
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "wrong_claim", "other_claim": "REP-003"})
    assert heading() == "Reported by Meduza: conscription – signed or issued"
    assert anna.get("/exports/flags.json").json()[0]["gist"] == "Reported by Meduza: conscription – signed or issued"


def test_the_original_headline_stands_below_the_gist_in_its_language(filled: Filled, anna: TestClient) -> None:
    filled.flag(title="Штраф подняли", gist=FINE_GIST)
    for path in ("/queue", "/flags/1"):
        assert '<p class="original" lang="ru">Штраф подняли</p>' in anna.get(path).text, path
