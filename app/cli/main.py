"""`ajour`: the command line. COMMANDS is the table of all commands; each entry names the function
that runs it.

Exit codes: 0 done; 1 done, but something needs a person; 2 wrong input or settings; 3 environment
error (database, disk or permissions); 130 interrupted.
"""

import logging
import os

from app.cli.common import report_errors
from app.cli.lazy import LazyCommand, lazy_typer

COMMANDS = (
    LazyCommand("demo", "app.cli.demo_doctor:demo", "Show the main job on ten simulated outlets: fetch, compare, flag, digest."),
    LazyCommand("doctor", "app.cli.demo_doctor:doctor", "Show every setting, what is wrong, and the fix."),
    LazyCommand("cycle", "app.cli.cycle:cycle", "Run one cycle: fetch every source that is due, store, compare, flag."),
    LazyCommand("sources", "app.cli.sources:sources_app", "The watch list, and the health of its sources."),
    LazyCommand("read", "app.cli.read:read", "Read captured answers of one source from files, without network."),
    LazyCommand("evidence", "app.cli.evidence:evidence_app", "The received bytes that are kept."),
    LazyCommand("replay", "app.cli.compare:replay_command", "Compare dated items from a file with a report, without network."),
    LazyCommand("fit", "app.cli.compare:fit", "Train the model on labelled items (extra `fit`)."),
    LazyCommand("evaluate", "app.cli.compare:evaluate", "Measure the shipped model on labelled items (extra `fit`)."),
    LazyCommand("why", "app.cli.compare:why", "Explain why an item was flagged or not."),
    LazyCommand("translate", "app.cli.translate:translate_app", "Machine translation: what waits, a check of one text."),
    LazyCommand("terms", "app.cli.compare:terms", "Words near the subjects that no cue knows."),
    LazyCommand("baseline", "app.cli.baseline:baseline_app", "The known claims, one file per report."),
    LazyCommand("digest", "app.cli.digest:digest_app", "Preview, make and send digests."),
    LazyCommand("subscribers", "app.cli.subscribers:subscribers_app", "People who get digests, and their subscriptions."),
    LazyCommand("outbox", "app.cli.outbox:outbox_app", "Messages that wait, were sent or failed."),
    LazyCommand("run", "app.cli.operate:run_command", "Run everything in one process: watch, compare, mail, review desk."),
    LazyCommand("worker", "app.cli.operate:worker", "Run a worker; several share the work on PostgreSQL (extra `postgres`)."),
    LazyCommand("backup", "app.cli.operate:backup", "Back up the database while everything runs."),
    LazyCommand("restore", "app.cli.operate:restore", "Restore a backup; Ajour must not be running."),
    LazyCommand("export", "app.cli.operate:export", "Export all tables to one zip file."),
    LazyCommand("import", "app.cli.operate:import_command", "Import an export into an empty database."),
    LazyCommand("report", "app.cli.operate:report", "Write one HTML page of statistics about the desk."),
    LazyCommand("canary", "app.cli.operate:canary", "Test the whole pipeline now with a planted change."),
    LazyCommand("alive", "app.cli.operate:alive", "Health check for the container.", hidden=True),
    LazyCommand("db", "app.cli.operate:db_app", "The database's schema."),
    LazyCommand("serve", "app.cli.serve:serve", "Serve the review desk alone, without the watch."),
    LazyCommand("users", "app.cli.users:users_app", "People who may sign in to the desk."),
    LazyCommand("decisions", "app.cli.decisions:decisions_app", "The log of decisions: verify its hash chain, export labelled data."),
)
app = lazy_typer(
    COMMANDS, "Watches what changes in Russian law and military service, and flags the sentences of COI reports that may be out of date."
)


def main() -> None:
    """Entry point of the command `ajour`."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    # Files of Ajour contain addresses of subscribers and texts: only their owner may read them
    old_mask = os.umask(0o077)
    try:
        with report_errors():
            app()
    finally:
        os.umask(old_mask)
