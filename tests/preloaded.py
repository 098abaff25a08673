"""What processes of tests start with: Ajour and its libraries, loaded once in the fork server they
come from.
"""

import app.cli.main as cli
import app.runtime.server as run
import app.runtime.workers as queue

# last: it tells the garbage collector to leave alone what is loaded by then
import monitor.parse.parser_preload as warm

__all__ = ["cli", "queue", "run", "warm"]
