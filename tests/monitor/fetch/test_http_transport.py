"""The guard: which addresses are dialled."""

import httpcore
import pytest

from monitor.fetch import http_transport
from monitor.fetch.http_transport import ForbiddenAddress, GuardedBackend


@pytest.mark.parametrize(
    ("address", "permitted"),
    [
        ("93.184.216.34", True), ("2606:2800:220:1::1", True), ("127.0.0.1", False), ("::1", False), ("10.0.0.1", False), ("192.168.0.1", False),
        ("172.16.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False), ("240.0.0.1", False),
        ("fe80::1%eth0", False), ("fc00::1", False), ("fec0::1", False), ("feff:ffff::1", False), ("::ffff:10.0.0.1", False), ("::ffff:93.184.216.34", True), ("2002:7f00:1::", False),
        ("2002:5db8:d822::1", True), ("ff02::1", False),
    ],
)  # fmt: skip
def test_only_public_addresses_are_permitted_also_inside_others(address: str, permitted: bool) -> None:
    assert GuardedBackend(allow_loopback=False).permitted(address) is permitted


def test_loopback_is_permitted_only_where_it_is_allowed_and_nothing_else_with_it() -> None:
    backend = GuardedBackend(allow_loopback=True)
    assert [backend.permitted(a) for a in ("127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def test_one_bad_address_condemns_the_name_but_not_the_proxy_of_the_watch_list(monkeypatch: pytest.MonkeyPatch) -> None:
    dialled = list[str]()

    def connect(_self: object, host: str, *_args: object, **_more: object) -> httpcore.NetworkStream:
        dialled.append(host)
        raise httpcore.ConnectError("refused")

    monkeypatch.setattr(http_transport, "addresses_of", lambda *_: {"93.184.216.34", "10.0.0.7"})
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    backend = GuardedBackend(allow_loopback=False, own=("proxy.example", 1080))
    with pytest.raises(ForbiddenAddress, match=r"10\.0\.0\.7"):
        backend.connect_tcp("mixed.example", 80)
    assert dialled == []
    with pytest.raises(httpcore.ConnectError, match="refused"):
        backend.connect_tcp("proxy.example", 1080)
    assert dialled == ["10.0.0.7", "93.184.216.34"]


def test_at_most_three_addresses_of_a_name_are_tried_ipv4_first(monkeypatch: pytest.MonkeyPatch) -> None:
    dialled = list[str]()

    def connect(_self: object, host: str, *_args: object, **_more: object) -> httpcore.NetworkStream:
        dialled.append(host)
        raise httpcore.ConnectTimeout("late")

    monkeypatch.setattr(
        http_transport, "addresses_of", lambda *_: {"2606:2800:220:1::1", "93.184.216.34", "93.184.216.35", "93.184.216.36"}
    )
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", connect)
    with pytest.raises(httpcore.ConnectTimeout):
        GuardedBackend(allow_loopback=False).connect_tcp("many.example", 443)
    assert dialled == ["93.184.216.34", "93.184.216.35", "93.184.216.36"]
