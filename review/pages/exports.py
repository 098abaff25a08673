"""Exports: flags and claims as tables, labels as JSON Lines, Atom feeds, evidence packs; the page
of the decision log.
"""

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from db import decision_log, labelled_items, review_queue
from db.claim_status import claim_states
from db.engine import reading
from db.enums import Choice, FlagState, Relation, Role
from db.flag_gists import english_gists
from db.models import (
    ClaimVersionRow,
    DecisionRow,
    FlagRow,
    ReportRow,
    StoryRow,
    UserRow,
)
from db.reports import report_labels
from db.second_reading import hidden_decisions
from db.translations import Translated, titles
from review.routing import NotFound, Routes, Visit, attachment
from review.view import labels, tables
from review.view.evidence_pack import initials, pack
from review.view.flag_detail import detail
from review.view.headline import headline_of

pages = Routes()
FEED_ENTRIES = 60
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pages.get("/exports", Role.RESEARCHER)
def show_exports(visit: Visit) -> Response:
    with reading(visit.context.engine) as session:
        return visit.page("exports.html", title="Exports", reports=review_queue.reports(session))


def flag_rows(
    session: Session, report: str = "", state: str = "", after: int = 0, limit: int | None = None, translated: str = ""
) -> Iterator[dict[str, Any]]:
    """One flat row per flag, oldest first. The tables, JSON and the API use it. `translated`: the
    language of machine translations; "": none.
    """
    query = review_queue.card_query().where(FlagRow.id > after).order_by(FlagRow.id).limit(limit)
    if report:
        query = query.where(FlagRow.report_id == report)
    if state:
        query = query.where(FlagRow.state == state)
    for part in session.execute(query.execution_options(yield_per=500)).partitions():
        cards = [review_queue.QueueCard(*row) for row in part]
        found = titles(session, [c.version.id for c in cards], translated)
        for card in cards:
            yield _flag_row(card, found.get(card.version.id))


def _flag_row(c: review_queue.QueueCard, translation: Translated | None) -> dict[str, Any]:
    head = headline_of(c, translation)
    return {
        "id": c.flag.id, "report": c.flag.report_id, "claim": c.flag.claim_id, "section": c.claim.section if c.claim else None,
        "gist": head.line, "title": head.title, "language": head.lang,
        "machine_translation": translation.text if translation else None, "translated_by": translation.mark if translation else None, "state": c.flag.state, "severity": c.flag.severity, "relation": c.flag.relation,
        "stage": c.assessment.stage, "score": c.flag.score, "source": c.source.id, "outlet": c.source.name, "tier": c.source.tier, "url": c.item.url,
        "published": c.item.published_at.isoformat() if c.item.published_at else None, "items": c.story.items, "origins": c.story.origins,
        "story": c.story.key, "raised": c.flag.raised_at.isoformat(), "changed": c.flag.changed_at.isoformat(),
    }  # fmt: skip


def claim_rows(session: Session, report: ReportRow) -> list[dict[str, Any]]:
    """One flat row per claim with its current status."""
    return [
        {
            "id": s.claim.id, "report": report.id, "section": s.claim.section, "topic": s.claim.topic, "statement": s.version.statement,
            "quote": s.version.body.get("quote"), "as_of": s.version.body.get("as_of"), "status": s.status.value, "since": s.since.isoformat() if s.since else None,
            "checked": s.checked.isoformat() if s.checked else None, "version": s.version.number, "open_flags": s.open_flags, "flags": " ".join(map(str, s.evidence)),
            "touched_by": " ".join(map(str, s.touched)),
        }
        for s in claim_states(session, report.id)
    ]  # fmt: skip


