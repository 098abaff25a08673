"""What the parsers' processes start with: all parsers loaded once, in the fork server, and shared by every process that comes from it.

Two things keep the sharing whole. The program that started us is not loaded once more in each process (multiprocessing would: 20 to 50 MB each, of which
nothing is run here). And `gc.freeze` keeps each process's collector off what is shared: it writes to every object it looks at, and a page of memory that
is written to is shared no more.
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
