"""The known claims: one YAML file per report, loaded with pydantic.

A wrong file is refused with file, line, field and fix (see strict_yaml). `schema()` is the JSON
Schema with which an editor completes and checks the file.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from db.field_problems import field_problems
from monitor.compare.statements.packs import pack_paths, packs_of
from monitor.strict_yaml import FileFault, Loc, Tree, WrongFile, load

log = logging.getLogger(__name__)


class ClaimReliability(StrEnum):
    """Kind of statement of a claim."""

    IN_FORCE = "in_force"  # a rule that applies
    ANNOUNCED = "announced"  # decided, not yet applied
    PROPOSED = "proposed"  # under discussion
    REPORTED = "reported"  # a practice, as sources report it
    FIGURE = "figure"  # a number
    UNCERTAIN = "uncertain"  # the report itself is uncertain


_DAY = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?\Z")


def _partial_date(value: str) -> str:
    match = _DAY.match(value)
    if match:
        year, month, day = match.groups()
        try:
            date(int(year), int(month or 1), int(day or 1))
        except ValueError:
            match = None
    if not match:
        raise ValueError(f"{value!r} is not a date | Write YYYY, YYYY-MM or YYYY-MM-DD")
    return value


def _web_address(value: str) -> str:
    if not re.match(r"https?://[^\s/]+", value):
        raise ValueError(f"{value!r} is not an absolute web address | Begin it with http:// or https://")
    return value


PartialDate = Annotated[
    str,
    str,
    AfterValidator(_partial_date),
    Field(description="YYYY, YYYY-MM or YYYY-MM-DD", json_schema_extra={"pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"}),
]
WebAddress = Annotated[str, AfterValidator(_web_address), Field(json_schema_extra={"pattern": r"^https?://[^\s/]+"})]
Text = Annotated[str, Field(min_length=1)]
ReportId = Annotated[str, Field(pattern=r"^[a-z0-9-]+$", max_length=64)]
PackName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
# Strict: `yes` is not 1. Infinity and NaN cannot be compared.
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Phrase = Annotated[str, Field(min_length=4, max_length=120)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class WatchPhrases(_Strict):
    """Phrases as outlets write them; Russian first."""

    ru: Annotated[list[Phrase], Field(min_length=1, max_length=8)]
    en: list[Phrase] = []
    uk: list[Phrase] = []

    def all(self) -> list[str]:
        return [*self.ru, *self.en, *self.uk]


class ClaimValue(_Strict):
    """One number, sum, age, period or date of a claim, and its measure."""

    measures: Text
    kind: Literal["money", "age", "period", "date", "count", "share"]
    value: Number | PartialDate | None = None
    lower: Number | PartialDate | None = Field(default=None, alias="from")
    upper: Number | PartialDate | None = Field(default=None, alias="to")
    aspect: str | None = Field(
        default=None, description="what of the claim's subject this measures, as a pack names it; none: never shown as a change"
    )
    unit: str | None = Field(default=None, description="RUB, years, days, percent, people …; none for a date")
    near: list[str] = Field(default=[], description="words (dictionary form, Russian) that occur beside this number in news")
    past: bool = Field(default=False, description="the claim itself calls this value superseded")

    @model_validator(mode="after")
    def _check_value(self) -> "ClaimValue":
        if self.value is None and self.lower is None and self.upper is None:
            raise ValueError("the value is empty | Give `value`, or `from` and/or `to`")
        if self.value is not None and (self.lower is not None or self.upper is not None):
            raise ValueError("`value` and `from`/`to` exclude each other | Keep one of them")
        numbers = [v for v in (self.value, self.lower, self.upper) if v is not None]
        if self.kind == "date" and not all(isinstance(v, str) for v in numbers):
            raise ValueError('a date must be text | Write it in quotes, e.g. "2024-06"')
        if self.kind != "date" and not all(isinstance(v, float) for v in numbers):
            raise ValueError(f"a {self.kind} must be a number | Write the digits only, the unit in `unit`")
        if isinstance(self.lower, float) and isinstance(self.upper, float) and self.lower > self.upper:
            raise ValueError(f"`from` {self.lower:g} is above `to` {self.upper:g} | Swap them")
        if self.kind != "date" and not self.unit:
            raise ValueError(f"a {self.kind} needs a unit | Add `unit:`")
        return self


class LawReference(_Strict):
    """An act, and the article if one is meant."""

    act: Text
    article: str | None = None


class CitedSource(_Strict):
    """A source the report cites for the claim."""

    outlet: Text
    date: PartialDate | None = None
    url: str | None = None
    title: str | None = None
    item: str | None = None


class Turn(StrEnum):
    """Change that would make a claim untrue."""

    VALUE = "value"  # another number or date
    STAGE = "stage"  # the rule moves on, or is withdrawn
    SCOPE = "scope"  # other persons, places or cases
    BEGINS = "begins"  # something that did not exist or happen begins
    STOPS = "stops"  # something ends
    DENIED = "denied"  # an authority or source says otherwise
    ANSWERED = "answered"  # an open question of the report is answered


class About(_Strict):
    """Statement of a claim in the form that items are read into (see
    monitor/compare/statements).
    """

    aspect: Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)+$", description="subject.aspect of a pack")]
    persons: Annotated[list[Text], Field(min_length=1)]
    place: Text
    state: Annotated[str, Field(min_length=1, max_length=80, description="English, at most eight words")]
    acts: list[Text] = Field(default=[], description="acts as the pack names them, with an article where one is meant")
    changes: Annotated[list[Turn], Field(min_length=1)]
    touches: list[Text] = Field(default=[], description="other aspects that the claim bears on")

    @property
    def subject(self) -> str:
        """The subject of the pack, without the aspect: "summons.delivery" of
        "summons.delivery.days".
        """
        return self.aspect.rpartition(".")[0]


class Claim(_Strict):
    """One checkable statement of a report, with the data that comparison needs."""

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,8}-\d{3,4}$")]
    key: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    section: Text
    page: Annotated[int, Field(ge=1)] | None = Field(default=None, description="page of the report, where it has pages")
    topic: Annotated[str, Field(pattern=r"^[a-z0-9_]+$", max_length=40)] = Field(description="a topic of the report's packs")
    statement: Text = Field(description="English")
    quote: Text = Field(description="exact, in the report's language")
    quote_language: Annotated[str, Field(pattern=r"^[a-z]{2}$")] | None = Field(
        default=None, description="where the report quotes in another language than its own"
    )
    as_of: PartialDate = Field(
        description="newest day on which the evidence says it held, never after research_closed (docs/comparison.md); YYYY, YYYY-MM or YYYY-MM-DD"
    )
    status: ClaimReliability
    open: bool = Field(default=False, description="the report itself says it does not know")
    added: Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}$")] | None = Field(
        default=None, description="YYYY-MM in which the claim was added to the file; none: it was in the first edition"
    )
    about: About | None = None
    watch: WatchPhrases
    values: list[ClaimValue] = []
    law: list[LawReference] = []
    changes_if: Annotated[list[Text], Field(min_length=1)]
    sources: list[CitedSource] = []

    @property
    def subject(self) -> str:
        """What flags of this claim are grouped by: the subject of `about`; the topic where it has
        none.
        """
        return self.about.subject if self.about else self.topic


class ReportHead(_Strict):
    """The report, and the day its research closed: older items cannot change it."""

    id: ReportId
    title: Text
    publisher: Text
    published: PartialDate
    research_closed: PartialDate
    language: Annotated[str, Field(pattern=r"^[a-z]{2}$")]
    url: WebAddress | None = None
    packs: Annotated[list[PackName], Field(min_length=1)] = Field(
        description="packs of subjects that its claims speak of: names of files in baseline/subjects/"
    )
    sections: dict[Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)*$")], Text] = Field(
        default={}, description="number of a section → its title, as the report prints it"
    )

    @field_validator("packs")
    @classmethod
    def _packs_exist(cls, names: list[str]) -> list[str]:
        paths = pack_paths()
        if missing := [name for name in names if name not in paths]:
            raise ValueError(f"there is no pack {missing[0]!r}; there are: {', '.join(paths)} | Name one of them")
        return names


class Baseline(_Strict):
    """One report and all its claims, as in baseline/<report>.yml."""

    report: ReportHead
    claims: Annotated[list[Claim], Field(min_length=1)]


def load_baseline(path: Path) -> Baseline:
    """The baseline in `path`. Raises WrongFile naming file, line, field and fix."""
    baseline, tree = load(path, Baseline)
    faults = [*_repeats(baseline, tree), *_unknown_to_packs(baseline, tree)]
    if path.stem != baseline.report.id:
        faults.append(
            tree.fault(
                ("report", "id"),
                f"{baseline.report.id!r} is not the name of the file",
                f"Name the file {baseline.report.id}.yml",
            )
        )
    if faults:
        raise WrongFile(faults)
    return baseline


def _repeats(baseline: Baseline, tree: Tree) -> list[FileFault]:
    faults: list[FileFault] = []
    first: dict[str, int] = {}
    for index, claim in enumerate(baseline.claims):
        for field, value in (("id", claim.id), ("key", claim.key)):
            loc = ("claims", index, field)
            if value in first:
                faults.append(tree.fault(loc, f"{value!r} is already used on line {first[value]}", f"Give this claim its own {field}"))
            first.setdefault(value, tree.line(loc))
    return faults


def _unknown_to_packs(baseline: Baseline, tree: Tree) -> Iterator[FileFault]:
    """Topics and aspects that the report's packs do not have."""
    pack = packs_of(tuple(baseline.report.packs))
    topics = ", ".join(map(repr, pack.topics))
    for index, claim in enumerate(baseline.claims):
        if claim.topic not in pack.topics:
            yield tree.fault(("claims", index, "topic"), f"{claim.topic!r} is not known", f"Use one of {topics}")
        for loc, aspect in _aspects(claim):
            if aspect not in pack.aspects:
                near = ", ".join(get_close_matches(aspect, pack.aspects, 3)) or "an aspect of the pack"
                yield tree.fault(("claims", index, *loc), f"the pack {pack.name} has no aspect {aspect!r}", f"Use {near}")


