"""What processes of tests start with: Ajour and its libraries, loaded once in the fork server they come from."""

import app.cli as cli
import app.queue as queue
import app.run as run
import monitor.watch.warm as warm  # last: it tells the garbage collector to leave alone what is loaded by then

__all__ = ["cli", "queue", "run", "warm"]
