"""Foreign text for mails: what could forge a header, a line or the reading direction goes."""

import pytest

from alerts.mail import sanitize


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "https://user:pass@x.example/", "https://x.example/a b", "//x.example", "https://", "https://[", 'https://x.example/"', None])  # fmt: skip
def test_an_address_that_cannot_stand_in_a_mail_is_none(url: str | None) -> None:
    assert sanitize.address(url) is None


def test_addresses_are_struck_out_for_readers_who_want_no_links() -> None:
    text = "Источник: https://paper.example/a?b=1, t.me/channel и www.example.org."
    assert sanitize.without_addresses(text) == "Источник: […] […] и […]"
