"""One item: its versions, its assessment for every report (why flagged, why not), citations, and
the captured bytes.
"""

import re
import zlib
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from db import citation_notes, fetches, reports, review_queue
from db.citation_notes import CitationNote, citation_note
from db.engine import reading, writing
from db.enums import PassagePart, Role
from db.flag_gists import english_gists
from db.models import (
    AssessmentRow,
    CaptureRow,
    ClaimRow,
    ErasureRow,
    FetchRow,
    FlagRow,
    ItemRow,
    ItemVersionRow,
    ReportRow,
    SourceRow,
    SourceVersionRow,
    StoryRow,
)
from db.translations import NO_TRANSLATIONS, of_versions
from review.routing import NotFound, Routes, Visit, attachment, local
from review.view.citations import FILES, as_file, citations
from review.view.flag_detail import offered_title
from review.view.highlight import difference
from review.view.reference import reference

pages = Routes()


@pages.get("/items/{item}", Role.RESEARCHER)
def show_item(visit: Visit) -> Response:
    with reading(visit.context.engine) as session:
        item = session.get(ItemRow, visit.number("item"))
        if item is None:
            raise NotFound("there is no such item")
        source = session.get_one(SourceRow, item.source_id)
        versions = list(session.scalars(select(ItemVersionRow).where(ItemVersionRow.item_id == item.id).order_by(ItemVersionRow.number)))
        newest = versions[-1]
        assessments = session.execute(
            select(AssessmentRow, ReportRow)
            .join(ReportRow, ReportRow.id == AssessmentRow.report_id)
            .where(AssessmentRow.item_version_id == newest.id)
            .order_by(ReportRow.id, AssessmentRow.id.desc())
        ).all()
        named = {c["id"] for a, _ in assessments for c in a.claims}
        claims = {c.id: c for c in session.scalars(select(ClaimRow).where(ClaimRow.id.in_(named)))}
        statements = reports.current_claims(session, sorted(named))
        story = session.get(StoryRow, item.story_id) if item.story_id else None
        flags = list(session.scalars(select(FlagRow).where(FlagRow.story_id == story.id))) if story else []
        gists = english_gists(session, [f.id for f in flags])
        fetches = {f.id: f for f in session.scalars(select(FetchRow).where(FetchRow.id.in_([v.fetch_id for v in versions])))}
        profile = session.scalar(
            select(SourceVersionRow)
            .where(SourceVersionRow.source_id == source.id, SourceVersionRow.since <= newest.seen_at)
            .order_by(SourceVersionRow.since.desc())
            .limit(1)
        )
        erasures = {e.id: e for e in session.scalars(select(ErasureRow).where(ErasureRow.id.in_({v.erasure_id for v in versions})))}
        current = {r.id: review_queue.newest_comparer(session, r.id) for _, r in assessments}
        languages = list(dict.fromkeys(r.language for _, r in assessments)) or ["en"]
        language = visit.query.get("language", "")
        language = language if language in languages else languages[0]
        ref = reference(session, item, newest, source, language)
        translations = of_versions(session, [newest.id]).get(newest.id, NO_TRANSLATIONS)
    methodology = visit.context.methodology()
    return visit.page(
        "item.html", title=newest.title or newest.text[:80], item=item, source=source, newest=newest, assessments=assessments, claims=claims, statements=statements, story=story,
        flags=flags, gists=gists, profile=profile, threshold=methodology.get("threshold"), current=current,
        versions=[(v, fetches[v.fetch_id], difference(_whole(versions[i - 1]), _whole(v)) if i else []) for i, v in enumerate(versions)],
        citations=citations(ref, language), reference=ref, erasures=erasures, language=language, languages=languages,
        title_translation=translations.part(PassagePart.TITLE, visit.translated), lead_translation=translations.part(PassagePart.LEAD, visit.translated),
        title_offer=offered_title(translations, language, visit.translated),
    )  # fmt: skip


@pages.post("/items/{item}/cite", Role.RESEARCHER)
def add_to_citation(visit: Visit) -> Response:
    """Keep what the researcher adds to the citation, for reports in one language."""
    item_id, language = visit.number("item"), visit.form.get("language", "")[:8]
    note = CitationNote(**{name: " ".join(visit.form.get(name, "").split())[:most] for name, most in citation_notes.LONGEST.items()})
    with writing(visit.context.engine) as session:
        if session.get(ItemRow, item_id) is None:
            raise NotFound("there is no such item")
        citation_notes.keep(session, item_id, language, note, visit.me.id, visit.context.now())
    return visit.back(local(visit.form.get("back") or f"/items/{item_id}"), "Kept with the item, for everybody who cites it.")