def _aspects(claim: Claim) -> Iterator[tuple[Loc, str]]:
    """The aspects that a claim names, each with its place."""
    if claim.about:
        yield ("about", "aspect"), claim.about.aspect
        yield from ((("about", "touches", i), a) for i, a in enumerate(claim.about.touches))
    yield from ((("values", i, "aspect"), v.aspect) for i, v in enumerate(claim.values) if v.aspect)


def claim_problems(body: dict[str, Any], packs: Sequence[str]) -> list[str]:
    """The faults of `body` as a claim of a report with `packs`, one line each, worded like the file
    checks; empty for a valid claim.
    """
    try:
        claim = Claim.model_validate(body)
    except ValidationError as error:
        return field_problems(error)
    pack = packs_of(tuple(packs))
    problems = [
        f"{'.'.join(map(str, loc))}: the pack {pack.name} has no aspect {a!r}" for loc, a in _aspects(claim) if a not in pack.aspects
    ]
    if claim.topic not in pack.topics:
        problems.append(f"topic: {claim.topic!r} is not known. Use one of {', '.join(pack.topics)}")
    return problems


def report_ids(*folders: Path) -> frozenset[str]:
    """Ids of the reports in `folders`, from the file names only."""
    return frozenset(path.stem for folder in folders for path in folder.glob("*.yml"))


