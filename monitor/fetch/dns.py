"""DNS lookups by the system's resolver, with a time limit.

The resolver has its own limit (up to half a minute for each name server) and cannot be stopped. So
each lookup runs in a thread that is abandoned when it is late; the thread ends when the resolver
gives up. At most `MAX_LOOKUPS` lookups run at once; a caller that gets no slot in time gets
NotResolved (DNS timeout).
"""

import queue
import socket
import threading

MAX_LOOKUPS = 32
_SLOTS = threading.BoundedSemaphore(MAX_LOOKUPS)


class NotResolved(Exception):
    """The name has no address, or the lookup timed out; the message says which."""


def addresses_of(host: str, port: int, seconds: float) -> set[str]:
    """IP addresses of `host`; waits at most `seconds`. Raises NotResolved."""
    answer: queue.SimpleQueue[set[str] | Exception] = queue.SimpleQueue()
    timed_out = NotResolved(f"the name servers did not answer within {seconds:.0f} s")
    slot = _SLOTS
    if not slot.acquire(timeout=seconds):
        raise timed_out
    threading.Thread(target=_look_up, args=(host, port, answer, slot), daemon=True, name=f"resolve {host}").start()
    try:
        result = answer.get(timeout=seconds)
    except queue.Empty:
        raise timed_out from None
    if isinstance(result, Exception):
        raise NotResolved(str(result)) from result
    return result


def _look_up(host: str, port: int, answer: queue.SimpleQueue[set[str] | Exception], slot: threading.Semaphore) -> None:
    try:
        answer.put({str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except Exception as error:  # noqa: BLE001  # any failure is passed to the waiting caller
        answer.put(error)
    finally:
        slot.release()
