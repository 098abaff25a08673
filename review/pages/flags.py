"""The page of a flag, decisions, notes and assignment; the page of a story."""

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from db import accounts, decisions, flag_messages, presence
from db.engine import reading, writing
from db.enums import Choice, Role
from db.flag_gists import english_gists
from db.models import DecisionRow, FlagRow, ItemRow, ItemVersionRow, SourceRow, StoryRow, UserRow
from db.second_reading import second_reading
from db.translations import titles
from review.presence import of_flag, others_at, recording_presence
from review.routing import Form, NotFound, Routes, Visit, local
from review.view import labels
from review.view.citations import citations
from review.view.decision_form import MOST_ALSO, SINGLE, PickedFlag, picked_flags, request_of
from review.view.flag_detail import detail
from review.view.templating import count

pages = Routes()


@pages.get("/flags/{flag}", Role.RESEARCHER)
def show_flag(visit: Visit) -> Response:
    return _flag_page(visit, visit.number("flag"))


def _flag_page(visit: Visit, flag_id: int, *, typed: Form | None = None, problem: str = "") -> Response:
    """The page of a flag. `typed`: what a refused form had in its fields; `problem`: why it was
    refused.
    """
    now = visit.context.now()
    with reading(visit.context.engine) as session:
        shown = detail(session, flag_id, visit.me.id, visit.translated)
        people = accounts.active_users(session)
        to_me = flag_messages.to_user_on(session, flag_id, visit.me.id)
        also_here = others_at(session, flag_id, visit.me.id, now)
    if any(m.message.read_at is None for m in to_me):
        with writing(visit.context.engine) as session:
            flag_messages.mark_read(session, flag_id, visit.me.id, now)
    page = visit.page(
        "flag.html", 409 if problem else 200, title=shown.headline.line, view=shown, people=people, citations=citations(shown.reference, shown.card.report.language),
        after=None, after_story=None, kept={}, position=None, to_me=to_me, typed=typed or {}, problem=problem, mail_link=_mail_link(shown.headline.line, f"{visit.address}/flags/{flag_id}"),
        also_here=also_here,
    )  # fmt: skip
    return recording_presence(page, visit.context, flag_id, visit.me.id)


def _mail_link(subject: str, address: str) -> str:
    """A mailto: link that opens the person's mail program with subject and address of the flag. No
    recipient is stored.
    """
    return f"mailto:?subject={quote(subject[:200])}&body={quote(address)}"


@pages.post("/flags/{flag}/decide", Role.REVIEWER)
def decide(visit: Visit) -> Response:
    """Store the decision and go to the next card. A conflict shows the flag again, who decided
    first, and everything that was typed.
    """
    flag_id, now = visit.number("flag"), visit.context.now()
    try:
        request = request_of(visit.form, visit.lists, flag_id, visit.me.id, now)
        if request.choice is Choice.DUPLICATE and visit.form.get("compared") != "yes":
            return _compare(visit, request)
        requests = _with_others(request, picked_flags(visit.lists.get("with", [])))
        with writing(visit.context.engine) as session:
            decided = [decisions.decide(session, o, now) for o in requests]
            presence.leave(session, of_flag(flag_id), visit.me.id)
            first = _tell_first_reader(session, decided[0], visit.me.id, now)
            decision_id = decided[0].id
            effect = labels.EFFECTS.get(decided[0].facts.get("effect", ""), "").format(claim=decided[0].claim_id)
    except decisions.Conflict as conflict:
        return _flag_page(visit, flag_id, typed=visit.form, problem=f"Not saved: {conflict}. What you typed is still here.")
    except decisions.Refused as refused:
        return visit.back(local(visit.form.get("here") or f"/flags/{flag_id}"), f"Not decided: {refused}.")
    to = local((visit.form.get("next_story") if len(requests) > 1 else "") or visit.form.get("next") or "/queue")
    more = f" {effect[:1].upper()}{effect[1:]}." if effect else ""
    several = f" The same for {count(len(requests) - 1, 'other flag')} of the story." if len(requests) > 1 else ""
    said = (
        f"second reading asked; you judged {labels.CHOICES[request.opinion].lower()}"
        if request.opinion
        else labels.CHOICES[request.choice].lower()
    )
    return visit.back(to, f"Decided: {said}.{more}{several}{first}", undo=decision_id)


