"""Watch: from a source to its entries. One module per kind of source, one HTTP client for all of them.

`watch_source` (in `watch.py`) is the way in: it never raises for what a source does, every look ends in one of four outcomes.
"""

import warnings

# bs4.XMLParsedAsHTMLWarning, by its text so that bs4 is not loaded here: a feed where a page should be is ordinary input, and the outcome says so
warnings.filterwarnings("ignore", message="It looks like you're using an HTML parser to parse an XML document")