def load_baselines(*folders: Path, only: list[str] | None = None) -> list[Baseline]:
    """Baselines of all `folders` in order of id, or those named in `only`. Of two files with one
    name, that of the later folder counts. Raises WrongFile, UnknownBaseline.
    """
    for folder in folders:
        if not any(folder.glob("*.yml")):
            fix = "Point AJOUR_BASELINE at a folder with reports, one YAML file each"
            raise WrongFile([FileFault(folder, 0, "", "contains no baseline (*.yml)", fix)])
    paths = {path.stem: path for folder in folders for path in folder.glob("*.yml")}
    for name in only or []:
        if name not in paths:
            places = ", ".join(map(str, folders))
            raise UnknownBaseline(f"no baseline {name!r} in {places}; there are: {', '.join(sorted(paths))}")
    baselines = [load_baseline(paths[name]) for name in (only or sorted(paths))]
    _one_id_in_all(baselines, paths)
    return baselines


def _one_id_in_all(baselines: list[Baseline], paths: dict[str, Path]) -> None:
    owner: dict[str, str] = {}
    for baseline in baselines:
        for claim in baseline.claims:
            other = owner.setdefault(claim.id, baseline.report.id)
            if other != baseline.report.id:
                raise WrongFile(
                    [
                        FileFault(
                            paths[baseline.report.id], 0, claim.id, f"is also a claim of {other}", "Ids must be unique over all reports"
                        )
                    ]
                )


class UnknownBaseline(Exception):
    """The requested baseline does not exist; the message lists those that do."""


def claim_body(claim: Claim) -> dict[str, Any]:
    """A claim as the database keeps it: the entry of its file, with defaults."""
    return claim.model_dump(mode="json", by_alias=True, exclude_none=True)


def report_head(report: ReportHead) -> dict[str, Any]:
    """The head of a report as the database keeps it."""
    head = report.model_dump(mode="json", exclude_none=True)
    return head if head["sections"] else {name: value for name, value in head.items() if name != "sections"}


def stored_baseline(head: dict[str, Any], claims: Iterable[dict[str, Any]]) -> Baseline:
    """A report of the database. A claim whose entry this version cannot read is left out and
    logged; no claims at all are allowed here: a report that was just begun has none.
    """
    report = ReportHead.model_validate(head)
    read = list[Claim]()
    for body in claims:
        if problems := claim_problems(body, report.packs):
            log.error("claim %s cannot be read and is not compared: %s", body.get("id"), "; ".join(problems))
        else:
            read.append(Claim.model_validate(body))
    return Baseline.model_construct(report=report, claims=read)


def claims_before(baseline: Baseline, month: str | None) -> Baseline:
    """The report with the claims of its editions before `month` (YYYY-MM), so that its quality can
    be compared over editions; None: all claims.
    """
    if month is None:
        return baseline
    return baseline.model_copy(update={"claims": [c for c in baseline.claims if c.added is None or c.added < month]})


def schema() -> dict[str, Any]:
    """The JSON Schema of a baseline file (docs/baseline.schema.json)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Ajour baseline: a report and its known claims",
        **Baseline.model_json_schema(by_alias=True),
    }
