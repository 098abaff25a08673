"""The decision form of a card, read into decision requests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from db.decisions import DecisionRequest, Refused
from db.enums import JUDGEMENTS, Choice, LaterCondition, NotAbout
from review.routing import whole_number
from review.view.days import HINT, read_day

MOST_ALSO = 10  # further claims, or further flags of the story, in one decision
LONGEST_TEXT = 4000  # characters of a note or a wording
LONGEST_WAIT = 366  # days that a flag can be postponed
# Choices that concern one flag only: another flag has another claim and other duplicates.
SINGLE = (Choice.WRONG_CLAIM, Choice.DUPLICATE)


def request_of(form: Mapping[str, str], lists: Mapping[str, Sequence[str]], flag_id: int, user_id: int, now: datetime) -> DecisionRequest:
    """The form as a decision request. Raises Refused for values that the pages never send.

    `choice` is a Choice, or "choice:detail": the reason of "not about", the condition or days of
    "later", the claim of "wrong claim", the flag of "duplicate".
    """
    choice, _, detail = form.get("choice", "").partition(":")
    version = whole_number(form.get("version", ""))
    if choice not in set(Choice) or version is None:
        raise Refused("choose one of the decisions")
    into = whole_number((detail or form.get("into", "")).strip().lstrip("#")) if choice == Choice.DUPLICATE else None
    if choice == Choice.DUPLICATE and into is None:
        raise Refused("give the number of the flag that this one duplicates")
    until, condition = later_of(form.get("until", ""), detail, now) if choice == Choice.LATER else (None, None)
    moved_to = detail or form.get("other_claim", "").split(" ")[0]
    second = bool(form.get("second")) and choice != Choice.NOT_SURE
    if second and choice not in JUDGEMENTS:
        raise Refused("a second reading needs a judgement: an update, still valid, or not about this claim")
    return DecisionRequest(
        flag_id=flag_id,
        user_id=user_id,
        choice=Choice.NOT_SURE if second else Choice(choice),
        opinion=Choice(choice) if second else None,
        version=version,
        note=form.get("note", "").strip()[:LONGEST_TEXT],
        claim_id=(moved_to if choice == Choice.WRONG_CLAIM else form.get("claim", "")).strip() or None,
        also=tuple(lists.get("also", ()))[:MOST_ALSO],
        statement=form.get("statement", "").strip()[:LONGEST_TEXT],
        in_force=iso_day(form.get("in_force", "")),
        reason=NotAbout(detail) if choice == Choice.NOT_ABOUT and detail in set(NotAbout) else None,
        until=until,
        condition=condition,
        into=into,
    )


def later_of(until: str, how: str, now: datetime) -> tuple[datetime | None, LaterCondition | None]:
    """Until when a flag is postponed: `how` is a condition or a number of days; else `until` is an
    ISO day. Raises Refused for a day that is past or too far.
    """
    if how in set(LaterCondition):
        return None, LaterCondition(how)
    days = whole_number(how)
    if days is not None and 1 <= days <= LONGEST_WAIT:
        return now + timedelta(days=days), None
    day = iso_day(until)
    if not day:
        return None, None
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)
    if not now < at < now + timedelta(days=LONGEST_WAIT):
        raise Refused("choose a day within the coming year")
    return at, None


def iso_day(text: str) -> str:
    """A typed day as YYYY-MM-DD; "" for nothing. Raises Refused for anything else."""
    if not text.strip():
        return ""
    day = read_day(text)
    if day is None:
        raise Refused(f"{text[:20]!r} is not a day; write {HINT}")
    return day.isoformat()


@dataclass(frozen=True)
class PickedFlag:
    """A ticked flag with the version that was on the screen."""

    flag_id: int
    version: int


def picked_flags(values: list[str]) -> list[PickedFlag]:
    """The flags of ticked boxes, each "flag.version", several of one story joined by "+". Empty if
    one is malformed.
    """
    pairs = [part.partition(".") for value in values for part in value.split("+")]
    numbers = [(whole_number(flag), whole_number(version)) for flag, _, version in pairs]
    valid = [PickedFlag(flag, version) for flag, version in numbers if flag is not None and version is not None]
    return valid if len(valid) == len(pairs) else []
