"""The page of a flag, decisions, notes and assignment; the page of a story."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from starlette.responses import Response

from db import decisions, review_queue
from db.engine import reading, writing
from db.enums import Choice, LaterCondition, NotAbout, Role
from db.models import FlagRow, ItemRow, ItemVersionRow, SourceRow, StoryRow, UserRow
from review.pages.items import additions
from review.pages.queue import local
from review.routing import NotFound, Routes, Visit, whole_number
from review.view import labels
from review.view.citations import citations
from review.view.flag_detail import detail

pages = Routes()
MOST_ALSO = 10  # further claims in one decision


@pages.get("/flags/{flag}", Role.RESEARCHER)
def show_flag(visit: Visit) -> Response:
    with reading(visit.context.engine) as session:
        shown = detail(session, visit.number("flag"), additions(visit))
        people = review_queue.people(session)
    return visit.page(
        "flag.html", title=shown.headline.line, d=shown, people=people, citations=citations(shown.reference, shown.card.report.language),
        after=None, kept={}, position=None,
    )  # fmt: skip


@pages.post("/flags/{flag}/decide", Role.REVIEWER)
def decide(visit: Visit) -> Response:
    """Store the decision and go to the next card. A conflict shows the flag again, who decided
    first, and the note that was typed.
    """
    flag_id = visit.number("flag")
    to = local(visit.form.get("next") or "/queue")
    try:
        order = _order(visit, flag_id)
        if order.choice is Choice.DUPLICATE and visit.form.get("compared") != "yes":
            return _compare(visit, order)
        with writing(visit.context.engine) as session:
            decision = decisions.decide(session, order, visit.context.now())
            decision_id = decision.id
            effect = labels.EFFECTS.get(decision.facts.get("effect", ""), "").format(claim=decision.claim_id)
    except decisions.Conflict as conflict:
        kept = f" Your note was: “{visit.form['note'][:120]}”" if visit.form.get("note") else ""
        return visit.back(f"/flags/{flag_id}", f"Not saved: {conflict}.{kept}")
    except decisions.Refused as refused:
        return visit.back(local(visit.form.get("here") or f"/flags/{flag_id}"), f"Not decided: {refused}.")
    more = f" {effect[:1].upper()}{effect[1:]}." if effect else ""
    return visit.back(to, f"Decided: {labels.CHOICES[order.choice].lower()}.{more}", undo=decision_id)


def _compare(visit: Visit, order: decisions.Order) -> Response:
    """Both stories side by side, before a flag is merged as a duplicate. Raises Refused if it
    cannot be merged.
    """
    with reading(visit.context.engine) as session:
        flag = session.get(FlagRow, order.flag_id)
        _exists(flag, visit)
        assert flag is not None
        target = decisions.check_merge(session, flag, order.into)
        both = [detail(session, f.id) for f in (flag, target)]
    return visit.page("duplicate.html", title=f"Is flag {flag.id} a duplicate?", both=both, order=order, form=visit.form)


def _order(visit: Visit, flag_id: int) -> decisions.Order:
    """The form as a decision request. Raises Refused for values that the pages never send."""
    form = visit.form
    choice, _, detail_of = form.get("choice", "").partition(":")
    version = visit.form_number("version")
    if choice not in set(Choice) or version is None:
        raise decisions.Refused("choose one of the decisions")
    into = whole_number(form.get("into", "").strip().lstrip("#"))
    if choice == Choice.DUPLICATE and into is None:
        raise decisions.Refused("give the number of the flag that this one duplicates")
    until, condition = _later(form.get("until", ""), detail_of, visit.context.now()) if choice == Choice.LATER else (None, None)
    return decisions.Order(
        flag_id=flag_id,
        user_id=visit.me.id,
        choice=Choice(choice),
        version=version,
        note=form.get("note", "").strip()[:4000],
        claim_id=(form.get("other_claim", "").split(" ")[0] if choice == Choice.WRONG_CLAIM else form.get("claim", "")).strip() or None,
        also=tuple(visit.lists.get("also", ()))[:MOST_ALSO],
        statement=form.get("statement", "").strip()[:4000],
        in_force=_iso_day(form.get("in_force", "")),
        reason=NotAbout(detail_of) if choice == Choice.NOT_ABOUT and detail_of in set(NotAbout) else None,
        until=until,
        condition=condition,
        into=into if choice == Choice.DUPLICATE else None,
    )


def _later(until: str, how: str, now: datetime) -> tuple[datetime | None, LaterCondition | None]:
    if how in set(LaterCondition):
        return None, LaterCondition(how)
    days = whole_number(how)
    if days is not None and 1 <= days <= 366:
        return now + timedelta(days=days), None
    day = _iso_day(until)
    if not day:
        return None, None
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    if not now < at < now + timedelta(days=366):
        raise decisions.Refused("choose a day within the coming year")
    return at, None


def _iso_day(text: str) -> str:
    if not text.strip():
        return ""
    try:
        return datetime.fromisoformat(text.strip()).date().isoformat()
    except ValueError as error:
        raise decisions.Refused(f"{text[:20]!r} is not a date; write YYYY-MM-DD") from error


@pages.post("/flags/{flag}/note", Role.REVIEWER)
def add_note(visit: Visit) -> Response:
    text = visit.form.get("note", "").strip()[:4000]
    if not text:
        return visit.back(f"/flags/{visit.number('flag')}", "The note is empty.")
    with writing(visit.context.engine) as session:
        _exists(session.get(FlagRow, visit.number("flag")), visit)
        decisions.note(session, visit.number("flag"), visit.me.id, text, visit.context.now())
    return visit.back(f"/flags/{visit.number('flag')}", "Note saved.")


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
        flags = list(session.scalars(select(FlagRow).where(FlagRow.story_id == story.id)))
    return visit.page("story.html", title=story.title, story=story, items=list(newest.values()), flags=flags)
