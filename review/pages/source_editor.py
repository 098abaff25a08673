"""Changing the watch list: add a source by its address, edit its row, pause, resume, retire, import
a reading list.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from starlette.responses import Response

from db import claim_editing, source_overrides
from db.claim_editing import EditConflict
from db.engine import reading, writing
from db.enums import OverrideState, Role
from db.models import SourceRow
from review.context import FoundSource, SourceAdmin
from review.routing import NotFound, Routes, Visit, attachment
from review.view import source_form

pages = Routes()
MOST_FEEDS = 200  # of one reading list


def _admin(visit: Visit) -> SourceAdmin:
    if visit.context.source_admin is None:
        raise NotFound("this desk runs without the monitor; use `ajour sources` on the machine of the monitor")
    return visit.context.source_admin


def _version(visit: Visit, source_id: str) -> int:
    with reading(visit.context.engine) as session:
        row = source_overrides.overrides(session).get(source_id)
        return row.version if row else 0


@pages.get("/sources/new", Role.OPERATOR)
def new_source(visit: Visit) -> Response:
    report = visit.query.get("report", "")
    proposed = _admin(visit).unwatched(report) if report else []
    return visit.page(
        "source_new.html", title="New source", address=visit.query.get("address", "")[:500], proposed=proposed, report=report, problem=""
    )


@pages.post("/sources/new", Role.OPERATOR)
def discover(visit: Visit) -> Response:
    """Find out how an address is watched, and show what would be read. Nothing is stored."""
    address = visit.form.get("address", "").strip()
    try:
        discovered = _admin(visit).discover(address)
    except ValueError as error:
        return visit.page("source_new.html", 422, title="New source", address=address, proposed=[], report="", problem=str(error))
    return _form(visit, str(discovered.row["id"]), dict(discovered.row), 0, found=discovered)


def _yaml(row: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(row), allow_unicode=True, sort_keys=False, width=120)


def _form(
    visit: Visit,
    source_id: str,
    row: Mapping[str, Any],
    version: int,
    *,
    form: Mapping[str, str] | None = None,
    text: str | None = None,
    problems: Sequence[str] = (),
    found: FoundSource | None = None,
    status: int = 200,
) -> Response:
    """The page of a row. `form`: its fields as typed; `text`: the whole row as typed."""
    with reading(visit.context.engine) as session:
        log = claim_editing.changes_of(session, [source_id], 20)
        known = session.get(SourceRow, source_id)
    beside, others = source_form.by_field(problems) if text is None else ({}, list(problems))
    return visit.page(
        "source_edit.html", status, title=f"Source {source_id}", source_id=source_id, form=form or source_form.form_of(row), beside=beside, problems=others,
        text=text if text is not None else _yaml(row), advanced=text is not None, version=version, found=found, log=log, known=known, kinds=source_form.KINDS,
        types=source_form.TYPES, confidence=source_form.CONFIDENCE, kept=visit.form.get("before", "") or _yaml(row),
    )  # fmt: skip


@pages.get("/sources/{source}/edit", Role.OPERATOR)
def edit(visit: Visit) -> Response:
    source_id = visit.request.path_params["source"]
    row = _admin(visit).row(source_id)
    if row is None:
        raise NotFound("the watch list has no such source")
    return _form(visit, source_id, row, _version(visit, source_id))


@pages.post("/sources/{source}/edit", Role.OPERATOR)
def save(visit: Visit) -> Response:
    """Write the row over that of sources.yml, or show what would be read with it."""
    source_id, seen = visit.request.path_params["source"], visit.form_number("version") or 0
    text = visit.form.get("row")
    try:
        before = _read_yaml(visit.form.get("before", "") if text is None else text)
    except ValueError as error:
        return _form(visit, source_id, {}, seen, text=text or "", problems=[str(error)], status=422)
    if text is not None and before.get("id") != source_id:
        return _form(
            visit, source_id, before, seen, text=text, problems=[f"Write `field: value` lines, and keep `id: {source_id}`"], status=422
        )
    typed = None if text is not None else {name: value for name, value in visit.form.items() if name not in ("before", "version", "do")}
    row = before if typed is None else {**source_form.row_of(typed, before), "id": source_id}
    if problems := _admin(visit).problems(row):
        return _form(visit, source_id, row, seen, form=typed, text=text, problems=problems, status=422)
    if visit.form.get("do") == "look":
        return _form(visit, source_id, row, seen, form=typed, text=text, found=_admin(visit).look(row))
    try:
        with writing(visit.context.engine) as session:
            source_overrides.save_row(session, row, visit.me.id, visit.context.now(), seen=seen)
    except EditConflict as error:
        return _form(visit, source_id, row, _version(visit, source_id), form=typed, text=text, problems=[str(error)], status=409)
    return visit.back("/sources", f"{row['name']} is on the watch list; the next cycle reads it.")


def _read_yaml(text: str) -> dict[str, Any]:
    """The row of a text. Raises ValueError with a message for the user."""
    try:
        row = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ValueError(f"this is not YAML: {' '.join(str(error).split())[:200]}") from error
    return row if isinstance(row, dict) else {}


def _state(visit: Visit, state: OverrideState, done: str) -> Response:
    source_id, why = visit.request.path_params["source"], visit.form.get("why", "").strip()[:500]
    if state is not OverrideState.LISTED and not why:
        return visit.back(f"/sources/{source_id}", "Say why.")
    with writing(visit.context.engine) as session:
        if session.get(SourceRow, source_id) is None:
            raise NotFound("there is no such source")
        source_overrides.set_state(session, source_id, state, why, visit.me.id, visit.context.now())
    return visit.back(f"/sources/{source_id}", done)


@pages.post("/sources/{source}/pause", Role.OPERATOR)
def pause(visit: Visit) -> Response:
    return _state(visit, OverrideState.PAUSED, "Paused: it is not fetched until it is resumed.")


@pages.post("/sources/{source}/resume", Role.OPERATOR)
def resume(visit: Visit) -> Response:
    return _state(visit, OverrideState.LISTED, "Resumed.")


@pages.post("/sources/{source}/retire", Role.OPERATOR)
def retire(visit: Visit) -> Response:
    return _state(visit, OverrideState.RETIRED, "Retired: it is off the watch list; its items stay.")


@pages.upload("/sources/import", Role.OPERATOR)
def import_opml(visit: Visit) -> Response:
    """Add the feeds of a reading list that are not watched yet."""
    if visit.upload is None:
        return visit.back("/sources/new", "Choose an OPML file first.")
    try:
        offered = [dict(r) for r in _admin(visit).from_opml(visit.upload[1])]
    except ValueError as error:
        return visit.back("/sources/new", f"{visit.upload[0]} {error}")
    rows = offered[:MOST_FEEDS]
    good = [row for row in rows if not _admin(visit).problems(row)]
    with writing(visit.context.engine) as session:
        for row in {str(r["id"]): r for r in good}.values():
            source_overrides.save_row(session, row, visit.me.id, visit.context.now())
    left_out = f", {len(rows) - len(good)} left out: their rows are not valid" if len(rows) > len(good) else ""
    more = (
        f" {len(offered) - len(rows)} more were not read: at most {MOST_FEEDS} at a time. Import the file again."
        if len(offered) > len(rows)
        else ""
    )
    return visit.back("/sources", f"{len(good)} feeds added{left_out}.{more}")


@pages.get("/exports/sources.yml", Role.OPERATOR)
def export(visit: Visit) -> Response:
    """The watch list in force, as a file."""
    return Response(_admin(visit).as_yaml(), media_type="application/yaml", headers=attachment("sources.yml"))
