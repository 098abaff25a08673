"""`ajour cycle`: one cycle, in the foreground."""

import typer

from app.cli.common import DONE, NEEDS_A_PERSON, AsJson, bar, err, out, print_json
from app.runtime.container import Container
from app.runtime.job_runner import AGAIN
from app.runtime.jobs import check_clock
from app.runtime.settings import load_settings
from db.enums import FetchOutcome, SourceHealth


def cycle(as_json: AsJson = False) -> None:
    """Run one cycle: fetch every source that is due, store, compare, flag."""
    container = Container(load_settings())
    if repaired := check_clock(container.engine):
        err.print(repaired, markup=False, soft_wrap=True)
    monitor = container.monitor()
    monitor.register()
    with bar() as shown:
        tasks = {name: shown.add_task(name, total=None) for name in ("watching", "comparing")}
        done = monitor.cycle(lambda name, at, total: shown.update(tasks[name], completed=at, total=total or None))
    again = monitor.compare_again(AGAIN)
    monitor.close()
    counts = {o.value: done.outcomes.get(o, 0) for o in FetchOutcome}
    bad = counts[FetchOutcome.BROKEN.value] + counts[FetchOutcome.SUSPICIOUS.value]
    if as_json:
        print_json(
            {
                "looked": done.fetched,
                "outcomes": counts,
                "new": done.new,
                "edited": done.edited,
                "articles": done.articles,
                "compared": done.compared,
                "flags": sorted(done.flagged),
                "states": [{"source": s, "state": j.state, "reason": j.reason, "detail": j.detail} for s, j in done.states],
            }
        )
    else:
        ended = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items() if n) or "none was due"
        out.print(f"{done.fetched} sources fetched: {ended}.")
        out.print(f"{done.new} new items, {done.edited} edited, {done.compared} compared, {len(done.flagged)} stories flagged.")
        if again:
            out.print(f"{again} stored items compared again, because a report changed.")
        for source_id, judged in done.states:
            if judged.state is not SourceHealth.WELL or judged.recovered:
                out.print(
                    f"{source_id} is {judged.state.value} now: {judged.reason.value.replace('_', ' ')}. {judged.detail or ''}", markup=False
                )
    raise typer.Exit(NEEDS_A_PERSON if done.fetched and bad == done.fetched else DONE)
