"""What the status of an answer means."""

import pytest

from db.enums import FetchReason
from monitor.fetch.http_status import check_status
from monitor.fetch.http_types import CannotFetch, HttpAnswer

CHALLENGE = b"<title>Just a moment...</title><noscript>Enable JavaScript and cookies to continue</noscript>"
URL = "https://example.org/feed"


def answer(status: int, body: bytes = b"", **headers: str) -> HttpAnswer:
    return HttpAnswer(URL, status, {name.replace("_", "-"): value for name, value in headers.items()}, body, None)


def refused(given: HttpAnswer, conditional: bool = False) -> CannotFetch:
    with pytest.raises(CannotFetch) as caught:
        check_status(given, conditional)
    assert caught.value.answer is given
    return caught.value


@pytest.mark.parametrize("status", [200, 203])
def test_whole_answers_are_read(status: int) -> None:
    given = answer(status, b"<rss></rss>")
    assert check_status(given, False) is given


def test_304_answers_a_conditional_request_only() -> None:
    assert check_status(answer(304), True).status == 304
    assert refused(answer(304)).reason is FetchReason.BAD_ANSWER


@pytest.mark.parametrize("status", [202, 401, 403, 405, 429, 503])
def test_a_robot_check_is_named_whatever_its_status(status: int) -> None:
    assert refused(answer(status, CHALLENGE)).reason is FetchReason.CHALLENGE


def test_a_robot_check_that_only_its_header_names_is_named() -> None:
    assert refused(answer(200, b"<p>one moment</p>", cf_mitigated="challenge")).reason is FetchReason.CHALLENGE
    assert refused(answer(202, b"", x_amzn_waf_action="challenge")).reason is FetchReason.CHALLENGE


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (204, FetchReason.BAD_ANSWER), (206, FetchReason.BAD_ANSWER), (300, FetchReason.BAD_ANSWER), (401, FetchReason.HTTP_4XX),
        (403, FetchReason.HTTP_403), (404, FetchReason.HTTP_404), (410, FetchReason.HTTP_410), (429, FetchReason.HTTP_429),
        (500, FetchReason.HTTP_5XX), (503, FetchReason.HTTP_5XX),
    ],
)  # fmt: skip
def test_other_answers_are_failures_with_their_reason(status: int, reason: FetchReason) -> None:
    assert refused(answer(status, b"<p>Access denied</p>")).reason is reason


def test_retry_after_counts_where_the_host_asks_for_a_pause() -> None:
    assert refused(answer(503, CHALLENGE, retry_after="120")).wait == 120.0
    assert refused(answer(429, retry_after="60")).wait == 60.0
    assert refused(answer(404, retry_after="60")).wait == 0.0


def test_a_page_that_is_gone_is_gone_though_its_form_has_a_robot_check() -> None:
    assert refused(answer(404, b"<title>Not found</title><div class='g-recaptcha'></div>")).reason is FetchReason.HTTP_404
