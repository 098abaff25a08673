"""Hosts that have moved: one identity, before and after."""

from monitor.fetch.fetch_session import own_hosts
from monitor.parse.identity import identity_key
from monitor.parse.moved_hosts import moved_hosts, new_address, new_host
from tests.monitor.conftest import source


def test_an_address_on_the_old_host_has_its_twin_on_the_new_one() -> None:
    assert new_address("https://www.theins.ru/news/1?a=b") == "https://theins.press/news/1?a=b"
    assert new_address("https://coi.easo.europa.eu/x") == "https://coi.euaa.europa.eu/x"
    assert new_address("https://nottheins.ru/news/1") is None


def test_an_item_keeps_its_identity_across_the_move() -> None:
    assert identity_key("http://www.theins.ru/news/1/") == identity_key("https://theins.press/news/1")


def test_a_redirect_to_the_new_host_is_the_outlets_own() -> None:
    assert "theins.press" in own_hosts(source("https://theins.ru/feed"))


def test_the_list_is_in_order_and_no_move_leads_to_a_host_that_has_moved_itself() -> None:
    moves = moved_hosts()
    assert moves
    assert all(new_host(new) == new for new in moves.values())
