"""Names to addresses by the system's resolver, with a limit on time: it has one of its own (up to half a minute for each name server), and no way to be stopped.

So each lookup runs in a thread that is left behind when it is late. Threads left behind end by themselves when the resolver gives up; never more than
`MOST` are at it, and who finds no free one in time is told that the name servers do not answer, which is then the truth.
"""

import queue
import socket
import threading

MOST = 32
_PLACES = threading.BoundedSemaphore(MOST)


class NotResolved(Exception):
    """The name has no address, or none came in time; the message says which."""


def addresses_of(host: str, port: int, seconds: float) -> set[str]:
    """The addresses of `host`, waited for `seconds` at most. Raises NotResolved."""
    answer: queue.SimpleQueue[set[str] | Exception] = queue.SimpleQueue()
    late = NotResolved(f"the name servers did not answer within {seconds:.0f} s")
    place = _PLACES
    if not place.acquire(timeout=seconds):
        raise late
    threading.Thread(target=_ask, args=(host, port, answer, place), daemon=True, name=f"resolve {host}").start()
    try:
        found = answer.get(timeout=seconds)
    except queue.Empty:
        raise late from None
    if isinstance(found, Exception):
        raise NotResolved(str(found)) from found
    return found


def _ask(host: str, port: int, answer: queue.SimpleQueue[set[str] | Exception], place: threading.Semaphore) -> None:
    try:
        answer.put({str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except Exception as error:  # noqa: BLE001  # whatever it is, the one who waits is to hear it
        answer.put(error)
    finally:
        place.release()
