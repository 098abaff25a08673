"""`ajour report`: one HTML page about a desk over time. Inline SVG, no scripts, no network: it can
be mailed, archived and printed.

Every plot has a title that says what it shows, a scale, and its numbers in a table below for those
who cannot see it. `plots` is the page's body alone, for a page that has its own head: it has no
style of its own, so that a strict Content-Security-Policy allows it; STYLE is its style sheet.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape

from sqlalchemy.orm import Session

from db import statistics
from db.enums import GOOD_OUTCOMES, FetchOutcome

WIDTH, HEIGHT, LEFT, BOTTOM = 860, 170, 46, 22
SEVERITIES = (("high", "#b3261e"), ("medium", "#c77700"), ("low", "#4a7a9c"))
OUTCOMES = {
    FetchOutcome.NEW_ITEMS.value: ("#2f7d4f", "new items"),
    FetchOutcome.NOTHING_NEW.value: ("#a9cdb6", "verified, nothing new"),
    FetchOutcome.SUSPICIOUS.value: ("#e0a33a", "suspiciously empty"),
    FetchOutcome.BROKEN.value: ("#b3261e", "blocked or broken"),
}
STYLE = """
:root{--ink:#1d2329;--soft:#667079;--line:#e3e6e8;--paper:#fff;color-scheme:light dark}
@media (prefers-color-scheme:dark){:root{--ink:#e6e9eb;--soft:#98a2aa;--line:#333a40;--paper:#15191c}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:940px;margin:0 auto;padding:32px 20px 60px}h1{font:600 1.7rem/1.2 Georgia,serif;margin:0 0 4px}
h2{font:600 1.1rem/1.3 Georgia,serif;margin:40px 0 2px}p{margin:0 0 10px;color:var(--soft)}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(120px,1fr));gap:1px;background:var(--line);border:1px solid var(--line);margin:22px 0}
.numbers div{background:var(--paper);padding:12px 14px}.numbers b{display:block;font:600 1.5rem/1.2 Georgia,serif}.numbers span{color:var(--soft);font-size:.85rem}
svg{width:100%;height:auto;display:block}svg text{fill:var(--soft);font:11px system-ui,sans-serif}.grid{stroke:var(--line)}
.key{display:flex;gap:18px;flex-wrap:wrap;font-size:.85rem;color:var(--soft);margin:4px 0 0}.key svg{display:inline-block;width:10px;height:10px;margin-right:6px}
details{margin-top:6px;font-size:.85rem}summary{color:var(--soft);cursor:pointer}table{border-collapse:collapse;margin-top:6px;font-variant-numeric:tabular-nums}
td,th{padding:2px 14px 2px 0;text-align:right;font-weight:400}th{color:var(--soft)}td:first-child,th:first-child{text-align:left}
.sources{width:100%}.sources td{vertical-align:middle}.sources td:first-child{white-space:nowrap;max-width:240px;overflow:hidden;text-overflow:ellipsis}
.sources td:nth-child(2){width:100%}.strip{min-width:360px;width:100%;height:14px}@media print{details{display:none}}
"""


@dataclass(frozen=True)
class Series:
    """One row of bars: a name, a colour, a value a day."""

    name: str
    colour: str
    values: Sequence[float]


def render(session: Session, days: int, now: datetime) -> str:
    """The page about the `days` days up to and including today (UTC)."""
    first, last = _span(days, now)
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Ajour: {_day(first)} – {_day(last)}</title>'
    title = f"<h1>The desk from {_day(first)} to {_day(last)}</h1><p>Made {now:%d %B %Y, %H:%M} UTC. Days are UTC.</p>"
    body = f"<main>{title}{plots(session, days, now)}</main>"
    return f'<!doctype html><html lang="en"><head>{head}<style>{STYLE}</style></head><body>{body}</body></html>\n'


def _span(days: int, now: datetime) -> tuple[date, date]:
    return now.date() - timedelta(days=days - 1), now.date()


def plots(session: Session, days: int, now: datetime) -> str:
    """The plots and their tables, as HTML to stand within a page."""
    first, _ = _span(days, now)
    dates = [first + timedelta(days=n) for n in range(days)]
    data = statistics.history(session, datetime.combine(first, datetime.min.time(), now.tzinfo), now)
    flags = [Series(name, colour, _daily({d: n for (d, s), n in data.flags.items() if s == name}, dates)) for name, colour in SEVERITIES]
    decisions = [
        Series("confirmed", "#2f7d4f", _daily(data.confirmed, dates)),
        Series("dismissed", "#98a2aa", _daily(data.dismissed, dates)),
        Series("other", "#c9ced2", _daily(data.others, dates)),
    ]
    lag = [Series("median", "#4a7a9c", [data.lag.get(d, 0.0) / 3600 for d in dates])]
    body = [
        _numbers(data),
        _plot("Items first seen", "All sources together, a bar a day.", [Series("items", "#4a7a9c", _daily(data.items, dates))], dates),
        _plot("Flags raised", "Stories that likely update a report, by severity.", flags, dates),
        _plot("Decisions", "What people decided about flags.", decisions, dates),
        _plot(
            "From published to seen",
            "Median hours of the day's new items that bear a date and are not from the archive.",
            lag,
            dates,
            lambda v: f"{v:.1f} h",
        ),
        _health(data, dates),
    ]
    return "".join(body)


def _daily(counts: Mapping[date, int], dates: Sequence[date]) -> list[float]:
    return [float(counts.get(d, 0)) for d in dates]


def _day(d: date) -> str:
    return f"{d.day} {d:%B %Y}"


def _numbers(data: statistics.History) -> str:
    counts = {
        "items": sum(data.items.values()),
        "flags": sum(data.flags.values()),
        "flags open now": data.open_flags,
        "decisions": sum(sum(x.values()) for x in (data.confirmed, data.dismissed, data.others)),
        "sources watched": len(data.sources),
        "of them blind now": sum(s.blind for s in data.sources),
    }
    return f'<div class="numbers">{"".join(f"<div><b>{n:,}</b><span>{name}</span></div>" for name, n in counts.items())}</div>'.replace(
        ",", " "
    )


def _plot(
    title: str, note: str, series: Sequence[Series], dates: Sequence[date], format_value: Callable[[float], str] = lambda v: f"{v:,.0f}"
) -> str:
    totals = [sum(values) for values in zip(*(s.values for s in series), strict=True)]
    most = _round_up(max(totals, default=0.0))
    step = (WIDTH - LEFT) / max(1, len(dates))
    marks = "".join(
        f'<line class="grid" x1="{LEFT}" x2="{WIDTH}" y1="{_y(v, most):.1f}" y2="{_y(v, most):.1f}"/>'
        f'<text x="{LEFT - 8}" y="{_y(v, most) + 4:.1f}" text-anchor="end">{format_value(v)}</text>'
        for v in (0.0, most / 2, most)
    )
    bars, floor = [], [0.0] * len(dates)
    for s in series:
        for n, value in enumerate(s.values):
            if value:
                top, height = _y(floor[n] + value, most), _y(floor[n], most) - _y(floor[n] + value, most)
                bars.append(
                    f'<rect x="{LEFT + n * step + step * 0.12:.1f}" y="{top:.1f}" width="{step * 0.76:.1f}" height="{height:.1f}" fill="{s.colour}">'
                    f"<title>{_day(dates[n])}: {format_value(value)} {escape(s.name)}</title></rect>"
                )
                floor[n] += value
    every = max(1, len(dates) // 8)
    days = "".join(
        f'<text x="{LEFT + n * step + step / 2:.1f}" y="{HEIGHT - 5}" text-anchor="middle">{d.day} {d:%b}</text>'
        for n, d in enumerate(dates)
        if n % every == 0
    )
    key = "".join(_key(s.colour, s.name) for s in series) if len(series) > 1 else ""
    picture = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">{marks}{"".join(bars)}{days}</svg>'
    return f'<h2>{escape(title)}</h2><p>{escape(note)}</p>{picture}<div class="key">{key}</div>{_table(series, dates, format_value)}'


def _key(colour: str, name: str) -> str:
    return f'<span><svg viewBox="0 0 1 1" aria-hidden="true"><rect width="1" height="1" fill="{colour}"/></svg>{escape(name)}</span>'


def _y(value: float, most: float) -> float:
    return 8 + (HEIGHT - BOTTOM - 8) * (1 - value / most)


def _round_up(value: float) -> float:
    """The next of 2, 4, 10, 20, 40, 100 …: a scale whose half is a round number too."""
    scale = 1.0
    while True:
        for step in (2.0, 4.0, 10.0):
            if value <= step * scale:
                return step * scale
        scale *= 10


def _table(series: Sequence[Series], dates: Sequence[date], format_value: Callable[[float], str]) -> str:
    head = "".join(f"<th>{escape(s.name)}</th>" for s in series)
    rows = "".join(
        f"<tr><td>{d.isoformat()}</td>{''.join(f'<td>{format_value(s.values[n])}</td>' for s in series)}</tr>" for n, d in enumerate(dates)
    )
    return f"<details><summary>The numbers</summary><table><tr><th>day</th>{head}</tr>{rows}</table></details>"


def _health(data: statistics.History, dates: Sequence[date]) -> str:
    key = "".join(_key(colour, note) for colour, note in OUTCOMES.values())
    rows = "".join(_strip(s, dates) for s in data.sources)
    note = (
        "One square per day, coloured by how the fetches of the day ended (a single failure does not count). An empty square: not fetched."
    )
    return f'<h2>Health of the sources</h2><p>{note}</p><div class="key">{key}</div><table class="sources">{rows}</table>'


def _strip(source: statistics.SourceDays, dates: Sequence[date]) -> str:
    squares = []
    for n, d in enumerate(dates):
        if outcome := source.days.get(d):
            colour, says = OUTCOMES[outcome]
            squares.append(f'<rect x="{n * 10}" y="0" width="9" height="12" fill="{colour}"><title>{_day(d)}: {says}</title></rect>')
    good = sum(source.days.get(d) in GOOD_OUTCOMES for d in dates)
    label = f"{source.name}: {good} good days of {len(source.days)}"
    picture = f'<svg class="strip" viewBox="0 0 {len(dates) * 10} 12" preserveAspectRatio="none" role="img" aria-label="{escape(label)}">{"".join(squares)}</svg>'
    return f'<tr><td title="{escape(source.name)}">{escape(source.name)}</td><td>{picture}</td><td>{good}/{len(source.days)}</td></tr>'
