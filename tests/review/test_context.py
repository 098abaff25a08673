"""What the desk needs from outside: which proxies it trusts."""

import pytest
from sqlalchemy import create_engine

from review.context import DeskContext

ENGINE = create_engine("sqlite://")


@pytest.mark.parametrize(
    ("address", "trusted"),
    [("10.1.2.3", True), ("10.2.0.1", False), ("2001:db8::7", True), ("2001:db9::1", False), ("::ffff:10.1.2.3", False), ("unknown", False), ("", False)],
)  # fmt: skip
def test_only_the_named_networks_are_trusted(address: str, trusted: bool) -> None:
    context = DeskContext(ENGINE, proxies=("10.1.0.0/16", "2001:db8::/32"))
    assert context.trusts(address) is trusted


def test_no_proxy_is_trusted_by_default_and_every_desk_has_its_own_memory() -> None:
    one, two = DeskContext(ENGINE), DeskContext(ENGINE)
    assert not one.trusts("127.0.0.1")
    one.cache["figures"] = 1
    assert two.cache == {}
    assert one == two, "what is remembered is no setting"
