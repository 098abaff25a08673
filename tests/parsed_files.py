"""Reports and watch lists, parsed once for each test process: a shipped report takes a quarter of a
second.
"""

from functools import cache
from pathlib import Path
from typing import Any

from monitor import baseline, sources, strict_yaml


def keep_parsed() -> None:
    """Let the same bytes in the same file be parsed once. What depends on more than the file (the
    packs, the other reports) is checked each time.
    """
    for module in (baseline, sources):
        vars(module)["load"] = _load


def _load(path: Path, model: Any) -> Any:
    try:
        return _parsed(path, path.read_bytes(), model)
    except OSError:
        return strict_yaml.load(path, model)  # refuses it in words


@cache
def _parsed(path: Path, _raw: bytes, model: Any) -> Any:
    return strict_yaml.load(path, model)
