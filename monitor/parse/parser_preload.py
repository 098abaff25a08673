"""Loads all parsers once in the fork server, so that parser processes share their memory.

Two measures keep memory pages shared (copy-on-write): __main__ is not re-imported (20 to 50 MB per
process), and gc.freeze() stops the collector from touching preloaded objects.
"""

import gc
from multiprocessing import spawn

from monitor.kinds.registry import KINDS, function
from monitor.parse.dates import read_date
from monitor.parse.extract import main_text

spawn._fixup_main_from_name = spawn._fixup_main_from_path = lambda _name: None  # type: ignore[attr-defined]
main_text("<html><body><article><p>Слова, чтобы всё загрузилось.</p></article></body></html>", "https://example.org/")
read_date("24 ноября 2026")
for kind in KINDS.values():
    for name in kind.functions:
        function(name)
gc.collect()
gc.freeze()
