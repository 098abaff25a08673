"""Rows of the database as the values that comparison takes, and its results as rows."""

from db import assessments as db_assessments
from monitor.compare.reading.annotate import Document
from monitor.compare.stories.clustering import StoryFingerprint, pack
from monitor.compare.types import Assessment


def document_of(waiting: db_assessments.UncomparedVersion) -> Document:
    """A stored item version as a document."""
    at = waiting.item.published_at or waiting.item.first_seen_at
    return Document(
        id=str(waiting.item.id),
        outlet=waiting.source.name,
        url=waiting.item.url,
        published=at.isoformat(),
        lang=waiting.version.lang,
        title=waiting.version.title,
        text=waiting.version.text,
        tier=waiting.source.tier,
    )


def fingerprint_row(fingerprint: StoryFingerprint, encoder: str) -> tuple[str | None, str, bytes] | None:
    """(day, encoder, packed fingerprint) for the database; None where the item is not topical, so
    that no other can join its story.
    """
    if not fingerprint.topical:
        return None
    return fingerprint.day.isoformat() if fingerprint.day else None, encoder, pack(fingerprint)


def assessment_row(a: Assessment) -> db_assessments.NewAssessment:
    """An assessment as it is stored."""
    return db_assessments.NewAssessment(
        report_id=a.report,
        comparer=a.comparer,
        score=a.score,
        flag=a.flag,
        severity=a.severity.value,
        relation=a.relation.value,
        stage=a.stage,
        claims=[{"id": c, "score": s} for c, s in a.claims],
        changes=[
            {"claim": c.claim_id, "what": c.measures, "old": c.old, "new": c.new, "likeness": round(c.likeness, 3)} for c in a.changes
        ],
        reasons=[r.stored() for r in a.reasons],
        subject=a.subject,
        gist=a.gist.stored() if a.flag else None,
    )
