"""The watch list sources.yml, loaded with pydantic. Errors name file, line and fix (see
strict_yaml).
"""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from db.periods import seconds
from monitor.baseline import ReportId, Text, WebAddress
from monitor.kinds.registry import KINDS
from monitor.strict_yaml import FileFault, Tree, WrongFile, load

Period = Annotated[str, Field(pattern=r"^\d+(m|h|d)$", description="a number with m, h or d, e.g. 30m")]

ADDED = "added"  # in `cited_in`: not cited by a report, added by the operator


def _known_kind(value: str) -> str:
    if value not in KINDS:
        raise ValueError(f"{value!r} is not known | Use one of {', '.join(map(repr, KINDS))}")
    return value


KindName = Annotated[str, AfterValidator(_known_kind), Field(json_schema_extra=lambda schema: schema.update(enum=list(KINDS)))]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Expect(_Strict):
    """Expected activity: at least `items` new items per `within`."""

    items: Annotated[int, Field(ge=1)]
    within: Period


class Fallback(_Strict):
    """Another source of the same outlet, read while the first one cannot be read."""

    kind: KindName
    url: WebAddress


class Select(_Strict):
    """CSS selectors, for pages whose structure is not recognised."""

    links: str | None = Field(default=None, description="listing: the links, or the boxes around them")
    title: str | None = Field(default=None, description="listing: the headline inside a box")
    date: str | None = Field(default=None, description="listing: the date inside a box")
    text: str | None = Field(default=None, description="page: the part of the page that is compared")


class LawTitle(_Strict):
    """The full title of an act, for citations."""

    form: Text | None = Field(default=None, description="e.g. Федеральный закон; none for a code, whose name says what it is")
    name: Text = Field(description="the title without quotation marks")
    day: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$", description="the date of the act, YYYY-MM-DD")]
    number: Text = Field(description="e.g. 53-ФЗ")


class CitedNames(_Strict):
    """The names that reports print for the outlet, where they differ from `name`."""

    en: Text | None = None
    nl: Text | None = None
    da: Text | None = None


class LawText(_Strict):
    """For a page with the text of a law, which is compared article by article."""

    act: Text = Field(description="the act's name as the claims' `law` has it, e.g. 53-ФЗ")
    articles: list[str] = Field(default=[], description="where each article has its own page: those that are read")
    title: LawTitle | None = Field(default=None, description="the act's full title, for citations")