def _tell_first_reader(session: Session, decision: DecisionRow, user_id: int, now: datetime) -> str:
    """After a second reading: what the first reader said, for the second; where they differ, the
    first finds the flag on their list. "" after any other decision.
    """
    both = second_reading(session, decision)
    if both is None:
        return ""
    first, second = (labels.CHOICES[Choice(c)].lower() for c in (both.opinion, decision.choice))
    if not both.agreed:
        flag_messages.send(session, decision.flag_id, user_id, both.first_reader, f"Second reading: {second}. You judged: {first}.", now)
    return f" {both.first_name} judged {first}{'' if both.agreed else ' and is told that you differ'}."


def _with_others(request: decisions.DecisionRequest, others: Sequence[PickedFlag]) -> list[decisions.DecisionRequest]:
    """The request, and the same one for other flags of the story. Each keeps its own claim; a
    wording applies to the first only.
    """
    if not others:
        return [request]
    if request.choice in SINGLE:
        raise decisions.Refused(f"“{labels.CHOICES[request.choice].lower()}” concerns one flag; untick the other flags of the story")
    first = replace(request, batch=secrets.token_hex(8))
    return [
        first,
        *(replace(first, flag_id=o.flag_id, version=o.version, claim_id=None, also=(), statement="") for o in others[:MOST_ALSO]),
    ]


def _compare(visit: Visit, order: decisions.DecisionRequest) -> Response:
    """Both stories side by side, before a flag is merged as a duplicate. Raises Refused if it
    cannot be merged.
    """
    with reading(visit.context.engine) as session:
        flag = session.get(FlagRow, order.flag_id)
        _exists(flag, visit)
        assert flag is not None
        target = decisions.check_merge(session, flag, order.into)
        both = [detail(session, f.id, viewer=visit.me.id, translated=visit.translated) for f in (flag, target)]
    return visit.page("duplicate.html", title=f"Is flag {flag.id} a duplicate?", both=both, order=order, form=visit.form)


@pages.post("/flags/{flag}/note", Role.RESEARCHER)
def add_comment(visit: Visit) -> Response:
    """Add a comment, which is shown on the card and in the history."""
    text = visit.form.get("note", "").strip()[:4000]
    if not text:
        return visit.back(f"/flags/{visit.number('flag')}", "The comment is empty.")
    with writing(visit.context.engine) as session:
        _exists(session.get(FlagRow, visit.number("flag")), visit)
        decisions.note(session, visit.number("flag"), visit.me.id, text, visit.context.now())
    return visit.back(f"/flags/{visit.number('flag')}", "Comment saved.")


@pages.post("/flags/{flag}/assign", Role.REVIEWER)
def assign(visit: Visit) -> Response:
    to = visit.form_number("to")
    with writing(visit.context.engine) as session:
        _exists(session.get(FlagRow, visit.number("flag")), visit)
        person = session.get(UserRow, to) if to is not None else None
        decisions.assign(session, visit.number("flag"), visit.me.id, person.id if person else None, visit.context.now())
        name = person.name if person else "nobody"
    return visit.back(local(visit.form.get("back") or f"/flags/{visit.number('flag')}"), f"Assigned to {name}.")


def _exists(flag: FlagRow | None, visit: Visit) -> None:
    if flag is None:
        raise NotFound(f"there is no flag {visit.number('flag')}")


@pages.get("/stories/{key}", Role.RESEARCHER)
def show_story(visit: Visit) -> Response:
    """All items of a story and the flags it raised for any report."""
    with reading(visit.context.engine) as session:
        story = session.scalar(select(StoryRow).where(StoryRow.key == visit.request.path_params["key"]))
        if story is None:
            raise NotFound("there is no such story")
        rows = session.execute(
            select(ItemRow, ItemVersionRow, SourceRow)
            .join(ItemVersionRow, ItemVersionRow.item_id == ItemRow.id)
            .join(SourceRow, SourceRow.id == ItemRow.source_id)
            .where(ItemRow.story_id == story.id)
            .order_by(ItemRow.published_at, ItemVersionRow.number)
            .limit(1000)
        ).all()
        newest = {item.id: (item, version, source) for item, version, source in rows}
        translated = titles(session, [v.id for _, v, _ in newest.values()], visit.translated)
        flags = list(session.scalars(select(FlagRow).where(FlagRow.story_id == story.id)))
        gists = english_gists(session, [f.id for f in flags], visit.translated)
    return visit.page(
        "story.html", title=story.title, translated=translated, story=story, items=list(newest.values()), flags=flags, gists=gists
    )