def _send(rows: list[dict[str, Any]], kind: str, name: str) -> Response:
    if kind == "csv":
        return Response(tables.as_csv(rows), media_type="text/csv; charset=utf-8", headers=attachment(f"{name}.csv"))
    if kind == "xlsx":
        try:
            return Response(tables.as_xlsx(rows, name), media_type=XLSX, headers=attachment(f"{name}.xlsx"))
        except tables.TooManyRows as error:
            raise HTTPException(413, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error
    if kind == "json":
        body = json.dumps(rows, ensure_ascii=False, indent=1) + "\n"
        return Response(body, media_type="application/json", headers=attachment(f"{name}.json"))
    raise NotFound("exports come as csv, xlsx and json")


@pages.get("/exports/flags.{kind}", Role.RESEARCHER)
def export_flags(visit: Visit) -> Response:
    with reading(visit.context.engine) as session:
        rows = list(flag_rows(session, visit.query.get("report", "")[:64], visit.query.get("state", "")[:16], translated=visit.translated))
    return _send(rows, visit.request.path_params["kind"], "flags")


@pages.get("/exports/claims/{report}.{kind}", Role.RESEARCHER)
def export_claims(visit: Visit) -> Response:
    with reading(visit.context.engine) as session:
        report = session.get(ReportRow, visit.request.path_params["report"])
        if report is None:
            raise NotFound("there is no such report")
        rows = claim_rows(session, report)
    return _send(rows, visit.request.path_params["kind"], f"claims-{report.id}")


@pages.get("/exports/{report}.labels.jsonl", Role.RESEARCHER)
def export_labels(visit: Visit) -> Response:
    return _jsonl(visit, "label")


@pages.get("/exports/{report}.items.jsonl", Role.RESEARCHER)
def export_items(visit: Visit) -> Response:
    return _jsonl(visit, "item")


def _jsonl(visit: Visit, which: str) -> Response:
    report = visit.request.path_params["report"]
    with reading(visit.context.engine) as session:
        lines = [json.dumps(getattr(x, which), ensure_ascii=False) for x in labelled_items.labelled(session) if x.report_id == report]
    return Response(
        "".join(f"{line}\n" for line in lines),
        media_type="application/jsonl; charset=utf-8",
        headers=attachment(f"{report}.{which}s.jsonl"),
    )


@pages.get("/flags/{flag}/evidence.zip", Role.RESEARCHER)
def export_evidence(visit: Visit) -> Response:
    with reading(visit.context.engine) as session:
        d = detail(session, visit.number("flag"), viewer=visit.me.id)
        body = pack(session, d)
    return Response(body, media_type="application/zip", headers=attachment(f"flag-{d.flag.id}-evidence.zip"))


@pages.get("/log", Role.RESEARCHER)
def show_log(visit: Visit) -> Response:
    before = visit.query_number("before")
    with reading(visit.context.engine) as session:
        query = (
            select(DecisionRow, UserRow.name, FlagRow, StoryRow)
            .join(UserRow, UserRow.id == DecisionRow.user_id)
            .join(FlagRow, FlagRow.id == DecisionRow.flag_id)
        )
        query = query.join(StoryRow, StoryRow.id == FlagRow.story_id).order_by(DecisionRow.id.desc()).limit(100)
        rows = session.execute(query.where(DecisionRow.id < before) if before else query).all()
        gists = english_gists(session, [flag.id for _, _, flag, _ in rows], visit.translated)
        hidden = hidden_decisions(session, visit.me.id, {flag.id for _, _, flag, _ in rows})
        chain = decision_log.verify(session) if "verify" in visit.query else None
    return visit.page("log.html", title="Decision log", rows=rows, gists=gists, hidden=hidden, chain=chain)


def _feed(visit: Visit, title: str, path: str, entries: list[dict[str, str]]) -> Response:
    """Atom 1.0 (RFC 4287)."""
    if visit.context.atom is None:
        raise NotFound("this desk has no feeds")
    updated = max((e["updated"] for e in entries), default="1970-01-01T00:00:00+00:00")
    address = f"{visit.address}{path}"
    body = visit.context.atom(id=address, title=title, address=address, updated=updated, entries=entries)
    return Response(body, media_type="application/atom+xml; charset=utf-8")


@pages.get("/feeds/flags.atom", Role.RESEARCHER)
def feed_flags(visit: Visit) -> Response:
    with reading(visit.context.engine) as session:
        ids = list(session.scalars(select(FlagRow.id).order_by(FlagRow.changed_at.desc(), FlagRow.id.desc()).limit(FEED_ENTRIES)))
        names, cards = report_labels(session), review_queue.cards(session, ids)
        translated = titles(session, [c.version.id for c in cards], visit.translated)
        entries = [
            {
                "id": f"{visit.address}/flags/{c.flag.id}", "link": f"{visit.address}/flags/{c.flag.id}", "title": headline_of(c).line,
                "updated": c.flag.changed_at.isoformat(), "author": c.source.name,
                "summary": f"{labels.RELATIONS[Relation(c.flag.relation)]} · {c.flag.severity} · {labels.STATES[FlagState(c.flag.state)]} · {names[c.report.id]}"
                + (f", claim {c.flag.claim_id} (section {c.claim.section})" if c.claim else "")
                + (f". Machine translation of the headline, {t.mark}: {t.text}" if (t := translated.get(c.version.id)) else ""),
            }
            for c in cards
        ]  # fmt: skip
    return _feed(visit, "Ajour: flags", "/feeds/flags.atom", entries)


@pages.get("/feeds/changes.atom", Role.RESEARCHER)
def feed_changes(visit: Visit) -> Response:
    """Claims that a decision changed: confirmed updates and their undo."""
    with reading(visit.context.engine) as session:
        rows = session.execute(
            select(ClaimVersionRow, DecisionRow, UserRow.name)
            .join(DecisionRow, DecisionRow.id == ClaimVersionRow.decision_id)
            .join(UserRow, UserRow.id == DecisionRow.user_id)
            .order_by(ClaimVersionRow.id.desc())
            .limit(FEED_ENTRIES)
        ).all()
    entries = [
        {
            "id": f"{visit.address}/claims/{v.claim_id}#version-{v.number}", "link": f"{visit.address}/claims/{v.claim_id}#version-{v.number}",
            "title": f"{v.claim_id}: {labels.CHOICES[Choice(d.choice)].lower()}", "updated": v.since.isoformat(), "author": initials(who), "summary": v.statement,
        }
        for v, d, who in rows
    ]  # fmt: skip
    return _feed(visit, "Ajour: confirmed changes", "/feeds/changes.atom", entries)
