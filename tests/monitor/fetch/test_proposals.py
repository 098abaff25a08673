"""What is proposed for a source that does not read well, and what is not."""

import pytest

from monitor.fetch.http_client import Client
from monitor.fetch.proposals import Proposal, fetch_all_addresses, propose
from monitor.parse.parser_pool import Parsers
from monitor.sources import Source
from tests.monitor.conftest import rss, source
from tests.monitor.serving import Site

FEED = rss(("a", "Призыв начнётся позже"), ("b", "Повестки придут на портал"))


def proposals(example: Source, client: Client, parsers: Parsers) -> list[Proposal]:
    return propose(fetch_all_addresses(example, client, parsers), client, parsers)


def test_a_source_that_reads_well_is_left_alone(site: Site, client: Client, parsers: Parsers) -> None:
    site.say("/feed", FEED)
    site.say("/", '<link rel="alternate" type="application/rss+xml" href="/other">')
    assert proposals(source(site.url("/feed")), client, parsers) == []


@pytest.mark.parametrize(("status", "certain"), [(301, True), (308, True), (302, None)])
def test_only_a_permanent_redirect_is_a_move(site: Site, client: Client, parsers: Parsers, status: int, certain: bool | None) -> None:
    site.say("/old", "", status, Location="/new")
    site.say("/new", FEED)
    assert [(p.fields["url"], p.certain) for p in proposals(source(site.url("/old")), client, parsers)] == (
        [] if certain is None else [(site.url("/new"), certain)]
    )


def test_a_named_address_that_gives_nothing_is_not_proposed(site: Site, client: Client, parsers: Parsers) -> None:
    site.say("/old", "", 301, Location="/new")
    site.say("/new", "<title>404</title>")
    assert proposals(source(site.url("/old")), client, parsers) == []


def test_a_feed_is_looked_for_where_the_feed_is_gone_and_not_where_it_is_blocked(site: Site, client: Client, parsers: Parsers) -> None:
    site.say("/", "<title>Пример</title>")
    site.say("/rss", FEED)
    site.say("/feed", "no", 403)
    assert proposals(source(site.url("/feed")), client, parsers) == []
    site.say("/feed", "no", 410)
    assert [p.fields for p in proposals(source(site.url("/feed")), client, parsers)] == [{"url": site.url("/rss")}]


def test_a_list_with_selectors_of_its_own_is_not_replaced_by_a_feed(site: Site, client: Client, parsers: Parsers) -> None:
    site.say("/", "<title>Пример</title>")
    site.say("/rss", FEED)
    assert [p.fields["kind"] for p in proposals(source(site.url("/gone"), "listing"), client, parsers)] == ["feed"]
    assert proposals(source(site.url("/gone"), "listing", select={"links": ".x a"}), client, parsers) == []
