"""Watch: from a source to its entries. One module per kind of source, one HTTP client for all of them.

`watch_source` (in `watch.py`) is the way in: it never raises for what a source does, every look ends in one of four outcomes.
"""

import warnings

from bs4 import XMLParsedAsHTMLWarning

warnings.filterwarnings(
    "ignore", category=XMLParsedAsHTMLWarning
)  # a feed where a page should be is ordinary input, and the outcome says so
