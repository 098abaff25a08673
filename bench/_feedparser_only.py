"""Loaded by the parsers' fork server: every feed goes to feedparser, as if `monitor.watch.rss` did not exist."""

from monitor.watch import feed

feed.read_rss = lambda _body: None
