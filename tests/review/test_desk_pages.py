"""What pages show and do: deciding over HTTP, conflicts, bulk, hostile text, captures, search, the living report, why not flagged."""

import re
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy.orm import Session
from starlette.testclient import TestClient

from db import decision_log
from db.engine import reading, writing
from db.enums import Choice
from review.app import wake
from review.context import DeskContext
from tests.review.factory import Filled, client, signed_in
from tests.review.test_desk_access import concrete, walk

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>{{7*7}}\u202e javascript:alert(3)"


def test_every_page_opens_on_an_empty_and_on_a_filled_desk(office: DeskContext, filled: Filled, chief: TestClient) -> None:
    for _ in range(2):
        for method, path, _role in walk(office):
            if method == "GET":
                assert chief.get(concrete(path)).status_code in (200, 303, 404), path
        filled.flag(
            changes=[{"claim": "REP-001", "what": "the fine", "old": "10,000 RUB", "new": "30 000", "likeness": 1.0}],
            text="Теперь 30 000 рублей.",
        )


def test_a_decision_goes_to_the_next_card_says_so_and_offers_undo(filled: Filled, anna: TestClient) -> None:
    first, second = filled.flag(score=0.9), filled.flag(score=0.8)
    page = anna.get("/queue").text
    assert f'action="/flags/{first}/decide"' in page
    target = re.search(r'name="next" value="([^"]+)"', page)
    assert target is not None
    answer = anna.post(f"/flags/{first}/decide", data={"version": "1", "choice": "new_or_amended_law", "next": target[1]})
    assert answer.headers["location"].startswith(f"/queue?flag={second}&said=Decided")
    after = anna.get(answer.headers["location"]).text
    assert "Decided: new or amended law." in after
    assert f'action="/flags/{second}/decide"' in after
    undo = re.search(r'action="(/decisions/\d+/undo)"', after)
    assert undo is not None
    assert anna.post(undo[1], data={"back": "/queue"}).headers["location"].startswith(f"/queue?flag={first}")
    assert filled.get_flag(first).state == "open"


def test_undo_is_still_there_after_a_reload(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "still_valid"})
    assert "/undo" in anna.get("/queue").text


def test_the_second_reviewer_sees_what_the_first_did_and_keeps_the_note(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    flag = filled.flag()
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "still_valid"})
    answer = boris.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "contradicts", "note": "my long thoughts"})
    page = boris.get(answer.headers["location"]).text
    assert "Not saved: Anna Maria decided at" in page
    assert "my long thoughts" in page
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


def test_bulk_decides_exactly_what_was_picked_and_is_undone_together(filled: Filled, anna: TestClient) -> None:
    flags = [filled.flag(story=f"s{n}") for n in range(4)]
    answer = anna.post("/queue/bulk", data={"pick": [f"{f}.1" for f in flags[:3]], "choice": "still_valid"})
    assert "3+decided" in answer.headers["location"]
    assert [filled.get_flag(f).state for f in flags] == ["dismissed"] * 3 + ["open"]
    undo = answer.headers["location"].split("undo=")[1]
    anna.post(f"/decisions/{undo}/undo")
    assert {filled.get_flag(f).state for f in flags} == {"open"}


def test_bulk_is_all_or_nothing(filled: Filled, anna: TestClient) -> None:
    flags = [filled.flag(story=f"s{n}") for n in range(3)]
    anna.post(f"/flags/{flags[1]}/decide", data={"version": "1", "choice": "not_sure"})
    answer = anna.post("/queue/bulk", data={"pick": [f"{f}.1" for f in flags], "choice": "still_valid"})
    assert "None+of+the+3" in answer.headers["location"]
    assert {filled.get_flag(f).state for f in flags} == {"open"}


