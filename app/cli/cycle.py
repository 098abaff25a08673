"""`ajour cycle`: one cycle, in the foreground."""

import typer

from app.cli.common import DONE, NEEDS_A_PERSON, AsJson, bar, err, out, print_json
from app.runtime.job_runner import AGAIN, WorkerContext, run_if_due
from app.runtime.jobs import check_clock, translate_job
from app.runtime.settings import load_settings
from db.engine import reading
from db.enums import FetchOutcome, SourceHealth
from db.ops import job_runs


def cycle(as_json: AsJson = False) -> None:
    """Run one cycle: fetch every source that is due, store, compare, flag."""
    context = WorkerContext(load_settings())
    container = context.container
    if repaired := check_clock(container.engine):
        err.print(repaired, markup=False, soft_wrap=True)
    monitor = container.monitor()
    monitor.register()
    with bar() as shown:
        tasks = {name: shown.add_task(name, total=None) for name in ("watching", "comparing")}
        done = monitor.cycle(lambda name, at, total: shown.update(tasks[name], completed=at, total=total or None))
    again = monitor.compare_again(AGAIN)
    monitor.close()
    translated, untranslated = _translate(context)
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
                "translated": translated or None,
                "states": [{"source": s, "state": j.state, "reason": j.reason, "detail": j.detail} for s, j in done.states],
            }
        )
    else:
        ended = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items() if n) or "none was due"
        out.print(f"{done.fetched} sources fetched: {ended}.")
        out.print(f"{done.new} new items, {done.edited} edited, {done.compared} compared, {len(done.flagged)} stories flagged.")
        if again:
            out.print(f"{again} stored items compared again, because a report changed.")
        if translated:
            out.print(f"{translated}.", markup=False, soft_wrap=True)
        for source_id, judged in done.states:
            if judged.state is not SourceHealth.WELL or judged.recovered:
                out.print(
                    f"{source_id} is {judged.state.value} now: {judged.reason.value.replace('_', ' ')}. {judged.detail or ''}", markup=False
                )
    if untranslated:
        err.print(f"not translated: {untranslated}", style="red", markup=False, soft_wrap=True)
    raise typer.Exit(NEEDS_A_PERSON if untranslated or (done.fetched and bad == done.fetched) else DONE)


def _translate(context: WorkerContext) -> tuple[str, str]:
    """Run the job `translate`, where it is set up and due: (what it did, why it failed)."""
    job = translate_job(context.settings)
    if job is None or not run_if_due(job, context):
        return "", ""
    with reading(context.engine) as session:
        row = job_runs(session)[job.name]
    return ("", row.result) if row.failures else (row.result, "")
