"""Loaded by the parsers' fork server: every feed goes to feedparser, as if `monitor.kinds.rss_fast`
did not exist.
"""

from monitor.kinds import feed

feed.read_rss = lambda _body: None
