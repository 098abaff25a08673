"""What the status of an answer means: read it, nothing new, or a failure with its reason."""

from db.enums import FetchReason
from monitor.fetch.http_types import CannotFetch, HttpAnswer
from monitor.fetch.rate_limit import retry_after
from monitor.parse.page_checks import is_challenge

READABLE = (200, 203)  # 203: changed on the way by a proxy, but whole
_REASONS = {403: FetchReason.HTTP_403, 404: FetchReason.HTTP_404, 410: FetchReason.HTTP_410, 429: FetchReason.HTTP_429}
# Cloudflare and AWS name their robot checks
_CHALLENGE_HEADERS = {"cf-mitigated": "challenge", "x-amzn-waf-action": "challenge"}


def check_status(answer: HttpAnswer, conditional: bool) -> HttpAnswer:
    """`answer`, if its body can be read or it is the 304 that a conditional request allows. Raises
    CannotFetch.

    `wait` of the error is what Retry-After asks for.
    """
    named = next((n for n, value in _CHALLENGE_HEADERS.items() if answer.headers.get(n, "").lower() == value), None)
    if named is None and (answer.status in READABLE or (answer.status == 304 and conditional)):
        return answer
    wait = retry_after(answer.headers.get("retry-after")) if answer.status in (429, 503) else 0.0
    missing = answer.status in (404, 410)  # a page that is gone is gone, whatever its forms contain
    if named is not None or (not missing and is_challenge(answer.body)):
        raise CannotFetch(FetchReason.CHALLENGE, f"{answer.url} answered {answer.status} with a robot check", answer, wait)
    if answer.status == 304:
        raise CannotFetch(FetchReason.BAD_ANSWER, f"{answer.url} says 304 to an unconditional request", answer)
    if answer.status < 400:
        raise CannotFetch(FetchReason.BAD_ANSWER, f"{answer.url} answered {answer.status}, which has no whole body", answer)
    reason = _REASONS.get(answer.status, FetchReason.HTTP_5XX if answer.status >= 500 else FetchReason.HTTP_4XX)
    raise CannotFetch(reason, f"{answer.url} answered {answer.status}", answer, wait)
