"""The evidence pack of a flag: bytes as received, texts, metadata, decisions, citations, checksums
for `sha256sum -c`.

The pack can be checked without Ajour: it has plain files and a README that explains the check. The
same flag always gives the same bytes.
"""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.models import CaptureRow, DecisionRow, FetchRow, ItemVersionRow
from db.reason_codes import stored_reasons
from review.view import citations
from review.view.flag_detail import FlagDetailView
from review.view.reference import reference

MOST_BYTES = 200 * 1024 * 1024  # bytes of captures in one pack; the README names those left out
README = """Evidence for flag {flag} of the report {report}
{line}

Made {made}. Every file is listed with its SHA-256 in SHA256SUMS; check them all with

    sha256sum -c SHA256SUMS

captures/   bytes as the outlet's server sent them, named by their own SHA-256
items/      the text read from those bytes, for each version of each item, with its metadata
decisions.jsonl  decisions about this flag; `hash` is the SHA-256 of the canonical JSON of the row, which holds the hash of the previous row
flag.json   result of the comparison, with reasons
citations/  footnotes, bibliography entries, CSL-JSON, RIS, BibTeX
{left_out}"""


def pack(session: Session, d: FlagDetailView) -> bytes:
    """The zip file."""
    files: dict[str, bytes] = {}
    left_out = list[str]()
    size = 0
    fetches: dict[int, FetchRow] = {}
    for witness in d.witnesses:
        for version in session.scalars(
            select(ItemVersionRow).where(ItemVersionRow.item_id == witness.item.id).order_by(ItemVersionRow.number)
        ):
            fetch = fetches.setdefault(version.fetch_id, session.get_one(FetchRow, version.fetch_id))
            base = f"items/{witness.item.id}-v{version.number}"
            files[f"{base}.txt"] = f"{version.title}\n\n{version.text}\n".encode()
            files[f"{base}.json"] = _json(_metadata(witness, version, fetch))
        ref = reference(session, witness.item, witness.version, witness.source, d.card.report.language)
        for kind, (suffix, _) in citations.FILES.items():
            files[f"citations/{witness.item.id}.{suffix}"] = citations.as_file(kind, ref).encode()
        files[f"citations/{witness.item.id}.txt"] = "".join(
            f"{label}: {citations.as_text(s, ref)}\n" for s, label in citations.STYLES.items()
        ).encode()
    for sha256 in sorted({f.capture_sha256 for f in fetches.values() if f.capture_sha256}):
        capture = session.get_one(CaptureRow, sha256)
        size += capture.size
        if size > MOST_BYTES:
            left_out.append(sha256)
            continue
        files[f"captures/{sha256}"] = zlib.decompress(capture.deflated)
    files["flag.json"] = _json(_flag(d))
    files["decisions.jsonl"] = b"".join(_line(_decision(s.decision, s.who)) for s in d.history if s.decision is not None)
    made = max([d.flag.changed_at, *(s.at for s in d.history)])
    files["README.txt"] = README.format(
        flag=d.flag.id, report=d.card.report.title, line=d.headline.line, made=f"{made:%Y-%m-%d %H:%M} UTC",
        left_out="".join(f"\nLeft out for size: capture {s}" for s in left_out),
    ).encode()  # fmt: skip
    return _zip(files, made)


def _zip(files: dict[str, bytes], at: datetime) -> bytes:
    sums = "".join(f"{hashlib.sha256(body).hexdigest()}  {name}\n" for name, body in sorted(files.items()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in [*sorted(files.items()), ("SHA256SUMS", sums.encode())]:
            info = zipfile.ZipInfo(name, (at.year, at.month, at.day, at.hour, at.minute, at.second))
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(info, body)
    return out.getvalue()


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, default=str, sort_keys=True) + "\n").encode()


def _line(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, default=str, sort_keys=True) + "\n").encode()


def _metadata(witness: Any, version: ItemVersionRow, fetch: FetchRow) -> dict[str, Any]:
    a = witness.assessment
    return {
        "item": witness.item.id, "version": version.number, "source": witness.source.id, "outlet": witness.source.name, "tier": witness.source.tier,
        "url": witness.item.url, "published_at": witness.item.published_at, "edited_at": version.edited_at, "first_seen_at": witness.item.first_seen_at,
        "read_at": version.seen_at, "language": version.lang, "origin": version.origin, "content_hash": version.content_hash, "notes": version.notes,
        "fetch": {"url": fetch.url, "address": fetch.address, "status": fetch.status, "started_at": fetch.started_at, "capture_sha256": fetch.capture_sha256},
        "assessment": {"score": a.score, "flagged": a.flagged, "relation": a.relation, "stage": a.stage, "claims": a.claims, "changes": a.changes, "reasons": [r.published() for r in stored_reasons(a.reasons)], "comparer": a.comparer} if a else None,
    }  # fmt: skip


def _flag(d: FlagDetailView) -> dict[str, Any]:
    f, a = d.flag, d.card.assessment
    return {
        "flag": f.id, "report": d.card.report.id, "claim": f.claim_id, "claim_statement": d.version.statement if d.version else None,
        "claim_quote": d.version.body.get("quote") if d.version else None, "what_changed": d.headline.line, "state": f.state, "severity": f.severity,
        "relation": f.relation, "score": f.score, "stage": a.stage, "reasons": [r.published() for r in stored_reasons(a.reasons)], "changes": a.changes, "comparer": a.comparer,
        "story": d.card.story.key, "items": d.card.story.items, "independent_origins": d.card.story.origins, "raised_at": f.raised_at,
    }  # fmt: skip


def _decision(row: DecisionRow, who: str | None) -> dict[str, Any]:
    """Every field that the hash covers, so that it can be checked; the person as initials."""
    return {
        "id": row.id, "flag": row.flag_id, "user": row.user_id, "by": initials(who or ""), "choice": row.choice, "claim": row.claim_id, "note": row.note,
        "until": row.until.isoformat() if row.until else None, "made_at": row.made_at.isoformat(), "state_before": row.state_before, "state_after": row.state_after, "facts": row.facts,
        "previous": row.previous_hash, "hash": row.hash,
    }  # fmt: skip


def initials(name: str) -> str:
    """Exports name reviewers by initials; the log has the full name."""
    return "".join(part[0] for part in name.split()[:3]).upper()


def rows(decisions: Iterable[tuple[DecisionRow, str]]) -> list[dict[str, Any]]:
    """Decisions as they are exported."""
    return [_decision(d, who) for d, who in decisions]
