"""For the tests of the command line: the real commands run in this process."""

import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from app import cli
from app.commands import common
from tests.app.ran import Ran


@pytest.fixture
def ajour(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Runs `ajour …` as the console script does, and catches its exit code and both streams."""

    def run(*arguments: str | Path) -> Ran:
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr("sys.argv", ["ajour", *map(str, arguments)])
        for console, stream in ((common.out, out), (common.err, err)):
            monkeypatch.setattr(console, "_file", stream)  # `file` would be put back as the stream of this test, for ever
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            cli.main()
        code = ended.value.code
        return Ran(code if isinstance(code, int) else int(code is not None), out.getvalue(), err.getvalue())

    return run