def test_hostile_text_is_text_on_every_page(office: DeskContext, filled: Filled, chief: TestClient) -> None:
    filled.source("evil", 4, notes=HOSTILE, reason=HOSTILE)
    flag = filled.flag(
        title=HOSTILE,
        text=HOSTILE * 3,
        source="evil",
        changes=[{"claim": "REP-001", "what": HOSTILE, "old": HOSTILE, "new": HOSTILE, "likeness": 1.0}],
    )
    chief.post(f"/flags/{flag}/note", data={"note": HOSTILE})
    chief.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "new_or_amended_law", "note": HOSTILE, "statement": HOSTILE})
    chief.post("/searches", data={"name": HOSTILE, "q": HOSTILE})
    for path in ("/queue?state=confirmed", "/flags/1", "/items/1", "/claims/REP-001", "/reports/rep-2024", "/sources/evil", "/sources", "/search", "/log", "/stories/s1", f"/search?q={HOSTILE[:40]}",
                 f"/queue?said={HOSTILE}", f"/nowhere/{HOSTILE}", "/feeds/flags.atom", "/feeds/changes.atom"):  # fmt: skip
        page = chief.get(path).text
        assert "<script>alert" not in page, path
        assert "<img" not in page, path
        assert "49" not in page or "{{7*7}}" in page, path


def test_addresses_that_do_not_lead_to_the_web_are_no_links(filled: Filled, anna: TestClient) -> None:
    from db.models import ItemRow

    flag = filled.flag()
    with writing(filled.engine) as session:
        session.get_one(ItemRow, 1).url = "javascript:alert(1)"
    page = anna.get(f"/flags/{flag}").text
    assert 'href="javascript' not in page
    assert "address not shown" in page


def test_links_out_tell_nobody_where_they_were_clicked(filled: Filled, anna: TestClient) -> None:
    filled.flag()
    page = anna.get("/queue").text
    outward = re.findall(r"<a [^>]*href=\"https?://[^>]*>", page)
    assert outward
    assert all('rel="noopener noreferrer nofollow"' in a for a in outward)


def test_a_capture_is_served_inert(filled: Filled, anna: TestClient) -> None:
    filled.flag(title="<script>alert(1)</script>")
    link = re.search(r"/captures/[0-9a-f]{64}", anna.get("/flags/1").text)
    assert link is not None
    answer = anna.get(link[0])
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert "<script>alert(1)</script>" in answer.text, "unchanged, but text"
    assert anna.get(link[0] + "?download=1").headers["content-type"] == "application/octet-stream"


def test_changed_values_are_marked_with_words_on_both_sides(filled: Filled, anna: TestClient) -> None:
    filled.flag(
        text="Штраф вырастет. Теперь 30 тысяч\nрублей за неявку.",
        changes=[{"claim": "REP-001", "what": "the fine", "old": "10,000 RUB", "new": "30 тысяч рублей", "likeness": 1.0}],
    )
    page = anna.get("/queue").text
    assert '<span class="what">The fine:</span> <span class="old"><span class="tag">was </span>10,000 RUB</span>' in page
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
        ("Law signed, as the text says", "28 февраля 2026 года"),
        ("In force, as the text says", "1 апреля 2026 года"),
    ):
        assert re.search(rf"<dt>{label}</dt><dd[^>]*>{day}", page), label


def test_why_was_this_not_flagged(filled: Filled, anna: TestClient) -> None:
    filled.compare(filled.item("meduza", "Футбол"), "s1", flag=False, score=0.12)
    page = anna.get("/items/1").text
    assert "not flagged" in page
    assert "score 0.120, flagged from 0.400" in page
    assert "0.280 below the line" in page
    assert "REP-001" in page
    assert "by c1, as is everything now" in page
    assert "ajour why 1" in page


def test_a_verdict_of_an_older_comparer_is_not_measured_by_todays_line(filled: Filled, anna: TestClient) -> None:
    filled.compare(filled.item("meduza", "Футбол"), "s1", flag=False, score=0.12)
    filled.compare(filled.item("tass", "Хоккей"), "s2", flag=False, comparer="c2")
    page = anna.get("/items/1").text
    assert "by c1; since then this report is compared by c2" in page
    assert "flagged from" not in page
    assert "below the line" not in page