class Source(_Strict):
    """One outlet, law portal or channel, and how it is fetched."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
    name: Text
    native: str | None = Field(default=None, description="the name in its own script")
    cite: CitedNames | None = Field(default=None, description="its usual names in citations, by language of the report")
    kind: KindName
    format: Literal["rss", "atom", "json"] | None = Field(default=None, description="what kind of feed, as far as known")
    url: WebAddress | None = None
    host: Text = Field(description="the host or channel the reports cite")
    mirrors: list[WebAddress] = Field(default=[], description="other addresses of the same stream, in order of trust")
    fallback: Fallback | None = None
    languages: Annotated[list[str], Field(min_length=1)]
    country: str | None = None
    type: Literal[
        "foreign_media", "official", "ngo", "research", "exiled_media", "legal_portal", "coi_publisher", "law_firm",
        "pro_government", "state_media", "independent_media", "blog", "intergovernmental",
    ]  # fmt: skip
    tier: Annotated[int, Field(ge=1, le=4, description="1 primary text or official, 2 named authorship, 3 secondary, 4 weak")]
    cited_in: list[ReportId] = Field(description=f"ids of the reports that cite it; {ADDED!r} if the operator added it")
    citations: int = 0
    confidence: Literal["high", "medium", "low"] = Field(description="how sure the address is")
    every: Period | None = Field(default=None, description="time between two fetches; where it is left out, the default of the kind")
    expect: Expect | None = None
    hosts: list[str] = Field(default=[], description="other hosts that are the outlet's own: redirects may lead there")
    select: Select = Select()
    law: LawText | None = None
    proxy: Annotated[str, Field(pattern=r"^(http|https|socks5|socks5h)://")] | None = Field(
        default=None, description="http://… or socks5h://… for this source alone"
    )
    ca: str | None = Field(default=None, description="path of a CA bundle for this host alone")
    tls: Literal["default", "legacy", "insecure"] = Field(
        default="default",
        description="legacy: old ciphers; insecure: the certificate is not checked. For this source alone, recorded with its evidence",
    )
    robots: Literal["obey", "ignore"] = Field(default="obey", description="ignore needs its reason in `notes`")
    articles: bool = Field(default=True, description="whether articles are read on their own page where the list gives titles only")
    medium: str | None = Field(default=None, description="what citations call its items, e.g. Telegram post; default: as its kind")
    reason: str | None = Field(default=None, description="why this host is no stream; needed where kind is none")
    notes: str | None = None
    simulated: bool = Field(default=False, description="played by the demo: mails say so and offer nothing to cite")

    @model_validator(mode="before")
    @classmethod
    def _with_defaults_of_kind(cls, row: Any) -> Any:
        """Fill in `every` and `medium` from the kind, so that the stored profile always has
        them.
        """
        kind = KINDS.get(row["kind"]) if isinstance(row, dict) and isinstance(row.get("kind"), str) else None
        if kind is None:
            return row  # refused by the validation of `kind`
        return {**row, "every": row.get("every") or kind.every, "medium": row.get("medium") or kind.medium}

    @model_validator(mode="after")
    def _check_fields(self) -> "Source":
        for field in KINDS[self.kind].needs:
            if not getattr(self, field):
                raise ValueError(f"a source of kind {self.kind} needs `{field}` | Add `{field}:`")
        kinds = (self.kind, self.fallback.kind) if self.fallback else (self.kind,)
        for field in ("select", "law"):
            if getattr(self, field) != Source.model_fields[field].get_default() and not any(field in KINDS[k].takes for k in kinds):
                takers = ", ".join(k.name for k in KINDS.values() if field in k.takes)
                raise ValueError(f"`{field}` has no effect for kind {self.kind} | Remove it; it is for {takers}")
        if self.robots == "ignore" and not self.notes:
            raise ValueError("robots: ignore without a reason | Say in `notes` why the site's robots.txt is not followed")
        return self

    @property
    def is_stream(self) -> bool:
        """Whether the source is fetched at all."""
        return KINDS[self.kind].fetch is not None

    @property
    def period(self) -> int:
        """Seconds between two fetches of a healthy source."""
        assert self.every is not None, "_with_defaults_of_kind fills it in"
        return seconds(self.every)


class WatchList(_Strict):
    """sources.yml as a whole."""

    sources: Annotated[list[Source], Field(min_length=1)]


def load_sources(path: Path, reports: Collection[str]) -> list[Source]:
    """The watch list in `path`. `reports`: the ids that `cited_in` may name. Raises WrongFile
    naming file, line, field and fix.
    """
    watch_list, tree = load(path, WatchList)
    faults = [*_repeated_ids(watch_list, tree), *_unknown_reports(watch_list, tree, reports)]
    if faults:
        raise WrongFile(faults)
    return watch_list.sources


def _repeated_ids(watch_list: WatchList, tree: Tree) -> Iterator[FileFault]:
    seen = dict[str, int]()
    for index, source in enumerate(watch_list.sources):
        loc = ("sources", index, "id")
        if source.id in seen:
            yield tree.fault(loc, f"{source.id!r} is already used on line {seen[source.id]}", "Give this source its own id")
        seen.setdefault(source.id, tree.line(loc))


def _unknown_reports(watch_list: WatchList, tree: Tree, reports: Collection[str]) -> Iterator[FileFault]:
    known = (*sorted(reports), ADDED)
    for index, source in enumerate(watch_list.sources):
        for position, report in enumerate(source.cited_in):
            if report not in known:
                yield tree.fault(
                    ("sources", index, "cited_in", position), f"{report!r} is not a known report", f"Use one of {', '.join(known)}"
                )


def schema() -> dict[str, Any]:
    """The JSON Schema of sources.yml (docs/sources.schema.json)."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Ajour watch list",
        **WatchList.model_json_schema(by_alias=True),
    }


def duplicates(sources: Sequence[Source]) -> list[tuple[str, str, str]]:
    """(id, other id, address) of sources with the same address: they would be fetched and flagged
    twice.
    """
    seen, repeated = dict[str, str](), []
    for source in sources:
        if not source.is_stream or not source.url:
            continue
        bare = source.url.split("://", 1)[-1].removeprefix("www.").rstrip("/").lower()
        if bare in seen:
            repeated.append((seen[bare], source.id, source.url))
        seen.setdefault(bare, source.id)
    return repeated
