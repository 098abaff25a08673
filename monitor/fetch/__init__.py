"""Fetch: from a source's address to the stored fetch.

`fetch_source` is the entry point. It never raises for what a source does: every fetch ends in one
of four outcomes. The readers of each kind of source are in `monitor.kinds`.
"""

import warnings

# bs4.XMLParsedAsHTMLWarning, matched by its text so that bs4 is not loaded here. A feed in place of
# a page is normal input, and the outcome names it.
warnings.filterwarnings("ignore", message="It looks like you're using an HTML parser to parse an XML document")
