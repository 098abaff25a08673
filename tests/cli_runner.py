"""The command line within the process of a test."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.cli import common, main


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str | Path) -> Ran:
    """Run `ajour …` as the console script does, and catch its exit code and both streams."""
    out, err = io.StringIO(), io.StringIO()
    monkeypatch.setattr("sys.argv", ["ajour", *map(str, arguments)])
    for console, stream in ((common.out, out), (common.err, err)):
        # `file` would be put back as the stream of this test, for ever
        monkeypatch.setattr(console, "_file", stream)
    with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
        main.main()
    code = ended.value.code
    return Ran(code if isinstance(code, int) else int(code is not None), out.getvalue(), err.getvalue())
