"""Names to addresses, with a limit on time and on threads."""

import socket
import threading

import pytest

from monitor.fetch import dns


def test_names_that_are_stuck_take_no_more_than_a_bounded_number_of_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: stuck.wait(60) and [])
    monkeypatch.setattr(dns, "_SLOTS", threading.BoundedSemaphore(2))
    before = threading.active_count()
    try:
        for n in range(5):
            with pytest.raises(dns.NotResolved):
                dns.addresses_of(f"n{n}.example", 80, 0.02)
        assert threading.active_count() - before <= 2
    finally:
        stuck.set()


def test_a_name_has_its_addresses_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [
        (socket.AF_INET, 1, 6, "", ("203.0.113.5", 80)),
        (socket.AF_INET6, 1, 6, "", ("2001:db8::1", 80, 0, 0)),
        (socket.AF_INET, 1, 6, "", ("203.0.113.5", 80)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: rows)
    assert dns.addresses_of("a.example", 80, 1.0) == {"203.0.113.5", "2001:db8::1"}


def test_a_name_that_does_not_exist_is_said_and_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: object, **_more: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    monkeypatch.setattr(dns, "_SLOTS", threading.BoundedSemaphore(1))
    for _ in range(3):
        with pytest.raises(dns.NotResolved, match="not known"):
            dns.addresses_of("nowhere.example", 80, 1.0)