@pages.post("/items/{item}/pages", Role.RESEARCHER)
def find_pages(visit: Visit) -> Response:
    """Find the quoted extract in the archived PDF, and keep its pages with the citation."""
    item_id, language = visit.number("item"), visit.form.get("language", "")[:8]
    back = local(visit.form.get("back") or f"/items/{item_id}")
    if visit.context.find_pages is None:
        return visit.back(back, "This desk runs without the monitor and reads no documents.")
    with reading(visit.context.engine) as session:
        if session.get(ItemRow, item_id) is None:
            raise NotFound("there is no such item")
        version = _newest(session, item_id)
        sha256 = session.get_one(FetchRow, version.fetch_id).capture_sha256
        capture = session.get(CaptureRow, sha256) if sha256 else None
        body = fetches.capture_body(capture) if capture else b""
        note = citation_note(session, item_id, language)
    if b"%PDF-" not in body[:1024]:
        return visit.back(back, "The archived copy is no PDF.")
    try:
        found = visit.context.find_pages(body, visit.form.get("quote", "").strip("… ") or version.text[:400])
    except ValueError as error:
        return visit.back(back, f"Pages not found: {error}.")
    if not found:
        return visit.back(back, "The extract was not found in the PDF.")
    with writing(visit.context.engine) as session:
        citation_notes.keep(session, item_id, language, replace(note, pages=page_list(found)), visit.me.id, visit.context.now())
    return visit.back(back, f"Found on page {page_list(found)} of the PDF; check what is printed on it.")


def page_list(found: Sequence[int]) -> str:
    """ "5, 7", "8-9"; at most LONGEST["pages"] characters."""
    runs: list[list[int]] = []
    for n in found:
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    listed = ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs)
    return listed if len(listed) <= citation_notes.LONGEST["pages"] else listed[: citation_notes.LONGEST["pages"]].rpartition(",")[0]


def _newest(session: Session, item_id: int) -> ItemVersionRow:
    newest = select(ItemVersionRow).where(ItemVersionRow.item_id == item_id).order_by(ItemVersionRow.number.desc()).limit(1)
    return session.scalars(newest).one()


def _whole(version: ItemVersionRow) -> str:
    return f"{version.title}\n\n{version.text}".strip()


@pages.get("/items/{item}/cite.{kind}", Role.RESEARCHER)
def cite_item(visit: Visit) -> Response:
    """The item for a reference manager."""
    kind = visit.request.path_params["kind"]
    if kind not in FILES:
        raise NotFound("citations come as csl, ris or bib")
    with reading(visit.context.engine) as session:
        item = session.get(ItemRow, visit.number("item"))
        if item is None:
            raise NotFound("there is no such item")
        version = _newest(session, item.id)
        ref = reference(session, item, version, session.get_one(SourceRow, item.source_id), visit.query.get("language", "")[:8])
    suffix, media_type = FILES[kind]
    return Response(as_file(kind, ref), media_type=f"{media_type}; charset=utf-8", headers=attachment(f"{ref.key}.{suffix}"))


# A capture is hostile input. It is shown as text in a sandboxed origin and can load or run nothing.
INERT_HEADERS = {"Content-Security-Policy": "default-src 'none'; sandbox", "X-Content-Type-Options": "nosniff"}


@pages.get("/captures/{sha256}", Role.RESEARCHER)
def show_capture(visit: Visit) -> Response:
    """The bytes as received, as plain text or as a download."""
    with reading(visit.context.engine) as session:
        capture = session.get(CaptureRow, visit.request.path_params["sha256"])
        if capture is None:
            raise NotFound("there is no such capture")
        body = zlib.decompress(capture.deflated)
    if "download" in visit.query:
        return Response(body, media_type="application/octet-stream", headers={**INERT_HEADERS, **attachment(f"{capture.sha256}.bin")})
    return Response(
        _decoded(body, capture.media_type).encode("utf-8", "replace"), media_type="text/plain; charset=utf-8", headers=INERT_HEADERS
    )


def _decoded(body: bytes, media_type: str | None) -> str:
    """The body as text: UTF-8 if it is that, else by the charset that the server or the page names,
    else windows-1251.

    Python also has codecs that do not decode text ("base64") or refuse to replace bad bytes
    ("idna").
    """
    mostly_utf8 = body.decode("utf-8", "replace")
    if mostly_utf8.count("\ufffd") * 10 < len(mostly_utf8):
        return mostly_utf8
    for names in (media_type or "", body[:4096].decode("ascii", "ignore")):
        named = re.search(r"(?:charset|encoding)\s*=\s*[\"']?\s*([^\"';\s>?]+)", names, re.IGNORECASE)
        try:
            if named and named[1].lower() not in ("utf-8", "utf8"):
                return body.decode(named[1], "replace")
        except (LookupError, ValueError):
            continue
    return body.decode("cp1251", "replace")