def test_versions_of_an_item_are_shown_with_what_changed(filled: Filled, anna: TestClient) -> None:
    filled.item("meduza", "Штраф", "Штраф составит 10 тысяч.", key="k")
    filled.item("meduza", "Штраф", "Штраф составит 30 тысяч.", key="k")
    page = anna.get("/items/1").text
    assert '<del><span class="tag">was </span>10</del><ins><span class="tag">now </span>30</ins>' in page


def test_a_superseded_claim_shows_in_the_report_and_on_its_own_page(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    anna.post(f"/flags/{flag}/decide", data={"version": "1", "choice": "new_or_amended_law", "statement": "The fine is 30,000 RUB now."})
    report = anna.get("/reports/rep-2024?standing=superseded").text
    assert "The fine is 30,000 RUB now." in report
    assert "Statement 1: the fine is 10,000 RUB." in report, "what the report said stays beside it"
    claim = anna.get("/claims/REP-001").text
    assert "Version 2" in claim
    assert "by Anna Maria" in claim
    yesterday = f"{filled.now:%Y-%m-}01"
    assert "30,000 RUB now" not in anna.get(f"/reports/rep-2024?at={yesterday}").text
    assert "is no day in the past" in anna.get("/reports/rep-2024?at=2099-01-01").text


def test_search_finds_words_in_their_other_forms_and_marks_them(filled: Filled, anna: TestClient) -> None:
    filled.item("meduza", "Россиянам разослали повестки", "Через реестр повесток.")
    filled.item("tass", "Прогноз погоды")
    for words in ("повестка", "повесток реестр", "ПОВЕСТКИ"):
        page = anna.get("/search", params={"q": words}).text
        assert "1 text, newest first" in page, words
        assert "<mark>" in page
    assert "No item has all of these words" in anna.get("/search", params={"q": "повестка погода"}).text
    assert "1 text," in anna.get("/search", params={"source": "tass"}).text


@pytest.mark.parametrize(
    "words", ['"', "a OR", "NEAR(", "*", "-", "title:x", "'; DROP TABLE item; --", "№ 53-ФЗ", "ё" * 5000, "\x00", "%%", "()&|!:*"]
)
def test_search_takes_any_words(filled: Filled, anna: TestClient, words: str) -> None:
    filled.flag()
    assert anna.get("/search", params={"q": words}).status_code == 200


def test_a_kept_search_is_ones_own(filled: Filled, anna: TestClient, boris: TestClient) -> None:
    anna.post("/searches", data={"name": "Реестр", "q": "реестр", "lang": "ru"})
    assert "Реестр" in anna.get("/search").text
    assert "Реестр" not in boris.get("/search").text
    boris.post("/searches/1/forget")
    assert "Реестр" in anna.get("/search").text
    anna.post("/searches/1/forget")
    assert "Реестр" not in anna.get("/search").text


def test_an_outage_is_shown_and_acknowledged(filled: Filled, chief: TestClient) -> None:
    from db.models import SourceStateRow

    with writing(filled.engine) as session:
        session.add(SourceStateRow(source_id="tass", state="blind", reason="http_403", since=filled.now))
    page = chief.get("/sources").text
    assert page.index("/sources/tass") < page.index("/sources/meduza"), "the worst come first"
    assert re.search(r"tass.*?health-blind", page, re.DOTALL)
    assert "Say+what" in chief.post("/sources/tass/acknowledge", data={"note": ""}).headers["location"]
    assert "Say+what" in chief.post("/sources/tass/acknowledge", data={"note": "x", "days": "9999"}).headers["location"]
    chief.post("/sources/tass/acknowledge", data={"note": "their DNS moved", "days": "3"})
    assert "known: their DNS moved" in chief.get("/sources").text
    assert "until 5 March 2026, by Chief" in chief.get("/sources/tass").text


def test_testing_a_source_stores_nothing(filled: Filled, chief: TestClient, office: DeskContext) -> None:
    page = chief.post("/sources/meduza/test").text
    assert "It can be read" in page
    assert "Первая новость" in page
    alone = signed_in(replace(office, test_source=None), "Chief")
    assert "runs+without+the+watch" in alone.post("/sources/meduza/test").headers["location"]


def test_keys_are_remapped_but_never_shared(filled: Filled, anna: TestClient) -> None:
    assert anna.post("/settings/keys", data={"key_next": "k"}).status_code == 422
    anna.post("/settings/keys", data={"key_next": "w", "keys_off": "1"})
    page = anna.get("/queue").text
    assert 'data-keys=\'{"next": "w"}\'' in page
    assert "data-keys-off" in page


def test_the_log_page_checks_the_chain(filled: Filled, anna: TestClient) -> None:
    anna.post(f"/flags/{filled.flag()}/decide", data={"version": "1", "choice": "still_valid"})
    assert "All 1 rows hold" in anna.get("/log?verify=1").text


def test_flags_put_off_come_back_while_the_desk_is_open(filled: Filled, office: DeskContext, anna: TestClient) -> None:
    anna.post(f"/flags/{filled.flag()}/decide", data={"version": "1", "choice": "later:7"})
    assert wake(office) == 0
    filled.tick(days=8)
    assert wake(office) == 1


def test_pages_say_what_is_not_there(anna: TestClient) -> None:
    for path in (
        "/flags/99",
        "/items/99",
        "/claims/NO",
        "/reports/no",
        "/sources/no",
        "/stories/no",
        "/captures/" + "0" * 64,
        "/flags/999999999999999999999",
        "/flags/x",
        "/items/1/cite.doc",
    ):
        answer = anna.get(path)
        assert answer.status_code == 404, path
        assert "There is no" in answer.text or "citations come as" in answer.text.lower(), path


def test_a_filter_that_means_nothing_is_left_out(filled: Filled, anna: TestClient) -> None:
    filled.flag()
    for query in (
        "state=x",
        "severity=y",
        "page=99999",
        "page=-1",
        "flag=abc",
        "flag=99999999999999999999",
        "report=%00",
        "mine=1&second=1",
    ):
        assert anna.get(f"/queue?{query}").status_code in (200, 404), query


def test_a_failure_of_ours_is_said_and_leaks_nothing(filled: Filled, office: DeskContext, monkeypatch: pytest.MonkeyPatch) -> None:
    filled.user("Anna")
    app_client = client(office, raise_server_exceptions=False)
    app_client.cookies = signed_in(office, "Anna").cookies

    def boom(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(decision_log, "verify", boom)
    answer = app_client.get("/log?verify=1")
    assert answer.status_code == 500
    assert "secret" not in answer.text


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
    assert f'Also flagged for</dt><dd><a href="/flags/{two}"' in anna.get(f"/flags/{one}").text
    assert f'Also flagged for</dt><dd><a href="/flags/{one}"' in anna.get(f"/flags/{two}").text


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
    report = anna.get("/reports/rep-2024?standing=superseded").text
    assert "New wording." in report
    assert "[Update of 2026-03-02: Штраф подняли]" in report
    assert "watch: also touched" not in anna.get("/reports/rep-2024").text
    own = anna.get("/claims/REP-002").text
    assert "Flags (1)" in own
    assert 'REP-001</a>, also <a href="/claims/REP-002"' in anna.get(f"/flags/{flag}").text
    undo = re.search(r"undo=(\d+)", answer.headers["location"])
    assert undo is not None
    anna.post(f"/decisions/{undo[1]}/undo")
    assert "superseded</span>" not in anna.get("/reports/rep-2024?standing=superseded").text.partition("Contents")[2]


def test_what_is_over_its_share_of_a_sitting_stands_collapsed_and_can_be_decided_there(filled: Filled, anna: TestClient) -> None:
    flags = [filled.flag(source="tass", score=0.9 - n / 1000) for n in range(40)]
    others = [filled.flag(source=("meduza", "verstka", "gazette")[n % 3], claim="REP-003", score=0.2) for n in range(20)]
    page = anna.get("/queue").text
    held = re.search(r"<summary>and (\d+) more on claim REP-001</summary>(.*?)</details>", page, re.DOTALL)
    assert held is not None
    shown = re.findall(r'name="pick" value="(\d+)\.1"', page.partition('<li class="more">')[0])
    assert len(shown) == 25
    assert int(held[1]) == len(set(flags) - set(map(int, shown)))
    assert "more of Tass" not in page, "each flag is counted once"
    picks = re.findall(r'name="pick" value="([\d.]+)"', held[2])
    assert len(picks) == 8
    assert 'href="/queue?claim=REP-001"' in held[2]
    anna.post("/queue/bulk", data={"choice": "still_valid", "pick": [*picks, *(f"{i}.1" for i in shown)]})
    assert sum(filled.get_flag(f).state == "dismissed" for f in (*flags, *others)) == 33
    assert '<li class="more">' not in anna.get("/queue?claim=REP-001").text, "nobody else's place is taken there"


def test_more_than_can_be_decided_at_once_is_refused_whole(filled: Filled, anna: TestClient) -> None:
    flag = filled.flag()
    answer = anna.post("/queue/bulk", data={"choice": "still_valid", "pick": [f"{flag}.1"] * 101})
    assert "None+was+decided" in answer.headers["location"]
    assert filled.get_flag(flag).state == "open"


def test_figures_are_counted_now_and_then(filled: Filled, office: DeskContext, anna: TestClient) -> None:
    assert anna.get("/figures").status_code == 404
    asked: list[int] = []

    def plots(session: Session, days: int, now: datetime) -> str:
        asked.append(days)
        return f"<svg><title>{days} days to {now:%H:%M}</title></svg>"

    drawing = client(replace(office, plots=plots))
    drawing.cookies.set("sid", anna.cookies["sid"])
    assert "<svg><title>30 days to 09:00</title></svg>" in drawing.get("/figures?days=12").text
    assert "90 days to 09:00" in drawing.get("/figures?days=90").text
    filled.tick(minutes=9)
    drawing.get("/figures")
    assert asked == [30, 90]
    filled.tick(minutes=2)
    assert "30 days to 09:11" in drawing.get("/figures").text


def test_what_a_flag_may_double_is_offered(filled: Filled, anna: TestClient) -> None:
    first, second, other, closed = (
        filled.flag(story=s, title=f"Новость {s}", claim=c)
        for s, c in (("a", "REP-001"), ("b", "REP-001"), ("c", "REP-003"), ("d", "REP-001"))
    )
    anna.post(f"/flags/{closed}/decide", data={"version": "1", "choice": "still_valid"})
    offered = re.search(rf'<datalist id="doubled-{first}">(.*?)</datalist>', anna.get(f"/flags/{first}").text)
    assert offered is not None
    assert re.findall(r'value="(\d+)"', offered[1]) == [str(second)], f"neither of another claim ({other}) nor closed"


def test_the_queue_is_filtered_by_topic_and_source(filled: Filled, anna: TestClient) -> None:
    filled.flag(source="meduza", claim="REP-001")
    filled.flag(source="tass", claim="REP-002", title="Другая")
    page = anna.get("/queue").text
    assert '<option value="exit_ban">exit ban</option>' in page
    assert '<option value="tass">Tass</option>' in page
    assert "1 flag" in anna.get("/queue?source=tass").text
    topic = anna.get("/queue?topic=exit_ban").text
    assert "1 flag" in topic
    assert 'value="exit_ban" selected' in topic
